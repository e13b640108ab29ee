"""How well explicit relations are found: detection, sense and arguments against gold documents.

Detection counts exact spans of connectives (as the DISRPT shared task does: its tags are the gold
where tokens carry ``conn_tag``). Sense and arguments are judged on the gold connectives. Intervals
are 95 % bootstrap intervals over sentences. The floor is what a table of strings gives.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from annotations.lexicon import Lexicon
from annotations.relation_documents import FindsRelations, RelationsDocument, Span
from annotations.relations import TokenRelation
from annotations.senses import pdtb3_sense

_DRAWS = 1000
_SEED = 0
_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Gold:
    """What annotators say of one document."""

    connectives: frozenset[Span]
    relations: tuple[tuple[Span, str | None, Span, Span], ...]
    """Connective, PDTB-3 sense, both arguments."""


@dataclass(frozen=True)
class Judged:
    """One document: text, gold, what was found alone and at the gold connectives."""

    document: RelationsDocument
    gold: Gold
    found: tuple[TokenRelation, ...]
    at_gold: tuple[TokenRelation, ...]


@dataclass(frozen=True)
class Score:
    """A measure in per cent, with the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.1f} ({self.low:.1f} to {self.high:.1f})"


Counts = Float[np.ndarray, "sentence count"]


def gold_of(document: RelationsDocument) -> Gold:
    """The explicit relations of a document; connectives are the official tags' if there are any."""
    relations = []
    for relation in document.entry.get("relations", ()):
        span = tuple(relation["Connective"]["TokenList"])
        if relation.get("Type", "Explicit") == "Explicit" and span:
            name = relation["Sense"][0] if relation["Sense"] else ""
            first, second = (tuple(relation[a].get("TokenList", ())) for a in ("Arg1", "Arg2"))
            relations.append((span, pdtb3_sense(name), first, second))
    tagged = _tagged(document.entry)
    spans = frozenset(span for span, *_ in relations) if tagged is None else tagged
    return Gold(spans, tuple(relations))


def _tagged(entry: Mapping[str, Any]) -> frozenset[Span] | None:
    tags = [token.get("conn_tag") for s in entry["sentences"] for token in s["tokens"]]
    if all(tag is None for tag in tags):
        return None
    spans: list[list[int]] = []
    for place, tag in enumerate(tags):
        if tag == "B":
            spans.append([place])
        elif tag == "I" and spans:
            spans[-1].append(place)
    return frozenset(tuple(span) for span in spans)


def bare(document: RelationsDocument) -> RelationsDocument:
    """The document as a recogniser may give it: lower case, no punctuation, same relations."""
    places: dict[int, int] = {}
    sentences, count = [], 0
    for sentence in document.entry["sentences"]:
        kept = []
        for token in sentence["tokens"]:
            if any(letter.isalnum() for letter in token["surface"]):
                places[count] = len(places)
                kept.append({**token, "surface": token["surface"].lower()})
            count += 1
        sentences.append({**sentence, "tokens": kept})
    relations = [_moved(relation, places) for relation in document.entry.get("relations", ())]
    return RelationsDocument.of(
        {**document.entry, "sentences": sentences, "relations": [r for r in relations if r]}
    )


def _moved(relation: Mapping[str, Any], places: Mapping[int, int]) -> dict[str, Any] | None:
    """The relation in new indices; ``None`` where the connective itself is gone."""
    if any(token not in places for token in relation["Connective"]["TokenList"]):
        return None
    spans = {
        name: {"TokenList": [places[t] for t in relation[name]["TokenList"] if t in places]}
        for name in ("Connective", "Arg1", "Arg2")
    }
    return {**relation, **spans}


def judged(document: RelationsDocument, finds: FindsRelations) -> Judged:
    """Annotate a document twice: freely, and at its gold connectives."""
    gold = gold_of(document)
    given = [span for span, *_ in gold.relations]
    return Judged(
        document,
        gold,
        finds(document.tokens, document.sentence_starts),
        finds(document.tokens, document.sentence_starts, given),
    )


