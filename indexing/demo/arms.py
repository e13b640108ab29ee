"""Arms and hands: from keys of the wrist to joint rotations.

Shoulder, elbow and wrist share the work as in motion captured SMPL-X bodies: the shoulder swings
with little twist, the elbow swings about a free axis, forearm roll is split between elbow and
wrist.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from indexing.demo.hands import CONTROLS, hand_poses
from indexing.demo.kinematics import (
    Key,
    about,
    matrices,
    middle_joint,
    minimum_jerk,
    rotation_vectors,
    shortest_arc,
    softened,
    transposed,
    turned,
    unit,
    wandering,
)
from indexing.demo.plan import ArmKey
from indexing.demo.speakers import Side
from motion.body import default_skeleton
from motion.parts import joint
from motion.timeline import CORPUS_FPS

Array = np.ndarray

_SHOULDER_DEGREES = np.array([2.0, -15.0, -51.0])
_COLLAR_DEGREES = np.array([1.0, -10.5, -12.0])
_ELBOW_PLACE = np.array([0.250, -0.140, 0.015])
_ELBOW_BACK = np.array([0.05, 0.0, -0.07])
"""Keeps the elbow behind a hanging arm, where its place would not be defined."""
_PLACE_MIDDLE = np.array([0.21, -0.14, 0.28])
_ROLL_MIDDLE, _ROLL_HALF = np.deg2rad(-30.0), np.deg2rad(62.0)
_ELBOW_ROLL_SHARE = 0.3
_REACH = 0.985
_CLOSEST = 0.2
"""Metres between wrist and shoulder of an arm folded as far as it goes."""
_TORSO_HALF_WIDTH, _TORSO_DEPTH = 0.20, 0.185
_CLEAR, _BESIDE_CHIN, _CHIN = 0.035, 0.13, 0.08
"""A wrist stays ``_CLEAR`` of the midline, and ever further aside above the chin's height."""
_SOFT_FRAMES = 1.5


@dataclass(frozen=True, eq=False)
class ArmRotations:
    """Axis-angle of one arm's joints over time."""

    collar: Float[np.ndarray, "frame 3"]
    shoulder: Float[np.ndarray, "frame 3"]
    elbow: Float[np.ndarray, "frame 3"]
    wrist: Float[np.ndarray, "frame 3"]
    hand: Float[np.ndarray, "frame 15 3"]


@dataclass(frozen=True, eq=False)
class _Bones:
    """One arm at rest, in the frame of the chest."""

    sign: float
    collar: Array
    shoulder: Array
    upper: Array
    fore: Array

    @property
    def lengths(self) -> tuple[float, float]:
        return float(np.linalg.norm(self.upper)), float(np.linalg.norm(self.fore))


def _bones(side: Side) -> _Bones:
    offsets = default_skeleton().offsets.double().numpy()
    named = {
        name: offsets[joint(f"{side}_{name}")] for name in ("collar", "shoulder", "elbow", "wrist")
    }
    sign = 1.0 if side == "left" else -1.0
    return _Bones(sign, named["collar"], named["shoulder"], named["elbow"], named["wrist"])


@dataclass(frozen=True, eq=False)
class _Solved:
    """Rotations of an arm without forearm roll."""

    collar: Array
    shoulder: Array
    elbow: Array
    forearm_chest: Array
    """Orientation of the forearm in the chest."""


def arm_rotations(
    keys: list[ArmKey],
    side: Side,
    lift: Float[np.ndarray, "frame"],
    rng: np.random.Generator,
) -> ArmRotations:
    """Follow the keys: ``lift`` raises the collar (breathing, shrugs), radians."""
    frames = len(lift)
    bones = _bones(side)
    rolls = _key_rolls(keys, bones)
    track = _sampled(keys, rolls, frames, rng)
    place, elbow, roll = track[:, :3], track[:, 3:6], track[:, 6]
    bend, aside, fingers = track[:, 7], track[:, 8], track[:, 9:]
    solved = _solve(place, elbow, lift, bones)
    twist = np.zeros((frames, 3)) + bones.sign * unit(bones.fore)
    elbow_full = solved.elbow @ about(twist, _ELBOW_ROLL_SHARE * roll)
    hand = np.stack((np.zeros(frames), bones.sign * aside, bones.sign * bend), axis=1)
    wrist = about(twist, (1.0 - _ELBOW_ROLL_SHARE) * roll) @ matrices(hand)
    return ArmRotations(
        rotation_vectors(solved.collar),
        rotation_vectors(solved.shoulder),
        rotation_vectors(elbow_full),
        rotation_vectors(wrist),
        hand_poses(np.clip(fingers, -0.4, 1.1), side == "left"),
    )


