"""What a job stores of its request: enough to make the same motion again, alone to the byte."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np

from service.options import GestureOptions, options_of
from service.storage import Storage
from speech.audio import load_audio
from speech.transcript import SAMPLE_RATE, Interval, Speech, Word

JobKind = Literal["gestures", "recording", "explanation"]


class JobRequest(Protocol):
    """What a job of any kind is asked for."""

    @property
    def kind(self) -> JobKind:
        """What is made of it."""

    @property
    def seconds(self) -> float:
        """Seconds of sound, which the queue is limited by."""

    @property
    def seed(self) -> int | None:
        """What chance depends on, if anything does."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for the job's row."""


def kind_of_job(request: Mapping[str, Any]) -> JobKind:
    """What a job's row asks for."""
    kind: JobKind = request.get("kind", "gestures")
    return kind


@dataclass(frozen=True)
class GestureRequest:
    """One accepted request; the sound lies in the storage under its sha256."""

    kind: ClassVar[JobKind] = "gestures"
    speaker: int
    options: GestureOptions
    seconds: float
    sound: str | None
    """Sha256 of the uploaded sound; ``None`` where only words were sent."""
    words: tuple[Word, ...]
    untimed: str = ""
    """A plain text of the sound, where no word times were sent; without a sound, to be spoken."""

    @property
    def seed(self) -> int:
        """Of the sampling."""
        return self.options.sampling.seed

    def to_json(self) -> dict[str, Any]:
        """Plain values for the job's row."""
        return {
            "speaker": self.speaker,
            "options": self.options.as_json(),
            "seconds": self.seconds,
            "sound": self.sound,
            "words": [[word.text, word.interval.start, word.interval.end] for word in self.words],
            "untimed": self.untimed,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """The request that `to_json` wrote."""
        return cls(
            speaker=content["speaker"],
            options=options_of(json.dumps(content["options"])),
            seconds=content["seconds"],
            sound=content["sound"],
            words=tuple(Word(text, Interval(start, end)) for text, start, end in content["words"]),
            untimed=content.get("untimed", ""),
        )

    @property
    def to_be_spoken(self) -> bool:
        """Whether there is nothing but a text."""
        return self.sound is None and bool(self.untimed) and not self.words

    def speech(self, storage: Storage) -> Speech:
        """Sound and words as they were when the request was accepted."""
        if self.sound is None:
            silence = np.zeros(round(self.seconds * SAMPLE_RATE), dtype=np.float32)
            return Speech(silence, self.words)
        samples = load_audio(storage.upload(self.sound))
        return Speech(samples, self.words, untimed=self.untimed)
