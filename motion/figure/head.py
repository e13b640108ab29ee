"""Skull, face, neck and hair of the mannequin; the mouth is a real opening behind two lips.

Heights and depths are metres from the head joint. Everything here is drawn by hand from tables.
"""

from functools import cache

import numpy as np

from motion.figure.shapes import (
    MATERIALS,
    Array,
    Material,
    Morph,
    Patch,
    angles,
    chain_weights,
    curve,
    of_material,
    only,
    outward,
    place,
    smoothstep,
    superellipse,
    surface,
    tube,
)
from motion.parts import joint

_SEGMENTS = 44
_SKULL = (
    # height, half width, front, back
    (-0.0740, 0.008, 0.070, 0.052),
    (-0.0700, 0.024, 0.081, 0.030),
    (-0.0600, 0.037, 0.088, 0.008),
    (-0.0450, 0.048, 0.0895, -0.012),
    (-0.0280, 0.0565, 0.0885, -0.034),
    (-0.0100, 0.0625, 0.0880, -0.054),
    (0.0100, 0.0670, 0.0880, -0.070),
    (0.0300, 0.0705, 0.0885, -0.082),
    (0.0500, 0.0730, 0.0880, -0.091),
    (0.0700, 0.0745, 0.0890, -0.095),
    (0.0950, 0.0745, 0.0870, -0.096),
    (0.1200, 0.0700, 0.0780, -0.088),
    (0.1400, 0.0590, 0.0620, -0.072),
    (0.1550, 0.0410, 0.0390, -0.048),
    (0.1630, 0.0220, 0.0170, -0.024),
    (0.1655, 0.0060, 0.0030, -0.008),
)
_NOSE = (
    # height, protrusion, half width
    (-0.0170, 0.0000, 0.0120),
    (-0.0120, 0.0040, 0.0125),
    (-0.0070, 0.0150, 0.0125),
    (-0.0010, 0.0225, 0.0118),
    (0.0050, 0.0220, 0.0105),
    (0.0160, 0.0155, 0.0092),
    (0.0300, 0.0095, 0.0085),
    (0.0420, 0.0055, 0.0085),
    (0.0560, 0.0020, 0.0110),
    (0.0700, 0.0000, 0.0140),
)
_HAIRLINE = (
    # angle from the front, height
    (0.00, 0.1150),
    (0.45, 0.1130),
    (0.80, 0.1000),
    (1.00, 0.0820),
    (1.12, 0.0500),
    (1.25, 0.0150),
    (1.42, 0.0140),
    (1.55, 0.0400),
    (1.80, 0.0420),
    (2.05, -0.0050),
    (2.40, -0.0380),
    (3.15, -0.0450),
)
MOUTH_HEIGHT = -0.0290
_MOUTH_WIDTH = 0.0250
_BELOW = (-0.0738, -0.0715, -0.0670, -0.0615, -0.0560, -0.0510, -0.0465, -0.0425)
_LOWER_LIP = (-0.0105, -0.0080, -0.0042, -0.0006)
_UPPER_LIP = (0.0006, 0.0036, 0.0066, 0.0086)
_ABOVE = (
    *(-0.0165, -0.0125, -0.0090, -0.0050, -0.0010, 0.0030, 0.0080, 0.0140, 0.0200, 0.0265),
    *(0.0330, 0.0395, 0.0460, 0.0525, 0.0590, 0.0660, 0.0740, 0.0850, 0.0980, 0.1110, 0.1250),
    *(0.1380, 0.1500, 0.1600),
)
_POCKET = (-0.0050, 0.0050)
_SLIT = len(_BELOW) + len(_LOWER_LIP)
"""Row of the lower pocket edge; the lips lie around it."""


def head() -> tuple[Patch, ...]:
    """Face and skull, hair, neck, both ears."""
    ear = _ear()
    return (_neck(), _face(), _hair(), ear, ear.mirrored())


