"""GUM documents as plain words with connectives, and the counting that makes the lexicon."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotations.cues import context_at, is_punctuated, plain
from annotations.lexicon import GAP, Connective, Count, Lexicon
from annotations.senses import pdtb3_sense

FREE_GENRES = ("academic", "bio", "court", "interview", "news", "textbook", "voyage")
"""Genres of GUM that may be used for any purpose."""
_TRAINING = "gum_train.json.gz"
_SUPPLEMENT = {
    "above all": "Expansion.Level-of-detail.Arg2-as-detail",
    "accordingly": "Contingency.Cause.Result",
    "alternatively": "Expansion.Disjunction",
    "as a consequence": "Contingency.Cause.Result",
    "by comparison": "Comparison.Contrast",
    "even then": "Comparison.Concession.Arg2-as-denier",
    "if only": "Contingency.Condition.Arg2-as-cond",
    "in case": "Contingency.Condition.Arg2-as-cond",
    "in contrast": "Comparison.Contrast",
    "in sum": "Expansion.Level-of-detail.Arg1-as-detail",
    "likewise": "Comparison.Similarity",
    "meanwhile": "Temporal.Synchronous",
    "on the contrary": "Comparison.Contrast",
    "on the one hand ... on the other hand": "Comparison.Contrast",
    "provided that": "Contingency.Condition.Arg2-as-cond",
    "similarly": "Comparison.Similarity",
    "that is to say": "Expansion.Equivalence",
    "whenever": "Temporal.Synchronous",
}
"""Unambiguous connectives of the PDTB-3 manual that the training data happen to lack."""
_SUPPOSED = Count(8, 9)
"""What is supposed of a connective that was never counted."""
_STRAY_SHARE = 0.2
"""A string marked only once must be a connective this often, or it is taken for a slip."""
_RARE = 8
"""Strings with fewer occurrences keep no counts by context."""
_ANY = "*"

Parts = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class GoldConnective:
    """A connective that annotators marked."""

    words: tuple[int, ...]
    sense: str


@dataclass(frozen=True)
class GumDocument:
    """One document: words with their punctuation, and its explicit relations."""

    genre: str
    words: tuple[str, ...]
    connectives: tuple[GoldConnective, ...]

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> "GumDocument":
        """Read one entry of the JSON; punctuation and clitics are glued to the word before."""
        surfaces: list[str] = []
        places: list[int] = []
        for token in (t for sentence in entry["sentences"] for t in sentence["tokens"]):
            text, glued = token["surface"], _glued(token)
            if surfaces and glued:
                surfaces[-1] += text
            else:
                surfaces.append(text)
            places.append(len(surfaces) - 1)
        gold = tuple(_gold(entry["relations"], places))
        return cls(entry["meta"]["genre"], tuple(surfaces), gold)


def _glued(token: Mapping[str, Any]) -> bool:
    text = token["surface"].replace("’", "'")
    closing = token["upos"] == "PUNCT" and text not in ("(", "[", "“", "``")
    return closing or text.lower() in ("n't", "'s", "'re", "'ve", "'ll", "'d", "'m")


def _gold(
    relations: Iterable[Mapping[str, Any]], places: Sequence[int]
) -> Iterator[GoldConnective]:
    for relation in relations:
        tokens = relation["Connective"]["TokenList"]
        sense = pdtb3_sense(relation["Sense"][0]) if relation["Sense"] else None
        if relation["Type"] == "Explicit" and tokens and sense:
            yield GoldConnective(tuple(dict.fromkeys(places[token] for token in tokens)), sense)


def read_documents(path: Path) -> tuple[GumDocument, ...]:
    """Every document that has words."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        entries = json.load(file)
    return tuple(GumDocument.of(entry) for entry in entries if entry["meta"]["has_text"])


def build_lexicon(folder: Path) -> Lexicon:
    """Count connectives in ``gum_train.json.gz`` of ``folder``; `Lexicon.save` ships them."""
    documents = read_documents(Path(folder) / _TRAINING)
    return counted([document for document in documents if document.genre in FREE_GENRES])


def counted(documents: Sequence[GumDocument]) -> Lexicon:
    """The lexicon of every connective marked in ``documents``."""
    senses: defaultdict[Parts, Counter[str]] = defaultdict(Counter)
    for document in documents:
        for gold in document.connectives:
            senses[parts_of(document.words, gold.words)][gold.sense] += 1
    unseen = Count(0, 0)
    known = Lexicon(tuple(Connective(parts, unseen, (), {}) for parts in senses))
    uses: Counter[tuple[Parts, str]] = Counter()
    occurrences: Counter[tuple[Parts, str]] = Counter()
    for document in documents:
        for parts, keys, used in _occurrences(document, known):
            for key in keys:
                occurrences[parts, key] += 1
                uses[parts, key] += used
    entries = [_entry(parts, found, uses, occurrences) for parts, found in senses.items()]
    kept = [each for each in entries if not _is_stray(each)]
    return Lexicon((*kept, *_supplement(senses)))


def _is_stray(connective: Connective) -> bool:
    uses, occurrences = connective.total.uses, connective.total.occurrences
    return uses <= 1 and uses < _STRAY_SHARE * occurrences


def _supplement(known: Collection[Parts]) -> Iterator[Connective]:
    for text, sense in _SUPPLEMENT.items():
        parts = tuple(tuple(part.split(" ")) for part in text.split(GAP))
        if parts not in known:
            yield Connective(parts, _SUPPOSED, ((sense, _SUPPOSED.uses),), {})


def _occurrences(
    document: GumDocument, known: Lexicon
) -> Iterator[tuple[Parts, tuple[str, ...], bool]]:
    """Each place of a known string: its words, the contexts it counts in, whether it is used."""
    gold = {each.words for each in document.connectives}
    marked = is_punctuated(document.words)
    for connective, place in known.candidates(document.words):
        if any(set(place) < set(words) for words in gold):
            continue
        stop = place[0] + len(connective.parts[0])
        context = context_at(document.words, place[0], stop, False, marked)
        yield connective.parts, (_ANY, context.key), place in gold


def _entry(
    parts: Parts,
    senses: Counter[str],
    uses: Counter[tuple[Parts, str]],
    occurrences: Counter[tuple[Parts, str]],
) -> Connective:
    counts = {key: Count(uses[p, key], n) for (p, key), n in occurrences.items() if p == parts}
    total = counts.pop(_ANY, Count(0, 0))
    contexts = counts if total.occurrences >= _RARE else {}
    return Connective(parts, total, tuple(senses.most_common()), contexts)


def parts_of(words: Sequence[str], indices: Sequence[int]) -> Parts:
    """The words at ``indices``, split where others stand between them."""
    parts: list[tuple[str, ...]] = []
    for place, index in enumerate(indices):
        if place and index == indices[place - 1] + 1:
            parts[-1] = (*parts[-1], plain(words[index]))
        else:
            parts.append((plain(words[index]),))
    return tuple(parts)
