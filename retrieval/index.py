"""Exact search among index entries, kept on disk with a manifest: the only file that uses faiss."""

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64

from annotations.types import Exemplar
from retrieval.embedding import Embedder
from retrieval.vectors import exemplar_vectors

FORMAT_VERSION = 1
MANIFEST = "manifest.json"


class IndexFileError(ValueError):
    """An index on disk is missing, torn, altered, or of a format that is not known."""

    def __init__(self, folder: Path, problem: str) -> None:
        """Name the folder and what to do."""
        super().__init__(
            f"{folder}: {problem}; rebuild it from the database with `chironomia index build`"
        )


class EmbedderMismatchError(ValueError):
    """An index was built by another embedder than the one that asks."""

    def __init__(self, folder: Path, built_by: str, asked_by: str) -> None:
        """Name both embedders and the command that rebuilds."""
        super().__init__(
            f"{folder} is an index built by another embedder: {built_by}, not {asked_by}; "
            "rebuild it with `chironomia index build`"
        )
        self.built_by, self.asked_by = built_by, asked_by


@dataclass(frozen=True)
class Found:
    """An entry with its inner product."""

    id: int
    likeness: float


@dataclass(frozen=True)
class Manifest:
    """What lies beside the vectors: who made them, and their checksums."""

    format_version: int
    embedder_id: str
    index_version: int
    count: int
    width: int
    files: Mapping[str, str]
    """File of each kind (``vectors``, ``entries``): ``name:sha256``."""