def skull(angle: Array, height: Array) -> Array:
    """Points of the smooth head without features, from the head joint; angle 0 is the front."""
    width, front, back = curve(_SKULL, height.ravel()).reshape(3, *height.shape)
    middle = (front + back) / 2 - 0.008
    sine, cosine = superellipse(angle, 2.2)
    depth = np.where(cosine > 0, front - middle, middle - back)
    return np.stack((width * sine, height, middle + depth * cosine), axis=-1)


def _hill(x: Array, y: Array, centre: tuple[float, float], size: tuple[float, float]) -> Array:
    """A smooth bump of height 1, on both sides of the face."""
    across = (np.abs(x) - centre[0]) / size[0]
    upward = (y - centre[1]) / size[1]
    height: Array = np.exp(-(across**2) - upward**2)
    return height


def face_points(angle: Array, height: Array) -> Array:
    """Points of the head with nose, eye sockets, brows, cheeks and chin."""
    points = skull(angle, height)
    x, y = points[..., 0], points[..., 1]
    rise, width = curve(_NOSE, y.ravel()).reshape(2, *y.shape)
    relief = rise * np.exp(-((np.abs(x) / width) ** 2.4))
    relief = relief - 0.0080 * _hill(x, y, (0.031, 0.043), (0.0190, 0.0140))
    relief = relief + 0.0035 * _hill(x, y, (0.024, 0.063), (0.020, 0.008))
    relief = relief + 0.0045 * _hill(x, y, (0.044, 0.014), (0.017, 0.014))
    relief = relief + 0.0060 * _hill(x, y, (0.0, -0.060), (0.018, 0.012))
    relief = relief - 0.0030 * _hill(x, y, (0.0, -0.0435), (0.022, 0.006))
    relief = relief + 0.0045 * _hill(x, y, (0.0, MOUTH_HEIGHT), (0.027, 0.018))
    front = np.cos(angle) > 0
    points[..., 2] += np.where(front, relief, 0.0)
    return points


@cache
def _columns() -> Array:
    """Angles of the columns, close together at the front."""
    even = angles(_SEGMENTS)
    dense: Array = even - 0.6 * np.sin(even)
    return dense


