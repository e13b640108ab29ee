"""Semantic recall: is the gesture that was asked for there, for one who knows gestures by sight?

The demo corpus knows its choreography: which movement each connective and gesture word gets. A
recogniser learns it from some recordings, reports how well it does on others (its ceiling: more
cannot be asked of any output), and then looks at generated motion where a gesture was wanted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from annotations.types import AnnotatedSpeech, Annotation, PlacedExemplar
from evaluation.bootstrap import Estimate, Tally, ratio
from evaluation.gesture_network import MARGIN_FRAMES, GestureRecogniser, TrainingOptions
from evaluation.hands import hand_speed, stroke_near
from evaluation.motion_features import motion_features
from motion.clip import Motion
from motion.timeline import MODEL_FPS

LEAST_GESTURES = 50

_VOWEL_PLACE = 0.4
_BEFORE_SECONDS, _AFTER_SECONDS = 0.5, 0.3
"""How far from its syllable a stroke of the corpus is looked for."""
_MOVED_SECONDS = 0.3
"""How far from its place an inserted stroke is looked for."""

Choreography = Mapping[tuple[str, str], str]
"""Gesture by an annotation's label and its word in lower case."""


@dataclass(frozen=True)
class WantedGesture:
    """A gesture that should be seen at some time of a motion."""

    word: str
    gesture: str
    earliest_seconds: float
    latest_seconds: float


@dataclass(frozen=True, eq=False)
class GestureExample:
    """A gesture as it was performed: what a recogniser learns from or is tested on."""

    recording: str
    gesture: str
    window: Float[Tensor, "frame 59"]


@dataclass(frozen=True)
class Recognition:
    """What was seen where a gesture was wanted; ``found`` is empty where hands were still."""

    word: str
    wanted: str
    found: str

    @property
    def right(self) -> bool:
        """Whether they are the same."""
        return self.wanted == self.found


@dataclass(frozen=True)
class Recall:
    """Share of wanted gestures that were recognised, over recordings."""

    estimate: Estimate
    chance: float
    """The share if what was seen were dealt out anew among the places."""
    gestures: int
    still: int
    confused: tuple[tuple[str, str, int], ...]
    """Wanted, found, how often: the five commonest errors."""
    reliable: bool
    why_not: str = ""


def wanted_by_annotations(
    annotated: AnnotatedSpeech, choreography: Choreography
) -> tuple[WantedGesture, ...]:
    """What the corpus would show at the annotations of a speech."""
    wanted = []
    every: tuple[Annotation, ...] = (*annotated.relations, *annotated.gestures)
    for each in every:
        gesture = choreography.get(_key(each))
        if gesture is not None:
            vowel = each.focus.start + _VOWEL_PLACE * each.focus.duration
            first = min(each.focus.start, vowel) - _BEFORE_SECONDS
            last = max(each.focus.end, vowel) + _AFTER_SECONDS
            wanted.append(WantedGesture(each.word, gesture, first, last))
    return tuple(wanted)


def wanted_by_insertion(
    placed: Sequence[PlacedExemplar], choreography: Choreography
) -> tuple[WantedGesture, ...]:
    """What was inserted: the exemplars' own gestures, where their strokes were laid."""
    wanted = []
    for each in placed:
        annotation = each.exemplar.annotation
        gesture = choreography.get(_key(annotation))
        if gesture is not None:
            stroke = each.exemplar.stroke_seconds
            if stroke is None:
                stroke = annotation.focus.start + _VOWEL_PLACE * annotation.focus.duration
            at = stroke + each.start_seconds - each.source_seconds
            wanted.append(
                WantedGesture(annotation.word, gesture, at - _MOVED_SECONDS, at + _MOVED_SECONDS)
            )
    return tuple(wanted)


def examples_of(
    recording: str, motion: Motion, wanted: Sequence[WantedGesture]
) -> tuple[GestureExample, ...]:
    """Windows around the strokes of a real recording; where hands are still there is none."""
    windows = _windows(motion, wanted)
    return tuple(
        GestureExample(recording, each.gesture, window)
        for each, window in zip(wanted, windows, strict=True)
        if window is not None
    )


def train_recogniser(
    examples: Sequence[GestureExample], options: TrainingOptions | None = None
) -> GestureRecogniser:
    """Learn the gestures of some recordings."""
    if not examples:
        raise ValueError("a recogniser needs examples; does the corpus have annotations?")
    windows = torch.stack([each.window for each in examples])
    named = [each.gesture for each in examples]
    return GestureRecogniser.trained(windows, named, options or TrainingOptions())


def ceiling(recogniser: GestureRecogniser, held_out: Sequence[GestureExample]) -> Recall:
    """Recall on real motion of recordings that were not learned from."""
    found = recogniser.recognise(torch.stack([each.window for each in held_out]))
    pairs = zip(held_out, found, strict=True)
    seen = [(e.recording, Recognition(e.gesture, e.gesture, name)) for e, name in pairs]
    by_recording: dict[str, list[Recognition]] = {}
    for recording, recognition in seen:
        by_recording.setdefault(recording, []).append(recognition)
    return recall(by_recording)


def recognitions(
    recogniser: GestureRecogniser, motion: Motion, wanted: Sequence[WantedGesture]
) -> tuple[Recognition, ...]:
    """Look at a motion wherever a gesture was wanted."""
    windows = _windows(motion, wanted)
    kept = [window for window in windows if window is not None]
    names = iter(recogniser.recognise(torch.stack(kept)) if kept else ())
    return tuple(
        Recognition(each.word, each.gesture, "" if window is None else next(names))
        for each, window in zip(wanted, windows, strict=True)
    )


def recall(found: Mapping[str, Sequence[Recognition]]) -> Recall:
    """Recognitions of each recording together."""
    every = [each for recording in found.values() for each in recording]
    tallies = [
        Tally(name, float(sum(each.right for each in those)), float(len(those)))
        for name, those in found.items()
    ]
    estimate = ratio(tallies)
    few = len(every) < LEAST_GESTURES
    doubts = [f"{len(every)} gestures, {LEAST_GESTURES} needed"] if few else []
    why_not = "; ".join(doubts + ([estimate.why_not] if estimate.why_not else []))
    errors = Counter((each.wanted, each.found) for each in every if not each.right)
    return Recall(
        estimate=estimate,
        chance=_chance(every),
        gestures=len(every),
        still=sum(not each.found for each in every),
        confused=tuple((*pair, count) for pair, count in errors.most_common(5)),
        reliable=not why_not,
        why_not=why_not,
    )


def _chance(every: Iterable[Recognition]) -> float:
    wanted, found = Counter(e.wanted for e in every), Counter(e.found for e in every)
    pairs = wanted.total() * found.total()
    return sum(wanted[name] * found[name] for name in wanted) / pairs if pairs else float("nan")


def _windows(
    motion: Motion, wanted: Sequence[WantedGesture]
) -> list[Float[Tensor, "frame 59"] | None]:
    """Features around the fastest moment within each wanted span; ``None`` for still hands."""
    features, speed = motion_features(motion), hand_speed(motion)
    found: list[Float[Tensor, "frame 59"] | None] = []
    for each in wanted:
        stroke = stroke_near(speed, motion.fps, each.earliest_seconds, each.latest_seconds)
        if stroke is None:
            found.append(None)
            continue
        around = torch.arange(-MARGIN_FRAMES, MARGIN_FRAMES + 1) + round(stroke * MODEL_FPS)
        found.append(features[around.clamp(0, len(features) - 1)])
    return found


def _key(annotation: Annotation) -> tuple[str, str]:
    return annotation.label, annotation.word.strip(".,;:!? ").lower()
