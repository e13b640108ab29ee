"""A demo corpus with its choreography: which movement each marked word got."""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from annotations.corpus import Corpus
from annotations.types import AnnotatedSpeech, Annotation, Clip, Exemplar, Window
from indexing.demo.corpus import SHIPPED, DemoOptions
from indexing.demo.events import events_of
from indexing.demo.script import Mark, Sentence
from indexing.demo.speakers import SPEAKERS
from indexing.demo.talks import talks
from indexing.demo.voice import speak
from indexing.segment import SegmentOptions, segment
from motion.clip import Motion
from retrieval.embedding import SentenceEmbedder
from retrieval.index import FaissIndex
from retrieval.matches import HeldExemplars
from retrieval.retriever import Retriever
from speech.transcript import Interval, Speech

_SHIPPED = Path(__file__).resolve().parents[1] / "demo" / "corpus"


@dataclass(frozen=True)
class Marked:
    """A choreographed word group."""

    mark: Mark
    interval: Interval
    performed: bool


@dataclass(frozen=True)
class Known:
    """A demo corpus with its choreography."""

    speech: Mapping[str, AnnotatedSpeech]
    speakers: Mapping[str, int]
    exemplars: tuple[Exemplar, ...]
    marks: Mapping[str, tuple[Marked, ...]]

    def asked(self, recording: str, annotation: Annotation) -> str | None:
        """The movement choreographed for an annotation; ``None`` where there is none."""
        found = self._mark(recording, annotation, 0.0)
        return found.mark.movement if found else None

    def shown(self, exemplar: Exemplar) -> str | None:
        """The movement that an exemplar shows; ``None`` where it was left out for want of time."""
        window = exemplar.window
        found = self._mark(window.recording, exemplar.annotation, window.start_seconds)
        return found.mark.movement if found and found.performed else None

    def _mark(self, recording: str, annotation: Annotation, start: float) -> Marked | None:
        """The mark of the same kind that shares most time with the annotation."""
        focus = annotation.focus.shifted(start)
        kind = getattr(annotation, "type", None)
        shared = [
            (_shared(each.interval, focus), -place, each)
            for place, each in enumerate(self.marks[recording])
            if each.mark.type == kind and _shared(each.interval, focus) > 0.01
        ]
        return max(shared, key=lambda found: found[:2])[2] if shared else None


def _shared(first: Interval, second: Interval) -> float:
    return min(first.end, second.end) - max(first.start, second.start)


def known_corpus(folder: Path, options: DemoOptions, segments: SegmentOptions) -> Known:
    """Read a corpus, cut its exemplars, and write its choreography down again."""
    corpus = Corpus.open(folder)
    recordings = {each.id: each for each in corpus.recordings}
    speech = {name: each.annotated(None) for name, each in recordings.items()}
    exemplars: list[Exemplar] = []
    for name, recording in recordings.items():
        for cut in segment(recording, speech[name], recording.motion(), segments):
            for each in cut.exemplars:
                number = len(exemplars) + 1
                exemplars.append(
                    Exemplar(number, cut.window, each.annotation, each.stroke_seconds, each.quality)
                )
    marks = dict(_choreography(options, speech))
    speakers = {name: each.speaker for name, each in recordings.items()}
    return Known(speech, speakers, tuple(exemplars), marks)


def _choreography(
    options: DemoOptions, speech: Mapping[str, AnnotatedSpeech]
) -> Iterator[tuple[str, tuple[Marked, ...]]]:
    """The marks of every recording, by the generator's own steps from the same seed."""
    planning = np.random.default_rng((options.seed, 0))
    lengths = options.seconds * planning.uniform(0.78, 1.25, options.recordings)
    written = talks(options.recordings, [*lengths], options.emphasis, planning)
    for number, sentences in enumerate(written):
        speaker = SPEAKERS[number % len(SPEAKERS)]
        take = number // len(SPEAKERS) + 1
        name = f"{speaker.number}_{speaker.name}_0_{take}_{take}"
        rng = np.random.default_rng((options.seed, number + 1))
        utterance = speak(sentences, speaker, rng)
        performed = {id(event.mark) for event in events_of(sentences, utterance, rng)}
        spoken = [word.word.text for word in utterance.words]
        words = speech[name].speech.words
        if spoken != [word.text for word in words]:
            raise ValueError(
                f"{name} says other words than the choreography; give the options it was made with"
            )
        same_voice = all(
            abs(one.word.interval.start - other.interval.start) < 0.002
            for one, other in zip(utterance.words, words, strict=True)
        )
        intervals = [word.interval for word in words]
        yield (
            name,
            tuple(
                Marked(mark, interval, id(mark) in performed or not same_voice)
                for mark, interval in _timed(sentences, intervals)
            ),
        )


def _timed(
    sentences: Sequence[Sentence], words: Sequence[Interval]
) -> Iterator[tuple[Mark, Interval]]:
    first = 0
    for sentence in sentences:
        for mark in sentence.marks:
            span = words[first + mark.start : first + mark.stop]
            yield mark, Interval(span[0].start, span[-1].end)
        first += len(sentence.words)


@dataclass(frozen=True)
class Unread:
    """Ten seconds of the corpus that nobody opens."""

    window: Window

    @property
    def key(self) -> str:
        """The window's."""
        return self.window.key

    @property
    def speaker(self) -> int:
        """The window's."""
        return self.window.speaker

    def motion(self) -> Motion:
        """Refuse."""
        raise LookupError(f"the motion of {self.key} is not measured here")

    def speech(self) -> Speech:
        """Refuse."""
        raise LookupError(f"the speech of {self.key} is not measured here")


def world_of(known: Known) -> Retriever:
    """A retriever over all exemplars."""
    embedder = SentenceEmbedder()
    held = HeldExemplars({each.id: each for each in known.exemplars})
    clips: Callable[[Window], Clip] = Unread
    return Retriever(FaissIndex.build(known.exemplars, embedder), embedder, held, clips)


def given_corpus(parser: argparse.ArgumentParser) -> tuple[Path, DemoOptions]:
    """The corpus on the command line, and the options it was made with."""
    parser.add_argument("corpus", type=Path, nargs="?", default=_SHIPPED)
    parser.add_argument("--recordings", type=int, default=72)
    parser.add_argument("--seconds", type=float, default=50.0)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.corpus == _SHIPPED:
        return asked.corpus, SHIPPED
    return asked.corpus, DemoOptions(asked.recordings, asked.seconds, asked.seed)