def _sampled(
    keys: list[ArmKey], rolls: Array, frames: int, rng: np.random.Generator
) -> Float[np.ndarray, "frame channel"]:
    """Minimum-jerk tracks of all controls with curved paths and micro-motion."""
    seconds = np.arange(frames) / CORPUS_FPS
    rows = [
        np.concatenate((key.place, key.elbow, [roll, key.bend, 0.0], key.fingers))
        for key, roll in zip(keys, rolls, strict=True)
    ]
    reach = [Key(key.seconds, row, key.flows) for key, row in zip(keys, rows, strict=True)]
    track = minimum_jerk(reach, seconds)
    track[:, :3] += _curvature(keys, seconds, rng)
    track[:, 9:] = minimum_jerk(_early(reach), seconds)[:, 9:]
    fps = float(CORPUS_FPS)
    track[:, :3] += 0.027 * wandering(rng, (frames, 3), fps, 0.15, 0.9)
    track[:, 6] += np.deg2rad(3.0) * wandering(rng, (frames, 1), fps, 0.1, 1.0)[:, 0]
    track[:, 7:9] += np.deg2rad((5.0, 5.0)) * wandering(rng, (frames, 2), fps, 0.2, 1.2)
    common = wandering(rng, (frames, 3), fps, 0.1, 0.9)
    mixing = rng.normal(0.0, 1.0, (3, CONTROLS)) * 0.07
    track[:, 9:] += common @ mixing + 0.02 * wandering(rng, (frames, CONTROLS), fps, 0.2, 1.3)
    smooth = softened(track, _SOFT_FRAMES)
    smooth[:, :3] += 0.0008 * wandering(rng, (frames, 3), fps, 1.5, 5.0)
    return smooth


def _early(keys: list[Key]) -> list[Key]:
    """Fingers are shaped a little before the hand arrives."""
    return [Key(key.seconds - 0.06, key.value, key.flows) for key in keys]


def _curvature(
    keys: list[ArmKey], seconds: Float[np.ndarray, "frame"], rng: np.random.Generator
) -> Float[np.ndarray, "frame 3"]:
    """Bend each path sideways: wrists travel on arcs."""
    bow = np.zeros((len(seconds), 3))
    for start, stop in zip(keys[:-1], keys[1:], strict=True):
        path = stop.place - start.place
        length = float(np.linalg.norm(path))
        if length < 0.04:
            continue
        side = np.cross(path, rng.normal(0.0, 1.0, 3) + np.array([0.8, 0.0, 0.6]))
        size = length * float(np.clip(rng.normal(0.10, 0.06), -0.05, 0.25))
        inside = (seconds >= start.seconds) & (seconds <= stop.seconds)
        place = (seconds[inside] - start.seconds) / (stop.seconds - start.seconds)
        hump = 64.0 * (place * (1.0 - place)) ** 3
        bow[inside] += hump[:, None] * size * unit(side)
    return bow


