"""What a process searches: one index version, immutable, from its files or from SQL."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import structlog

from annotations.database import Database
from annotations.records import LIVE, IndexedRows
from annotations.repository import Repository
from indexing.bases import Bases
from indexing.entries import VectorSizeError, entries_of, strangers, vector_size
from indexing.exemplars import StoredExemplars
from indexing.stored import StoredClips
from indexing.trajectories import TrajectoryStore
from retrieval.embedding import Embedder
from retrieval.index import EmbedderMismatchError, FaissIndex
from retrieval.torch_index import IndexMaker
from retrieval.vector_index import VectorIndex

TRAJECTORIES = "trajectories"
"""Folder beside the index files."""
CHANGES_IN_MEMORY = 1_000
"""When more entries than this have changed since the files were written, they are written anew."""
_log = structlog.get_logger(__name__)


class NoIndexError(LookupError):
    """Nothing has been indexed yet."""

    def __init__(self, name: str | int) -> None:
        super().__init__(
            f"index version {name!r} holds nothing; build one with `chironomia index build FOLDER`"
        )


@dataclass(frozen=True)
class IndexSource:
    """Where index versions come from: SQL for the truth, a folder for files, who embeds."""

    database: Database
    folder: Path
    embedder: Embedder
    make: IndexMaker = FaissIndex
    """Builds and opens indices for the device that searches."""

    @property
    def bases(self) -> Bases:
        """The index files."""
        return Bases(self.database, self.folder, self.embedder.id, self.make)

    def resolve(self, name: str | int = LIVE) -> int:
        """The version that a tag or a number means; `UnknownVersionError` where it means none."""
        with self.database.reading() as session:
            return Repository(session).versions.resolve(name)

    def open(self, name: str | int = LIVE) -> "Snapshot":
        """The version that a tag or a number means, from files as far as these can be trusted.

        Raises `NoIndexError`, `UnknownVersionError`, or `EmbedderMismatchError` where another
        embedder built it. Torn, altered, foreign or missing files are rebuilt from SQL, loudly.
        """
        version = self.resolve(name)
        with self.database.reading() as session:
            rows = Repository(session).indexed_at(version)
        if not len(rows):
            raise NoIndexError(name)
        if others := strangers(self.database, rows, self.embedder):
            raise EmbedderMismatchError(self.folder, ", ".join(others), self.embedder.id)
        opened = self.from_files(version, rows)
        if opened is None:
            _log.warning("the index is rebuilt from SQL", version=version, exemplars=len(rows))
            return self.rewrite(version, rows)
        return opened.with_files() if opened.changes > CHANGES_IN_MEMORY else opened

    def written(self, version: int) -> "Snapshot":
        """A version whose files are up to date, however they were before; for builds."""
        with self.database.reading() as session:
            rows = Repository(session).indexed_at(version)
        opened = self.from_files(version, rows) or self.from_sql(version, rows)
        return opened.with_files() if opened.changes else opened

    def rewrite(self, version: int, rows: IndexedRows) -> "Snapshot":
        """A version from SQL alone, and its files anew."""
        return self.from_sql(version, rows).with_files()

    def from_files(self, version: int, rows: IndexedRows) -> "Snapshot | None":
        """A version from the files that can be trusted, and what changed since they were written.

        ``None`` where there are none, or where they disagree with the rows that SQL has.
        """
        base = self.bases.nearest(version)
        if base is None:
            return None
        if base.width != vector_size(self.embedder):
            raise VectorSizeError(self.embedder.id, base.width, vector_size(self.embedder))
        opened = self._snapshot(base.version, base).refreshed(version)
        if _holds(opened.index, rows):
            return opened
        _log.warning("index files disagree with SQL", version=version, base=base.version)
        return None

    def from_sql(self, version: int, rows: IndexedRows) -> "Snapshot":
        """From SQL alone; nothing of it is in files."""
        entries = entries_of(self.database, rows, version, self.embedder)
        index = self.make.of(entries, self.embedder.id, version)
        return replace(self._snapshot(version, index), changes=len(rows))

    def _snapshot(self, version: int, index: VectorIndex) -> "Snapshot":
        return Snapshot(
            version=version,
            index=index,
            exemplars=StoredExemplars(self.database, version, index.ids),
            clips=StoredClips(self.database),
            folder=self.folder,
            source=self,
        )


@dataclass(frozen=True)
class Snapshot:
    """One index version with all that retrieval and generation need of it."""

    version: int
    index: VectorIndex
    exemplars: StoredExemplars
    clips: StoredClips
    folder: Path
    source: IndexSource
    changes: int = 0
    """Entries that differ from those in the files."""

    def refreshed(self, version: int) -> "Snapshot":
        """Another version, earlier or later, by what changed between the two.

        This snapshot stays as it is, for whoever still uses it.
        """
        if version == self.version:
            return self
        with self.source.database.reading() as session:
            changed = Repository(session).changed_between(self.version, version)
        source = self.source
        entries = entries_of(source.database, changed.rows, version, source.embedder)
        index = self.index.updated(changed.removed, entries, version)
        new = changed.rows.ids.tolist()
        return replace(
            self,
            version=version,
            index=index,
            exemplars=self.exemplars.at(version, index.ids, new, changed.windows),
            clips=StoredClips(source.database),
            changes=self.changes + len(new) + len(changed.removed),
        )

    @property
    def recordings(self) -> tuple[str, ...]:
        """Ids of the recordings that it holds exemplars of, in alphabetical order."""
        with self.source.database.reading() as session:
            return Repository(session).indexed_at(self.version).recordings

    def with_files(self) -> "Snapshot":
        """The same after its index was written to files, from which the next process starts."""
        saved = self.source.bases.save(self.index)
        return replace(self, changes=0) if saved else self

    def trajectories(self, weights_id: str) -> TrajectoryStore:
        """Stored inversions made with these weights; none where it was built with others."""
        return trajectory_store(self.folder, weights_id)


def trajectory_store(folder: Path, weights_id: str) -> TrajectoryStore:
    """Inversions of all index versions in ``folder`` made with these weights."""
    return TrajectoryStore(folder / TRAJECTORIES, weights_id)


def open_index(
    database: Database, folder: Path, embedder: Embedder, name: str | int = LIVE
) -> Snapshot:
    """The version that a tag or a number means; see `IndexSource.open`."""
    return IndexSource(database, folder, embedder).open(name)


def _holds(index: VectorIndex, rows: IndexedRows) -> bool:
    """Whether an index has exactly these exemplars at these revisions."""
    ids = rows.ids.tolist()
    return np.array_equal(index.ids, rows.ids) and np.array_equal(index.numbers(ids), rows.numbers)
