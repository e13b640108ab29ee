"""The tiers that lie beside one recording, read into annotated speech."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from annotations.beat2 import (
    bare,
    gesture_labels,
    read_prom,
    read_relations,
    read_sem,
    read_whisper,
)
from annotations.fields import AnnotationFileError
from annotations.senses import pdtb3_sense
from annotations.types import AnnotatedSpeech, DiscourseRelation, GestureLabel, Prominence
from speech.transcript import Interval, Speech, TranscriptError, Word, read_textgrid

Tier = TypeVar("Tier")

_XMAX = re.compile(r"xmax\s*=\s*([0-9.eE+-]+)")
_HEADER_CHARACTERS = 400


@dataclass(frozen=True)
class TierFiles:
    """Annotation files of one recording; ``None`` where there is no such file."""

    textgrid: Path | None = None
    relations: Path | None = None
    sem: Path | None = None
    prom: Path | None = None
    whisper: Path | None = None

    @classmethod
    def beside(cls, root: Path, recording_id: str) -> "TierFiles":
        """The files of BEAT2's layout that exist."""

        def existing(name: str) -> Path | None:
            path = root / name
            return path if path.is_file() else None

        return cls(
            textgrid=existing(f"textgrid/{recording_id}.TextGrid"),
            relations=existing(f"discourse_rels/{recording_id}_whisper_relations.json"),
            sem=existing(f"sem/{recording_id}.txt"),
            prom=existing(f"prom/{recording_id}.prom"),
            whisper=existing(f"whisper_transcription/{recording_id}.json"),
        )

    @property
    def readers(self) -> tuple[tuple[Path, Callable[[], object]], ...]:
        """Each existing file with what reads it."""
        every: tuple[tuple[Path | None, Callable[[Path], object]], ...] = (
            (self.textgrid, read_textgrid),
            (self.relations, read_relations),
            (self.sem, read_sem),
            (self.prom, read_prom),
            (self.whisper, read_whisper),
        )
        return tuple((path, partial(read, path)) for path, read in every if path is not None)


def text_seconds(files: TierFiles) -> float:
    """Where the TextGrid ends; endless without one, or where it does not say so."""
    if files.textgrid is None:
        return float("inf")
    head = files.textgrid.read_bytes()[:_HEADER_CHARACTERS].replace(b"\0", b"")
    found = _XMAX.search(head.decode("latin-1"))
    seconds = float(found[1]) if found else 0.0
    return seconds if seconds > 0 else float("inf")


def read_words(files: TierFiles, seconds: float) -> tuple[Word, ...]:
    """Words from the relations file, else the TextGrid, else Whisper; cut to ``seconds``."""
    for read in (_relation_words, _textgrid_words, _whisper_words):
        try:
            words = read(files)
        except (AnnotationFileError, TranscriptError):
            continue
        if words:
            return _cut(words, seconds)
    return ()


def _relation_words(files: TierFiles) -> tuple[Word, ...]:
    return read_relations(files.relations).words if files.relations else ()


def _textgrid_words(files: TierFiles) -> tuple[Word, ...]:
    words = read_textgrid(files.textgrid) if files.textgrid else ()
    return tuple(word for word in words if word.text.strip())


def _whisper_words(files: TierFiles) -> tuple[Word, ...]:
    return read_whisper(files.whisper) if files.whisper else ()


def _cut(words: tuple[Word, ...], seconds: float) -> tuple[Word, ...]:
    """Drop the words after the last one that begins in time, so that indices stay true."""
    kept = max((i + 1 for i, word in enumerate(words) if word.interval.start < seconds), default=0)
    whole = Interval(min((word.interval.start for word in words), default=0.0), seconds)
    whole = Interval(min(whole.start, 0.0), seconds)
    return tuple(Word(word.text, word.interval.clamped(whole)) for word in words[:kept])


def corpus_tiers(
    speech: Speech, files: TierFiles, annotate: Callable[[Speech], AnnotatedSpeech] | None
) -> AnnotatedSpeech:
    """The recording's own tiers, and those of ``annotate`` where there is no readable file."""
    notes: list[str] = []
    relations = _read(_relations, files.relations, speech, notes)
    gestures = _read(_gestures, files.sem, speech, notes)
    prominences = _read(_prominences, files.prom, speech, notes)
    found = AnnotatedSpeech(speech)
    if None in (relations, gestures, prominences) and annotate is not None:
        found = annotate(speech)
        notes += [note for note in found.notes if note not in notes]
    return replace(
        found,
        relations=found.relations if relations is None else relations,
        gestures=found.gestures if gestures is None else gestures,
        prominences=found.prominences if prominences is None else prominences,
        notes=tuple(notes),
    )


def _read(
    read: Callable[[Path, Speech, list[str]], tuple[Tier, ...]],
    path: Path | None,
    speech: Speech,
    notes: list[str],
) -> tuple[Tier, ...] | None:
    if path is None:
        return None
    try:
        return read(path, speech, notes)
    except AnnotationFileError as error:
        notes.append(f"unreadable, so not used: {error}")
        return None


def _relations(path: Path, speech: Speech, notes: list[str]) -> tuple[DiscourseRelation, ...]:
    found = read_relations(path).within(Interval(0.0, speech.seconds))
    unknown = sorted({each.sense for each in found if pdtb3_sense(each.sense) is None})
    if unknown:
        notes.append(f"{path.name}: senses of no inventory, kept as written: {', '.join(unknown)}")
    return found


def _gestures(path: Path, speech: Speech, notes: list[str]) -> tuple[GestureLabel, ...]:  # noqa: ARG001
    labels = gesture_labels(read_sem(path), speech.seconds)
    return tuple(replace(label, tokens=_tokens(label, speech.words)) for label in labels)


def _tokens(label: GestureLabel, words: tuple[Word, ...]) -> tuple[int, ...]:
    """Indices of the label's keywords among the words spoken within it, in order."""
    heard = [i for i, word in enumerate(words) if word.interval.overlaps(label.interval)]
    tokens: list[int] = []
    for keyword in label.word.split():
        place = next((i for i in heard if bare(words[i].text) == bare(keyword)), None)
        if place is not None:
            tokens.append(place)
            heard = [i for i in heard if i > place]
    return tuple(tokens)


def _prominences(path: Path, speech: Speech, notes: list[str]) -> tuple[Prominence, ...]:  # noqa: ARG001
    return tuple(each for each in read_prom(path) if each.interval.start < speech.seconds)
