"""Annotating a whole corpus: relations, gesture types and prominence beside its recordings.

Files that people wrote, or changed after us, are left alone; ours are known by their digests in
``annotations.chironomia.json``, so that an interrupted run goes on where it stopped.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from annotations.beat2 import SemLabel, write_prom, write_relations, write_sem
from annotations.corpus import READ_ERRORS, Corpus, Problem, Recording
from annotations.fields import AnnotationFileError, json_of
from annotations.relation_documents import written_aside
from annotations.relations import RelationsFile, TokenRelation
from annotations.types import AnnotatedSpeech, GestureLabel, GestureType
from speech.transcript import Interval, Speech

MANIFEST = "annotations.chironomia.json"
_CODES: Mapping[GestureType, tuple[str, ...]] = {
    GestureType.BEAT: ("01_beat_align",),
    GestureType.DEICTIC: ("02_deictic_l", "03_deictic_m", "04_deictic_h"),
    GestureType.ICONIC: ("05_iconic_l", "06_iconic_m", "07_iconic_h"),
    GestureType.METAPHORIC: ("08_metaphoric_l", "09_metaphoric_m", "10_metaphoric_h"),
}
_NOTHING = "00_nogesture"
_SHORTEST = 1e-3
"""Seconds; shorter labels and gaps are not written."""


class Tier(StrEnum):
    """A kind of annotation file."""

    DISCOURSE = "discourse"
    SEM = "sem"
    PROM = "prom"

    def name_of(self, recording_id: str) -> str:
        """Where a recording's file lies in the corpus."""
        match self:
            case Tier.DISCOURSE:
                return f"discourse_rels/{recording_id}_whisper_relations.json"
            case Tier.SEM:
                return f"sem/{recording_id}.txt"
            case Tier.PROM:
                return f"prom/{recording_id}.prom"


def tiers_named(names: str) -> tuple[Tier, ...]:
    """The tiers of a comma-separated list."""
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    unknown = sorted(wanted - set(Tier))
    if unknown or not wanted:
        found = ", ".join(unknown) or "none"
        raise ValueError(f"expected tiers of {', '.join(Tier)}, found {found}; separate by commas")
    return tuple(tier for tier in Tier if tier in wanted)


@dataclass(frozen=True)
class Outcome:
    """What became of one recording."""

    recording_id: str
    written: tuple[Tier, ...] = ()
    done: tuple[Tier, ...] = ()
    """Written by us before."""
    kept: tuple[Tier, ...] = ()
    """Written or changed by people, and left alone."""
    notes: tuple[str, ...] = ()
    skipped: str = ""
    """Why nothing could be annotated, where nothing is wrong."""
    problem: str = ""
    """What could not be read or written."""


@dataclass(frozen=True)
class Manifest:
    """Digests of the files that we wrote, by their names within the corpus."""

    path: Path
    digests: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> "Manifest":
        """Read that of a folder; empty where there is none yet."""
        path = folder / MANIFEST
        if not path.exists():
            return cls(path)
        content = json_of(path)
        files = content.get("files") if isinstance(content, dict) else None
        if not isinstance(files, dict):
            problem = "expected an object of digests; remove the file, and what we wrote is kept"
            raise AnnotationFileError(path, None, "files", problem)
        return cls(path, files)

    def knows(self, name: str) -> bool:
        """Whether the file is as we wrote it."""
        path = self.path.parent / name
        return path.is_file() and self.digests.get(name) == _digest(path)

    def with_files(self, digests: Mapping[str, str]) -> "Manifest":
        """Note some more files, on disk as well."""
        noted = replace(self, digests={**self.digests, **digests})
        text = json.dumps({"files": dict(sorted(noted.digests.items()))}, indent=1)
        with written_aside(self.path) as part:
            part.write_text(text + "\n", encoding="utf-8")
        return noted


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class CorpusAnnotation:
    """How to annotate a corpus."""

    tiers: tuple[Tier, ...] = tuple(Tier)
    overwrite: bool = False
    """Whether files that exist, people's among them, are written again."""
    output: Path | None = None
    """Folder for the files; the corpus itself by default."""