@dataclass(frozen=True)
class StringPrior:
    """The floor: a string that is a connective more often than not, in its commonest sense."""

    lexicon: Lexicon

    def __call__(
        self,
        tokens: Sequence[str],
        sentence_starts: Sequence[bool] | None = None,  # noqa: ARG002
        given: Sequence[Span] | None = None,
    ) -> tuple[TokenRelation, ...]:
        """Relations without arguments."""
        if given is not None:
            return tuple(self._relation(tokens, span) for span in given)
        likely = [
            span
            for connective, span in self.lexicon.candidates(tokens)
            if 2 * connective.total.uses > connective.total.occurrences
        ]
        taken: set[int] = set()
        kept = []
        for span in sorted(likely, key=lambda span: (-len(span), span)):
            if taken.isdisjoint(span):
                taken.update(span)
                kept.append(self._relation(tokens, span))
        return tuple(kept)

    def _relation(self, tokens: Sequence[str], span: Span) -> TokenRelation:
        words = " ".join(tokens[token].lower() for token in span)
        known = next((c for c in self.lexicon.connectives if c.text == words), None)
        sense = "Expansion.Conjunction" if known is None else known.sense[0]
        return TokenRelation(words, span, sense)


def scores(documents: Sequence[Judged]) -> dict[str, Score]:
    """Every measure over all documents together."""
    found = _stacked(documents, _detection)
    senses = _stacked(documents, _senses)
    first = _stacked(documents, lambda each: _arguments(each, 0))
    second = _stacked(documents, lambda each: _arguments(each, 1))
    return {
        "detection precision": _score(found, lambda c: c[0] / c[1]),
        "detection recall": _score(found, lambda c: c[0] / c[2]),
        "detection F1": _score(found, _f1),
        "sense level 1": _score(senses, lambda c: c[0] / c[3]),
        "sense level 2": _score(senses, lambda c: c[1] / c[3]),
        "sense full": _score(senses, lambda c: c[2] / c[3]),
        "Arg1 token F1": _score(first, _f1),
        "Arg2 token F1": _score(second, _f1),
    }


def _f1(counts: Float[np.ndarray, "count"]) -> float:
    return float(2 * counts[0] / (counts[1] + counts[2]))


def _score(rows: Counts, measure: Callable[[Float[np.ndarray, "count"]], float]) -> Score:
    """The measure of the summed counts, and its interval under drawing sentences anew."""
    rng = np.random.default_rng(_SEED)
    draws = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=_DRAWS) @ rows
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = [measure(draw) for draw in draws]
        value = measure(rows.sum(axis=0))
    low, high = np.nanpercentile(np.nan_to_num(drawn), _INTERVAL)
    return Score(*(round(100 * float(np.nan_to_num(v)), 2) for v in (value, low, high)))


Row = tuple[int, tuple[float, ...]]
"""A token of the sentence that counts, and what it counts."""


def _stacked(documents: Sequence[Judged], count: Callable[[Judged], Iterator[Row]]) -> Counts:
    """Counts by sentence, those of all documents one after the other."""
    tables: list[Counts] = []
    for each in documents:
        sentence = np.cumsum(each.document.starts) - 1
        rows = [(int(sentence[token]), values) for token, values in count(each)]
        table = np.zeros((int(sentence[-1]) + 1, 4))
        for place, values in rows:
            table[place, : len(values)] += values
        tables.append(table)
    return np.concatenate(tables)


def _detection(each: Judged) -> Iterator[Row]:
    found = {relation.tokens for relation in each.found}
    for span in found:
        yield span[0], (float(span in each.gold.connectives), 1.0, 0.0)
    for span in each.gold.connectives:
        yield span[0], (0.0, 0.0, 1.0)


def _senses(each: Judged) -> Iterator[Row]:
    for relation, (span, sense, _, _) in zip(each.at_gold, each.gold.relations, strict=True):
        if sense is not None:
            right = [_cut(relation.sense, depth) == _cut(sense, depth) for depth in range(1, 4)]
            yield span[0], (*map(float, right), 1.0)


def _cut(sense: str, depth: int) -> str:
    """A sense to some level, belief and speech-act variants folded."""
    return ".".join(level.split("+")[0] for level in sense.split(".")[:depth])


def _arguments(each: Judged, which: int) -> Iterator[Row]:
    texts = each.document.tokens
    for relation, (span, _, *spans) in zip(each.at_gold, each.gold.relations, strict=True):
        found = Counter(t for t in (relation.arg1, relation.arg2)[which] if _is_word(texts[t]))
        gold = Counter(t for t in spans[which] if _is_word(texts[t]))
        yield span[0], (float((found & gold).total()), float(found.total()), float(gold.total()))


def _is_word(text: str) -> bool:
    return any(letter.isalnum() for letter in text)
