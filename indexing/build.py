"""Corpus folder -> rows, vectors, inversions, index version; each stage resumes where it was."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from annotations.beat2 import Split
from annotations.corpus import READ_ERRORS, Corpus, Problem
from annotations.database import Database
from annotations.encoding import canonical
from annotations.records import LIVE, Event, IndexDraft, IndexVersion
from annotations.repository import Repository
from annotations.types import AnnotatedSpeech, Clip, Exemplar, Window
from diffusion.inversion import Trajectory
from indexing.cutting import CutReport, Cutter
from indexing.segment import SegmentOptions
from indexing.snapshot import (
    TRAJECTORIES,
    exemplars_of,
    rebuilt,
    trajectory_store,
    trusted_files,
    version_folder,
)
from indexing.stored import StoredClips
from retrieval.embedding import Embedder
from retrieval.index import IndexFileError
from retrieval.vectors import exemplar_vectors
from speech.transcript import Speech

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""


class NothingToIndexError(ValueError):
    """A corpus gave no exemplar at all."""


class Inverter(Protocol):
    """What makes trajectories: the gesture pipeline."""

    @property
    def weights_id(self) -> str:
        """Which weights it has."""
        ...

    def invert(self, clips: Sequence[Clip]) -> Sequence[Trajectory]:
        """Invert clips as one batch."""
        ...


@dataclass(frozen=True)
class IndexTools:
    """What computes: each part may be shared with a running service."""

    embedder: Embedder
    pipeline: Inverter | None = None
    """Without it no trajectory is stored; clips are inverted when they are first inserted."""
    annotate: Callable[[Speech], AnnotatedSpeech] | None = None
    """Fills tiers that the corpus has no file for."""


@dataclass(frozen=True)
class BuildOptions:
    """What is indexed, and how."""

    splits: tuple[Split, ...] | None = None
    """Splits that are indexed; ``None`` for every recording with motion."""
    segment: SegmentOptions = field(default_factory=SegmentOptions)
    label: str = LIVE
    """Label that points at the version when it is complete."""
    embedding_batch: int = 256
    inversion_batch: int = 8


@dataclass(frozen=True)
class IndexReport:
    """What one build did."""

    version: IndexVersion
    recordings: int
    """Recordings that the index holds."""
    unchanged: int
    """Of these, how many were found as they had been cut before."""
    exemplars: int
    labels: Mapping[str, int]
    """Exemplars of each sense and gesture type."""
    speakers: Mapping[int, int]
    """Exemplars of each speaker index."""
    inverted: int
    """Trajectories made by this build."""
    problems: tuple[Problem, ...]
    """What was skipped, and why."""
    notes: tuple[str, ...]
    """What was odd about recordings that are indexed nevertheless."""


def build_index(
    corpus: Corpus,
    database: Database,
    folder: Path,
    tools: IndexTools,
    options: BuildOptions | None = None,
    progress: Progress | None = None,
) -> IndexReport:
    """Index a corpus and make the result current.

    One transaction a recording; running it again repeats nothing that is done. Recordings that
    cannot be read are skipped and reported. Raises `NothingToIndexError` where none is left.
    """
    options = options or BuildOptions()
    build = _Build(database, folder, tools, options, progress or (lambda *_: None))
    cut = build.cut(corpus)
    exemplars = build.exemplars(corpus, cut)
    build.embed(exemplars)
    inverted, unreadable = build.invert(exemplars)
    version = build.publish(exemplars)
    return IndexReport(
        version=version,
        recordings=len({each.window.recording for each in exemplars.values()}),
        unchanged=cut.unchanged,
        exemplars=len(exemplars),
        labels=Counter(each.annotation.label for each in exemplars.values()),
        speakers=Counter(each.window.speaker for each in exemplars.values()),
        inverted=inverted,
        problems=(*corpus.problems, *cut.problems, *unreadable),
        notes=cut.notes,
    )


@dataclass(frozen=True)
class _Build:
    """The stages of one build."""

    database: Database
    folder: Path
    tools: IndexTools
    options: BuildOptions
    progress: Progress

    def cut(self, corpus: Corpus) -> CutReport:
        """Rows of every selected recording."""
        splits = self.options.splits
        selected = [
            each
            for each in corpus.recordings
            if each.has_motion and (splits is None or each.split in splits)
        ]
        cutter = Cutter(
            corpus,
            self.database,
            self.folder / TRAJECTORIES,
            self.tools.annotate,
            self.options.segment,
        )
        return cutter.cut(selected, lambda done: self.progress("cut", done, len(selected)))

    def exemplars(self, corpus: Corpus, cut: CutReport) -> dict[int, Exemplar]:
        """Everything that the index is to hold."""
        with self.database.reading() as session:
            repository = Repository(session)
            exemplars = exemplars_of(repository, repository.indexed_ids())
        if not exemplars:
            problems = (*corpus.problems, *cut.problems)
            reasons = "; ".join(problem.message for problem in problems[:3])
            raise NothingToIndexError(
                f"{corpus.folder} gave no exemplar: {len(cut.indexed)} of {len(corpus.recordings)} "
                f"recordings could be used, splits {self.options.splits or 'all'}, "
                f"{len(problems)} problems{': ' + reasons if reasons else ''}; a recording needs "
                "motion, sound and words with at least one discourse relation or gesture label"
            )
        return exemplars

    def embed(self, exemplars: Mapping[int, Exemplar]) -> None:
        """A vector for every exemplar that has none; one transaction a batch."""
        embedder = self.tools.embedder
        with self.database.reading() as session:
            missing = Repository(session).embeddings.missing(list(exemplars), embedder.id)
        for start in range(0, len(missing), self.options.embedding_batch):
            self.progress("embed", start, len(missing))
            ids = missing[start : start + self.options.embedding_batch]
            vectors = exemplar_vectors([exemplars[each] for each in ids], embedder)
            with self.database.session() as session:
                Repository(session).embeddings.add(ids, vectors, embedder.id)
        self.progress("embed", len(missing), len(missing))

    def invert(self, exemplars: Mapping[int, Exemplar]) -> tuple[int, tuple[Problem, ...]]:
        """A trajectory for every window that has none; how many, and what could not be read."""
        pipeline = self.tools.pipeline
        if pipeline is None:
            return 0, ()
        store = trajectory_store(self.folder, pipeline.weights_id)
        windows = {each.window.key: each.window for each in exemplars.values()}
        missing = store.missing(windows)
        with self.database.reading() as session:
            clips = StoredClips.of(Repository(session).recordings())
        problems: list[Problem] = []
        stored = 0
        for start in range(0, len(missing), self.options.inversion_batch):
            self.progress("invert", start, len(missing))
            keys = missing[start : start + self.options.inversion_batch]
            readable = _readable([windows[key] for key in keys], clips, problems)
            if readable:
                for clip, trajectory in zip(readable, pipeline.invert(readable), strict=True):
                    stored += store.put(clip.key, trajectory)
        self.progress("invert", len(missing), len(missing))
        return stored, tuple(problems)

    def publish(self, exemplars: Mapping[int, Exemplar]) -> IndexVersion:
        """Write the version's files, then point the label at it; an equal version is used again."""
        self.progress("write", 0, 1)
        with self.database.session() as session:
            repository = Repository(session)
            draft = self._draft(repository, exemplars)
            versions = repository.versions
            version = versions.with_digest(draft.digest) or versions.add(draft)
        self._write_files(version, exemplars)
        with self.database.session() as session:
            versions = Repository(session).versions
            before = versions.labeled(self.options.label)
            if before != version:
                versions.set_label(version.id, self.options.label)
                versions.append(_publication(self.options.label, before, version))
        self.progress("write", 1, 1)
        return version

    def _write_files(self, version: IndexVersion, exemplars: Mapping[int, Exemplar]) -> None:
        try:
            trusted_files(version, self.folder, exemplars)
        except IndexFileError:
            with self.database.reading() as session:
                index = rebuilt(Repository(session), version, exemplars)
            index.save(version_folder(self.folder, version.id))

    def _draft(self, repository: Repository, exemplars: Mapping[int, Exemplar]) -> IndexDraft:
        pipeline = self.tools.pipeline
        ids = tuple(exemplars)
        vectors = repository.embeddings.get(ids, self.tools.embedder.id)
        weights_id = None if pipeline is None else pipeline.weights_id
        digest = hashlib.sha256(canonical([self.tools.embedder.id, weights_id]).encode())
        digest.update(np.array(ids, dtype="<i8").tobytes())
        digest.update(vectors.tobytes())
        return IndexDraft(
            self.tools.embedder.id, weights_id, str(self.folder), digest.hexdigest(), ids
        )


def _readable(windows: Sequence[Window], clips: StoredClips, problems: list[Problem]) -> list[Clip]:
    """Clips whose files can be read; the others are added to ``problems``."""
    found: list[Clip] = []
    for window in windows:
        clip = clips(window)
        try:
            clip.motion()
            clip.speech()
        except READ_ERRORS as error:
            path = clip.recording.motion_path or clip.recording.audio_path
            problems.append(Problem(window.recording, path, f"{window.key}: {error}"))
        else:
            found.append(clip)
    return found


def _publication(label: str, before: IndexVersion | None, version: IndexVersion) -> Event:
    return Event(
        actor="chironomia",
        operation="publish",
        subject=f"label {label}",
        before=None if before is None else {"version": before.id},
        after={"version": version.id, "exemplars": version.exemplar_count},
        reason="index build",
    )
