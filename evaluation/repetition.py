"""Whether the same gesture comes again and again, and whether other seeds give other gestures.

A stroke is the way of both wrists in the second around a peak of hand speed. It recurs where
another stroke of the same motion goes the same way within `SAME_CM`, root mean square. People
repeat themselves too: compare with the value of real recordings of the same length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from evaluation.hands import hand_speed, peaks, wrists_from_pelvis
from motion.clip import Motion
from motion.timeline import MODEL_FPS, FrameSpan

SAME_CM = 5.0
STROKE_METRES_PER_SECOND = 0.4
LEAST_STROKES = 30
LEAST_SEEDS = 3

_HALF_SECONDS = 0.5
_APART_SECONDS = 0.6


@dataclass(frozen=True)
class Repetition:
    """How often gestures of one motion recur in it."""

    strokes: int
    recurring: float
    """Share of strokes with a like one elsewhere in the motion."""
    most: int
    """Strokes that the most repeated one is like, itself included."""
    nearest_cm: float
    """Median distance to the most similar other stroke."""
    reliable: bool
    why_not: str = ""


@dataclass(frozen=True)
class SeedDiversity:
    """Distance of the wrists between motions of one speech from several seeds, in cm."""

    seeds: int
    distance_cm: float
    """Mean over pairs of the root mean square distance at equal times."""
    unrelated_cm: float
    """The same with one of the pair moved by half its length: motions that share nothing but the
    speaker."""
    reliable: bool
    why_not: str = ""

    @property
    def share(self) -> float:
        """Distance as a share of that of unrelated motion; 0 for equal motions."""
        return self.distance_cm / self.unrelated_cm if self.unrelated_cm > 0 else 0.0


def repetition(motion: Motion) -> Repetition:
    """Compare every stroke with every other one."""
    times, ways = _strokes(motion)
    why_not = "" if len(times) >= LEAST_STROKES else f"{len(times)} strokes, {LEAST_STROKES} needed"
    if len(times) < 2:
        return Repetition(len(times), 0.0, len(times), float("nan"), False, why_not)
    distances = 100.0 * torch.cdist(ways, ways) / (ways.shape[1] / 3) ** 0.5
    near_in_time = (times[:, None] - times[None]).abs() < 2 * _HALF_SECONDS
    distances = torch.where(near_in_time, torch.inf, distances)
    nearest = distances.amin(dim=1)
    compared, alike = nearest.isfinite(), distances < SAME_CM
    return Repetition(
        strokes=len(times),
        recurring=(nearest < SAME_CM).double().mean().item(),
        most=1 + int(alike.sum(dim=1).max()),
        nearest_cm=nearest[compared].median().item() if bool(compared.any()) else float("nan"),
        reliable=not why_not,
        why_not=why_not,
    )


def seed_diversity(motions: Sequence[Motion]) -> SeedDiversity:
    """Compare motions of the same speech and speaker from different seeds."""
    if len(motions) < 2:
        raise ValueError(f"diversity over seeds needs at least 2 motions, found {len(motions)}")
    frames = min(map(len, motions))
    wrists = [wrists_from_pelvis(motion[FrameSpan(0, frames)]) for motion in motions]
    pairs = list(combinations(wrists, 2))
    distance = [_apart_cm(left, right) for left, right in pairs]
    unrelated = [_apart_cm(left, right.roll(frames // 2, dims=0)) for left, right in pairs]
    why_not = "" if len(motions) >= LEAST_SEEDS else f"{len(motions)} seeds, {LEAST_SEEDS} needed"
    return SeedDiversity(
        seeds=len(motions),
        distance_cm=sum(distance) / len(pairs),
        unrelated_cm=sum(unrelated) / len(pairs),
        reliable=not why_not,
        why_not=why_not,
    )


def _strokes(motion: Motion) -> tuple[Float[Tensor, "stroke"], Float[Tensor, "stroke channel"]]:
    """Times of the strokes in seconds, and the ways of the wrists around them in metres."""
    motion = motion.resampled(MODEL_FPS)
    half = round(_HALF_SECONDS * MODEL_FPS)
    wrists = wrists_from_pelvis(motion)
    found = _apart(hand_speed(motion))
    frames = found[(found >= half) & (found < len(wrists) - half)]
    around = frames[:, None] + torch.arange(-half, half + 1)
    ways = rearrange(wrists[around], "stroke frame wrist xyz -> stroke (frame wrist xyz)")
    return frames / MODEL_FPS, ways


def _apart(speed: Float[Tensor, "frame"]) -> Tensor:
    """Frames of the fastest peaks, none nearer than 0.6 s to a faster one."""
    candidates = torch.nonzero(peaks(speed) & (speed >= STROKE_METRES_PER_SECOND))[:, 0]
    kept: list[int] = []
    for frame in sorted(candidates.tolist(), key=lambda frame: -speed[frame].item()):
        if all(abs(frame - other) >= _APART_SECONDS * MODEL_FPS for other in kept):
            kept.append(frame)
    return torch.tensor(sorted(kept), dtype=torch.long)


def _apart_cm(left: Float[Tensor, "frame 2 3"], right: Float[Tensor, "frame 2 3"]) -> float:
    return 100.0 * (left - right).square().sum(-1).mean().sqrt().item()
