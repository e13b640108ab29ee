"""Feet on the ground: where each foot stands, and the motion with feet that stay there.

Generated feet slide: the network moves hips and legs, nothing holds a sole. A foot that moves
slower than `PLANTED_SPEED` is taken to stand; it is held where it stands on average, and let step
where it would have to be held further than `REACH_METRES` from where the motion has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import roma
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from motion.body import joint_positions
from motion.clip import Motion
from motion.legs import LEGS, Ankles, Leg, Stance, reaching, stance
from motion.parts import CONTACT_JOINTS
from motion.timeline import FrameSpan

PLANTED_SPEED = 0.25
"""Metres a second along the ground, averaged over `_SMOOTH_SECONDS`, below which a foot stands."""
REACH_METRES = 0.08
"""A foot is not held further than this from where the motion has it."""
STILL_SPEED = 0.02
"""Metres a second below which a foot counts as still."""
_SMOOTH_SECONDS = 0.2
_SHORTEST_SECONDS = 0.2
"""Of a stand; and of the air between two stands."""
_STEP_SECONDS = 0.3
"""Of a step that is put between two places of one long slide."""
_STEP_HEIGHT = 0.15
"""Height of such a step, as a share of its length."""
_LOOK_FRAMES = 256
"""Frames of a stand that are looked at first for its end."""


@dataclass(frozen=True)
class Footing:
    """How the feet of a motion stand; speeds in metres a second along the ground."""

    median_speed: float
    """Of ankles and toes, all frames."""
    still: float
    """Share of the time in which at least one foot is still."""
    floating: float
    """Metres between the ground and the lower sole, mean of the absolute value."""


def footing(motion: Motion) -> Footing:
    """Measure how the feet of a motion stand."""
    positions = joint_positions(motion)
    along = positions[1:, :, [0, 2]] - positions[:-1, :, [0, 2]]
    speed = along.norm(dim=-1)[:, list(CONTACT_JOINTS)] * motion.fps
    feet = torch.stack([speed[:, [0, 2]].amax(dim=1), speed[:, [1, 3]].amax(dim=1)], dim=1)
    soles = torch.stack([stance(motion, leg).sole for leg in LEGS], dim=1)
    return Footing(
        median_speed=float(speed.median()),
        still=float((feet.amin(dim=1) < STILL_SPEED).double().mean()),
        floating=float(soles.amin(dim=1).abs().mean()),
    )


def grounded(motion: Motion) -> Motion:
    """The same motion with its ground at height zero and its standing feet still."""
    if len(motion) < 2:
        return motion
    stands = [_stands(stance(motion, leg), motion.fps) for leg in LEGS]
    level = replace(motion, translation=motion.translation - _ground(motion, stands))
    poses = motion.poses
    for leg, spans in zip(LEGS, stands, strict=True):
        if spans:
            now = stance(level, leg)
            poses = reaching(poses, leg, now, _held(now.ankles, leg, spans, motion.fps))
    return replace(level, poses=poses)


def _ground(motion: Motion, stands: Sequence[Sequence[FrameSpan]]) -> Float[Tensor, "3"]:
    """The height of the soles that stand, as a shift; of the lowest where none does."""
    soles = [stance(motion, leg).sole for leg in LEGS]
    standing = [
        sole[span.slice] for sole, spans in zip(soles, stands, strict=True) for span in spans
    ]
    height = torch.cat(standing).median() if standing else torch.cat(soles).min()
    return LEGS[0].up(height).to(motion.translation)


def _stands(now: Stance, fps: float) -> list[FrameSpan]:
    """Where a foot stands, cut where it would be held too far away."""
    middle = (0.5 * (now.positions[2] + now.positions[3]))[:, [0, 2]]
    speed = (middle[1:] - middle[:-1]).norm(dim=-1) * fps
    window = max(round(_SMOOTH_SECONDS * fps) // 2 * 2 + 1, 1)
    smooth = _smoothed(torch.cat((speed, speed[-1:])), window)
    shortest = max(round(_SHORTEST_SECONDS * fps), 1)
    still = _without_short(smooth < PLANTED_SPEED, shortest)
    step = max(round(_STEP_SECONDS * fps), 2)
    return [part for span in _runs(still) for part in _within_reach(middle, span, step)]


def _smoothed(values: Float[Tensor, "frame"], window: int) -> Float[Tensor, "frame"]:
    """Mean over a window around each frame; the ends are repeated."""
    half = window // 2
    padded = torch.cat((values[:1].expand(half), values, values[-1:].expand(half)))
    return padded.unfold(0, window, 1).mean(dim=-1)


def _runs(mask: Bool[Tensor, "frame"]) -> list[FrameSpan]:
    edges = torch.diff(mask.int(), prepend=torch.zeros(1), append=torch.zeros(1))
    starts, stops = (edges > 0).nonzero().flatten(), (edges < 0).nonzero().flatten()
    return [FrameSpan(int(start), int(stop)) for start, stop in zip(starts, stops, strict=True)]


def _without_short(mask: Bool[Tensor, "frame"], shortest: int) -> Bool[Tensor, "frame"]:
    """Short air between two stands becomes standing, then short stands become air."""
    kept = mask.clone()
    for span in _runs(~mask):
        if len(span) < shortest and span.start > 0 and span.stop < len(mask):
            kept[span.slice] = True
    for span in _runs(kept):
        if len(span) < min(shortest, len(mask)):
            kept[span.slice] = False
    return kept


def _within_reach(middle: Float[Tensor, "frame 2"], span: FrameSpan, step: int) -> list[FrameSpan]:
    """A stand in parts that each stay within reach of their mean, with room for a step between."""
    parts, start = [], span.start
    while start < span.stop:
        stop = _last_within_reach(middle, start, span.stop)
        if stop < span.stop:
            stop = max(stop - step // 2, start + 1)
        parts.append(FrameSpan(start, stop))
        start = stop if stop == span.stop else min(stop + step, span.stop)
    return parts


def _last_within_reach(middle: Float[Tensor, "frame 2"], start: int, stop: int) -> int:
    """End of the longest stand from ``start`` that stays within reach of its mean."""
    ahead = start
    while ahead < stop:
        # most stands are short: look a little further each time, not to the end of an hour
        ahead = min(start + max(2 * (ahead - start), _LOOK_FRAMES), stop)
        places = middle[start:ahead]
        low, high = places.cummin(dim=0).values, places.cummax(dim=0).values
        beyond = ((high - low).norm(dim=-1) > 2.0 * REACH_METRES).nonzero().flatten()
        if len(beyond):
            return start + int(beyond[0])
    return stop


def _held(ankles: Ankles, leg: Leg, spans: Sequence[FrameSpan], fps: float) -> Ankles:
    """The ankle with every stand at one place and turn, and smooth ways between them."""
    shift = torch.zeros_like(ankles.positions)
    turn = torch.zeros_like(ankles.positions)
    for span in spans:
        rotation = roma.special_procrustes(ankles.rotations[span.slice].mean(dim=0))
        place = ankles.positions[span.slice].mean(dim=0)
        place = place - leg.up(leg.sole_of(place, rotation))
        shift[span.slice] = place - ankles.positions[span.slice]
        moved = rotation @ ankles.rotations[span.slice].transpose(-1, -2)
        turn[span.slice] = roma.rotmat_to_rotvec(moved)
    _bridge(shift, spans)
    _bridge(turn, spans)
    positions = _lifted(ankles.positions + shift, spans, fps)
    return Ankles(positions, roma.rotvec_to_rotmat(turn) @ ankles.rotations)


def _bridge(correction: Float[Tensor, "frame 3"], spans: Sequence[FrameSpan]) -> None:
    """Let a correction run smoothly from each stand to the next, and stay as it is at the ends."""
    correction[: spans[0].start] = correction[spans[0].start]
    correction[spans[-1].stop :] = correction[spans[-1].stop - 1]
    for before, after in zip(spans, spans[1:], strict=False):
        first, last = correction[before.stop - 1], correction[after.start]
        share = _rise(after.start - before.stop).to(correction)[:, None]
        correction[before.stop : after.start] = torch.lerp(first, last, share)


def _rise(frames: int) -> Float[Tensor, "frame"]:
    """From 0 to 1 over the frames between two others, at rest at both ends."""
    share = torch.arange(1, frames + 1, dtype=torch.float64) / (frames + 1)
    return share * share * (3.0 - 2.0 * share)


def _lifted(
    positions: Float[Tensor, "frame 3"], spans: Sequence[FrameSpan], fps: float
) -> Float[Tensor, "frame 3"]:
    """Raise the foot over steps that the motion itself did not take."""
    lifted = positions.clone()
    for before, after in zip(spans, spans[1:], strict=False):
        frames = after.start - before.stop
        if frames > round(_STEP_SECONDS * fps) + 1:
            continue
        length = (positions[after.start] - positions[before.stop - 1]).norm()
        share = torch.arange(1, frames + 1).to(positions) / (frames + 1)
        lifted[before.stop : after.start, 1] += (
            _STEP_HEIGHT * length * torch.sin(torch.pi * share) ** 2
        )
    return lifted