def _solve(place: Array, elbow_shift: Array, lift: Array, bones: _Bones) -> _Solved:
    """Two-bone inverse kinematics in the frame of the chest, roll left out."""
    mirror = np.array([bones.sign, 1.0, 1.0])
    target = _outside_body(place) * mirror
    collar = matrices(_collar(place, lift, bones.sign))
    root = bones.collar + turned(collar, np.broadcast_to(bones.shoulder, target.shape))
    target = _within_reach(root, target, _REACH * sum(bones.lengths))
    raised = np.maximum(place[:, 1:2], 0.0) * np.array([0.1, 0.2, 0.1])
    pole = (_ELBOW_PLACE + _ELBOW_BACK + elbow_shift + raised) * mirror
    elbow = middle_joint(root, target, bones.lengths, pole)
    upper, fore = unit(elbow - root), unit(target - elbow)
    reference = matrices(np.deg2rad(_SHOULDER_DEGREES) * _flip(bones.sign))
    hanging = reference @ unit(bones.upper)
    shoulder = shortest_arc(hanging, turned(transposed(collar), upper)) @ reference
    chest_upper = collar @ shoulder
    hinge = shortest_arc(unit(bones.fore), turned(transposed(chest_upper), fore))
    return _Solved(collar, shoulder, hinge, chest_upper @ hinge)


def _flip(sign: float) -> Array:
    """Mirror a rotation vector to the right side."""
    return np.array([1.0, sign, sign])


def _collar(place: Array, lift: Array, sign: float) -> Float[np.ndarray, "frame 3"]:
    """The collar follows the hand: up with it, forward with it."""
    away = place - _PLACE_MIDDLE
    degrees = np.zeros_like(place) + _COLLAR_DEGREES
    degrees[:, 1] -= 50.0 * away[:, 2] - 16.0 * away[:, 0]
    degrees[:, 2] += 34.0 * away[:, 1]
    degrees[:, 2] += np.rad2deg(lift)
    collar: Array = np.deg2rad(degrees) * _flip(sign)
    return collar


def _outside_body(place: Array) -> Array:
    """Keep the wrist in front of an elliptic cylinder around the spine, and beside the face."""
    inside = np.clip(1.0 - (place[:, 0] / _TORSO_HALF_WIDTH) ** 2, 0.0, 1.0)
    front = _TORSO_DEPTH * np.sqrt(inside)
    kept = place.copy()
    gap = 0.03
    kept[:, 2] = front + gap * np.logaddexp(0.0, (place[:, 2] - front) / gap)
    kept[:, 2] = np.where(inside > 0, kept[:, 2], place[:, 2])
    above = place[:, 1] - _CHIN
    raised = np.clip(1.0 + above / _CHIN, 0.0, 1.0)
    aside = _BESIDE_CHIN + 0.5 * np.maximum(above, 0.0)
    kept[:, 0] = np.maximum(kept[:, 0], _CLEAR + raised * (aside - _CLEAR))
    return kept


def _within_reach(root: Array, target: Array, reach: float) -> Array:
    """Keep targets smoothly inside the arm's length and off the shoulder."""
    line = target - root
    distance = np.linalg.norm(line, axis=-1, keepdims=True)
    soft = 0.02
    shorter = distance - soft * np.logaddexp(0.0, (distance - (reach - soft)) / soft)
    longer = _CLOSEST + soft * np.logaddexp(0.0, (shorter - _CLOSEST) / soft)
    kept: Array = root + line / np.maximum(distance, 1e-6) * longer
    return kept


def _key_rolls(keys: list[ArmKey], bones: _Bones) -> Float[np.ndarray, "key"]:
    """Forearm roll that turns the palm where each key wants it, within what arms can do."""
    place = np.stack([key.place for key in keys])
    elbow = np.stack([key.elbow for key in keys])
    solved = _solve(place, elbow, np.zeros(len(keys)), bones)
    mirror = np.array([bones.sign, 1.0, 1.0])
    wanted = np.stack([key.palm for key in keys]) * mirror
    roll_axis = np.broadcast_to(bones.sign * unit(bones.fore), wanted.shape)
    axis = turned(solved.forearm_chest, roll_axis)
    down = np.broadcast_to(np.array([0.0, -1.0, 0.0]), wanted.shape)
    palm = turned(solved.forearm_chest, down)
    wanted = wanted - (wanted * axis).sum(-1, keepdims=True) * axis
    sine = (np.cross(palm, wanted) * axis).sum(-1)
    angle = np.arctan2(sine, (palm * wanted).sum(-1))
    away = np.angle(np.exp(1j * (angle - _ROLL_MIDDLE)))
    rolls: Array = _ROLL_MIDDLE + _ROLL_HALF * np.tanh(away / _ROLL_HALF)
    return rolls
