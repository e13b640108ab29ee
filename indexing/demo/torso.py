"""Spine, neck and head: breathing, sway, nods with prominence, turns with the gestures."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from indexing.demo.events import Event
from indexing.demo.kinematics import bumps, wandering
from indexing.demo.speakers import Speaker
from motion.timeline import CORPUS_FPS

Array = np.ndarray

_BREATHS_HZ = (0.22, 0.30)
_MEAN_DEGREES = {
    "spine1": (12.0, 1.0, 0.0),
    "spine2": (5.0, -0.5, 0.0),
    "spine3": (4.0, -0.5, 0.5),
    "neck": (4.5, -0.5, 0.0),
    "head": (-4.0, -0.5, 0.5),
}
_SWAY_DEGREES = {
    "spine1": (3.0, 1.9, 2.1),
    "spine2": (2.3, 1.6, 1.8),
    "spine3": (1.0, 0.7, 0.9),
    "neck": (3.2, 3.3, 2.8),
    "head": (1.9, 2.7, 2.3),
}
"""Deviation of each joint's slow wandering about x (nod), y (turn) and z (tilt)."""
_TURN_SHARE = {"spine1": 0.12, "spine2": 0.12, "spine3": 0.05, "neck": 0.38, "head": 0.28}
_NOD_SHARE = {"spine1": 0.06, "spine2": 0.04, "spine3": 0.03, "neck": 0.5, "head": 0.37}
_TILT_SHARE = {"spine1": 0.1, "spine2": 0.1, "spine3": 0.05, "neck": 0.45, "head": 0.3}


@dataclass(frozen=True, eq=False)
class Torso:
    """Axis-angle of spine, neck and head, and what the rest of the body takes from it."""

    joints: dict[str, Float[np.ndarray, "frame 3"]]
    pelvis_turn: Float[np.ndarray, "frame"]
    """Share of the turn that the pelvis takes, radians."""
    lift: Float[np.ndarray, "frame"]
    """How much the collars rise: breathing and shrugs, radians."""


@dataclass(frozen=True, eq=False)
class _Accents:
    nod: Array
    turn: Array
    tilt: Array
    shrug: Array


def torso(
    speaker: Speaker, events: tuple[Event, ...], frames: int, rng: np.random.Generator
) -> Torso:
    """Move the trunk through a recording."""
    seconds = np.arange(frames) / CORPUS_FPS
    accents = _accents(speaker, events, seconds, rng)
    breath = _breath(seconds, rng)
    joints: dict[str, Array] = {}
    for name, mean in _MEAN_DEGREES.items():
        slow = wandering(rng, (frames, 3), CORPUS_FPS, 0.04, 0.36 if "spine" in name else 0.55)
        quick = wandering(rng, (frames, 3), CORPUS_FPS, 0.4, 1.6)
        sway = np.array(_SWAY_DEGREES[name])
        degrees = np.array(mean) + sway * slow + 0.13 * sway * quick
        degrees[:, 0] += _NOD_SHARE[name] * accents.nod
        degrees[:, 1] += _TURN_SHARE[name] * accents.turn
        degrees[:, 2] += _TILT_SHARE[name] * accents.tilt
        if name in ("spine2", "spine3"):
            degrees[:, 0] -= 0.6 * breath
        joints[name] = np.deg2rad(degrees)
    lift = np.deg2rad(1.0 * breath + accents.shrug)
    return Torso(joints, np.deg2rad(0.10 * accents.turn), lift)


def _breath(seconds: Array, rng: np.random.Generator) -> Float[np.ndarray, "frame"]:
    """A breath every four seconds or so, never quite even."""
    rate = rng.uniform(*_BREATHS_HZ) * (
        1.0 + 0.15 * wandering(rng, (len(seconds), 1), CORPUS_FPS, 0.02, 0.1)[:, 0]
    )
    phase = 2.0 * np.pi * np.cumsum(rate) / CORPUS_FPS + rng.uniform(0.0, 6.0)
    wave: Array = np.sin(phase) + 0.2 * np.sin(2.0 * phase)
    return wave


def _accents(
    speaker: Speaker, events: tuple[Event, ...], seconds: Array, rng: np.random.Generator
) -> _Accents:
    """Nods with every stroke, turns and tilts where the movement asks, shrugs."""
    times = [event.peak_seconds + 0.1 for event in events]
    nods = [
        (event.movement.nod if event.movement else 0.0)
        + float(rng.uniform(0.8, 3.4)) * min(event.strength, 3.0)
        for event in events
    ]
    widths = [float(rng.uniform(0.10, 0.17)) for _ in events]
    slow = [float(rng.uniform(0.35, 0.6)) for _ in events]
    turns = [_side(event, speaker) * _size(event, "turn", rng) for event in events]
    tilts = [float(rng.choice((-1, 1))) * _size(event, "tilt", rng) for event in events]
    shrugs = [_size(event, "shrug", rng) for event in events]
    return _Accents(
        bumps(seconds, times, widths, nods),
        bumps(seconds, times, slow, turns),
        bumps(seconds, times, slow, tilts),
        bumps(seconds, times, [0.7 * width for width in slow], shrugs),
    )


def _size(event: Event, field: str, rng: np.random.Generator) -> float:
    if event.movement is None:
        return float(rng.normal(0.0, 1.5)) if field != "shrug" else float(rng.uniform(0.0, 1.0))
    sizes = {
        "turn": event.movement.turn,
        "tilt": event.movement.tilt,
        "shrug": event.movement.shrug,
    }
    return sizes[field] * float(rng.uniform(0.7, 1.3))


def _side(event: Event, speaker: Speaker) -> float:
    """+1 to the body's left, -1 to its right."""
    hand = event.movement.hand if event.movement else "lead"
    if hand in ("left", "right"):
        return 1.0 if hand == "left" else -1.0
    lead = 1.0 if speaker.lead == "left" else -1.0
    return -lead if hand == "other" else lead
