"""GUM documents as plain words with connectives, and the counting that makes the lexicon."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotations.cues import plain
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
    known = Lexicon(tuple(Connective(parts, unseen, ()) for parts in senses))
    uses: Counter[Parts] = Counter()
    occurrences: Counter[Parts] = Counter()
    for document in documents:
        for parts, used in _occurrences(document, known):
            occurrences[parts] += 1
            uses[parts] += used
    entries = [
        Connective(parts, Count(uses[parts], occurrences[parts]), tuple(found.most_common()))
        for parts, found in senses.items()
    ]
    kept = [each for each in entries if not _is_stray(each)]
    return Lexicon((*kept, *_supplement(senses)))


def _is_stray(connective: Connective) -> bool:
    uses, occurrences = connective.total.uses, connective.total.occurrences
    return uses <= 1 and uses < _STRAY_SHARE * occurrences


def _supplement(known: Collection[Parts]) -> Iterator[Connective]:
    for text, sense in _SUPPLEMENT.items():
        parts = tuple(tuple(part.split(" ")) for part in text.split(GAP))
        if parts not in known:
            yield Connective(parts, _SUPPOSED, ((sense, _SUPPOSED.uses),))


def _occurrences(document: GumDocument, known: Lexicon) -> Iterator[tuple[Parts, bool]]:
    """Each place of a known string, and whether it is a connective there."""
    gold = {each.words for each in document.connectives}
    for connective, place in known.candidates(document.words):
        if not any(set(place) < set(words) for words in gold):
            yield connective.parts, place in gold


def parts_of(words: Sequence[str], indices: Sequence[int]) -> Parts:
    """The words at ``indices``, split where others stand between them."""
    parts: list[tuple[str, ...]] = []
    for place, index in enumerate(indices):
        if place and index == indices[place - 1] + 1:
            parts[-1] = (*parts[-1], plain(words[index]))
        else:
            parts.append((plain(words[index]),))
    return tuple(parts)
