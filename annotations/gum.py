"""GUM documents as plain words with connectives, and the counting that makes the lexicon."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotations.lexicon import Connective, Context, Count, Lexicon, context_at, plain
from annotations.senses import pdtb3_sense

FREE_GENRES = ("academic", "bio", "court", "interview", "news", "textbook", "voyage")
"""Genres of GUM that may be used for any purpose."""
_TRAINING = "gum_train.json.gz"
_RARE = 8
"""Strings with fewer occurrences keep no counts by context."""
_SPAN_WORDS = 30
"""Words that the parts of one connective may lie apart."""

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


def _gold(relations: Iterable[Mapping[str, Any]], places: Sequence[int]) -> Iterator[GoldConnective]:
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
    tables = {parts: _Table() for parts in senses}
    for document in documents:
        _count(document, tables)
    return Lexicon(
        tuple(
            Connective(parts, table.total, tuple(senses[parts].most_common()), table.contexts)
            for parts, table in tables.items()
        )
    )
