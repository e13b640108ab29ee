"""Eyeballs with iris and pupil, lids that blink, brows, and the upper teeth."""

import numpy as np

from motion.figure.head import MOUTH_HEIGHT, face_points
from motion.figure.shapes import (
    MATERIALS,
    Array,
    Material,
    Morph,
    Patch,
    angles,
    of_material,
    only,
    outward,
    place,
    surface,
)

_RADIUS = 0.0130
_OPEN_UPPER, _OPEN_LOWER, _CLOSED = 0.30, -0.36, -0.24
"""Elevations of the lids' edges in the middle of the eye, radians."""


def eyes() -> tuple[Patch, ...]:
    """Both eyes with lids and brows, and the teeth."""
    left = (_eyeball(), _lid(upper=True), _lid(upper=False), _brow())
    return (*left, *(patch.mirrored() for patch in left), _teeth())


def _eyeball() -> Patch:
    rings = np.array((0.05, 0.16, 0.17, 0.36, 0.37, 0.60, 0.90, 1.25, 1.6))[:, None]
    turn = angles(14)[None]
    ball = np.stack(
        np.broadcast_arrays(
            np.sin(rings) * np.sin(turn), np.sin(rings) * np.cos(turn), np.cos(rings)
        ),
        axis=-1,
    )
    vertices, quads = surface(_RADIUS * ball, caps=(True, False))
    quads = outward(vertices, quads, np.zeros(3))
    ring_of = [Material.PUPIL] * 2 + [Material.IRIS] * 2 + [Material.EYES] * 4
    names = [*np.repeat([MATERIALS.index(name) for name in ring_of], 14), *[2] * 14]
    materials = np.array(names)
    materials[-14:] = MATERIALS.index(Material.PUPIL)
    count = len(vertices)
    return Patch(
        vertices + place("left_eye_smplhf"),
        quads,
        only("left_eye_smplhf", count),
        materials,
        lift=0.006,
    )


def _lid_grid(edge: float, upper: bool, swell: float) -> Array:
    """A shell over the eyeball from the lid's edge to behind the brow or cheek."""
    azimuth = np.linspace(-1.35, 1.35, 11)[None]
    border = -0.06 + (edge + 0.06) * np.cos(azimuth * 1.16) ** 0.75
    share = np.array((0.0, 0.0, 0.16, 0.50, 1.0))[:, None]
    far = 1.45 if upper else -1.35
    elevation = border + (far - border) * share
    radius = np.full_like(elevation, _RADIUS * swell)
    radius[0] = _RADIUS * 1.01
    level = radius * np.cos(elevation)
    return np.stack(
        (level * np.sin(azimuth), radius * np.sin(elevation), level * np.cos(azimuth)), axis=-1
    )


def _lid(upper: bool) -> Patch:
    opened = _lid_grid(_OPEN_UPPER if upper else _OPEN_LOWER, upper, 1.07)
    closed = _lid_grid(_CLOSED, upper, 1.12)
    vertices, quads = surface(opened, closed=False)
    quads = outward(vertices, quads, np.zeros(3))
    blink = (closed - opened).reshape(-1, 3)
    weights = only("head", len(vertices))
    materials = of_material(Material.SKIN, len(quads))
    return Patch(
        vertices + place("left_eye_smplhf"),
        quads,
        weights,
        materials,
        {Morph.BLINK: blink},
        lift=0.010,
    )


def _brow() -> Patch:
    share = np.linspace(0.0, 1.0, 9)
    x = 0.0115 + 0.036 * share
    y = 0.0640 + 0.0065 * np.sin(np.pi * share * 0.72) - 0.003 * share
    thick = 0.0046 * np.sqrt(
        np.clip(np.interp(share, (0, 0.15, 0.6, 1), (0.45, 1, 0.8, 0.08)), 0, 1)
    )
    depth = _depth_at(x, y)
    turn = angles(6)[None]
    grid = np.stack(
        np.broadcast_arrays(
            x[:, None],
            y[:, None] + thick[:, None] * np.cos(turn),
            depth[:, None] + 0.0005 + 0.55 * thick[:, None] * np.sin(turn),
        ),
        axis=-1,
    )
    vertices, quads = surface(grid, caps=(True, True))
    quads = outward(vertices, quads)
    inner = np.clip(1.0 - (vertices[:, 0] - 0.0115) / 0.036, 0.0, 1.0)
    zero = np.zeros_like(inner)
    morphs = {
        Morph.BROWS_UP: np.stack((zero, 0.0060 + 0.002 * inner, zero + 0.001), -1),
        Morph.BROWS_DOWN: np.stack((-0.003 * inner, -0.0025 - 0.0045 * inner, zero + 0.0025), -1),
    }
    materials = of_material(Material.HAIR, len(quads))
    weights = only("head", len(vertices))
    return Patch(vertices + place("head"), quads, weights, materials, morphs, lift=0.008)


def _depth_at(x: Array, y: Array) -> Array:
    """How far forward the face lies at points seen from the front."""
    angle = np.linspace(0.0, 1.5, 200)
    depths = []
    for across, height in zip(x, y, strict=True):
        points = face_points(angle, np.full_like(angle, height))
        depths.append(np.interp(across, points[:, 0], points[:, 2]))
    return np.array(depths)


def _teeth() -> Patch:
    x = np.linspace(-0.017, 0.017, 9)
    front = 0.0845 - 16.0 * x**2
    rows = np.array((0.0055, 0.0005))[:, None]
    grid = np.stack(np.broadcast_arrays(x[None], MOUTH_HEIGHT + rows, front[None]), axis=-1)
    vertices, quads = surface(grid, closed=False)
    quads = outward(vertices, quads, np.zeros(3))
    materials = of_material(Material.TEETH, len(quads))
    return Patch(vertices + place("head"), quads, only("head", len(vertices)), materials)
