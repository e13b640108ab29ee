"""The default score of a candidate, term by term; the published one is in `retrieval.published`."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from annotations.types import Exemplar
from retrieval.context import key_word
from retrieval.matches import Query, Score, Term
from retrieval.vectors import EntryLayout, Weights

__all__ = ["Score", "Term", "default_score", "label_levels", "shared_levels"]

_LABEL_VALUES = (0.0, 1.0, 2.5, 5.0)
"""For no, one, two or all levels of a sense in common: the same word in another sense ("since",
"as", "while") must not outweigh the sense."""
_SAME_WORD = 1.0
_STROKE_KNOWN = 0.5


def label_levels(label: str) -> tuple[str, ...]:
    """A dotted sense as its levels; a gesture type has one."""
    return tuple(label.split("."))


def shared_levels(first: str, second: str) -> int:
    """How many leading levels two labels have in common."""
    shared = 0
    for one, other in zip(label_levels(first), label_levels(second), strict=False):
        if one != other:
            break
        shared += 1
    return shared


@dataclass(frozen=True)
class Compared:
    """A query and an entry as vectors of one layout."""

    layout: EntryLayout
    query: Float32[np.ndarray, "total"]
    entry: Float32[np.ndarray, "total"]

    def likeness(self, block: slice) -> float:
        """Inner product of one block: 1 for the same, about 0 for unlike ones."""
        return float(self.query[block] @ self.entry[block])


def default_score(query: Query, exemplar: Exemplar, compared: Compared, weights: Weights) -> Score:
    """Label, word, context, speaker, prominence and stroke; every term rises with likeness."""
    return Score.of(
        _label_term(query, exemplar),
        *_word_terms(query, exemplar, compared, weights),
        _context_term(compared, weights),
        _speaker_term(compared, weights),
        _prominence_term(compared, weights),
        _stroke_term(exemplar),
    )


def _label_term(query: Query, exemplar: Exemplar) -> Term:
    asked, found = query.annotation.label, exemplar.annotation.label
    if asked == found:
        return Term("label", _LABEL_VALUES[3], f"both are {asked}")
    shared = shared_levels(asked, found)
    value = _LABEL_VALUES[min(shared, 2)]
    common = ".".join(label_levels(asked)[:shared]) or "nothing"
    return Term("label", value, f"{found} for {asked}: only {common} in common")


def _word_terms(
    query: Query, exemplar: Exemplar, compared: Compared, weights: Weights
) -> tuple[Term, ...]:
    asked, found = query.annotation.word, exemplar.annotation.word
    likeness = compared.likeness(compared.layout.word)
    if key_word(asked) == key_word(found):
        return (Term("word", weights.word * likeness + _SAME_WORD, f'same word "{found}"'),)
    why = f'"{found}" means about "{asked}" to {likeness:.2f}'
    return (Term("word", weights.word * likeness, why),)


def _context_term(compared: Compared, weights: Weights) -> Term:
    likeness = compared.likeness(compared.layout.context)
    return Term("context", weights.context * likeness, f"sentences alike to {likeness:.2f}")


def _speaker_term(compared: Compared, weights: Weights) -> Term:
    same = compared.likeness(compared.layout.speaker)
    return Term("speaker", weights.speaker * same, "same speaker" if same else "other speaker")


def _prominence_term(compared: Compared, weights: Weights) -> Term:
    block = compared.layout.prominence
    known = bool(compared.query[block].any() and compared.entry[block].any())
    likeness = compared.likeness(block)
    why = f"spoken about as strongly, to {likeness:.2f}" if known else "prominence not known"
    return Term("prominence", weights.prominence * likeness, why)


def _stroke_term(exemplar: Exemplar) -> Term:
    known = exemplar.stroke_seconds is not None
    return Term("stroke", _STROKE_KNOWN * known, "its stroke is known" if known else "no stroke")
