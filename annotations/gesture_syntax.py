"""What the place of a word in its sentence says of the gesture made with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from annotations.cues import words_in
from annotations.types import GestureType

if TYPE_CHECKING:
    from spacy.tokens import Token

_BEAT, _DEICTIC, _ICONIC, _METAPHORIC = GestureType
WRONG_PART = -0.6
"""Shift of a trigger that is another part of speech here: "a type of", "that is open"."""
_DEMONSTRATIVES = words_in("this that these those")
_PATHS = words_in(
    "up down out in off over around away back through across along forward together apart"
)
_LIGHT = words_in("be have do get make go take want need like let use")
_DEGREES = words_in("so very too much far really such")
_ABSTRACT = ("tion", "sion", "ment", "ness", "ity", "ship", "ance", "ence", "ism", "hood", "ency")
_LEAST_STEM = 3
_ARGUMENTS = frozenset({"obj", "obl", "nsubj", "nsubj:pass"})


@dataclass(frozen=True)
class SyntaxRule:
    """Where it holds for the head of a span, the score of some types moves."""

    holds: Callable[["Token"], bool]
    shifts: Mapping[GestureType, float]
    single: bool = False
    """Whether it is for spans of one word only."""


def syntax_shifts(head: "Token", words: int) -> Mapping[GestureType, float]:
    """How far the scores of a span of ``words`` words move, by the rules that hold for its head."""
    total = dict.fromkeys(GestureType, 0.0)
    for rule in RULES:
        if (words == 1 or not rule.single) and rule.holds(head):
            for kind, shift in rule.shifts.items():
                total[kind] += shift
    return total


def head_of(span: Sequence["Token"]) -> "Token":
    """The first token of a span that depends on none of the others; the span is not empty."""
    inside = {token.i for token in span}
    return next((t for t in span if t.head.i == t.i or t.head.i not in inside), span[0])


def _links(token: "Token") -> bool:
    """Whether "that" introduces a clause."""
    if token.lower_ not in _DEMONSTRATIVES:
        return False
    return bool(token.pos_ == "SCONJ" or token.dep_ == "mark" or token.head.dep_ == "acl:relcl")


def _points(token: "Token") -> bool:
    demonstrative = token.lower_ in _DEMONSTRATIVES and token.pos_ == "PRON"
    return demonstrative and token.dep_ in _ARGUMENTS and not _links(token)


def _abstract(token: "Token") -> bool:
    word = token.lower_.removesuffix("s")
    return token.pos_ == "NOUN" and any(
        word.endswith(end) and len(word) >= len(end) + _LEAST_STEM for end in _ABSTRACT
    )


def _held(token: "Token") -> bool:
    """Whether an abstract noun is spoken of as a thing or a place."""
    return _abstract(token) and token.dep_ in _ARGUMENTS | {"nmod"}


def _acts(token: "Token") -> bool:
    return token.pos_ == "VERB" and token.lemma_.lower() not in _LIGHT


def _moves(token: "Token") -> bool:
    """Whether a verb has a path."""
    return _acts(token) and any(
        child.dep_ in ("obl", "compound:prt") or child.lower_ in _PATHS for child in token.children
    )


def _handles(token: "Token") -> bool:
    """Whether a verb acts on a thing that is not abstract."""
    return _acts(token) and any(c.dep_ == "obj" and not _abstract(c) for c in token.children)


def _states(token: "Token") -> bool:
    """Whether a verb has a clause as its object."""
    return token.pos_ == "VERB" and any(c.dep_ in ("ccomp", "xcomp") for c in token.children)


def _shapes(token: "Token") -> bool:
    return token.pos_ == "ADJ" and token.dep_ == "amod" and not _abstract(token.head)


def _measures(token: "Token") -> bool:
    """Whether an adjective says how much of something abstract there is, or is compared."""
    compared = token.morph.get("Degree", []) in (["Cmp"], ["Sup"])
    of_abstract = token.dep_ == "amod" and _abstract(token.head)
    raised = any(child.lower_ in _DEGREES for child in token.children)
    return token.pos_ in ("ADJ", "ADV") and (compared or of_abstract or raised)


def _in_manner(token: "Token") -> bool:
    manner = token.pos_ == "ADV" and token.lower_.endswith("ly") and token.dep_ == "advmod"
    return bool(manner and token.head.pos_ == "VERB")


RULES = (
    SyntaxRule(_links, {_DEICTIC: -0.8}),
    SyntaxRule(_points, {_DEICTIC: 0.2}),
    SyntaxRule(lambda t: t.dep_ == "expl", {_DEICTIC: -0.8}),
    SyntaxRule(
        lambda t: t.dep_ in ("discourse", "vocative"), {_DEICTIC: -0.4, _METAPHORIC: -0.4}, True
    ),
    SyntaxRule(
        lambda t: t.pos_ in ("NUM", "PROPN"),
        {_BEAT: 0.3, _DEICTIC: -0.3, _ICONIC: -0.3, _METAPHORIC: -0.3},
        True,
    ),
    SyntaxRule(_moves, {_ICONIC: 0.2}),
    SyntaxRule(_handles, {_ICONIC: 0.15}),
    SyntaxRule(_states, {_ICONIC: -0.25, _METAPHORIC: 0.1}),
    SyntaxRule(_held, {_METAPHORIC: 0.2}),
    SyntaxRule(_abstract, {_METAPHORIC: 0.1, _ICONIC: -0.2}),
    SyntaxRule(_shapes, {_ICONIC: 0.15}),
    SyntaxRule(_measures, {_METAPHORIC: 0.15}),
    SyntaxRule(_in_manner, {_ICONIC: 0.15}),
)
