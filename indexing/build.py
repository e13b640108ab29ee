"""Corpus folder -> rows, vectors, inversions, index files; each stage resumes where it was."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from annotations.beat2 import Split
from annotations.corpus import Corpus, Recording
from annotations.database import Database
from annotations.recording_queries import RecordingQueries
from annotations.records import IndexedRows
from annotations.repository import Repository
from annotations.types import AnnotatedSpeech
from indexing.cutting import CutReport, Cutter
from indexing.entries import embed_missing
from indexing.exemplars import StoredExemplars
from indexing.inverting import InversionReport, InversionStage, Inverter
from indexing.report import Counts, IndexReport, StageClock
from indexing.segment import SegmentOptions
from indexing.snapshot import TRAJECTORIES, IndexSource, trajectory_store
from indexing.stored import StoredClips
from retrieval.embedding import Embedder
from speech.transcript import Speech

__all__ = [
    "BuildOptions",
    "IndexReport",
    "IndexTools",
    "Inverter",
    "NothingToIndexError",
    "build_index",
]

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""
STAGES = ("cut", "embed", "invert", "write")


class NothingToIndexError(ValueError):
    """A corpus gave no exemplar at all."""


@dataclass(frozen=True)
class IndexTools:
    """What computes: each part may be shared with a running service."""

    embedder: Embedder
    pipeline: Inverter | None = None
    """Without it no trajectory is stored; clips are inverted when they are first inserted."""
    annotate: Callable[[Speech], AnnotatedSpeech] | None = None
    """Fills tiers that the corpus has no file for; pickled where several processes read."""


@dataclass(frozen=True)
class BuildOptions:
    """What is indexed, and how."""

    splits: tuple[Split, ...] | None = None
    """Splits that are indexed; ``None`` for every recording with motion."""
    segment: SegmentOptions = field(default_factory=SegmentOptions)
    jobs: int = 1
    """Processes that read, annotate and cut; what is stored does not depend on it."""
    inversion_batch: int = 8
    reason: str = "index build"
    """Why, for the history."""


def build_index(
    corpus: Corpus,
    database: Database,
    folder: Path,
    tools: IndexTools,
    options: BuildOptions | None = None,
    progress: Progress | None = None,
) -> IndexReport:
    """Index a corpus: the recordings selected, and no others of it.

    One transaction a recording, each a new index version that holds all vectors; running it again
    repeats nothing that is done. Recordings that cannot be read are left out and reported; those
    that a curator has taken out stay out. Raises
    `NothingToIndexError` where the index holds nothing in the end.
    """
    options = options or BuildOptions()
    build = Build(corpus, database, folder, tools, options, progress or (lambda *_: None))
    with database.reading() as session:
        taken_out = RecordingQueries(session).taken_out()
    selected = [
        each
        for each in corpus.recordings
        if each.has_motion
        and each.id not in taken_out
        and (options.splits is None or each.split in options.splits)
    ]
    return build.run(selected, leave_out=True)


@dataclass(frozen=True)
class Build:
    """The stages of one build."""

    corpus: Corpus
    database: Database
    folder: Path
    tools: IndexTools
    options: BuildOptions
    progress: Progress
    clock: StageClock = field(default_factory=StageClock)

    def run(self, selected: Sequence[Recording], *, leave_out: bool) -> IndexReport:
        """All stages; ``leave_out`` takes the other recordings of the corpus out of the index."""
        with self.clock.of("cut"):
            cut = self._cut(selected, leave_out)
        version, rows = self._rows()
        if not len(rows):
            raise self._nothing(cut)
        with self.clock.of("embed"):
            self._embed(version, rows)
        with self.clock.of("invert"):
            wanted = rows.ids if leave_out else _ids_of(rows, {each.id for each in selected})
            inverted = self._invert(version, wanted)
        with self.clock.of("write"):
            self._write(version)
        counts = self._counts(rows)
        return IndexReport(
            version=version,
            recordings=len(counts.recordings),
            unchanged=cut.unchanged,
            exemplars=len(rows),
            senses=counts.senses,
            types=counts.types,
            speakers=counts.speakers,
            inverted=inverted.stored,
            problems=(*self.corpus.problems, *cut.problems, *inverted.problems),
            notes=tuple(cut.notes),
            seconds={**self.clock.seconds, **cut.clock.seconds},
        )

    def _counts(self, rows: IndexedRows) -> Counts:
        with self.database.reading() as session:
            return Counts.of(rows, Repository(session).recordings())

    def _cut(self, selected: Sequence[Recording], leave_out: bool) -> CutReport:
        cutter = Cutter(
            self.corpus,
            self.database,
            self.folder / TRAJECTORIES,
            self.tools.embedder,
            self.tools.annotate,
            self.options.segment,
            self.options.jobs,
            self.options.reason,
        )
        cut = cutter.cut(selected, lambda done: self.progress("cut", done, len(selected)))
        if leave_out:
            cutter.leave_out(cut)
        return cut

    def _rows(self) -> tuple[int, IndexedRows]:
        """The newest version and what it holds."""
        with self.database.reading() as session:
            repository = Repository(session)
            version = repository.versions.head()
            return version, repository.indexed_at(version)

    def _embed(self, version: int, rows: IndexedRows) -> None:
        """Vectors that an interrupted build or another embedder has left to make."""
        embed_missing(
            self.database,
            rows.pairs,
            version,
            self.tools.embedder,
            lambda done, total: self.progress("embed", done, total),
        )

    def _invert(self, version: int, ids: np.ndarray) -> InversionReport:
        pipeline = self.tools.pipeline
        if pipeline is None:
            return InversionReport()
        stage = InversionStage(
            trajectory_store(self.folder, pipeline.weights_id),
            StoredClips(self.database),
            pipeline,
            self.options.inversion_batch,
            lambda done, total: self.progress("invert", done, total),
        )
        return stage.run(StoredExemplars(self.database, version, ids).every())

    def _write(self, version: int) -> None:
        self.progress("write", 0, 1)
        IndexSource(self.database, self.folder, self.tools.embedder).written(version)
        self.progress("write", 1, 1)

    def _nothing(self, cut: CutReport) -> NothingToIndexError:
        problems = (*self.corpus.problems, *cut.problems)
        reasons = "; ".join(problem.message for problem in problems[:3])
        return NothingToIndexError(
            f"{self.corpus.folder} gave no exemplar: {len(cut.indexed)} of "
            f"{len(self.corpus.recordings)} recordings could be used, splits "
            f"{self.options.splits or 'all'}, {len(problems)} problems"
            f"{': ' + reasons if reasons else ''}; a recording needs "
            "motion, sound and words with at least one discourse relation or gesture label"
        )


def _ids_of(rows: IndexedRows, recordings: set[str]) -> np.ndarray:
    """The exemplars of some recordings."""
    codes = [code for code, name in enumerate(rows.recordings) if name in recordings]
    return rows.ids[np.isin(rows.recording_codes, codes)]
