"""The index on any device that torch knows: the same exact search by product and top-k."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int64
from torch import Tensor

from retrieval.entries import Entries
from retrieval.exact_index import ExactIndex
from retrieval.index import FaissIndex
from retrieval.likeness import longest_length
from retrieval.segments import EVERY, Columns, Products, StoreMaker, Stretch
from retrieval.vector_index import VectorIndex

_BLOCK = 65536
"""Rows that are squared at a time."""


@dataclass(frozen=True, eq=False)
class TorchVectors:
    """Vectors of a segment on a device."""

    vectors: Float[Tensor, "entry width"]

    def rows(
        self, rows: Int64[np.ndarray, "row"], columns: Columns = EVERY
    ) -> Float32[np.ndarray, "row column"]:
        """Some of the vectors, or some columns of them, as an array in memory."""
        wanted = torch.from_numpy(rows).to(self.vectors.device)
        whole: Float32[np.ndarray, "row width"] = self.vectors[wanted].cpu().numpy()
        return whole[:, columns]

    def longest(self) -> float:
        """No less than the Euclidean length of any vector, and hardly more."""
        squares = (float(block.square().sum(dim=1).max()) for block in self.vectors.split(_BLOCK))
        return longest_length(max(squares, default=0.0), self.vectors.shape[1])

    def nearest(self, query: Float32[np.ndarray, "width"], stretch: Stretch, k: int) -> Products:
        """The ``k`` largest products of a stretch, in any order; ``k`` within its count."""
        products = self._products(query, stretch)
        if stretch.allowed is not None:
            products = products.masked_fill(~self._allowed(stretch.allowed), -torch.inf)
        values, rows = products.topk(k, sorted=False)
        return Products(rows.cpu().numpy() + stretch.start, values.cpu().numpy())

    def at_least(
        self, query: Float32[np.ndarray, "width"], stretch: Stretch, least: float
    ) -> Products:
        """Every product of a stretch that is not below ``least``."""
        products = self._products(query, stretch)
        wanted = products >= least
        if stretch.allowed is not None:
            wanted &= self._allowed(stretch.allowed)
        rows = wanted.nonzero()[:, 0]
        return Products(rows.cpu().numpy() + stretch.start, products[rows].cpu().numpy())

    def _products(
        self, query: Float32[np.ndarray, "width"], stretch: Stretch
    ) -> Float[Tensor, "row"]:
        # matrix times vector is summed in float32 whatever a process allows for matrices
        asked = torch.tensor(query, device=self.vectors.device)
        return torch.mv(self.vectors[stretch.start : stretch.stop], asked)

    def _allowed(self, allowed: Bool[np.ndarray, "row"]) -> Bool[Tensor, "row"]:
        return torch.tensor(allowed, device=self.vectors.device)


def stores_on(device: torch.device | str) -> StoreMaker:
    """What puts vectors on a device."""
    place = torch.device(device)

    def make(vectors: Float32[np.ndarray, "entry width"]) -> TorchVectors:
        return TorchVectors(torch.from_numpy(vectors).to(place))

    return make


class TorchIndex(ExactIndex):
    """The index on a device; its versions stay on that device."""

    @classmethod
    def of(
        cls,
        entries: Entries,
        embedder_id: str,
        version: int = 0,
        device: torch.device | str = "cpu",
    ) -> Self:
        """Index ready vectors."""
        return cls._of(entries, embedder_id, version, stores_on(device))

    @classmethod
    def load(
        cls, folder: Path, embedder_id: str | None = None, device: torch.device | str = "cpu"
    ) -> Self:
        """Read an index; `IndexFileError` or `EmbedderMismatchError` where it must not be used."""
        return cls._load(folder, embedder_id, stores_on(device))


class IndexMaker(Protocol):
    """What builds and opens indices for one device."""

    def of(self, entries: Entries, embedder_id: str, version: int = 0) -> VectorIndex:
        """Index ready vectors."""

    def load(self, folder: Path, embedder_id: str | None = None) -> VectorIndex:
        """Read an index; `IndexFileError` or `EmbedderMismatchError` where it must not be used."""


@dataclass(frozen=True)
class TorchIndices:
    """Builds and opens indices on a device."""

    device: torch.device

    def of(self, entries: Entries, embedder_id: str, version: int = 0) -> VectorIndex:
        """Index ready vectors."""
        return TorchIndex.of(entries, embedder_id, version, self.device)

    def load(self, folder: Path, embedder_id: str | None = None) -> VectorIndex:
        """Read an index; `IndexFileError` or `EmbedderMismatchError` where it must not be used."""
        return TorchIndex.load(folder, embedder_id, self.device)


def index_for(device: torch.device | str) -> IndexMaker:
    """The fastest index for a device: FAISS on processors, torch elsewhere."""
    place = torch.device(device)
    return FaissIndex if place.type == "cpu" else TorchIndices(place)


def moved(index: ExactIndex, device: torch.device | str) -> VectorIndex:
    """The same version of an index on a device; a FAISS index stays itself on a processor."""
    place = torch.device(device)
    if place.type == "cpu" and isinstance(index, FaissIndex):
        return index
    make = stores_on(place)
    parts = tuple(replace(part, segment=part.segment.stored_by(make)) for part in index.parts)
    return TorchIndex(index.embedder_id, index.version, index.width, parts, make)
