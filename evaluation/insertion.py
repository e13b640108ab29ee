"""Insertion fidelity: how near an inserted span is to the exemplar it was taken from.

Distances are geodesic, in degrees, averaged over frames and the joints of a part. They stand
beside two others of the same exemplar: to the same span of a generation without insertion, and to
spans of the generation where nothing of it was inserted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from annotations.types import PlacedExemplar
from motion.clip import Motion
from motion.parts import INSERTED_PARTS, Part
from motion.rotation import geodesic, matrix_from_axis_angle
from motion.timeline import CHUNK_FRAMES, MODEL_FPS, ChunkSpan, FrameSpan, frames_in

CHUNK_SECONDS = CHUNK_FRAMES / MODEL_FPS


@dataclass(frozen=True)
class PartFidelity:
    """Distances to one exemplar in degrees, one part."""

    part: Part
    inserted: float
    """The span it was inserted into."""
    without: float
    """The same span, generated without insertion."""
    unrelated: float
    """Mean over every other whole second of the same length."""


@dataclass(frozen=True)
class InsertionFidelity:
    """What became of one placed exemplar."""

    word: str
    target: ChunkSpan
    parts: tuple[PartFidelity, ...]


def insertion_fidelity(
    generated: Motion, without: Motion, placed: Sequence[PlacedExemplar]
) -> tuple[InsertionFidelity, ...]:
    """Measure every exemplar that lies wholly inside the motion.

    ``without`` is the generation of the same speech, seed and speaker in mode ``none``.
    """
    spans = [each for each in placed if _held(each, generated).stop <= len(generated)]
    return tuple(_fidelity(generated, without, each) for each in spans)


def mean_over(fidelities: Sequence[InsertionFidelity]) -> tuple[PartFidelity, ...]:
    """Means over exemplars, one record a part."""
    if not fidelities:
        raise ValueError("nothing was inserted: there is nothing to average")
    return tuple(
        PartFidelity(
            part,
            fmean(each.parts[place].inserted for each in fidelities),
            fmean(each.parts[place].without for each in fidelities),
            fmean(each.parts[place].unrelated for each in fidelities),
        )
        for place, part in enumerate(INSERTED_PARTS)
    )


def _fidelity(generated: Motion, without: Motion, placed: PlacedExemplar) -> InsertionFidelity:
    clip = placed.clip.motion()
    here, first = _held(placed, generated), frames_in(placed.source_seconds, clip.fps)
    exemplar = clip[FrameSpan(first, first + frames_in(len(here) / generated.fps, clip.fps))]
    elsewhere = [generated[span] for span in _other_spans(generated, here)]
    parts = tuple(
        PartFidelity(
            part,
            degrees_between(generated[here], exemplar, part),
            degrees_between(without[here], exemplar, part),
            fmean(degrees_between(span, exemplar, part) for span in elsewhere),
        )
        for part in INSERTED_PARTS
    )
    return InsertionFidelity(placed.exemplar.annotation.word, placed.target, parts)


def degrees_between(left: Motion, right: Motion, part: Part) -> float:
    """Mean geodesic distance of a part's joints, frame by frame, in degrees."""
    joints = list(part.layout.joints)
    frames = min(len(left), len(right))
    rotations = [
        matrix_from_axis_angle(motion.poses[:frames, joints].double()) for motion in (left, right)
    ]
    return geodesic(*rotations).mean().item() * 180.0 / math.pi


def _other_spans(motion: Motion, here: FrameSpan) -> list[FrameSpan]:
    """Spans of the same length at every whole second, none sharing time with ``here``."""
    starts = range(0, len(motion) - len(here) + 1, frames_in(CHUNK_SECONDS, motion.fps))
    spans = [FrameSpan(start, start + len(here)) for start in starts]
    apart = [span for span in spans if not span.overlaps(here)]
    if not apart:
        raise ValueError(f"the motion is too short to hold a span apart from {here}")
    return apart


def _held(placed: PlacedExemplar, motion: Motion) -> FrameSpan:
    """Frames, at a motion's own rate, at which an exemplar counts in full."""
    return FrameSpan(
        frames_in(placed.start_seconds, motion.fps), frames_in(placed.end_seconds, motion.fps)
    )
