"""JSON of a window's timeline: words, relations, gestures, how fast the hands move."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from pydantic import BaseModel, Field

from annotations.argument_spans import Argument, arguments
from annotations.timelines import (
    SpokenWord,
    StoredWindow,
    TimelineEntry,
    words_within,
)
from annotations.types import DiscourseRelation, GestureLabel
from annotations.window_files import WindowFileError, WindowFiles
from motion.hand_speed import hand_speeds
from motion.npz import MotionArrays
from motion.timeline import CORPUS_FPS, WINDOW_SECONDS
from speech.transcript import Word

_DIGITS = 4


class SpokenWordBody(BaseModel):
    """A word that is said."""

    text: str
    start_seconds: float
    end_seconds: float
    prominence: float | None = Field(description="0 for none, 2 and more for strong.")

    @classmethod
    def of(cls, spoken: SpokenWord) -> Self:
        """A word for a client."""
        span = spoken.word.interval
        return cls(
            text=spoken.word.text,
            start_seconds=round(span.start, _DIGITS),
            end_seconds=round(span.end, _DIGITS),
            prominence=spoken.prominence,
        )


class ArgumentBody(BaseModel):
    """An argument of a relation; its times are null where only its text is known."""

    start_seconds: float | None
    end_seconds: float | None
    text: str

    @classmethod
    def of(cls, argument: Argument | None) -> Self | None:
        """An argument for a client."""
        if argument is None:
            return None
        span = argument.interval
        return cls(
            start_seconds=None if span is None else round(span.start, _DIGITS),
            end_seconds=None if span is None else round(span.end, _DIGITS),
            text=argument.text,
        )


class GestureEntryBody(BaseModel):
    """A gesture label on the timeline."""

    exemplar_id: int | None = Field(description="Null for an entry that is no exemplar.")
    annotation_id: int | None
    revision: int | None
    this: bool = Field(description="Whether it is the exemplar that was asked for.")
    label: str
    word: str
    start_seconds: float
    end_seconds: float
    stroke_seconds: float | None
    probability: float
    source: str


class RelationEntryBody(GestureEntryBody):
    """A discourse relation on the timeline; start and end are those of its connective."""

    sense: str
    arg1: ArgumentBody | None
    arg2: ArgumentBody | None


class HandSpeedBody(BaseModel):
    """Speeds of the wrists as seen from the pelvis, metres a second; frame i lies at i/fps."""

    fps: float
    left: list[float]
    right: list[float]

    @classmethod
    def of(cls, motion: MotionArrays) -> Self:
        """Curves for a client, in millimetres a second."""
        left, right = (np.round(each, 3).tolist() for each in hand_speeds(motion))
        return cls(fps=motion.fps, left=left, right=right)


class TimelineBody(BaseModel):
    """One window on one clock; times in seconds from its start."""

    id: int
    version: int
    recording: str
    window_start_seconds: float = Field(description="From the start of the recording.")
    seconds: float
    fps: float
    frames: int
    words: list[SpokenWordBody]
    relations: list[RelationEntryBody]
    gestures: list[GestureEntryBody]
    hand_speed: HandSpeedBody | None = Field(
        description="Null where the motion is not on this machine."
    )

    @classmethod
    def of(
        cls,
        exemplar_id: int,
        version: int,
        shown: StoredWindow,
        entries: Sequence[TimelineEntry],
    ) -> Self:
        """A timeline for a client; files that cannot be read are left out."""
        start = shown.window.start_seconds
        files = WindowFiles(shown.recording, start)
        words, motion = files.words(), _motion(files)
        fps = float(CORPUS_FPS) if motion is None else motion.fps
        each = [_entry(entry, exemplar_id, words, start) for entry in entries]
        return cls(
            id=exemplar_id,
            version=version,
            recording=shown.recording.id,
            window_start_seconds=start,
            seconds=WINDOW_SECONDS,
            fps=fps,
            frames=round(WINDOW_SECONDS * fps) if motion is None else len(motion.poses),
            words=[
                SpokenWordBody.of(word)
                for word in words_within(words, shown.window.prominences, start)
            ],
            relations=[body for body in each if isinstance(body, RelationEntryBody)],
            gestures=[body for body in each if not isinstance(body, RelationEntryBody)],
            hand_speed=None if motion is None else HandSpeedBody.of(motion),
        )


def _motion(files: WindowFiles) -> MotionArrays | None:
    try:
        return files.motion()
    except WindowFileError:
        return None


def _entry(
    entry: TimelineEntry, exemplar_id: int, words: Sequence[Word], start_seconds: float
) -> GestureEntryBody:
    annotation, found = entry.annotation, entry.exemplar
    given = {
        "exemplar_id": None if found is None else found.place.exemplar_id,
        "annotation_id": None if found is None else found.place.annotation_id,
        "revision": None if found is None else found.number,
        "this": found is not None and found.place.exemplar_id == exemplar_id,
        "label": annotation.label,
        "word": annotation.word,
        "start_seconds": round(annotation.focus.start, _DIGITS),
        "end_seconds": round(annotation.focus.end, _DIGITS),
        "stroke_seconds": entry.stroke_seconds,
        "probability": annotation.probability,
        "source": annotation.source.value,
    }
    match annotation:
        case GestureLabel():
            return GestureEntryBody.model_validate(given)
        case DiscourseRelation():
            said = arguments(annotation, words, start_seconds)
            arg1, arg2 = (ArgumentBody.of(each) for each in said)
            named = {"sense": annotation.sense, "arg1": arg1, "arg2": arg2}
            return RelationEntryBody.model_validate(given | named)
