"""How often retrieval finds the right gesture, and how far its stroke lands from its word.

    OMP_NUM_THREADS=1 python benchmarks/retrieval_quality.py CORPUS [--recordings 72] [--seed 0]

CORPUS is a demo corpus that `chironomia demo-corpus` wrote here with the same options, whose
choreography is therefore known: which movement each marked word got. Every recording is queried
with its own annotations against the exemplars of all others. The top exemplar is right where the
movement that it was cut from, if the performer had time for it at all, is the one choreographed
for the query's word. Beside the default and the published scorer: an exemplar drawn at random, and
one drawn at random of the same sense or type. ``--unseen`` passes over exemplars of the query's own
word, so that only meaning, sense and context can find the gesture.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from choreography import Known, known_corpus

from annotations.types import (
    AnnotatedSpeech,
    Annotation,
    Clip,
    DiscourseRelation,
    GestureType,
    Window,
)
from indexing.demo.corpus import SHIPPED, DemoOptions
from indexing.segment import SegmentOptions
from motion.clip import Motion
from retrieval.context import anchor_seconds
from retrieval.embedding import SentenceEmbedder
from retrieval.index import FaissIndex
from retrieval.matches import Asker, HeldExemplars, Landing, RetrievalOptions
from retrieval.retriever import Retriever
from retrieval.words import same_word
from speech.transcript import Speech

_SHIPPED = Path(__file__).resolve().parents[1] / "demo" / "corpus"
_RESAMPLED = 2000


def clip_of(window: Window) -> Clip:
    """The clip of a window; measuring looks at no motion."""
    return Unread(window)


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


def right_of(
    known: Known, options: RetrievalOptions, world: Retriever, unseen: bool
) -> list[float]:
    """1 for every query whose top exemplar has its gesture, leaving its recording out."""
    right = []
    for asked in _asked(known, unseen):
        chosen = replace(
            options,
            method=asked.method,
            exclude_recordings=(asked.recording,),
            exclude_exemplars=tuple(asked.gone),
        )
        found = world.retrieve(asked.alone, known.speakers[asked.recording], chosen)
        right.append(float(bool(found) and known.shown(found[0].exemplar) == asked.movement))
    return right


def by_chance(known: Known, unseen: bool, of_label: bool) -> list[float]:
    """For every query, how many of what it may choose from have its gesture."""
    right = []
    for asked in _asked(known, unseen):
        allowed = [
            known.shown(each) == asked.movement
            for each in known.exemplars
            if each.window.recording != asked.recording
            and each.id not in asked.gone
            and (not of_label or each.annotation.label == asked.annotation.label)
        ]
        right.append(sum(allowed) / len(allowed) if allowed else 0.0)
    return right


@dataclass(frozen=True)
class Asked:
    """One annotation of a recording as the only query."""

    recording: str
    annotation: Annotation
    movement: str
    alone: AnnotatedSpeech
    """The recording's speech with no other annotation, so that none is thinned out."""
    gone: frozenset[int]
    """Exemplars that are passed over because they have the same word."""

    @property
    def method(self) -> Asker:
        """What asks."""
        return "discourse" if self.alone.relations else "gesture_type"


def _asked(known: Known, unseen: bool) -> Iterator[Asked]:
    """Every choreographed annotation other than beats.

    With ``unseen``, those of which another word has the same gesture under the same label.
    """
    for name, annotated in known.speech.items():
        for annotation in (*annotated.relations, *annotated.gestures):
            movement = known.asked(name, annotation)
            if annotation.label == GestureType.BEAT or movement is None:
                continue
            of_relation = isinstance(annotation, DiscourseRelation)
            alone = replace(
                annotated,
                relations=(annotation,) if of_relation else (),
                gestures=() if of_relation else (annotation,),
            )
            gone = (e.id for e in known.exemplars if same_word(e.annotation.word, annotation.word))
            asked = Asked(name, annotation, movement, alone, frozenset(gone if unseen else ()))
            if not unseen or _possible(known, asked):
                yield asked


def _possible(known: Known, asked: Asked) -> bool:
    return any(
        each.id not in asked.gone
        and each.annotation.label == asked.annotation.label
        and each.window.recording != asked.recording
        and known.shown(each) == asked.movement
        for each in known.exemplars
    )


