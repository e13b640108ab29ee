"""Which movement the demo corpus makes for which annotation: the truth that recall is judged by."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np

from annotations.senses import matching_sense, pdtb3_sense
from indexing.demo.patterns import RELATION_PATTERNS, WORD_PATTERNS
from indexing.demo.script import Mark, any_topic, written

Choreography = Mapping[tuple[str, str], str]
"""Movement by an annotation's label and its word or connective in lower case."""


@cache
def choreography() -> Choreography:
    """Read from the patterns: each marked word, and each connective that is marked."""
    found: dict[tuple[str, str], str] = {}
    rng = np.random.default_rng(0)
    for pattern in (*RELATION_PATTERNS, *WORD_PATTERNS):
        sentence = written(pattern, any_topic(rng), rng)
        label = matching_sense(pdtb3_sense(pattern.sense) or pattern.sense)
        connective = sentence.relation.connective if sentence.relation else ()
        for mark in sentence.marks:
            word = " ".join(sentence.words[mark.start : mark.stop])
            if mark.type is not None:
                found[mark.type.value, word] = mark.movement
            elif _covers(mark, connective):
                found[label, word] = mark.movement
    return MappingProxyType(found)


def _covers(mark: Mark, connective: tuple[int, ...]) -> bool:
    return bool(connective) and tuple(range(mark.start, mark.stop)) == connective
