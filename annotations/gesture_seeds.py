"""Likeness of spoken words to seed phrases of each gesture type.

A seed is a phrase with a span in brackets. Words are compared in context: the vector of a span is
the mean over its words, as the second of MiniLM's six layers has them. The layers above cost more
and tell the types hardly better: each seed against the others gets its own type in 82 % of cases
after two layers, 85 % after four and 76 % after all six.

Names: ``v`` a vector, ``p`` the share of each type.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float

from annotations.types import GestureType
from speech.token_vectors import MINILM_WIDTH, TokenVectors, minilm_folder

SEED_LAYERS = 2
"""Layers of MiniLM that are run."""
NEAREST = 10
"""Seeds of a type that count: those most like the span."""
TEMPERATURE = 0.04
"""Of the shares; the likeliest value on the seeds, each against the others."""
MOST_LETTERS = 480
"""Letters read at once: a letter makes at most one word piece."""
_LONGEST_WORD = 24
_FILE = Path(__file__).with_name("seeds.json")

Vectors = Float[np.ndarray, "word 384"]


@dataclass(frozen=True)
class SeedPhrase:
    """A phrase, and which of its words the gesture goes with."""

    type: GestureType
    words: tuple[str, ...]
    span: range


@dataclass(frozen=True, eq=False)
class GestureSeeds:
    """The seeds' vectors; says how like each type's seeds some words are."""

    types: tuple[GestureType, ...]
    """Type of each seed."""
    centre: Float[np.ndarray, "384"]
    units: Float[np.ndarray, "seed 384"]
    """Centred, of length one."""

    @classmethod
    def of(cls, phrases: Sequence[SeedPhrase]) -> "GestureSeeds":
        """Read the phrases by MiniLM."""
        read = _encoder().of([phrase.words for phrase in phrases])
        spans = [
            v.numpy()[phrase.span.start : phrase.span.stop].mean(axis=0)
            for v, phrase in zip(read, phrases, strict=True)
        ]
        v = np.stack(spans)
        centre = v.mean(axis=0)
        return cls(tuple(phrase.type for phrase in phrases), centre, _units(v - centre))

    def shares(self, spans: Float[np.ndarray, "span 384"]) -> Float[np.ndarray, "span type"]:
        """For each span the share of each type, in the order of `GestureType`; a row sums to 1."""
        return _shares(_units(spans - self.centre) @ self.units.T, self.types)

    def accuracy(self) -> float:
        """Share of the seeds that the other seeds give their own type; chance is a quarter."""
        likeness = self.units @ self.units.T
        np.fill_diagonal(likeness, -np.inf)
        best = _shares(likeness, self.types).argmax(axis=1)
        kinds = list(GestureType)
        return float(np.mean([kinds[b] is t for b, t in zip(best, self.types, strict=True)]))


def read_seeds(path: Path = _FILE) -> tuple[SeedPhrase, ...]:
    """The phrases of a JSON file ``{type: ["he [threw] the ball", ...]}``."""
    table = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        _seed(path, GestureType(kind), phrase) for kind, group in table.items() for phrase in group
    )


def _seed(path: Path, kind: GestureType, phrase: str) -> SeedPhrase:
    words = phrase.split()
    first = [i for i, word in enumerate(words) if word.startswith("[")]
    last = [i for i, word in enumerate(words) if word.endswith("]")]
    if len(first) != 1 or len(last) != 1 or last < first:
        raise ValueError(
            f"{path}, {kind.value}: expected one span in brackets, found {phrase!r}; write it as "
            "'he [threw] the ball'"
        )
    return SeedPhrase(kind, tuple(w.strip("[]") for w in words), range(first[0], last[0] + 1))


@lru_cache(maxsize=1)
def shipped_seeds() -> GestureSeeds:
    """The seeds that come with the package, read once a process."""
    return GestureSeeds.of(read_seeds())


def word_vectors(words: Sequence[str]) -> Vectors:
    """Vectors of spoken words in context, to be compared with the seeds; one pass of MiniLM."""
    read = [v.numpy() for v in _encoder().of(list(_stretches(words)))]
    return np.concatenate(read) if read else np.zeros((0, MINILM_WIDTH), dtype=np.float32)


def _stretches(words: Sequence[str]) -> Iterator[list[str]]:
    """Cut where the letters, and so the word pieces, grow too many for MiniLM."""
    stretch: list[str] = []
    letters = 0
    for word in words:
        text = word.encode("ascii", "ignore").decode()[:_LONGEST_WORD] or "?"
        if letters + len(text) > MOST_LETTERS:
            yield stretch
            stretch, letters = [], 0
        stretch.append(text)
        letters += len(text)
    if stretch:
        yield stretch


@lru_cache(maxsize=1)
def _encoder() -> TokenVectors:
    """MiniLM without its uppermost layers."""
    reader = TokenVectors(minilm_folder(), (-1,))
    reader.model.encoder.layer = reader.model.encoder.layer[:SEED_LAYERS]
    return reader


def _units(v: Float[np.ndarray, "*any 384"]) -> Float[np.ndarray, "*any 384"]:
    units: np.ndarray = v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)
    return units


def _shares(
    likeness: Float[np.ndarray, "span seed"], types: Sequence[GestureType]
) -> Float[np.ndarray, "span type"]:
    """Softmax over the types of the mean likeness to the nearest few seeds."""
    columns = []
    for kind in GestureType:
        own = likeness[:, [i for i, each in enumerate(types) if each is kind]]
        columns.append(np.sort(own, axis=1)[:, ::-1][:, :NEAREST].mean(axis=1))
    logits = np.stack(columns, axis=1) / TEMPERATURE
    p: np.ndarray = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: np.ndarray = p / p.sum(axis=1, keepdims=True)
    return shares