@dataclass(frozen=True)
class Laid:
    """What placing did over all recordings, each taken as a talk."""

    landings: tuple[Landing, ...]
    right: tuple[bool, ...]
    """Of those that a word with a known gesture asked for: whether they have it."""
    dropped: int
    minutes: float

    def line(self) -> str:
        """Distances between stroke and syllable, what was laid, what was not."""
        inside = [each for each in self.landings if _stroke_is_inside(each)]
        off = np.abs([each.offset_seconds for each in self.landings])
        rng = np.random.default_rng(0)
        medians = [np.median(rng.choice(off, len(off))) for _ in range(_RESAMPLED)]
        low, high = np.percentile(medians, (2.5, 97.5))
        return (
            f"median {np.median(off):.2f} s ({low:.2f} to {high:.2f}), "
            f"p90 {np.percentile(off, 90):.2f} s, within 0.2 s {100 * (off < 0.2).mean():.0f} %, "
            f"stroke inside {100 * len(inside) / len(off):.0f} %; {len(off)} laid "
            f"({len(off) / self.minutes:.1f} a minute), {self.dropped} dropped; "
            f"right gesture {100 * np.mean(self.right):.0f} % of {len(self.right)}"
        )


def _stroke_is_inside(landing: Landing) -> bool:
    """Whether the stroke is in what was cut out; published spans follow the word alone."""
    source = landing.placed.source
    return source.start <= anchor_seconds(landing.placed.exemplar) <= source.stop


def laid_by(known: Known, world: Retriever, options: RetrievalOptions) -> Laid:
    """Every recording as a talk, from the exemplars of all others."""
    landings: list[Landing] = []
    right: list[bool] = []
    dropped, seconds = 0, 0.0
    for name, annotated in known.speech.items():
        left_out = replace(options, exclude_recordings=(name,))
        matches = world.retrieve(annotated, known.speakers[name], left_out)
        placement = world.place(matches, annotated, left_out)
        landings += placement.landings
        for each in placement.landings:
            movement = known.asked(name, each.match.query.annotation)
            if each.match.query.method != "prosody" and movement is not None:
                right.append(known.shown(each.placed.exemplar) == movement)
        dropped += len(placement.dropped)
        seconds += annotated.speech.seconds
    return Laid(tuple(landings), tuple(right), dropped, seconds / 60)


def interval_of(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and its 95 % bootstrap interval over queries, percent."""
    rng = np.random.default_rng(0)
    found = 100 * np.asarray(values)
    means = [rng.choice(found, len(found)).mean() for _ in range(_RESAMPLED)]
    low, high = np.percentile(means, (2.5, 97.5))
    return float(found.mean()), float(low), float(high)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?", default=_SHIPPED)
    parser.add_argument("--recordings", type=int, default=72)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    shipped = asked.corpus == _SHIPPED
    made = SHIPPED if shipped else DemoOptions(recordings=asked.recordings, seed=asked.seed)
    known = known_corpus(asked.corpus, made, SegmentOptions())
    world = _world(known)
    _say(f"{asked.corpus.name}: {len(known.speech)} recordings, {len(known.exemplars)} exemplars")
    for unseen in (False, True):
        _say(f"right gesture, {'other words only' if unseen else 'all words'}:")
        for name, right in _ways_of_choosing(known, world, unseen).items():
            mean, low, high = interval_of(right)
            _say(f"  {name:28} {mean:5.1f} % ({low:.1f} to {high:.1f}), {len(right)} queries")
    _say("stroke beside the stressed syllable of its word:")
    plain = RetrievalOptions(method="auto")
    for name, options in {
        "published, published placement": replace(plain, scorer="published", placement="published"),
        "ours, published placement": replace(plain, placement="published"),
        "published, our placement": replace(plain, scorer="published"),
        "ours, our placement": plain,
        "ours, no gap": replace(plain, minimum_gap_chunks=0),
        "ours, relations": replace(plain, method="discourse"),
        "ours, gesture types": replace(plain, method="gesture_type"),
    }.items():
        _say(f"  {name:32} {laid_by(known, world, options).line()}")


def _world(known: Known) -> Retriever:
    embedder = SentenceEmbedder()
    held = HeldExemplars({each.id: each for each in known.exemplars})
    return Retriever(FaissIndex.build(known.exemplars, embedder), embedder, held, clip_of)


def _ways_of_choosing(known: Known, world: Retriever, unseen: bool) -> dict[str, list[float]]:
    plain = RetrievalOptions()
    ours, theirs = plain, replace(plain, scorer="published")
    found = {
        "random": by_chance(known, unseen, of_label=False),
        "random of the same label": by_chance(known, unseen, of_label=True),
        "published": right_of(known, theirs, world, unseen),
        "ours": right_of(known, ours, world, unseen),
    }
    better = [one - other for one, other in zip(found["ours"], found["published"], strict=True)]
    return found | {"ours minus published": better}


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