def annotate_corpus(
    corpus: Corpus,
    annotate: Callable[[Speech], AnnotatedSpeech],
    options: CorpusAnnotation,
    step: Callable[[int, int, str], None] = lambda done, total, name: None,  # noqa: ARG005
) -> tuple[Outcome, ...]:
    """Write the files that are missing; one outcome for each recording and broken file."""
    folder = options.output or corpus.folder
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Manifest.open(folder)
    outcomes = [_unread(problem) for problem in corpus.problems]
    for number, recording in enumerate(corpus.recordings):
        step(number, len(corpus.recordings), recording.id)
        try:
            outcome, manifest = _annotated(recording, corpus.folder, annotate, options, manifest)
        except READ_ERRORS as error:
            outcome = Outcome(recording.id, problem=str(error))
        outcomes.append(outcome)
    step(len(corpus.recordings), len(corpus.recordings), "")
    return tuple(outcomes)


def _unread(problem: Problem) -> Outcome:
    """A broken recording is a problem; a split file is of no use here, so it is but a note."""
    if not problem.recording_id:
        return Outcome(problem.file.name, skipped=problem.message)
    return Outcome(problem.recording_id, problem=problem.message)


def _annotated(
    recording: Recording,
    source: Path,
    annotate: Callable[[Speech], AnnotatedSpeech],
    options: CorpusAnnotation,
    manifest: Manifest,
) -> tuple[Outcome, Manifest]:
    outcome = _standing(recording.id, source, options, manifest)
    missing = [tier for tier in options.tiers if tier not in (*outcome.done, *outcome.kept)]
    if not missing:
        return outcome, manifest
    if not recording.words():
        broken = "; ".join(problem.message for problem in recording.problems())
        return replace(outcome, problem=broken, skipped="" if broken else "has no words"), manifest
    annotated = annotate(recording.speech())
    for tier in missing:
        name = tier.name_of(recording.id)
        path = manifest.path.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_aside(path) as part:
            _write(tier, annotated, recording, part)
            manifest = manifest.with_files({name: _digest(part)})
    return replace(outcome, written=tuple(missing), notes=annotated.notes), manifest


def _standing(
    recording_id: str, source: Path, options: CorpusAnnotation, manifest: Manifest
) -> Outcome:
    """Which files need not or must not be written."""
    if options.overwrite:
        return Outcome(recording_id)
    names = {tier: tier.name_of(recording_id) for tier in options.tiers}
    done = tuple(tier for tier, name in names.items() if manifest.knows(name))
    folders = (source, manifest.path.parent)
    kept = tuple(
        tier
        for tier, name in names.items()
        if tier not in done and any((folder / name).exists() for folder in folders)
    )
    return Outcome(recording_id, done=done, kept=kept)


def _write(tier: Tier, annotated: AnnotatedSpeech, recording: Recording, path: Path) -> None:
    match tier:
        case Tier.DISCOURSE:
            write_relations(_relations_file(annotated), path)
        case Tier.SEM:
            write_sem(sem_labels(annotated.gestures, recording.seconds), path)
        case Tier.PROM:
            write_prom(annotated.prominences, recording.id, path)


def _relations_file(annotated: AnnotatedSpeech) -> RelationsFile:
    relations = tuple(
        TokenRelation(
            connective=relation.connective,
            tokens=relation.tokens,
            sense=relation.sense,
            arg1=relation.arg1_tokens,
            arg2=relation.arg2_tokens,
            probability=relation.probability,
        )
        for relation in annotated.relations
        if relation.tokens
    )
    return RelationsFile(annotated.speech.words, relations)


def sem_labels(gestures: Sequence[GestureLabel], seconds: float) -> tuple[SemLabel, ...]:
    """Gesture types as lines of a ``sem`` file, which tile the recording as BEAT2's do.

    The surer the type, the more the label says: low, middle or high.
    """
    return tuple(_tiled(sorted(gestures, key=lambda each: each.interval.start), seconds))


def _tiled(gestures: Sequence[GestureLabel], seconds: float) -> Iterator[SemLabel]:
    cursor = 0.0
    for gesture in gestures:
        start = max(round(gesture.interval.start, 6), cursor)
        end = min(round(gesture.interval.end, 6), seconds)
        if end - start < _SHORTEST:
            continue
        if start - cursor >= _SHORTEST:
            yield SemLabel(_NOTHING, Interval(cursor, start), 0.0)
        codes = _CODES[gesture.type]
        code = codes[min(int(gesture.probability * len(codes)), len(codes) - 1)]
        keywords = " ".join(gesture.word.split())
        yield SemLabel(code, Interval(start, end), int(code[:2]) / 10, keywords)
        cursor = end
    if seconds - cursor >= _SHORTEST:
        yield SemLabel(_NOTHING, Interval(cursor, seconds), 0.0)
