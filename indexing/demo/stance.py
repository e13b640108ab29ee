"""Standing: where the feet are, how the weight shifts, and the legs between."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from indexing.demo.kinematics import (
    Key,
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
from indexing.demo.speakers import Speaker
from motion.body import default_skeleton
from motion.parts import joint
from motion.timeline import CORPUS_FPS

Array = np.ndarray
_STEP_SECONDS = 0.55
_LIFT_METRES = 0.045
_ANKLE_HEIGHT = 0.088
_STRETCH = 0.992
_STANDING_Y = 1.304
_TOES_OUT = np.deg2rad(11.0)
_PITCH = np.deg2rad(-15.0)


@dataclass(frozen=True, eq=False)
class Legs:
    """Root and legs over time: axis-angle, and the translation of the body."""

    translation: Float[np.ndarray, "frame 3"]
    joints: dict[str, Float[np.ndarray, "frame 3"]]


@dataclass(frozen=True, eq=False)
class _Foot:
    """Ankle place and heading of one foot."""

    place: Array
    heading: Array


def stand(
    speaker: Speaker, frames: int, turn: Float[np.ndarray, "frame"], rng: np.random.Generator
) -> Legs:
    """Stand, shift weight and now and then step; ``turn`` adds to the pelvis' heading."""
    seconds = np.arange(frames) / CORPUS_FPS
    feet, centre, heading = _steps(speaker, seconds, rng)
    fps = float(CORPUS_FPS)
    sway = wandering(rng, (frames, 6), fps, 0.04, 0.44)
    weight = np.array([0.046, 0.030])
    ground = centre + sway[:, :2] * weight
    roll = np.deg2rad(3.0) * sway[:, 0] + np.deg2rad(2.0) * sway[:, 2]
    pitch = _PITCH + np.deg2rad(3.4) * sway[:, 3]
    yaw = heading + turn + np.deg2rad(5.0) * sway[:, 4]
    still = np.deg2rad(0.45) * wandering(rng, (frames, 3), fps, 0.3, 1.3)
    root = matrices(np.stack((np.zeros(frames), yaw, np.zeros(frames)), axis=1)) @ matrices(
        np.stack((pitch, np.zeros(frames), roll), axis=1) + still
    )
    translation = _above(feet, ground, root, sway[:, 5])
    translation += 0.0010 * wandering(rng, (frames, 3), fps, 1.2, 3.6)
    joints = {"pelvis": rotation_vectors(root)}
    for side, foot in feet.items():
        joints |= _leg(side, foot, root, translation, rng)
    return Legs(translation, joints)


def _steps(
    speaker: Speaker, seconds: Array, rng: np.random.Generator
) -> tuple[dict[str, _Foot], Array, Array]:
    """Feet and the middle between them: a new stance every few seconds, foot after foot."""
    end = float(seconds[-1]) + 2.0
    stance = rng.normal(0.0, (0.06, 0.08, 0.08))
    tracks: dict[str, list[Key]] = {"left": [], "right": [], "middle": []}
    lifts: dict[str, list[tuple[float, float]]] = {"left": [], "right": []}
    _plant(tracks, stance, 0.0, speaker)
    time = float(rng.uniform(2.0, 5.0))
    while time < end:
        first = "left" if rng.random() < 0.5 else "right"
        turning = 0.6 * stance + rng.normal(0.0, (0.10, 0.14, 0.16))
        stance = np.clip(turning, (-0.26, -0.34, -0.36), (0.26, 0.34, 0.36))
        for place, side in enumerate((first, "right" if first == "left" else "left")):
            start = time + place * (_STEP_SECONDS + 0.05)
            tracks[side].append(Key(start, tracks[side][-1].value))
            tracks[side].append(Key(start + _STEP_SECONDS, _planted(side, stance, speaker, rng)))
            lifts[side].append((start, start + _STEP_SECONDS))
        tracks["middle"].append(Key(time - 0.15, tracks["middle"][-1].value))
        tracks["middle"].append(Key(time + 2.6 * _STEP_SECONDS, stance))
        time += float(rng.uniform(2.6, 6.5))
    feet = {side: _foot(tracks[side], lifts[side], seconds) for side in ("left", "right")}
    middle = minimum_jerk(tracks["middle"], seconds)
    return feet, middle[:, :2], middle[:, 2]


def _plant(tracks: dict[str, list[Key]], stance: Array, time: float, speaker: Speaker) -> None:
    still = np.random.default_rng(speaker.number)
    for side in ("left", "right"):
        tracks[side].append(Key(time, _planted(side, stance, speaker, still)))
    tracks["middle"].append(Key(time, stance))