class VectorIndex:
    """An immutable set of entries: ids, labels, vectors."""

    def __init__(
        self,
        faiss_index: Any,
        ids: Int64[np.ndarray, "entry"],
        labels: Sequence[str],
        embedder_id: str,
        version: int,
    ) -> None:
        """Use `build`, `of_vectors` or `load`."""
        self._faiss_index = faiss_index
        self.ids = ids
        self.labels = tuple(labels)
        self.embedder_id = embedder_id
        self.version = version

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def build(
        cls, exemplars: Sequence[Exemplar], embedder: Embedder, version: int = 0
    ) -> "VectorIndex":
        """Embed and index exemplars; the order they are given in does not matter."""
        ordered = sorted(exemplars, key=lambda exemplar: exemplar.id)
        return cls.of_vectors(
            [exemplar.id for exemplar in ordered],
            [exemplar.annotation.label for exemplar in ordered],
            exemplar_vectors(ordered, embedder),
            embedder.id,
            version,
        )

    @classmethod
    def of_vectors(
        cls,
        ids: Sequence[int],
        labels: Sequence[str],
        vectors: Float32[np.ndarray, "entry width"],
        embedder_id: str,
        version: int = 0,
    ) -> "VectorIndex":
        """Index ready vectors under their ids."""
        import faiss  # noqa: TID251

        if not len(ids) == len(labels) == len(vectors):
            raise ValueError(f"{len(ids)} ids, {len(labels)} labels, {len(vectors)} vectors")
        if len(set(ids)) != len(ids):
            raise ValueError("ids repeat; each entry needs an id of its own")
        keys = np.asarray(ids, dtype=np.int64)
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), keys)
        return cls(index, keys, labels, embedder_id, version)

    @property
    def width(self) -> int:
        """Numbers a vector."""
        return int(self._faiss_index.d)

    @cached_property
    def _rows(self) -> dict[str, Int64[np.ndarray, "entry"]]:
        """Rows of each label: the partitions that search is limited to."""
        labels = np.array(self.labels, dtype=object)
        return {label: np.flatnonzero(labels == label) for label in sorted(set(self.labels))}

    @property
    def label_counts(self) -> dict[str, int]:
        """How many entries each label has."""
        return {label: len(rows) for label, rows in self._rows.items()}

    def search(
        self,
        vector: Float32[np.ndarray, "width"],
        labels: Iterable[str],
        k: int,
        excluded: Collection[int] = (),
    ) -> tuple[Found, ...]:
        """The ``k`` entries of these labels with the largest inner products, best first."""
        import faiss  # noqa: TID251

        allowed = self._allowed(labels, excluded)
        if not len(allowed) or k < 1:
            return ()
        selector = faiss.IDSelectorBatch(allowed)
        likenesses, ids = self._faiss_index.search(
            np.ascontiguousarray(vector[None], dtype=np.float32),
            min(k, len(allowed)),
            params=faiss.SearchParameters(sel=selector),  # type: ignore[call-arg]
        )
        found = [Found(int(i), float(s)) for i, s in zip(ids[0], likenesses[0], strict=True)]
        return tuple(sorted((f for f in found if f.id >= 0), key=lambda f: (-f.likeness, f.id)))

    def count(self, labels: Iterable[str], excluded: Collection[int] = ()) -> int:
        """How many entries a search with these labels and exclusions looks at."""
        return len(self._allowed(labels, excluded))

    def _allowed(
        self, labels: Iterable[str], excluded: Collection[int]
    ) -> Int64[np.ndarray, "entry"]:
        rows = [self._rows[label] for label in dict.fromkeys(labels) if label in self._rows]
        ids = self.ids[np.concatenate(rows)] if rows else self.ids[:0]
        if not excluded:
            return ids
        barred = np.fromiter(excluded, dtype=np.int64)
        allowed: Int64[np.ndarray, entry] = np.setdiff1d(ids, barred, assume_unique=True)
        return allowed

    def vectors(self, ids: Sequence[int]) -> Float32[np.ndarray, "entry width"]:
        """The vectors of entries, one a row."""
        vectors = np.zeros((len(ids), self.width), dtype=np.float32)
        for row, entry in enumerate(ids):
            vectors[row] = self._faiss_index.reconstruct(int(entry))
        return vectors

    def save(self, folder: Path) -> None:
        """Write the index; the manifest, replaced last, decides which files count."""
        import faiss  # noqa: TID251

        folder.mkdir(parents=True, exist_ok=True)
        vectors = faiss.serialize_index(self._faiss_index).tobytes()
        entries = json.dumps({"ids": self.ids.tolist(), "labels": list(self.labels)}).encode()
        files = {
            "vectors": _write_named(folder, "vectors", ".faiss", vectors),
            "entries": _write_named(folder, "entries", ".json", entries),
        }
        manifest = Manifest(
            FORMAT_VERSION, self.embedder_id, self.version, len(self), self.width, files
        )
        _write(folder / MANIFEST, json.dumps(asdict(manifest), indent=2).encode())
        _remove_others(folder, {name.split(":")[0] for name in files.values()})

    @classmethod
    def load(cls, folder: Path, embedder_id: str | None = None) -> "VectorIndex":
        """Read an index; `IndexFileError` or `EmbedderMismatchError` where it must not be used.

        ``embedder_id`` names the embedder that is going to ask.
        """
        import faiss  # noqa: TID251

        manifest = read_manifest(folder)
        if embedder_id is not None and manifest.embedder_id != embedder_id:
            raise EmbedderMismatchError(folder, manifest.embedder_id, embedder_id)
        vectors, entries = (
            _checked(folder, manifest.files[kind]) for kind in ("vectors", "entries")
        )
        listed = json.loads(entries)
        index = faiss.deserialize_index(np.frombuffer(vectors, dtype=np.uint8))
        ids = np.asarray(listed["ids"], dtype=np.int64)
        if not manifest.count == len(ids) == len(listed["labels"]) == index.ntotal:
            raise IndexFileError(
                folder, f"{MANIFEST} says {manifest.count} entries, not what is there"
            )
        return cls(index, ids, listed["labels"], manifest.embedder_id, manifest.index_version)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an index on disk."""
    try:
        fields = json.loads((folder / MANIFEST).read_text())
        if fields["format_version"] != FORMAT_VERSION:
            raise IndexFileError(
                folder, f"format {fields['format_version']} is not {FORMAT_VERSION}"
            )
        return Manifest(**fields)
    except FileNotFoundError as error:
        raise IndexFileError(folder, f"there is no {MANIFEST}") from error
    except (OSError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise IndexFileError(folder, f"{MANIFEST} cannot be read: {error!r}") from error


def _checked(folder: Path, named: str) -> bytes:
    name, _, sha256 = named.partition(":")
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise IndexFileError(folder, f"{name} cannot be read: {error}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise IndexFileError(folder, f"{name} is damaged: sha256 {found[:12]}, not {sha256[:12]}")
    return content


def _write_named(folder: Path, kind: str, suffix: str, content: bytes) -> str:
    """Write a file that carries its checksum in its name."""
    sha256 = hashlib.sha256(content).hexdigest()
    name = f"{kind}-{sha256[:12]}{suffix}"
    _write(folder / name, content)
    return f"{name}:{sha256}"


def _write(path: Path, content: bytes) -> None:
    """Write aside, flush to the disk, then take the place of ``path`` in one step."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _remove_others(folder: Path, kept: Collection[str]) -> None:
    """Remove the files of earlier saves."""
    for pattern in ("vectors-*.faiss", "entries-*.json"):
        for path in folder.glob(pattern):
            if path.name not in kept:
                path.unlink(missing_ok=True)
