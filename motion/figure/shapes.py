"""Building blocks of the mannequin: patches of quads swept from rings, with skin weights.

Axes are those of SMPL-X at rest: x to the person's left, y up, z forward; metres.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from jaxtyping import Float, Int

from motion.parts import JOINT_NAMES, JOINTS, PARENTS, joint
from motion.proportions import rest_offsets

Array = np.ndarray


class Material(StrEnum):
    """What a face is made of."""

    SKIN = "skin"
    SHIRT = "shirt"
    TROUSERS = "trousers"
    SHOES = "shoes"
    SOLES = "soles"
    HAIR = "hair"
    LIPS = "lips"
    MOUTH = "mouth"
    TEETH = "teeth"
    EYES = "eyes"
    IRIS = "iris"
    PUPIL = "pupil"


MATERIALS: tuple[Material, ...] = tuple(Material)


class Morph(StrEnum):
    """A facial movement of the mannequin."""

    MOUTH_OPEN = "mouth_open"
    SMILE = "smile"
    MOUTH_ROUND = "mouth_round"
    BROWS_UP = "brows_up"
    BROWS_DOWN = "brows_down"
    BLINK = "blink"


MORPHS: tuple[Morph, ...] = tuple(Morph)


@dataclass(frozen=True)
class Patch:
    """A piece of surface."""

    vertices: Float[Array, "vertex 3"]
    quads: Int[Array, "quad 4"]
    """Corners counter-clockwise seen from outside; a repeated last corner makes a triangle."""
    weights: Float[Array, "vertex 55"]
    materials: Int[Array, " quad"]
    """Places in `MATERIALS`."""
    morphs: Mapping[Morph, Float[Array, "vertex 3"]] = field(default_factory=dict)
    lift: float = 0.0
    """Metres by which a renderer that only sorts faces should bring this piece forward."""

    def mirrored(self) -> "Patch":
        """The same on the person's other side."""
        flip = np.array((-1.0, 1.0, 1.0))
        return Patch(
            self.vertices * flip,
            turned(self.quads),
            self.weights[:, _OTHER_SIDE],
            self.materials,
            {morph: moved * flip for morph, moved in self.morphs.items()},
            self.lift,
        )


def _other_side(name: str) -> str:
    side, _, rest = name.partition("_")
    return {"left": f"right_{rest}", "right": f"left_{rest}"}.get(side, name)


_OTHER_SIDE = [joint(_other_side(name)) for name in JOINT_NAMES]


def rest_positions() -> Float[Array, "55 3"]:
    """World positions of the joints in the rest pose, root at its SMPL-X place."""
    positions = rest_offsets().astype(np.float64)
    for child in range(1, JOINTS):
        positions[child] += positions[PARENTS[child]]
    return positions


def place(name: str) -> Float[Array, "3"]:
    """Rest position of one joint."""
    position: Array = rest_positions()[joint(name)]
    return position


def smoothstep(low: float, high: float, value: Array) -> Array:
    """0 below ``low``, 1 above ``high``, smooth between; ``low > high`` falls instead of rising."""
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def curve(table: Sequence[Sequence[float]], at: Array) -> Float[Array, "value point"]:
    """Monotone cubic through a table whose first column is the place, the others the values."""
    knots = np.array(table, dtype=np.float64)
    x, y = knots[:, 0], knots[:, 1:].T
    slope = np.diff(y) / np.diff(x)
    left, right = slope[:, :-1], slope[:, 1:]
    mean = np.where(left * right > 0, 2 * left * right / np.where(left + right, left + right, 1), 0)
    tangent = np.concatenate((slope[:, :1], mean, slope[:, -1:]), axis=1)
    at = np.clip(at, x[0], x[-1])
    k = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    step = x[k + 1] - x[k]
    s = (at - x[k]) / step
    rise = s * s * (3 - 2 * s)
    bend = tangent[:, k] * (s * (1 - s) ** 2) - tangent[:, k + 1] * (s * s * (1 - s))
    smooth: Array = y[:, k] * (1 - rise) + y[:, k + 1] * rise + step * bend
    return smooth


def angles(segments: int) -> Float[Array, " segment"]:
    """Equal angles around a ring."""
    return np.arange(segments) * (2 * np.pi / segments)


