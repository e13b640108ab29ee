"""Torso, pelvis, legs and shoes of the mannequin."""

import numpy as np

from motion.figure.shapes import (
    Array,
    Material,
    Patch,
    angles,
    chain_weights,
    curve,
    of_material,
    outward,
    place,
    smoothstep,
    superellipse,
    surface,
    tube,
)
from motion.parts import joint

SOLE_HEIGHT = -1.305
"""Height of the ground below the SMPL-X origin in the rest pose, metres."""

_SHIRT = (
    # height, half width, front, back
    (-0.488, 0.148, 0.098, -0.112),
    (-0.490, 0.163, 0.112, -0.124),
    (-0.470, 0.162, 0.112, -0.124),
    (-0.400, 0.154, 0.108, -0.122),
    (-0.330, 0.143, 0.104, -0.112),
    (-0.250, 0.135, 0.101, -0.100),
    (-0.170, 0.136, 0.103, -0.099),
    (-0.090, 0.144, 0.108, -0.106),
    (-0.020, 0.154, 0.111, -0.114),
    (0.040, 0.163, 0.107, -0.118),
    (0.085, 0.171, 0.091, -0.114),
    (0.118, 0.172, 0.070, -0.105),
    (0.140, 0.169, 0.055, -0.096),
    (0.156, 0.154, 0.044, -0.091),
    (0.169, 0.127, 0.038, -0.087),
    (0.180, 0.098, 0.034, -0.084),
    (0.190, 0.073, 0.033, -0.083),
    (0.200, 0.061, 0.034, -0.082),
    (0.201, 0.055, 0.030, -0.076),
    (0.185, 0.050, 0.024, -0.070),
)
_SEAT = (
    (-0.330, 0.130, 0.090, -0.100),
    (-0.400, 0.144, 0.092, -0.110),
    (-0.460, 0.148, 0.076, -0.104),
    (-0.492, 0.120, 0.056, -0.082),
    (-0.512, 0.070, 0.036, -0.056),
    (-0.522, 0.030, 0.016, -0.030),
)
_THIGH = 0.378
"""Length from hip to knee along the leg, metres; the shin follows."""
_LEG = (
    # place along the leg, sideways radius, forward radius, forward shift
    (-0.075, 0.030, 0.030, -0.004),
    (-0.055, 0.066, 0.068, -0.004),
    (0.000, 0.090, 0.098, -0.006),
    (0.080, 0.089, 0.096, -0.002),
    (0.180, 0.080, 0.084, 0.004),
    (0.290, 0.067, 0.070, 0.004),
    (0.350, 0.062, 0.066, 0.006),
    (0.378, 0.060, 0.065, 0.006),
    (0.410, 0.060, 0.063, 0.000),
    (0.490, 0.062, 0.065, -0.012),
    (0.600, 0.057, 0.060, -0.008),
    (0.720, 0.052, 0.056, 0.004),
    (0.775, 0.053, 0.060, 0.008),
    (0.776, 0.044, 0.050, 0.008),
)
_SHOE = (
    # place from the ankle towards the toe, half width, height
    (-0.070, 0.012, 0.030),
    (-0.066, 0.024, 0.050),
    (-0.052, 0.033, 0.074),
    (-0.025, 0.037, 0.094),
    (0.015, 0.038, 0.094),
    (0.050, 0.040, 0.078),
    (0.090, 0.045, 0.064),
    (0.130, 0.049, 0.055),
    (0.165, 0.047, 0.048),
    (0.192, 0.038, 0.041),
    (0.208, 0.024, 0.033),
    (0.213, 0.010, 0.024),
)


def trunk() -> tuple[Patch, ...]:
    """Shirt body, trouser seat, both legs, both shoes."""
    leg, shoe = _leg(), _shoe()
    return (_shirt(), _seat(), leg, leg.mirrored(), shoe, shoe.mirrored())


def _slices(table: tuple[tuple[float, ...], ...], segments: int, exponent: Array) -> Array:
    """Horizontal rings from a table of height, half width, front and back."""
    height, width, front, back = np.array(table).T[..., None]
    sine, cosine = superellipse(angles(segments)[None], exponent[:, None])
    middle, depth = (front + back) / 2, (front - back) / 2
    return np.stack(np.broadcast_arrays(width * sine, height, middle + depth * cosine), axis=-1)


