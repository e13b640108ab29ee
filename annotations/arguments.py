"""Arguments of a connective by dependency rules: clauses of the sentence, or of the one before.

Rules over Universal Dependencies: what a subordinator marks is Arg2 and its matrix clause Arg1;
what a coordinator joins are Arg1 and Arg2; an adverbial connective takes its own clause as Arg2 and
what was said before as Arg1.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

MOST_TOKENS = 30
"""Length of an argument where there is no tree to bound it."""
_CLAUSES = frozenset(
    ("ROOT", "conj", "parataxis", "advcl", "ccomp", "xcomp", "acl", "csubj", "list", "appos")
)
_SUBORDINATE = frozenset(("advcl", "acl", "csubj", "ccomp", "xcomp"))


@dataclass(frozen=True)
class Arguments:
    """Token indices of both arguments, in order; neither holds a token of the connective."""

    arg1: tuple[int, ...]
    arg2: tuple[int, ...]


def arguments(doc: "Doc", connective: Sequence[int]) -> Arguments:
    """Both arguments of the connective at some tokens."""
    if not doc.has_annotation("DEP"):
        return _by_position(doc, connective)
    second = _between(doc, connective) if _is_apart(connective) else None
    return second or _by_tree(doc, connective)


def _is_apart(connective: Sequence[int]) -> bool:
    return connective[-1] - connective[0] >= len(connective)


def _between(doc: "Doc", connective: Sequence[int]) -> Arguments | None:
    """Of parts that stand apart, what follows the first and what follows the last."""
    last = max(i for i, t in enumerate(connective) if i and t != connective[i - 1] + 1)
    first = tuple(range(connective[0], connective[last]))
    rest = range(connective[-1] + 1, doc[connective[-1]].sent.end)
    found = Arguments(_trimmed(doc, first, connective), _trimmed(doc, rest, connective))
    return found if found.arg1 and found.arg2 else None


def _by_position(doc: "Doc", connective: Sequence[int]) -> Arguments:
    first, last = connective[0], connective[-1]
    before = range(max(0, first - MOST_TOKENS), first)
    after = range(last + 1, min(len(doc), last + 1 + MOST_TOKENS))
    return Arguments(_trimmed(doc, before, connective), _trimmed(doc, after, connective))


def _by_tree(doc: "Doc", connective: Sequence[int]) -> Arguments:
    clause = _clause(doc, connective)
    second = _own_tokens(clause)
    matrix = clause.head
    sentence = clause.sent
    if clause.dep_ in _SUBORDINATE and matrix.i != clause.i and _is_marker(doc, connective):
        holder = _clause_of(matrix)
        first: Collection[int] = [t for t in _own_tokens(holder) if t not in second]
    elif clause.dep_ in ("conj", "parataxis") and connective[0] > matrix.i:
        holder = _clause_of(matrix)
        first = [t for t in _own_tokens(holder) if t < connective[0] and t not in second]
    elif connective[0] - sentence.start > 2 and clause.dep_ == "ROOT":
        first = range(sentence.start, connective[0])
        second = [t for t in second if t > connective[-1]]
    else:
        first = _sentence_before(doc, sentence)
    taken = (*connective, *second)
    first = [token for token in first if token not in taken]
    if not first:
        first = [token for token in _sentence_before(doc, sentence) if token not in taken]
    return Arguments(_trimmed(doc, first, connective), _trimmed(doc, second, connective))


def _clause(doc: "Doc", connective: Sequence[int]) -> "Token":
    """The predicate of the clause that the connective opens."""
    inside = set(connective)
    head = next(
        (doc[t] for t in connective if doc[t].head.i not in inside or doc[t].head.i == t),
        doc[connective[0]],
    )
    return _clause_of(head.head if head.head.i != head.i else head)


def _clause_of(token: "Token") -> "Token":
    """The nearest token upwards that heads a clause."""
    while token.dep_.split(":")[0] not in _CLAUSES and token.head.i != token.i:
        token = token.head
    return token


def _is_marker(doc: "Doc", connective: Sequence[int]) -> bool:
    """Whether the connective belongs to the clause itself: its marker or an adverb before it."""
    return any(doc[token].dep_ in ("mark", "advmod", "fixed", "case") for token in connective)


def _own_tokens(clause: "Token") -> list[int]:
    """The subtree of a predicate without the clauses coordinated with it."""
    left_out: set[int] = set()
    for child in clause.children:
        if child.dep_ in ("conj", "parataxis") and _has_subject_or_verb(child):
            left_out.update(token.i for token in child.subtree)
    return [token.i for token in clause.subtree if token.i not in left_out]


def _has_subject_or_verb(token: "Token") -> bool:
    return token.pos_ in ("VERB", "AUX") or any(
        child.dep_.startswith(("nsubj", "cop")) for child in token.children
    )


def _sentence_before(doc: "Doc", sentence: "Span") -> range:
    if sentence.start == 0:
        return range(0)
    return range(doc[sentence.start - 1].sent.start, sentence.start)


def _trimmed(doc: "Doc", tokens: Collection[int], connective: Sequence[int]) -> tuple[int, ...]:
    """The tokens in order, without the connective and without marks at the edges."""
    kept = [token for token in sorted(tokens) if token not in connective]
    while kept and _is_mark(doc[kept[0]]):
        kept.pop(0)
    while kept and _is_mark(doc[kept[-1]]):
        kept.pop()
    return tuple(kept)


def _is_mark(token: "Token") -> bool:
    return not any(letter.isalnum() for letter in token.text)
