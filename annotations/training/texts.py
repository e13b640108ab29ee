"""Annotated documents as plain token sequences to train on."""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotations.gum import FREE_GENRES
from annotations.senses import pdtb3_sense

TRAINING_FILE, DEVELOPMENT_FILE = "gum_train.json.gz", "gum_dev.json.gz"


class TrainingFilesError(ValueError):
    """The data folder lacks a file that training needs, or the file is not what it should be."""


@dataclass(frozen=True)
class GoldRelation:
    """An explicit connective that annotators marked."""

    tokens: tuple[int, ...]
    sense: str | None


@dataclass(frozen=True)
class TaggedText:
    """Tokens with what annotators say of them."""

    surfaces: tuple[str, ...]
    parts_of_speech: tuple[str, ...]
    dependencies: tuple[str, ...]
    sentences: tuple[int, ...]
    """Number of the sentence that holds the token."""
    relations: tuple[GoldRelation, ...]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "TaggedText":
        """Read one entry of the JSON."""
        numbered = [
            (token, number)
            for number, sentence in enumerate(document["sentences"])
            for token in sentence["tokens"]
        ]
        return cls(
            surfaces=tuple("".join(token["surface"].split()) for token, _ in numbered),
            parts_of_speech=tuple(token["upos"] for token, _ in numbered),
            dependencies=tuple(token["deprel"].split(":")[0] for token, _ in numbered),
            sentences=tuple(number for _, number in numbered),
            relations=tuple(gold_relations(document["relations"])),
        )

    def bare(self) -> "TaggedText":
        """The same as a recogniser may write it: lower case and without punctuation."""
        kept = [i for i, text in enumerate(self.surfaces) if any(c.isalnum() for c in text)]
        place = {old: new for new, old in enumerate(kept)}
        return TaggedText(
            surfaces=tuple(self.surfaces[i].lower() for i in kept),
            parts_of_speech=tuple(self.parts_of_speech[i] for i in kept),
            dependencies=tuple(self.dependencies[i] for i in kept),
            sentences=tuple(self.sentences[i] for i in kept),
            relations=tuple(
                GoldRelation(tuple(place[t] for t in relation.tokens), relation.sense)
                for relation in self.relations
                if all(t in place for t in relation.tokens)
            ),
        )

    @property
    def starts(self) -> tuple[bool, ...]:
        """Whether each token begins a sentence."""
        before = (None, *self.sentences)
        return tuple(own != last for own, last in zip(self.sentences, before, strict=False))

    def words_at(self, tokens: Sequence[int]) -> str:
        """The words at some tokens, in lower case."""
        return " ".join(self.surfaces[token].lower() for token in tokens)


def gold_relations(relations: Iterable[Mapping[str, Any]]) -> Iterator[GoldRelation]:
    """Explicit connectives, each place once; a sense outside the inventory is ``None``."""
    seen = set()
    for relation in relations:
        tokens = tuple(relation["Connective"]["TokenList"])
        if relation["Type"] == "Explicit" and tokens and tokens not in seen:
            seen.add(tokens)
            sense = pdtb3_sense(relation["Sense"][0]) if relation["Sense"] else None
            yield GoldRelation(tokens, sense)


def read_entries(path: Path) -> list[dict[str, Any]]:
    """Every document of a file that has words."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            entries = json.load(file)
    except (OSError, json.JSONDecodeError) as error:
        raise TrainingFilesError(
            f"{path}: {error}; expected gzipped JSON in the relations-file layout, as GUM's "
            "training and development files"
        ) from error
    return [entry for entry in entries if entry["meta"]["has_text"]]


def free_entries(folder: Path) -> list[dict[str, Any]]:
    """The training documents whose texts carry no non-commercial clause."""
    entries = read_entries(folder / TRAINING_FILE)
    return [entry for entry in entries if entry["meta"]["genre"] in FREE_GENRES]