@cache
def _mouth() -> tuple[Array, int]:
    """Nearness to the middle of the mouth per column (0 outside), and columns in one half."""
    x = skull(_columns(), np.full(_SEGMENTS, MOUTH_HEIGHT))[:, 0]
    front = np.cos(_columns()) > 0
    half = int(np.argmin(np.abs(np.abs(x[: _SEGMENTS // 4]) - _MOUTH_WIDTH)))
    inside = np.clip(1.0 - (x / x[half]) ** 2, 0.0, 1.0)
    return np.where(front, np.sqrt(inside), 0.0), half


def _rows() -> tuple[Array, Array]:
    """Heights of all rows per column, and how far each row is pushed into the mouth."""
    near, _ = _mouth()
    lips = 0.12 + 0.88 * near
    bow = 1.0 - 0.16 * np.exp(-((np.sin(_columns()) / 0.07) ** 2))
    below, above = (np.tile(np.array(rows)[:, None], _SEGMENTS) for rows in (_BELOW, _ABOVE))
    lower = MOUTH_HEIGHT + np.array(_LOWER_LIP)[:, None] * lips
    pocket = MOUTH_HEIGHT + np.array(_POCKET)[:, None] * near + np.array(((-4e-5,), (4e-5,)))
    upper = MOUTH_HEIGHT + np.array(_UPPER_LIP)[:, None] * lips * bow
    heights = np.concatenate((below, lower, pocket, upper, above))
    pushed = np.zeros_like(heights)
    pushed[_SLIT : _SLIT + 2] = 0.026 * near**0.7
    pushed[[_SLIT - 1, _SLIT + 2]] = 0.0015 * near
    pushed[_SLIT - 2] = -0.0058 * near
    pushed[_SLIT - 3] = -0.0042 * near
    pushed[_SLIT + 3] = -0.0048 * near
    pushed[_SLIT + 4] = -0.0036 * near
    return heights, pushed


def _face() -> Patch:
    heights, pushed = _rows()
    grid = face_points(np.broadcast_to(_columns(), heights.shape), heights)
    grid[..., 2] -= pushed
    vertices, quads = surface(grid, caps=(True, True))
    quads = outward(vertices, quads)
    jaw = _jaw_share(grid, heights)
    weights = only("head", len(vertices))
    share = np.concatenate((jaw.ravel(), (1.0, 0.0)))
    weights[:, joint("head")] -= share
    weights[:, joint("jaw")] += share
    materials = _face_materials(len(quads))
    bare = ~_under_hair(vertices)[quads].all(axis=1)
    return Patch(
        vertices + place("head"), quads[bare], weights, materials[bare], _face_morphs(grid)
    )


def _under_hair(vertices: Array) -> Array:
    """Which points of the skull the hair covers, a margin away from its border."""
    turn = np.abs(np.arctan2(vertices[:, 0], vertices[:, 2] + 0.008))
    covered: Array = vertices[:, 1] > curve(_HAIRLINE, turn)[0] + 0.016
    return covered


def _jaw_share(grid: Array, heights: Array) -> Array:
    """How much each vertex follows the jaw: the lower lip wholly, the upper not at all."""
    near, _ = _mouth()
    soft = smoothstep(-0.004, -0.050, grid[..., 1])
    lower = (np.arange(len(heights)) < _SLIT)[:, None]
    hard = np.where(lower, 1.0, np.zeros((len(heights), 1)))
    hard[_SLIT], hard[_SLIT + 1] = 0.85, 0.15
    fade = np.exp(-(((grid[..., 1] - MOUTH_HEIGHT) / 0.022) ** 2))
    fade = np.where(lower, 1.0, fade)
    mixed: Array = soft + (hard - soft) * np.sqrt(near) * fade
    mixed *= smoothstep(-0.012, 0.035, grid[..., 2])
    return mixed


def _face_materials(count: int) -> Array:
    _, half = _mouth()
    rows = count // _SEGMENTS
    names = np.full((rows, _SEGMENTS), MATERIALS.index(Material.SKIN))
    inside = [*range(half), *range(_SEGMENTS - half, _SEGMENTS)]
    lips = [_SLIT - 4, _SLIT - 3, _SLIT - 2, _SLIT + 2, _SLIT + 3, _SLIT + 4]
    names[np.ix_(lips, inside)] = MATERIALS.index(Material.LIPS)
    dark = [_SLIT - 1, _SLIT, _SLIT + 1]
    names[np.ix_(dark, inside)] = MATERIALS.index(Material.MOUTH)
    flat = np.full(count, MATERIALS.index(Material.SKIN))
    flat[: names.size] = names.ravel()
    return flat


def _face_morphs(grid: Array) -> dict[Morph, Array]:
    """Displacements of the face for each movement; two still vertices close the poles."""
    x, y = grid[..., 0], grid[..., 1]
    front = smoothstep(0.02, 0.06, grid[..., 2])
    row = np.arange(len(grid))[:, None]
    upper, lower = row > _SLIT, row <= _SLIT
    near = np.sqrt(_mouth()[0])[None]
    ring = front * np.exp(-((y - MOUTH_HEIGHT) ** 2) / 0.016**2 - (x / 0.034) ** 2)
    corner = front * _hill(x, y, (0.026, MOUTH_HEIGHT), (0.014, 0.014))
    cheek = front * _hill(x, y, (0.040, 0.006), (0.018, 0.016))
    chin = front * smoothstep(0.045, 0.01, np.abs(x)) * smoothstep(-0.026, -0.04, y)
    brow = front * _hill(x, y, (0.026, 0.068), (0.024, 0.016))
    still = np.zeros_like(x)
    drop = np.where(lower, -0.011 * np.maximum(ring * near, chin), 0.0)
    raised = np.where(upper, 0.0035 * ring * near, 0.0)
    parted = np.where(lower, -0.0025, 0.0015) * ring * near
    moves = {
        Morph.MOUTH_OPEN: (-0.05 * x * ring, drop + raised, still),
        Morph.SMILE: (
            np.sign(x) * (0.0085 * corner + 0.002 * cheek),
            0.0075 * corner + 0.004 * cheek,
            0.004 * cheek - 0.004 * corner,
        ),
        Morph.MOUTH_ROUND: (-0.40 * x * ring, parted, 0.0085 * ring),
        Morph.BROWS_UP: (still, 0.006 * brow, 0.001 * brow),
        Morph.BROWS_DOWN: (-0.10 * x * brow, -0.005 * brow, 0.0015 * brow),
    }
    flat = {morph: np.stack(moved, -1).reshape(-1, 3) for morph, moved in moves.items()}
    return {morph: np.concatenate((moved, np.zeros((2, 3)))) for morph, moved in flat.items()}


def _hair() -> Patch:
    columns = angles(32)
    line = curve(_HAIRLINE, np.minimum(columns, 2 * np.pi - columns))[0]
    rise = np.array((0.0, 0.03, 0.10, 0.22, 0.36, 0.50, 0.64, 0.77, 0.88, 0.95, 0.99))[:, None]
    heights = line + (0.1654 - line) * rise
    grid = skull(np.broadcast_to(columns, heights.shape), heights)
    centre = np.array((0.0, 0.06, -0.006))
    away = (grid - centre) / np.linalg.norm(grid - centre, axis=-1, keepdims=True)
    volume = 0.007 + 0.008 * smoothstep(0.08, 0.15, heights) * smoothstep(-0.06, 0.06, grid[..., 2])
    volume[0], volume[1] = -0.002, 0.004
    grid = grid + away * volume[..., None]
    vertices, quads = surface(grid, caps=(False, True))
    quads = outward(vertices, quads)
    materials = of_material(Material.HAIR, len(quads))
    weights = only("head", len(vertices))
    return Patch(vertices + place("head"), quads, weights, materials, lift=0.005)


def _neck() -> Patch:
    base, top = place("neck") + (0.0, 0.02, -0.002), place("head") + (0.0, 0.0, -0.008)
    share = np.linspace(0.0, 1.0, 8)
    path = base + share[:, None] * (top - base)
    radius = np.interp(share, (0.0, 0.35, 1.0), (0.058, 0.050, 0.047))
    rings = tube(path, np.stack((radius, 1.06 * radius), -1), 16, up=(0.0, 0.0, 1.0))
    vertices, quads = surface(rings)
    length = float(np.linalg.norm(top - base))
    weights = chain_weights(
        np.repeat(share * length, 16),
        ("spine3", "neck", "head"),
        ((0.035, 0.03), (0.155, 0.06)),
    )
    quads = outward(vertices, quads)
    return Patch(vertices, quads, weights, of_material(Material.SKIN, len(quads)), lift=-0.02)


def _ear() -> Patch:
    upward, round_ = np.meshgrid(np.linspace(-0.5, 0.5, 6), angles(8), indexing="ij")
    width = np.sqrt(np.maximum(1.0 - (2 * upward) ** 2, 0.08))
    tilt = 0.20 * upward
    x = 0.069 + 0.008 * width * np.cos(round_) + 0.010 * (0.5 + upward) * (1 - 0.2 * np.sin(round_))
    y = 0.030 + 0.062 * upward
    z = -0.010 + 0.017 * width * np.sin(round_) - 0.05 * tilt * 1.2
    vertices, quads = surface(np.stack((x, y, z), -1), caps=(True, True))
    quads = outward(vertices, quads)
    materials = of_material(Material.SKIN, len(quads))
    return Patch(vertices + place("head"), quads, only("head", len(vertices)), materials)
