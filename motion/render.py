"""Draws the mannequin: camera, light, a painter's algorithm over quads. Needs OpenCV."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Self

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8

from motion.body import joint_positions
from motion.clip import Motion
from motion.figure.shapes import MATERIALS, Array
from motion.figure.trunk import SOLE_HEIGHT
from motion.mannequin import COLOURS, PosedMesh, mannequin
from motion.parts import joint

Framing = Literal["knees", "full"]
"""From the knees up, so that hands and face are large, or the whole person."""

_OVERSAMPLE = 2
_TILE_METRES = 0.026


def _unit(*direction: float) -> Array:
    return np.array(direction) / np.linalg.norm(direction)


_LIGHTS = np.stack(
    (_unit(-0.45, 0.75, 0.62), _unit(0.80, 0.10, 0.55), _unit(0.35, 0.45, -0.85))
).astype(np.float32)
"""Directions towards the key, the fill and the rim light."""
_LIGHT_COLOURS = np.array(
    ((0.90, 0.96, 1.00), (1.00, 0.85, 0.75), (0.95, 0.98, 1.00)), dtype=np.float32
) * np.array(((0.88,), (0.26,), (0.34,)), dtype=np.float32)
"""Blue, green and red of each."""
_SKY = np.array((0.42, 0.38, 0.36), dtype=np.float32)
_GROUND = np.array((0.17, 0.18, 0.20), dtype=np.float32)


def opencv() -> Any:
    """OpenCV, loaded at the first drawing."""
    import cv2

    return cv2


@dataclass(frozen=True)
class Camera:
    """A pinhole that stands still and looks at one point."""

    eye: Float[Array, "3"]
    axes: Float[Array, "3 3"]
    """Rows: right, down, forward."""
    focal: float
    """Pixels."""
    centre: tuple[float, float]
    """Pixels."""

    @classmethod
    def looking(
        cls, target: Array, size: tuple[int, int], height: float, turn: float, lift: float
    ) -> Self:
        """See ``height`` metres at the target, from ``turn`` radians aside and ``lift`` above."""
        distance = 4.2
        away = np.array(
            (np.sin(turn) * np.cos(lift), np.sin(lift), np.cos(turn) * np.cos(lift))
        )
        right = np.array((np.cos(turn), 0.0, -np.sin(turn)))
        axes = np.stack((right, -np.cross(away, right), -away))
        width, tall = size
        return cls(target + distance * away, axes, tall * distance / height, (width / 2, tall / 2))

    def project(
        self, points: Float[Array, "*batch 3"]
    ) -> tuple[Float[Array, "*batch 2"], Float[Array, "*batch"]]:
        """Pixel positions and depths in metres."""
        local = (points - self.eye.astype(points.dtype)) @ self.axes.T.astype(points.dtype)
        depth = local[..., 2]
        flat = local[..., :2] * (self.focal / depth[..., None])
        return flat + np.array(self.centre, dtype=points.dtype), depth


def camera_for(
    motions: tuple[Motion, ...], size: tuple[int, int], framing: Framing, turn: float = 0.35
) -> Camera:
    """A front three-quarter view that holds every hand of every motion, all from one place."""
    joints = torch.cat([joint_positions(motion) for motion in motions]).double().numpy()
    ground = SOLE_HEIGHT + 1.30
    middle = np.median(joints[:, joint("pelvis")], axis=0)
    front = _facing(joints)
    low = ground + (0.42 if framing == "knees" else -0.06)
    high = max(np.quantile(joints[..., 1].max(axis=1), 0.99) + 0.26, middle[1] + 0.90)
    right = np.array((np.cos(front + turn), 0.0, -np.sin(front + turn)))
    across = np.abs((joints - middle) @ right).max(axis=1)
    wide = 2.0 * (np.quantile(across, 0.99) + 0.12)
    height = max(high - low, wide * size[1] / size[0])
    target = np.array((middle[0], (high + low) / 2, middle[2]))
    return Camera.looking(target, size, height, front + turn, lift=0.10)


def _facing(joints: Float[Array, "frame 55 3"]) -> float:
    """Direction that the chest faces in the middle of the motion, radians about y."""
    across = (joints[:, joint("left_shoulder")] - joints[:, joint("right_shoulder")]).mean(axis=0)
    return float(np.arctan2(-across[2], across[0]))


@dataclass(frozen=True)
class _Tiles:
    """The mannequin's quads cut into tiles small enough to look smooth in one colour each."""

    quads: Int[Array, " tile"]
    """The quad that each tile belongs to; tiles of one quad lie together."""
    corners: Float[Array, "tile 4 4"]
    """Bilinear weights of the quad's corners at the tile's corners."""
    middles: Float[Array, "tile 4"]
    """The same at the tile's middle."""


@cache
def _tiles() -> _Tiles:
    body = mannequin()
    corners = body.vertices[body.quads]
    edge = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=-1)
    across = np.ceil(np.maximum(edge[:, 0], edge[:, 2]) / _TILE_METRES).clip(1, 4).astype(int)
    along = np.ceil(np.maximum(edge[:, 1], edge[:, 3]) / _TILE_METRES).clip(1, 4).astype(int)
    quads, weights = [], []
    for quad, (columns, rows) in enumerate(zip(across, along, strict=True)):
        for column in range(columns):
            for row in range(rows):
                u = np.array((column, column + 1, column + 1, column)) / columns
                v = np.array((row, row, row + 1, row + 1)) / rows
                weights.append(np.stack(((1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v), -1))
                quads.append(quad)
    stacked = np.array(weights, dtype=np.float32)
    return _Tiles(np.array(quads), stacked, stacked.mean(axis=1))


@cache
def _quad_colours() -> Float[Array, "quad 3"]:
    """Linear blue, green and red of each face."""
    table = np.array([COLOURS[material] for material in MATERIALS])[:, ::-1] ** 2
    return table[mannequin().materials].astype(np.float32)


def paint(
    canvas: UInt8[Array, "row column 3"], mesh: PosedMesh, frame: int, camera: Camera
) -> None:
    """Draw one frame onto a canvas (blue, green, red), far tiles first."""
    body, tiles = mannequin(), _tiles()
    flat, depth = camera.project(mesh.vertices[frame])
    corners = flat[body.quads]
    first, second = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    seen = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0] < 0
    chosen = np.flatnonzero(seen[tiles.quads])
    quads, middles = tiles.quads[chosen], tiles.middles[chosen]
    far = np.einsum("tc,tc->t", middles, depth[body.quads[quads]]) - body.lift[quads]
    order = np.argsort(-far, kind="stable")
    chosen, quads = chosen[order], quads[order]
    shapes = np.round(np.matmul(tiles.corners[chosen], corners[quads]) * 16).astype(np.int32)
    colours = _shade(mesh.normals[frame], quads, tiles.middles[chosen]).tolist()
    fill = opencv().fillConvexPoly
    for shape, colour in zip(shapes, colours, strict=True):
        fill(canvas, shape, colour, 8, 4)


def _shade(normals: Float[Array, "vertex 3"], quads: Array, middles: Array) -> Array:
    """Colours of some tiles under three lights and the sky, as bytes (blue, green, red)."""
    strength = np.maximum(normals @ _LIGHTS.T, 0.0) @ _LIGHT_COLOURS
    strength += _GROUND + (_SKY - _GROUND) * (0.5 + 0.5 * normals[:, 1:2])
    mean = np.einsum("tc,tcb->tb", middles, strength[mannequin().quads[quads]])
    linear = np.minimum(mean * _quad_colours()[quads], 1.0)
    return (255.0 * np.sqrt(linear)).astype(np.uint8)
