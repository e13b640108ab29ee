"""Explicit discourse relations in a transcript: connectives, senses, arguments.

A connective is a string of the lexicon that is one often enough where it stands; its sense is the
string's most frequent one; its arguments are the clauses around it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from annotations.cues import (
    END_MARKS,
    PAUSE_MARKS,
    PAUSE_SECONDS,
    closed,
    context_at,
    ends_with,
    is_punctuated,
    pause_before,
    plain,
    words_in,
)
from annotations.lexicon import Connective, Lexicon, shipped_lexicon
from annotations.types import DiscourseRelation, Source
from speech.transcript import Interval, Word

THRESHOLD = 0.45
"""Least probability of being a connective."""
_ARGUMENT_WORDS = 30
_SUBORDINATORS = words_in(
    "after although as because before despite given if once since though unless until when "
    "whereas while whilst"
)


@dataclass(frozen=True)
class _Found:
    connective: Connective
    tokens: tuple[int, ...]
    probability: float


def annotate_discourse(
    words: Sequence[Word], lexicon: Lexicon | None = None, threshold: float = THRESHOLD
) -> tuple[DiscourseRelation, ...]:
    """The explicit relations of ``words``, in the order of their connectives.

    ``probability`` is that of being a connective here, times the share of the sense.
    """
    lexicon = shipped_lexicon() if lexicon is None else lexicon
    found = _connectives(words, lexicon, threshold)
    starts = frozenset(token for each in found for token in each.tokens)
    return tuple(_relation(each, words, starts) for each in found)


def _connectives(words: Sequence[Word], lexicon: Lexicon, threshold: float) -> tuple[_Found, ...]:
    """Accepted candidates; where two share a word the longer one stays."""
    texts = [closed(words, i) for i in range(len(words))]
    marked = is_punctuated([word.text for word in words])
    accepted = []
    for connective, tokens in lexicon.candidates(texts):
        start, stop = tokens[0], tokens[0] + len(connective.parts[0])
        context = context_at(
            texts, start, stop, pause_before(words, start) >= PAUSE_SECONDS, marked
        )
        probability = connective.probability(context)
        if probability >= threshold:
            accepted.append(_Found(connective, tokens, probability))
    accepted.sort(key=lambda each: (-len(each.tokens), each.tokens))
    taken: set[int] = set()
    kept = []
    for each in accepted:
        if taken.isdisjoint(each.tokens):
            taken.update(each.tokens)
            kept.append(each)
    return tuple(sorted(kept, key=lambda each: each.tokens))


def _relation(
    found: _Found, words: Sequence[Word], connectives: frozenset[int]
) -> DiscourseRelation:
    arg1, arg2 = _arguments(found, words, connectives)
    sense, share = found.connective.sense
    return DiscourseRelation(
        connective=" ".join(plain(words[token].text) for token in found.tokens),
        sense=sense,
        interval=_extent(words, (*found.tokens, *arg1, *arg2)),
        connective_interval=_extent(words, found.tokens),
        arg1=_text(words, arg1),
        arg2=_text(words, arg2),
        tokens=found.tokens,
        probability=found.probability * share,
        source=Source.LEXICON,
    )


def _arguments(
    found: _Found, words: Sequence[Word], connectives: frozenset[int]
) -> tuple[range, range]:
    """Arg1 and Arg2 as ranges of words.

    The second argument follows the connective; the first stands before it, in the sentence before
    where the connective begins one; or after the comma that ends a fronted clause.
    """
    first, last = found.tokens[0], found.tokens[-1]
    if len(found.connective.parts) > 1:
        middle = found.tokens[len(found.connective.parts[0])]
        return _between(first + len(found.connective.parts[0]), middle), _after(words, last + 1)
    start = _sentence_start(words, first)
    if start < first:
        arg1 = _clause_before(start, first, connectives)
        return arg1, _after(words, last + 1, connectives)
    if found.connective.parts[0][0] in _SUBORDINATORS:
        arg2 = _after(words, last + 1, stop_at_comma=True)
        arg1 = _after(words, arg2.stop)
        if arg1:
            return arg1, arg2
    return _between(_sentence_start(words, first - 1), first), _after(words, last + 1, connectives)


def _between(start: int, stop: int) -> range:
    return range(max(start, stop - _ARGUMENT_WORDS, 0), max(stop, 0))


def _sentence_start(words: Sequence[Word], index: int) -> int:
    """First word of the sentence that holds the word ``index``."""
    start = max(index, 0)
    while start > 0 and not _ends_sentence(words, start - 1):
        start -= 1
    return start


def _ends_sentence(words: Sequence[Word], index: int) -> bool:
    return ends_with(closed(words, index), END_MARKS)


def _clause_before(start: int, stop: int, connectives: frozenset[int]) -> range:
    """From the last connective before ``stop``, or the sentence's start, up to ``stop``."""
    heads = [i + 1 for i in range(start, stop - 1) if i in connectives and i + 1 not in connectives]
    return _between(heads[-1] if heads else start, stop)


def _after(
    words: Sequence[Word],
    start: int,
    connectives: frozenset[int] = frozenset(),
    stop_at_comma: bool = False,
) -> range:
    """From ``start`` to the end of the sentence, the next connective or, if asked, a comma."""
    return range(start, next(_stops(words, start, connectives, stop_at_comma), start))


def _stops(
    words: Sequence[Word], start: int, connectives: frozenset[int], stop_at_comma: bool
) -> Iterator[int]:
    for index in range(start, min(len(words), start + _ARGUMENT_WORDS)):
        ends = _ends_sentence(words, index) or (stop_at_comma and _ends_clause(words, index))
        if ends or (index > start and index + 1 in connectives):
            yield index + 1
    yield min(len(words), start + _ARGUMENT_WORDS)


def _ends_clause(words: Sequence[Word], index: int) -> bool:
    paused = index + 1 < len(words) and pause_before(words, index + 1) >= PAUSE_SECONDS
    return paused or ends_with(words[index].text, PAUSE_MARKS)


def _extent(words: Sequence[Word], tokens: Sequence[int]) -> Interval:
    start = words[min(tokens)].interval.start
    return Interval(start, max(start, words[max(tokens)].interval.end))


def _text(words: Sequence[Word], tokens: Sequence[int]) -> str:
    return " ".join(words[token].text for token in tokens)
