"""Jerk where windows are joined, against jerk elsewhere.

Long recordings are generated in windows of ten seconds that begin every nine; neighbours share one
second. The measure is set beside itself at other places of the same period: a ratio inside that
range is no seam.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from diffusion.windows import HOP_FRAMES
from motion.body import joint_positions
from motion.clip import Motion
from motion.parts import joint
from motion.timeline import MODEL_FPS, OVERLAP_FRAMES

HOP_SECONDS = HOP_FRAMES / MODEL_FPS
SHARED_SECONDS = OVERLAP_FRAMES / MODEL_FPS
LEAST_SEAMS = 6

_MARGIN_SECONDS = 0.1
_STILL = 0.01
"""Jerk in m/s^3 that rounding alone makes of a body that stands still."""
_JOINTS = tuple(
    joint(name)
    for name in (
        *("left_wrist", "right_wrist", "left_elbow", "right_elbow", "head", "pelvis"),
        *("left_foot", "right_foot"),
    )
)


@dataclass(frozen=True)
class SeamJerk:
    """Mean jerk of hands, elbows, head, pelvis and feet, m/s^3."""

    seams: int
    at_seams: float
    inside: float
    ratio: float
    chance_low: float
    """Least and largest ratio of the same pattern laid at other whole seconds."""
    chance_high: float
    reliable: bool
    why_not: str = ""


def seam_jerk(motions: Sequence[Motion], offset_seconds: float = 0.0) -> SeamJerk:
    """Measure all joints of windows in some motions together; ``offset_seconds`` moves them all."""
    jerks = [_jerk(motion) for motion in motions]
    fps = [motion.fps for motion in motions]
    at, inside, seams = _means(jerks, fps, offset_seconds)
    others = [
        _ratio(*_means(jerks, fps, offset_seconds + second)[:2])
        for second in range(2, round(HOP_SECONDS) - 1)
    ]
    why_not = "" if seams >= LEAST_SEAMS else f"{seams} seams, {LEAST_SEAMS} needed"
    if inside < _STILL:
        why_not = "nothing moves"
    return SeamJerk(
        seams=seams,
        at_seams=at,
        inside=inside,
        ratio=_ratio(at, inside),
        chance_low=min(others),
        chance_high=max(others),
        reliable=not why_not,
        why_not=why_not,
    )


def _jerk(motion: Motion) -> Float[Tensor, "frame"]:
    """Mean over the joints, at the time of the second of four frames."""
    if len(motion) < 4:
        raise ValueError(f"jerk needs at least 4 frames, found {len(motion)}")
    positions = joint_positions(motion)[:, list(_JOINTS)].double()
    jerk: Tensor = (positions.diff(n=3, dim=0) * motion.fps**3).norm(dim=-1).mean(dim=-1)
    return jerk


def _means(
    jerks: Sequence[Float[Tensor, "frame"]], fps: Sequence[float], offset: float
) -> tuple[float, float, int]:
    """Mean jerk at the joints and elsewhere, and the number of joints."""
    masks = [_joined(len(jerk), rate, offset) for jerk, rate in zip(jerks, fps, strict=True)]
    values, places = torch.cat(list(jerks)), torch.cat([each.places for each in masks])
    seams = sum(each.count for each in masks)
    at = values[places].mean().item() if seams else float("nan")
    return at, values[~places].mean().item(), seams


@dataclass(frozen=True, eq=False)
class _Joints:
    """Frames that two windows share, and how many such stretches there are."""

    places: Bool[Tensor, "frame"]
    count: int


def _joined(frames: int, fps: float, offset: float) -> _Joints:
    seconds = (torch.arange(frames) + 1.5) / fps - offset
    since = seconds % HOP_SECONDS
    shared = (since < SHARED_SECONDS + _MARGIN_SECONDS) | (since > HOP_SECONDS - _MARGIN_SECONDS)
    places = shared & (seconds > HOP_SECONDS - _MARGIN_SECONDS)
    starts = torch.cat((places[:1], places[1:] & ~places[:-1]))
    return _Joints(places, int(starts.sum()))


def _ratio(at: float, inside: float) -> float:
    return at / inside if inside >= _STILL else float("nan")
