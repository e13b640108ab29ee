"""How often each connective has each sense: what a sense is before its context is read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from annotations.lexicon import Lexicon

_PSEUDO_COUNT = 1.0
"""What the back-off is worth, in observations."""
_WORD_WEIGHT = 2.0
"""The same for the senses of a longer connective's first and last word."""
_LEAST = 1e-4


@dataclass(frozen=True)
class SensePriors:
    """Counts of senses by connective."""

    senses: tuple[str, ...]
    counts: dict[str, Counter[str]]

    @classmethod
    def of(cls, observed: Iterable[tuple[str, str]]) -> "SensePriors":
        """Count pairs of a connective, in lower case, and its sense."""
        counts: dict[str, Counter[str]] = {}
        for connective, sense in observed:
            counts.setdefault(connective, Counter())[sense] += 1
        return cls(tuple(sorted({s for each in counts.values() for s in each})), counts)

    @classmethod
    def of_lexicon(cls, lexicon: Lexicon, senses: Sequence[str]) -> "SensePriors":
        """The counts that a lexicon holds."""
        counts: dict[str, Counter[str]] = {}
        for connective in lexicon.connectives:
            counts.setdefault(connective.text, Counter()).update(dict(connective.senses))
        return cls(tuple(senses), counts)

    def log_prior(self, connective: str, without: str | None = None) -> Float[np.ndarray, "sense"]:
        """Log probability of each sense; ``without`` takes one observation of that sense back.

        A connective seen rarely is drawn towards the senses of its first and last word, then of
        all connectives.
        """
        own = self._vector(connective)
        if without is not None:
            own[self.senses.index(without)] -= 1
        words = connective.split(" ")
        back_off = self._everything
        for word in (words[0], words[-1]) if len(words) > 1 else ():
            count = self._vector(word)
            back_off = (count + _WORD_WEIGHT * back_off) / (count.sum() + _WORD_WEIGHT)
        share = (own + _PSEUDO_COUNT * back_off) / (own.sum() + _PSEUDO_COUNT)
        logs: Float[np.ndarray, sense] = np.log(share + _LEAST)
        return logs

    def _vector(self, connective: str) -> Float[np.ndarray, "sense"]:
        found = self.counts.get(connective, Counter())
        return np.array([found[sense] for sense in self.senses], dtype=np.float64)

    @cached_property
    def _everything(self) -> Float[np.ndarray, "sense"]:
        total = np.sum([self._vector(connective) for connective in self.counts], axis=0)
        share: Float[np.ndarray, sense] = total / total.sum()
        return share
