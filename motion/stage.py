"""Where the mannequin stands: a camera that follows, a backdrop, a floor with grid and shadow."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float
from torch import Tensor

from motion.body import joint_positions
from motion.clip import Motion
from motion.figure.expression import morph_weights
from motion.figure.shapes import Array
from motion.parts import JOINTS, PARENTS, joint
from motion.render import KEY_LIGHT, Camera, Canvas, Framing, opencv, paint
from motion.skinning import posed

_OVERSAMPLE = 2
_BLOCK = 32
"""Frames posed at once."""
_FOLLOW_SECONDS = 1.2
_WALL_TOP, _WALL_LOW = np.array((236, 233, 229)), np.array((214, 209, 203))
_FLOOR_FAR, _FLOOR_NEAR = np.array((208, 203, 198)), np.array((176, 170, 163))
_LINE = np.array((152, 146, 139))
_SHADE = 0.42
_GRID = 0.5
_TALLEST = 1.9
"""Metres in view at most, however far the hands reach."""


@dataclass(frozen=True)
class Look:
    """How a motion is shown."""

    width: int = 640
    height: int = 720
    framing: Framing = "knees"
    turn: float = 0.35
    """Radians by which the camera stands beside the person's front."""


@dataclass(frozen=True)
class Stage:
    """One motion, ready to be drawn frame by frame."""

    motion: Motion
    look: Look

    @cached_property
    def _joints(self) -> Float[Array, "frame 55 3"]:
        return joint_positions(self.motion).double().numpy()

    @cached_property
    def _centres(self) -> Float[Array, "frame 3"]:
        """Where the camera looks, on the ground: the pelvis, smoothed over time."""
        pelvis = self._joints[:, joint("pelvis")] * (1.0, 0.0, 1.0)
        reach = max(1, round(_FOLLOW_SECONDS * self.motion.fps))
        places = np.arange(-reach, reach + 1)
        kernel = np.exp(-0.5 * (places / (0.5 * reach)) ** 2)
        padded = np.pad(pelvis, ((reach, reach), (0, 0)), mode="edge")
        smooth = [np.convolve(column, kernel / kernel.sum(), "valid") for column in padded.T]
        return np.stack(smooth, axis=-1)

    @cached_property
    def _morphs(self) -> Float[Tensor, "frame morph"]:
        return morph_weights(self.motion.expression)

    def _picked(self, frames: list[int]) -> Motion:
        motion = self.motion
        return replace(
            motion,
            poses=motion.poses[frames],
            translation=motion.translation[frames],
            expression=motion.expression[frames],
        )

    @cached_property
    def ground(self) -> float:
        """Height of the floor: where the lowest foot usually is."""
        feet = [joint("left_foot"), joint("right_foot")]
        return float(np.median(self._joints[:, feet, 1].min(axis=1))) - 0.024

    @cached_property
    def _camera(self) -> Camera:
        """The camera at the world's middle; each frame moves it."""
        joints, centres = self._joints, self._centres
        front = self._facing + self.look.turn
        right = np.array((np.cos(front), 0.0, -np.sin(front)))
        low = self.ground + (0.42 if self.look.framing == "knees" else -0.10)
        high = float(np.quantile(joints[..., 1].max(axis=1), 0.9)) + 0.27
        high = max(high, self.ground + 1.62)
        across = np.abs((joints - centres[:, None]) @ right).max(axis=1)
        margin = 0.06 if self.look.framing == "knees" else 0.16
        wide = 2.0 * (float(np.quantile(across, 0.98)) + margin)
        size = (self.look.width, self.look.height)
        height = max(high - low, wide * size[1] / size[0])
        if self.look.framing == "knees":
            height = min(height, max(_TALLEST, high - low))
        target = np.array((0.0, high - height / 2, 0.0))
        return Camera.looking(target, size, height, front, lift=0.09)

    @cached_property
    def _facing(self) -> float:
        """Direction that the chest faces on average, radians about y."""
        shoulders = self._joints[:, [joint("left_shoulder"), joint("right_shoulder")]]
        across = (shoulders[:, 0] - shoulders[:, 1]).mean(axis=0)
        return float(np.arctan2(-across[2], across[0]))

    @cached_property
    def _backdrop(self) -> Canvas:
        """Wall and floor without the grid."""
        camera, rows = self._camera, np.arange(self.look.height)
        drop = camera.axes[1][1] * (rows - camera.centre[1]) / camera.focal + camera.axes[2][1]
        distance = np.where(
            drop < -1e-3, (camera.eye[1] - self.ground) / -np.minimum(drop, -1e-3), 99
        )
        near = np.clip((7.5 - distance) / 4.5, 0.0, 1.0)[:, None]
        wall = _WALL_TOP + (_WALL_LOW - _WALL_TOP) * (rows / self.look.height)[:, None]
        floor = _FLOOR_FAR + (_FLOOR_NEAR - _FLOOR_FAR) * near
        blend = np.clip((9.0 - distance) / 2.5, 0.0, 1.0)[:, None]
        column = wall + (floor - wall) * blend
        x = np.linspace(-1.0, 1.0, self.look.width)[None, :, None]
        y = np.linspace(-1.0, 1.0, self.look.height)[:, None, None]
        picture = column[:, None] * (1.0 - 0.09 * (x**2 + 0.5 * y**2))
        backdrop: Canvas = picture.round().astype(np.uint8)
        return backdrop

    def frames(self, indices: list[int]) -> Iterator[Canvas]:
        """Pictures of some frames, in order."""
        for start in range(0, len(indices), _BLOCK):
            block = indices[start : start + _BLOCK]
            mesh = posed(self._picked(block), self._morphs[block])
            for place, index in enumerate(block):
                yield self._drawn(index, mesh.vertices[place], mesh.normals[place])

    def _drawn(self, index: int, vertices: Array, normals: Array) -> Canvas:
        cv2 = opencv()
        camera = self._camera.moved(self._centres[index])
        ground = self._backdrop.copy()
        self._draw_grid(ground, camera)
        self._draw_shadow(ground, camera, self._joints[index])
        left, top, right, bottom = self._covered(vertices, camera)
        if left < right and top < bottom:
            part = ground[top:bottom, left:right]
            large = cv2.resize(part, None, fx=_OVERSAMPLE, fy=_OVERSAMPLE)
            view = camera.shifted((-left, -top)).enlarged(_OVERSAMPLE)
            paint(large, vertices, normals, view)
            size = (right - left, bottom - top)
            ground[top:bottom, left:right] = cv2.resize(large, size, interpolation=cv2.INTER_AREA)
        return ground

    def _covered(self, vertices: Array, camera: Camera) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the pixels that the mannequin may touch."""
        flat, _ = camera.project(vertices)
        low, high = flat.min(axis=0) - 2, flat.max(axis=0) + 3
        left, right = np.clip((low[0], high[0]), 0, self.look.width).astype(int).tolist()
        top, bottom = np.clip((low[1], high[1]), 0, self.look.height).astype(int).tolist()
        return left, top, right, bottom

    def _draw_grid(self, canvas: Canvas, camera: Camera) -> None:
        """Half-metre lines along the view and across it, fading with distance."""
        ahead = camera.axes[2] * (1.0, 0.0, 1.0) / np.hypot(camera.axes[2][0], camera.axes[2][2])
        right = camera.axes[0]
        foot = camera.eye * (1.0, 0.0, 1.0) + np.array((0.0, self.ground, 0.0))
        forward, across = float(camera.eye @ ahead), float(camera.eye @ right)
        far = np.ceil((forward + 2.0) / _GRID) * _GRID - forward + _GRID * np.arange(13)
        side = np.round(across / _GRID) * _GRID - across + _GRID * np.arange(-7, 8)
        points = foot + far[:, None, None] * ahead + side[None, :, None] * right
        flat, depth = camera.project(points)
        strength = 0.7 * np.clip((8.0 - depth[:, 0]) / 4.0, 0.0, 1.0)
        base = (_FLOOR_FAR + _FLOOR_NEAR) / 2
        colours = (base + (_LINE - base) * strength[:, None]).tolist()
        pixels = np.round(np.clip(flat, -4000, 4000) * 16).astype(int).tolist()
        line = opencv().line
        for row in range(len(far)):
            line(canvas, pixels[row][0], pixels[row][-1], colours[row], 1, 16, 4)
        for row in range(0, len(far) - 2, 2):
            for start, end in zip(pixels[row], pixels[row + 2], strict=True):
                line(canvas, start, end, colours[row + 1], 1, 16, 4)

    def _draw_shadow(self, canvas: Canvas, camera: Camera, joints: Float[Array, "55 3"]) -> None:
        """Darken the floor where bones, seen from the main light, would fall on it."""
        cv2, scale = opencv(), 4
        fallen = joints - KEY_LIGHT * ((joints[:, 1:2] - self.ground) / KEY_LIGHT[1])
        flat, depth = camera.project(fallen)
        flat, thick = flat / scale, camera.focal / scale / depth
        mask = np.zeros((self.look.height // scale, self.look.width // scale), np.uint8)
        for child in range(1, JOINTS):
            width = _BONE_WIDTH.get(child, 0.03) * thick[child]
            ends = (flat[[PARENTS[child], child]] * 16).round().astype(int).tolist()
            cv2.line(mask, ends[0], ends[1], 255, max(1, round(width)), 16, 4)
        soft = cv2.GaussianBlur(mask, (0, 0), 3.0)
        rows = np.flatnonzero(soft.max(axis=1))
        if len(rows) == 0:
            return
        top = int(rows[0]) * scale
        share = cv2.resize(soft, (self.look.width, self.look.height))[top:]
        dark = cv2.cvtColor((255 - _SHADE * share).astype(np.uint8), cv2.COLOR_GRAY2BGR)
        canvas[top:] = cv2.multiply(canvas[top:], dark, scale=1 / 255)


_BONE_WIDTH = (
    {
        joint(name): width
        for side in ("left_", "right_")
        for name, width in (
            (f"{side}hip", 0.16),
            (f"{side}knee", 0.15),
            (f"{side}ankle", 0.11),
            (f"{side}foot", 0.09),
            (f"{side}collar", 0.16),
            (f"{side}shoulder", 0.12),
            (f"{side}elbow", 0.10),
            (f"{side}wrist", 0.08),
        )
    }
    | {joint("spine1"): 0.27, joint("spine2"): 0.28, joint("spine3"): 0.30, joint("neck"): 0.2}
    | {
        joint("head"): 0.12,
        joint("left_eye_smplhf"): 0.16,
        joint("right_eye_smplhf"): 0.16,
    }
)
