"""Draws the mannequin: camera, light, a painter's algorithm over small tiles. Needs OpenCV."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, Self

import numpy as np
from jaxtyping import Float, Int, UInt8

from motion.figure.shapes import MATERIALS, Array
from motion.mannequin import COLOURS, mannequin

Framing = Literal["knees", "full"]
"""From the knees up, so that hands and face are large, or the whole person."""

Canvas = UInt8[Array, "row column 3"]
"""Blue, green, red."""

_TILE_METRES = 0.045
_DISTANCE = 4.2


def _unit(*direction: float) -> Array:
    unit: Array = np.array(direction) / np.linalg.norm(direction)
    return unit


KEY_LIGHT = _unit(-0.45, 0.85, 0.58)
"""Direction towards the main light."""
_LIGHTS = np.stack((KEY_LIGHT, _unit(0.80, 0.10, 0.55), _unit(0.35, 0.45, -0.85))).astype(
    np.float32
)
"""Directions towards the key, the fill and the rim light."""
_LIGHT_COLOURS = np.array(
    ((0.80, 0.85, 0.88), (0.26, 0.22, 0.20), (0.32, 0.33, 0.34)), dtype=np.float32
)
"""Blue, green and red of each."""
_SKY = np.array((0.42, 0.38, 0.36), dtype=np.float32)
_GROUND = np.array((0.17, 0.18, 0.20), dtype=np.float32)


def opencv() -> Any:
    """OpenCV, loaded at the first drawing."""
    import cv2

    return cv2


@dataclass(frozen=True)
class Camera:
    """A pinhole that looks at one point."""

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
        away = np.array((np.sin(turn) * np.cos(lift), np.sin(lift), np.cos(turn) * np.cos(lift)))
        right = np.array((np.cos(turn), 0.0, -np.sin(turn)))
        axes = np.stack((right, -np.cross(away, right), -away))
        width, tall = size
        focal = tall * _DISTANCE / height
        return cls(target + _DISTANCE * away, axes, focal, (width / 2, tall / 2))

    def moved(self, offset: Float[Array, "3"]) -> Self:
        """The same view from elsewhere."""
        return replace(self, eye=self.eye + offset)

    def shifted(self, pixels: tuple[float, float]) -> Self:
        """The same view with its picture moved right and down."""
        across, down = self.centre
        return replace(self, centre=(across + pixels[0], down + pixels[1]))

    def enlarged(self, times: int) -> Self:
        """The same view with more pixels."""
        across, down = self.centre
        return replace(self, focal=self.focal * times, centre=(across * times, down * times))

    def project(
        self, points: Float[Array, "*batch 3"]
    ) -> tuple[Float[Array, "*batch 2"], Float[Array, "*batch"]]:
        """Pixel positions and depths in metres."""
        local = (points - self.eye.astype(points.dtype)) @ self.axes.T.astype(points.dtype)
        depth = local[..., 2]
        flat = local[..., :2] * (self.focal / depth[..., None])
        return flat + np.array(self.centre, dtype=points.dtype), depth


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
    colours: Array = table[mannequin().materials].astype(np.float32)
    return colours


def paint(
    canvas: Canvas,
    vertices: Float[Array, "vertex 3"],
    normals: Float[Array, "vertex 3"],
    camera: Camera,
) -> None:
    """Draw the posed mannequin onto a canvas, far tiles first."""
    body, tiles = mannequin(), _tiles()
    flat, depth = camera.project(vertices)
    corners = flat[body.quads]
    first, second = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    seen = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0] < 0
    chosen = np.flatnonzero(seen[tiles.quads])
    quads, middles = tiles.quads[chosen], tiles.middles[chosen]
    far = (middles * depth[body.quads[quads]]).sum(axis=1) - body.lift[quads]
    order = np.argsort(-far, kind="stable")
    chosen, quads = chosen[order], quads[order]
    shapes = _mixed(tiles.corners[chosen], corners[quads])
    kept = _inside(shapes, canvas.shape[1], canvas.shape[0])
    colours = _shade(normals, quads[kept], tiles.middles[chosen[kept]])
    _fill(canvas, np.round(shapes[kept] * 16).astype(np.int32), colours)


def _inside(shapes: Float[Array, "tile 4 2"], width: int, height: int) -> Array:
    """Which tiles may touch the canvas."""
    first = shapes[:, 0]
    reach = np.array((width + 60, height + 60))
    kept: Array = np.all((first > -60) & (first < reach), axis=1)
    return kept


def _mixed(weights: Float[Array, "tile 4 4"], corners: Float[Array, "tile 4 2"]) -> Array:
    """Corners of tiles from corners of quads."""
    mixed: Array = weights[:, :, :1] * corners[:, None, 0]
    for corner in range(1, 4):
        mixed += weights[:, :, corner : corner + 1] * corners[:, None, corner]
    return mixed


def _fill(canvas: Canvas, shapes: Int[Array, "tile 4 2"], colours: UInt8[Array, "tile 3"]) -> None:
    draw = opencv().fillConvexPoly
    for shape, colour in zip(list(shapes), colours.tolist(), strict=True):
        draw(canvas, shape, colour, 8, 4)


def _shade(normals: Float[Array, "vertex 3"], quads: Array, middles: Array) -> Array:
    """Colours of some tiles under three lights and the sky, as bytes (blue, green, red)."""
    strength = np.maximum(normals @ _LIGHTS.T.astype(np.float32), 0.0) @ _LIGHT_COLOURS
    strength += _GROUND + (_SKY - _GROUND) * (0.5 + 0.5 * normals[:, 1:2])
    corners = strength[mannequin().quads[quads]]
    mean = middles[:, :1] * corners[:, 0]
    for corner in range(1, 4):
        mean += middles[:, corner : corner + 1] * corners[:, corner]
    linear = np.minimum(mean * _quad_colours()[quads], 1.0)
    colours: Array = (255.0 * np.sqrt(linear)).astype(np.uint8)
    return colours
