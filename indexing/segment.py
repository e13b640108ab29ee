"""Cutting exemplars: windows of a recording, one exemplar an annotation, what its motion shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import avg_pool1d

from annotations.corpus import windows_of
from annotations.records import CutExemplar, CutWindow, kind_of
from annotations.types import AnnotatedSpeech, Annotation, GestureLabel, GestureType, Window
from annotations.windows import WindowSource
from motion.body import default_skeleton
from motion.clip import Motion
from motion.parts import joint
from motion.timeline import WINDOW_SECONDS, FrameSpan
from retrieval.vectors import exemplar_prominence
from speech.transcript import Interval

STILL_HANDS = "still_hands"
"""Quality: neither hand moves enough near the annotation to be called a stroke."""
SHORT_MOTION = "short_motion"
"""Quality: the recording ends inside the window."""

STILL_METRES_PER_SECOND = 0.15
"""A peak of hand speed below this is sway, not a stroke."""
BEFORE_SECONDS, AFTER_SECONDS = 0.5, 0.3
"""How far from its word a stroke may peak: mostly before it, seldom behind."""
_SMOOTHED_SECONDS = 0.1


@dataclass(frozen=True)
class SegmentOptions:
    """How exemplars are cut; with ``beats`` and ``every_window``, as published."""

    every_seconds: float = 5.0
    """From the start of one window to the next."""
    beats: bool = False
    """Whether beats are indexed too."""
    every_window: bool = False
    """Whether an annotation is taken from every window that holds it, or only from the one
    where it lies most central."""

    def __post_init__(self) -> None:
        if not 0 < self.every_seconds <= WINDOW_SECONDS:
            raise ValueError(
                f"every_seconds must be within 0..{WINDOW_SECONDS:g}, found {self.every_seconds}; "
                "windows farther apart would skip parts of the recording"
            )


def segment(
    recording: WindowSource, annotated: AnnotatedSpeech, motion: Motion, options: SegmentOptions
) -> tuple[CutWindow, ...]:
    """The windows of a recording that hold an exemplar, in time."""
    windows = windows_of(annotated, recording, options.every_seconds)
    seconds = min(recording.seconds, motion.seconds)
    speed = hand_speed(motion)
    homes = None if options.every_window else _most_central(windows, seconds)
    cut = []
    for number, window in enumerate(windows):
        taken = [
            each
            for each in _indexed(window, options)
            if homes is None or homes[_identity(window, each)] == number
        ]
        if taken and window.start_seconds < seconds:
            exemplars = tuple(_exemplar(window, each, speed, motion.fps) for each in taken)
            cut.append(CutWindow(window, exemplars))
    return tuple(cut)


def hand_speed(motion: Motion) -> Float[Tensor, "frame"]:
    """Speed of the faster wrist as seen from the pelvis, metres a second, smoothed over 0.1 s."""
    poses = motion.poses.clone()
    poses[:, joint("pelvis")] = 0.0
    positions = default_skeleton().positions(poses, torch.zeros_like(motion.translation))
    wrists = positions[:, [joint("left_wrist"), joint("right_wrist")]]
    if len(motion) < 2:
        return torch.zeros(len(motion))
    (velocity,) = torch.gradient(wrists, spacing=1.0 / motion.fps, dim=0)
    fastest = velocity.norm(dim=-1).amax(dim=-1)
    reach = round(_SMOOTHED_SECONDS * motion.fps / 2)
    return avg_pool1d(
        fastest[None], 2 * reach + 1, stride=1, padding=reach, count_include_pad=False
    )[0]


def stroke_of(
    focus: Interval, start_seconds: float, speed: Float[Tensor, "frame"], fps: float
) -> float | None:
    """When hand speed peaks near ``focus``, from the window's start; ``None`` for still hands.

    A peak counts before the flank of a faster stroke that peaks farther away. ``focus`` counts
    from the window, which starts ``start_seconds`` into the recording.
    """
    earliest = start_seconds + max(focus.start - BEFORE_SECONDS, 0.0)
    latest = start_seconds + min(focus.end + AFTER_SECONDS, WINDOW_SECONDS)
    span = FrameSpan(round(earliest * fps), round(latest * fps) + 1).clipped(0, len(speed))
    near = speed[span.slice]
    if len(near) == 0 or near.max().item() < STILL_METRES_PER_SECOND:
        return None
    peaks = torch.where(_is_peak(speed)[span.slice], near, 0.0)
    fastest = peaks if peaks.max().item() >= STILL_METRES_PER_SECOND else near
    return max((span.start + int(fastest.argmax())) / fps - start_seconds, 0.0)


def _is_peak(speed: Float[Tensor, "frame"]) -> Bool[Tensor, "frame"]:
    """Where speed is not rising or falling through: the flank of a stroke elsewhere is none."""
    rises = torch.cat((torch.ones(1, dtype=torch.bool), speed[1:] >= speed[:-1]))
    falls = torch.cat((speed[:-1] >= speed[1:], torch.ones(1, dtype=torch.bool)))
    return rises & falls


def _exemplar(
    window: Window, annotation: Annotation, speed: Float[Tensor, "frame"], fps: float
) -> CutExemplar:
    stroke = stroke_of(annotation.focus, window.start_seconds, speed, fps)
    ends_early = window.start_seconds + WINDOW_SECONDS > len(speed) / fps + 1e-6
    doubts = {STILL_HANDS: stroke is None, SHORT_MOTION: ends_early}
    return CutExemplar(
        annotation,
        prominence=exemplar_prominence(window, annotation),
        stroke_seconds=stroke,
        quality=tuple(name for name, holds in doubts.items() if holds),
    )


def _indexed(window: Window, options: SegmentOptions) -> tuple[Annotation, ...]:
    return window.relations + tuple(
        label for label in window.gestures if options.beats or not _is_beat(label)
    )


def _is_beat(label: GestureLabel) -> bool:
    return label.type is GestureType.BEAT


_Identity = tuple[str, str, str, int, int, tuple[int, ...]]


def _identity(window: Window, annotation: Annotation) -> _Identity:
    """The same for one annotation in all the windows that hold it."""
    focus = annotation.focus.shifted(window.start_seconds)
    return (
        kind_of(annotation),
        annotation.label,
        annotation.word,
        round(focus.start * 1000),
        round(focus.end * 1000),
        annotation.tokens,
    )


def _most_central(windows: Sequence[Window], seconds: float) -> dict[_Identity, int]:
    """For each annotation, the window that shows most of what comes before and behind it."""
    homes: dict[_Identity, int] = {}
    for identity, number in _sightings(windows):
        best = homes.setdefault(identity, number)
        if _off_centre(windows[number], identity, seconds) < _off_centre(
            windows[best], identity, seconds
        ):
            homes[identity] = number
    return homes


def _sightings(windows: Sequence[Window]) -> Iterable[tuple[_Identity, int]]:
    for number, window in enumerate(windows):
        annotations: tuple[Annotation, ...] = window.relations + window.gestures
        for annotation in annotations:
            yield _identity(window, annotation), number


def _off_centre(window: Window, identity: _Identity, seconds: float) -> tuple[bool, float]:
    """Windows within the recording first, then by how far the annotation is from the middle."""
    _, _, _, start, end, _ = identity
    cut_short = window.start_seconds + WINDOW_SECONDS > seconds + 1e-6
    middle = window.start_seconds + WINDOW_SECONDS / 2
    return cut_short, abs((start + end) / 2000 - middle)
