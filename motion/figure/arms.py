"""Sleeves, forearms, palms and fingers of the mannequin."""

import numpy as np

from motion.figure.shapes import (
    Array,
    Material,
    Patch,
    chain_weights,
    of_material,
    outward,
    place,
    smoothstep,
    surface,
    tube,
)

_UP = (0.0, 1.0, 0.0)
_SLEEVE = (
    # place along the arm from the shoulder, radius forward, radius upward
    (-0.049, 0.014, 0.014),
    (-0.042, 0.028, 0.028),
    (-0.025, 0.043, 0.043),
    (0.000, 0.052, 0.050),
    (0.040, 0.054, 0.051),
    (0.100, 0.051, 0.050),
    (0.180, 0.047, 0.047),
    (0.235, 0.044, 0.044),
    (0.268, 0.043, 0.043),
    (0.300, 0.044, 0.043),
    (0.335, 0.044, 0.043),
    (0.340, 0.045, 0.044),
    (0.368, 0.044, 0.043),
    (0.370, 0.034, 0.033),
)
_UPPER_ARM = 0.268
_FOREARM = (
    # place along the forearm from the elbow, radius forward, radius upward
    (0.084, 0.036, 0.035),
    (0.110, 0.037, 0.035),
    (0.160, 0.034, 0.031),
    (0.205, 0.030, 0.026),
    (0.235, 0.027, 0.022),
    (0.258, 0.027, 0.020),
    (0.275, 0.028, 0.019),
)
_PALM = (
    # place from the wrist, middle forward, half width, half thickness
    (-0.012, 0.001, 0.0245, 0.0180),
    (0.008, 0.001, 0.0275, 0.0175),
    (0.030, 0.002, 0.0350, 0.0170),
    (0.055, -0.004, 0.0400, 0.0155),
    (0.078, -0.009, 0.0420, 0.0140),
    (0.096, -0.011, 0.0425, 0.0128),
    (0.106, -0.011, 0.0405, 0.0115),
    (0.113, -0.011, 0.0340, 0.0060),
)
_FINGERS = {"index": 0.0092, "middle": 0.0096, "ring": 0.0090, "pinky": 0.0080}
_TIPS = {"index": 0.024, "middle": 0.025, "ring": 0.024, "pinky": 0.021}


def arms() -> tuple[Patch, ...]:
    """Sleeves, forearms and hands of both sides."""
    left = (_sleeve(), _forearm(), _palm(), _thumb(), *(_finger(name) for name in _FINGERS))
    return (*left, *(patch.mirrored() for patch in left))


def _along_arm(along: Array) -> Array:
    """Points at a distance from the shoulder on the line shoulder, elbow, wrist."""
    shoulder, elbow, wrist = place("left_shoulder"), place("left_elbow"), place("left_wrist")
    upper, lower = elbow - shoulder, wrist - elbow
    upper, lower = upper / np.linalg.norm(upper), lower / np.linalg.norm(lower)
    before, behind = np.minimum(along, _UPPER_ARM), np.maximum(along - _UPPER_ARM, 0.0)
    points: Array = shoulder + before[:, None] * upper + behind[:, None] * lower
    return points


def _sleeve() -> Patch:
    along, forward, upward = np.array(_SLEEVE).T
    rings = tube(_along_arm(along), np.stack((forward, upward), -1), 16, _UP)
    vertices, quads = surface(rings, caps=(True, False))
    weights = chain_weights(
        np.append(np.repeat(along, 16), along[0]),
        ("left_shoulder", "left_elbow"),
        ((_UPPER_ARM, 0.05),),
    )
    quads = outward(vertices, quads)
    return Patch(vertices, quads, weights, of_material(Material.SHIRT, len(quads)))


def _forearm() -> Patch:
    along, forward, upward = np.array(_FOREARM).T
    rings = tube(_along_arm(along + _UPPER_ARM), np.stack((forward, upward), -1), 14, _UP)
    vertices, quads = surface(rings)
    weights = chain_weights(np.repeat(along, 14), ("left_elbow", "left_wrist"), ((0.245, 0.045),))
    quads = outward(vertices, quads)
    return Patch(vertices, quads, weights, of_material(Material.SKIN, len(quads)), lift=-0.012)


def _palm() -> Patch:
    wrist, knuckle = place("left_wrist"), place("left_middle1")
    along, middle, width, thickness = np.array(_PALM).T
    drop = (knuckle - wrist)[1] / (knuckle - wrist)[0]
    path = wrist + np.stack((along, along * drop, middle), -1)
    rings = tube(path, np.stack((width, thickness), -1), 14, _UP, exponent=2.5)
    forward = rings[..., 2] - (wrist + (0.0, 0.0, -0.003))[2]
    reach = smoothstep(0.02, 0.107, along)[:, None]
    rings[..., 0] -= reach * np.where(forward < 0, 9.0, 4.0) * forward**2
    vertices, quads = surface(rings, caps=(False, True))
    weights = chain_weights(
        np.append(np.repeat(along, 14), along[-1]),
        ("left_elbow", "left_wrist"),
        ((-0.015, 0.045),),
    )
    quads = outward(vertices, quads)
    return Patch(vertices, quads, weights, of_material(Material.SKIN, len(quads)))


def _thumb() -> Patch:
    start = place("left_wrist") + (0.012, -0.004, 0.010)
    return _digit("thumb", start, 0.030, 0.0112)


def _finger(name: str) -> Patch:
    first, second = place(f"left_{name}1"), place(f"left_{name}2")
    along = (second - first) / np.linalg.norm(second - first)
    start = first - 0.022 * along * (1.0, 1.0, 0.3)
    return _digit(name, start, _TIPS[name], _FINGERS[name])


def _digit(name: str, start: Array, tip: float, radius: float) -> Patch:
    """A finger through its three joints, starting inside the palm, with a rounded tip."""
    joints = [place(f"left_{name}{segment}") for segment in (1, 2, 3)]
    end = joints[2] + tip * (joints[2] - joints[1]) / np.linalg.norm(joints[2] - joints[1])
    points = np.stack((start, *joints, end))
    lengths = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    _, first, second, third, last = lengths
    stations = (
        # place, share of the radius
        (0.0, 1.00 if name != "thumb" else 1.55),
        (first - 0.005, 1.06 if name != "thumb" else 1.30),
        (first + 0.006, 1.04),
        ((first + second) / 2, 0.96),
        (second - 0.004, 1.00),
        (second + 0.004, 0.98),
        ((second + third) / 2, 0.91),
        (third - 0.003, 0.93),
        (third + 0.004, 0.90),
        (third + 0.60 * tip, 0.82),
        (third + 0.85 * tip, 0.62),
        (third + 0.97 * tip, 0.32),
    )
    along, share = np.array(stations).T
    path = np.stack([np.interp(along, lengths, points[:, axis]) for axis in range(3)], -1)
    rings = tube(path, np.stack((share, 0.94 * share), -1) * radius, 7, _UP)
    vertices, quads = surface(rings, caps=(False, True))
    weights = chain_weights(
        np.append(np.repeat(along, 7), last),
        ("left_wrist", *(f"left_{name}{segment}" for segment in (1, 2, 3))),
        ((first, 0.009), (second, 0.006), (third, 0.005)),
    )
    quads = outward(vertices, quads)
    return Patch(vertices, quads, weights, of_material(Material.SKIN, len(quads)))
