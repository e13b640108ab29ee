"""What happens on the floor: feet that slide while they carry, a body that wanders off."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from motion.body import joint_positions
from motion.clip import Motion
from motion.parts import CONTACT_JOINTS, joint

CONTACT_METRES = 0.02
"""A foot joint at most this far above its own lowest level carries weight."""
LEAST_DRIFT_SECONDS = 30.0

_LOWEST = 0.05
_PELVIS = joint("pelvis")


@dataclass(frozen=True)
class FootSliding:
    """Horizontal speed of ankles and feet while they are down, cm/s."""

    median: float
    mean: float
    contact: float
    """Share of frames and foot joints that are down."""


@dataclass(frozen=True)
class RootDrift:
    """Where the pelvis goes over the whole motion."""

    cm_per_minute: float
    """Length of the least-squares slope over the floor; weight shifts and steps to and fro
    average out."""
    range_cm: float
    """Largest distance over the floor from the mean place."""
    reliable: bool
    why_not: str = ""


def foot_sliding(motion: Motion) -> FootSliding:
    """Judge ankles and feet in frames in which they are near their own lowest level.

    The level is the fifth percentile of the joint's height, so that neither the floor nor the
    person's shoes need to be known; a foot that stays up on average does not hide.
    """
    feet = joint_positions(motion)[:, list(CONTACT_JOINTS)].double()
    if len(feet) < 2:
        raise ValueError("foot sliding needs at least 2 frames")
    level = feet[..., 1].quantile(_LOWEST, dim=0)
    low = feet[..., 1] < level + CONTACT_METRES
    down = low[1:] & low[:-1]
    speed = 100.0 * motion.fps * feet[..., (0, 2)].diff(dim=0).norm(dim=-1)
    carried = speed[down]
    if len(carried) == 0:
        return FootSliding(0.0, 0.0, 0.0)
    return FootSliding(carried.median().item(), carried.mean().item(), down.double().mean().item())


def root_drift(motion: Motion) -> RootDrift:
    """Drift of the pelvis over the floor."""
    place = joint_positions(motion)[:, _PELVIS][:, (0, 2)].double()
    centred = place - place.mean(dim=0)
    minutes = _centred_minutes(len(motion), motion.fps)
    slope = (minutes[:, None] * centred).sum(dim=0) / minutes.square().sum().clamp(min=1e-12)
    short = motion.seconds < LEAST_DRIFT_SECONDS
    why_not = f"{motion.seconds:.0f} s of motion, {LEAST_DRIFT_SECONDS:g} needed" if short else ""
    return RootDrift(
        cm_per_minute=100.0 * slope.norm().item(),
        range_cm=100.0 * centred.norm(dim=-1).max().item(),
        reliable=not why_not,
        why_not=why_not,
    )


def _centred_minutes(frames: int, fps: float) -> Float[Tensor, "frame"]:
    minutes = torch.arange(frames, dtype=torch.float64) / fps / 60.0
    return minutes - minutes.mean()
