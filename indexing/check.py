"""Whether files and SQL agree, and mending what is derived; SQL itself is never changed here."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from annotations.records import LIVE, STAGING, IndexedRows
from annotations.repository import Repository
from indexing.entries import embed_missing, entries_of
from indexing.exemplars import StoredExemplars
from indexing.snapshot import IndexSource, trajectory_store
from indexing.stored import StoredClips
from retrieval.entries import Entries
from retrieval.vector_index import VectorIndex


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be."""

    problem: str
    remedy: str
    mended: bool = False


@dataclass(frozen=True)
class IndexCheck:
    """Compares an index with what it was derived from."""

    source: IndexSource
    weights_id: str | None = None
    """Weights whose stored inversions are looked at."""
    mend: bool = True

    def run(self) -> tuple[Finding, ...]:
        """Everything that is wrong; what is derived from SQL alone is made anew where asked."""
        return tuple(self._findings())

    def _findings(self) -> Iterator[Finding]:
        for version in sorted({self.source.resolve(LIVE), self.source.resolve(STAGING)}):
            with self.source.database.reading() as session:
                rows = Repository(session).indexed_at(version)
            yield from self._vectors(version, rows)
            yield from self._files(version, rows)
        yield from self._inversions(version, rows)
        yield from self._recordings(rows)

    def _vectors(self, version: int, rows: IndexedRows) -> Iterator[Finding]:
        embedder, database = self.source.embedder, self.source.database
        with database.reading() as session:
            missing = Repository(session).embeddings.missing(rows.pairs, embedder.id)
        if not missing:
            return
        problem = f"version {version}: {len(missing)} exemplars have no vector of {embedder.id}"
        if self.mend:
            embed_missing(database, missing, version, embedder)
        yield Finding(problem, "run `chironomia index build`", self.mend)

    def _files(self, version: int, rows: IndexedRows) -> Iterator[Finding]:
        """The index as it would be opened, beside one from SQL, to the last bit."""
        with self.source.database.reading() as session:
            complete = not Repository(session).embeddings.missing(
                rows.pairs, self.source.embedder.id
            )
        if not len(rows) or not complete:
            return
        truth = entries_of(self.source.database, rows, version, self.source.embedder)
        opened = self.source.from_files(version, rows)
        if opened is not None and _same(opened.index, truth):
            return
        problem = f"version {version}: the index files are missing, damaged or differ from SQL"
        if self.mend:
            self.source.rewrite(version, rows)
        yield Finding(problem, "run `chironomia index check`", self.mend)

    def _inversions(self, version: int, rows: IndexedRows) -> Iterator[Finding]:
        if self.weights_id is None:
            return
        exemplars = StoredExemplars(self.source.database, version, rows.ids)
        keys = {each.window.key for each in exemplars.every()}
        absent = trajectory_store(self.source.folder, self.weights_id).missing(sorted(keys))
        if absent:
            yield Finding(
                f"{len(absent)} of {len(keys)} windows have no inversion by weights "
                f"{self.weights_id}, first {absent[0]}",
                "run `chironomia index build`; until then they are inverted when first used",
            )

    def _recordings(self, rows: IndexedRows) -> Iterator[Finding]:
        clips = StoredClips(self.source.database)
        for name in rows.recordings:
            recording = clips.recording(name)
            for path in (recording.audio_path, recording.motion_path):
                if path is None or not path.is_file():
                    yield Finding(
                        f"recording {name}: {path or 'its motion'} is not there",
                        "put the file back, or index the corpus from where it lies now",
                    )


def _same(index: VectorIndex, truth: Entries) -> bool:
    """Whether an index holds exactly these entries, bit for bit."""
    ids = truth.ids.tolist()
    return (
        np.array_equal(index.ids, truth.ids)
        and np.array_equal(index.numbers(ids), truth.numbers)
        and [index.label_of(each) for each in ids]
        == [truth.labels[code] for code in truth.label_codes]
        and index.vectors(ids).tobytes() == truth.vectors.tobytes()
    )