def _planted(
    side: str, stance: Array, speaker: Speaker, rng: np.random.Generator
) -> Float[np.ndarray, "3"]:
    """x, z and heading of a foot for a stance."""
    x, z, heading = stance
    sign = 1.0 if side == "left" else -1.0
    half = sign * (0.5 * speaker.stance_metres + rng.normal(0.0, 0.012))
    forward = rng.normal(-0.03, 0.055)
    cosine, sine = np.cos(heading), np.sin(heading)
    toes = heading + sign * (_TOES_OUT + rng.normal(0.0, 0.09))
    return np.array([x + cosine * half + sine * forward, z - sine * half + cosine * forward, toes])


def _foot(keys: list[Key], lifts: list[tuple[float, float]], seconds: Array) -> _Foot:
    track = minimum_jerk(keys, seconds)
    height = np.full(len(seconds), _ANKLE_HEIGHT)
    for start, stop in lifts:
        place = np.clip((seconds - start) / (stop - start), 0.0, 1.0)
        height += _LIFT_METRES * 64.0 * (place * (1.0 - place)) ** 3
    return _Foot(np.stack((track[:, 0], height, track[:, 1]), axis=1), track[:, 2])


def _above(
    feet: dict[str, _Foot], ground: Array, root: Array, sway: Array
) -> Float[np.ndarray, "frame 3"]:
    """Translation that puts the pelvis over the ground point as high as both legs allow."""
    offsets = default_skeleton().offsets.double().numpy()
    pelvis = offsets[joint("pelvis")]
    highest = np.full(len(ground), _STANDING_Y)
    for side, foot in feet.items():
        hip = turned(root, np.broadcast_to(offsets[joint(f"{side}_hip")], foot.place.shape))
        across = foot.place[:, [0, 2]] - (ground + hip[:, [0, 2]])
        length = sum(
            float(np.linalg.norm(offsets[joint(f"{side}_{n}")])) for n in ("knee", "ankle")
        )
        room = np.maximum((_STRETCH * length) ** 2 - (across**2).sum(-1), 0.25)
        reachable = foot.place[:, 1] + np.sqrt(room) - hip[:, 1] - pelvis[1]
        highest = np.minimum(highest, reachable)
    settled = softened(highest[:, None], 5.0)[:, 0] - 0.004 - 0.006 * np.logaddexp(0.0, 1.5 * sway)
    height = np.minimum(settled, highest)
    return np.stack((ground[:, 0] - pelvis[0], height, ground[:, 1] - pelvis[2]), axis=1)


def _leg(
    side: str, foot: _Foot, root: Array, translation: Array, rng: np.random.Generator
) -> dict[str, Array]:
    """Hip, knee, ankle and toes that put the foot where it is planted."""
    offsets = default_skeleton().offsets.double().numpy()
    frames = len(translation)
    thigh, shin = offsets[joint(f"{side}_knee")], offsets[joint(f"{side}_ankle")]
    hip_rest = np.broadcast_to(offsets[joint(f"{side}_hip")], foot.place.shape)
    hip = offsets[joint("pelvis")] + translation + turned(root, hip_rest)
    ahead = np.stack((np.sin(foot.heading), np.zeros(frames), np.cos(foot.heading)), axis=1)
    lengths = (float(np.linalg.norm(thigh)), float(np.linalg.norm(shin)))
    knee = middle_joint(hip, foot.place, lengths, 0.5 * (hip + foot.place) + ahead)
    hip_world = _hinged(unit(knee - hip), ahead, thigh)
    shin_local = turned(transposed(hip_world), unit(foot.place - knee))
    knee_local = shortest_arc(unit(shin), shin_local)
    upright = np.stack((np.zeros(frames), foot.heading, np.zeros(frames)), axis=1)
    sole = matrices(upright) @ matrices(np.array([0.0, 0.0, 0.0]))
    ankle = transposed(hip_world @ knee_local) @ sole
    toes = np.deg2rad((3.0, 4.0, 4.0)) * wandering(rng, (frames, 3), CORPUS_FPS, 0.05, 0.4)
    return {
        f"{side}_hip": rotation_vectors(transposed(root) @ hip_world),
        f"{side}_knee": rotation_vectors(knee_local),
        f"{side}_ankle": rotation_vectors(ankle),
        f"{side}_foot": toes,
    }


def _hinged(direction: Array, ahead: Array, rest: Array) -> Float[np.ndarray, "frame 3 3"]:
    """Orientation that lays a thigh along ``direction`` with its knee to the front."""

    def frame(bone: Array, front: Array) -> Array:
        side = unit(np.cross(-bone, front))
        return np.stack((bone, side, np.cross(bone, side)), axis=-1)

    resting = frame(unit(rest), np.array([0.0, 0.0, 1.0]))
    oriented: Array = frame(direction, ahead) @ transposed(resting)
    return oriented