def _shirt() -> Patch:
    height = np.array(_SHIRT)[:, 0]
    exponent = curve(((-0.5, 2.4), (-0.2, 2.35), (0.05, 2.6), (0.15, 2.5), (0.2, 2.0)), height)[0]
    vertices, quads = surface(_slices(_SHIRT, 28, exponent))
    weights = chain_weights(
        vertices[:, 1],
        ("pelvis", "spine1", "spine2", "spine3", "neck"),
        ((-0.24, 0.07), (-0.105, 0.06), (-0.02, 0.05), (0.20, 0.035)),
    )
    weights = _with_hips(weights, vertices, -0.36, -0.56)
    x, y = vertices[:, 0], vertices[:, 1]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        share = 0.9 * smoothstep(0.045, 0.14, sign * x) * smoothstep(0.0, 0.12, y)
        weights *= 1.0 - share[:, None]
        weights[:, joint(f"{side}_collar")] += share
    quads = outward(vertices, quads)
    return Patch(vertices, quads, weights, of_material(Material.SHIRT, len(quads)))


def _with_hips(weights: Array, vertices: Array, start: float, end: float) -> Array:
    """Let the lower border follow the thighs, each on its own side."""
    share = smoothstep(start, end, vertices[:, 1])
    left = smoothstep(-0.09, 0.09, vertices[:, 0])
    mixed = weights * (1.0 - share[:, None])
    mixed[:, joint("left_hip")] += share * left
    mixed[:, joint("right_hip")] += share * (1.0 - left)
    return mixed


def _seat() -> Patch:
    vertices, quads = surface(_slices(_SEAT, 24, np.full(len(_SEAT), 2.3)), caps=(False, True))
    weights = chain_weights(vertices[:, 1], ("pelvis", "spine1"), ((-0.26, 0.06),))
    weights = _with_hips(weights, vertices, -0.40, -0.60)
    quads = outward(vertices, quads)
    return Patch(vertices, quads, weights, of_material(Material.TROUSERS, len(quads)), lift=-0.018)


def _leg() -> Patch:
    hip, knee, ankle = place("left_hip"), place("left_knee"), place("left_ankle")
    thigh, shin = (knee - hip) / np.linalg.norm(knee - hip), ankle - knee
    along, sideways, forward, shift = np.array(_LEG).T
    bent = np.where(
        along[:, None] <= _THIGH,
        hip + along[:, None] * thigh,
        knee + (along[:, None] - _THIGH) * shin / np.linalg.norm(shin),
    )
    path = bent + shift[:, None] * np.array((0.0, 0.0, 1.0))
    rings = tube(path, np.stack((sideways, forward), -1), 16, up=(0.0, 0.0, 1.0), exponent=2.1)
    rings[-2:, :, 1] = rings[-2:, :, 1].mean()
    vertices, quads = surface(rings, caps=(True, False))
    place_along = np.append(np.repeat(along, 16), along[0])
    weights = chain_weights(
        place_along,
        ("pelvis", "left_hip", "left_knee", "left_ankle"),
        ((-0.06, 0.03), (_THIGH, 0.055), (0.80, 0.04)),
    )
    quads = outward(vertices, quads)
    return Patch(vertices, quads, weights, of_material(Material.TROUSERS, len(quads)), lift=-0.018)


def _shoe() -> Patch:
    ankle, ball = place("left_ankle"), place("left_foot")
    toe = (ball - ankle) * (1.0, 0.0, 1.0)
    reach = float(np.linalg.norm(toe))
    toe, side = toe / reach, np.cross((0.0, 1.0, 0.0), toe / reach)
    along, width, height = np.array(_SHOE).T[..., None]
    sine, cosine = superellipse(angles(16) + np.pi / 16, 2.7)
    level = height / 2 * (1.0 + sine)
    start = ankle * (1.0, 0.0, 1.0) + np.array((0.0, SOLE_HEIGHT, 0.0))
    rings = start + along[..., None] * toe + (width * cosine)[..., None] * side
    rings[..., 1] += level
    vertices, quads = surface(rings, caps=(True, True))
    along_flat = (vertices - start) @ toe
    weights = chain_weights(along_flat, ("left_ankle", "left_foot"), ((reach - 0.01, 0.035),))
    quads = outward(vertices, quads)
    sole = (vertices[quads][..., 1] < SOLE_HEIGHT + 0.012).sum(axis=1) >= 2
    materials = np.where(
        sole, of_material(Material.SOLES, len(quads)), of_material(Material.SHOES, len(quads))
    )
    return Patch(vertices, quads, weights, materials)
