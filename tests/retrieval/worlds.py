"""Tiny worlds to retrieve in: talks, exemplars, clips, an embedder that needs no model."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotations.types import (
    AnnotatedSpeech,
    Annotation,
    DiscourseRelation,
    Exemplar,
    GestureLabel,
    GestureType,
    Prominence,
    Window,
)
from motion.clip import Motion
from speech.transcript import SAMPLE_RATE, Interval, Speech, Word


@dataclass(frozen=True)
class LetterEmbedder:
    """Unit vectors by letter triples: like spellings are alike."""

    id: str = "letters@1"
    width: int = 32

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        for row, text in enumerate(texts):
            padded = f"  {text.lower()}  "
            for i in range(len(padded) - 2):
                vectors[row, zlib.crc32(padded[i : i + 3].encode()) % self.width] += 1.0
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@dataclass(frozen=True)
class StillClip:
    """Ten seconds of standing still."""

    window: Window

    @property
    def key(self) -> str:
        return self.window.key

    @property
    def speaker(self) -> int:
        return self.window.speaker

    def motion(self) -> Motion:
        return Motion.rest(300, 30)

    def speech(self) -> Speech:
        return Speech(np.zeros(10 * SAMPLE_RATE, dtype=np.float32))


def relation(word: str, sense: str, start: float, seconds: float = 0.3) -> DiscourseRelation:
    own = Interval(start, start + seconds)
    return DiscourseRelation(word, sense, own, own)


def label(word: str, kind: str, start: float, seconds: float = 0.4) -> GestureLabel:
    return GestureLabel(GestureType(kind), word, Interval(start, start + seconds))


def exemplar(
    entry: int, annotation: Annotation, stroke: float | None = None, **window: object
) -> Exemplar:
    fields = {"recording": f"rec{entry}", "speaker": 0, "start_seconds": 0.0, "text": ""}
    tier = "relations" if isinstance(annotation, DiscourseRelation) else "gestures"
    whole = Window(**(fields | {tier: (annotation,)} | window))
    return Exemplar(entry, whole, annotation, stroke)


def talk(
    text: str, *annotations: Annotation, seconds: float = 30.0, prominence: float = 1.0
) -> AnnotatedSpeech:
    """A silent talk: the words of ``text``, half a second each."""
    words = tuple(Word(word, Interval(i / 2, i / 2 + 0.45)) for i, word in enumerate(text.split()))
    return AnnotatedSpeech(
        Speech(np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32), words),
        relations=tuple(a for a in annotations if isinstance(a, DiscourseRelation)),
        gestures=tuple(a for a in annotations if isinstance(a, GestureLabel)),
        prominences=tuple(Prominence(w.text, w.interval, prominence) for w in words),
    )