def superellipse(angle: Array, exponent: Array | float) -> tuple[Array, Array]:
    """Sine-like and cosine-like coordinates of a rounded rectangle."""
    sine, cosine = np.sin(angle), np.cos(angle)
    power = 2.0 / exponent
    return np.sign(sine) * np.abs(sine) ** power, np.sign(cosine) * np.abs(cosine) ** power


def tube(
    path: Float[Array, "ring 3"],
    radii: Float[Array, "ring 2"],
    segments: int,
    up: Sequence[float],
    exponent: float = 2.0,
) -> Float[Array, "ring segment 3"]:
    """Rings around a path; radii are (sideways, upwards), ``up`` is made square to the path."""
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    side = np.cross(np.array(up, dtype=np.float64)[None], tangent)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    upward = np.cross(tangent, side)
    sine, cosine = superellipse(angles(segments), exponent)
    across = side[:, None] * (radii[:, :1] * cosine)[..., None]
    along = upward[:, None] * (radii[:, 1:] * sine)[..., None]
    rings: Array = path[:, None] + across + along
    return rings


def ring_quads(rings: int, segments: int, closed: bool = True) -> Int[Array, "quad 4"]:
    """Quads of a grid of rings; ``closed`` joins the last segment to the first."""
    row = np.arange(rings - 1)[:, None] * segments
    column = np.arange(segments if closed else segments - 1)[None]
    following = (column + 1) % segments
    corners = (row + column, row + following, row + segments + following, row + segments + column)
    return np.stack(np.broadcast_arrays(*corners), axis=-1).reshape(-1, 4)


def surface(
    grid: Float[Array, "ring segment 3"],
    closed: bool = True,
    caps: tuple[bool, bool] = (False, False),
) -> tuple[Float[Array, "vertex 3"], Int[Array, "quad 4"]]:
    """Vertices and outward quads of a grid, with a middle vertex in each wanted cap."""
    rings, segments = grid.shape[:2]
    vertices = [grid.reshape(-1, 3)]
    quads = [ring_quads(rings, segments, closed)]
    count = rings * segments
    for wanted, ring in zip(caps, (0, rings - 1), strict=True):
        if wanted:
            vertices.append(grid[ring].mean(axis=0, keepdims=True))
            here = ring * segments + np.arange(segments)
            there = np.roll(here, -1)
            pole = np.full(segments, count)
            fan = (there, here, pole, pole) if ring == 0 else (here, there, pole, pole)
            quads.append(np.stack(fan, axis=-1))
            count += 1
    return np.concatenate(vertices), np.concatenate(quads)


def turned(quads: Int[Array, "quad 4"]) -> Int[Array, "quad 4"]:
    """The same faces seen from the other side; a triangle keeps its repeated last corner."""
    triangle = quads[:, 2] == quads[:, 3]
    return np.where(triangle[:, None], quads[:, [1, 0, 2, 2]], quads[:, [1, 0, 3, 2]])


def outward(vertices: Array, quads: Array, centre: Array | None = None) -> Array:
    """The quads, all turned if most of them face the centre."""
    middle = vertices.mean(axis=0) if centre is None else centre
    corners = vertices[quads]
    normal = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    faces_out = ((corners.mean(axis=1) - middle) * normal).sum() >= 0
    return quads if faces_out else turned(quads)


def only(name: str, count: int) -> Float[Array, "vertex 55"]:
    """Vertices that follow one joint."""
    weights = np.zeros((count, JOINTS))
    weights[:, joint(name)] = 1.0
    return weights


def chain_weights(
    along: Float[Array, " vertex"],
    names: Sequence[str],
    borders: Sequence[tuple[float, float]],
) -> Float[Array, "vertex 55"]:
    """Weights along a chain; border i is (place, half width) of the change from joint i to i+1."""
    weights = only(names[0], len(along))
    for name, (middle, half) in zip(names[1:], borders, strict=True):
        share = smoothstep(middle - half, middle + half, along)
        weights *= 1.0 - share[:, None]
        weights[:, joint(name)] += share
    return weights


def of_material(material: Material, count: int) -> Int[Array, " quad"]:
    """One material for every face."""
    return np.full(count, MATERIALS.index(material))
