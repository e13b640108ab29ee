"""The motion record and everything that makes one motion of another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self, assert_never

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate

from motion.parts import BETAS, EXPRESSIONS, JOINTS
from motion.rotation import axis_angle_from_sixd, sixd_from_axis_angle
from motion.timeline import FrameSpan

Alignment = Literal["start", "centre"]
"""Where a resampled frame lies: ``start`` puts output frame i at i/fps seconds, as its file says;
``centre`` takes half-pixel centres like the published code, which is a quarter frame late at 15 to
30 fps."""


@dataclass(frozen=True)
class Motion:
    """SMPL-X motion of one person."""

    poses: Float[Tensor, "frame 55 3"]
    """Axis-angle of the 55 joints, radians."""
    translation: Float[Tensor, "frame 3"]
    """SMPL-X ``transl`` in metres, y up, facing +z at rest."""
    expression: Float[Tensor, "frame 100"]
    """FLAME expression coefficients."""
    fps: float
    betas: Float[Tensor, "300"] | None = None
    """Body shape, where known."""

    def __post_init__(self) -> None:
        frames = self.poses.shape[0]
        expected = {
            "poses": ((frames, JOINTS, 3), self.poses),
            "translation": ((frames, 3), self.translation),
            "expression": ((frames, EXPRESSIONS), self.expression),
            "betas": ((BETAS,), self.betas),
        }
        for field, (shape, found) in expected.items():
            if found is not None and tuple(found.shape) != shape:
                raise ValueError(f"{field} must have shape {shape}, found {tuple(found.shape)}")
        if self.fps <= 0:
            raise ValueError(f"fps must be positive, found {self.fps}")

    def __len__(self) -> int:
        return self.poses.shape[0]

    @property
    def seconds(self) -> float:
        """Duration."""
        return len(self) / self.fps

    @classmethod
    def rest(cls, frames: int, fps: float) -> Self:
        """A person standing still in the rest pose."""
        return cls(
            torch.zeros(frames, JOINTS, 3),
            torch.zeros(frames, 3),
            torch.zeros(frames, EXPRESSIONS),
            fps,
        )

    def __getitem__(self, span: FrameSpan) -> Self:
        """The frames of ``span``, at this motion's rate."""
        if span.stop > len(self):
            raise ValueError(f"frames {span.start}:{span.stop} are outside 0:{len(self)}")
        return replace(
            self,
            poses=self.poses[span.slice],
            translation=self.translation[span.slice],
            expression=self.expression[span.slice],
        )

    def sliced_seconds(self, start: float, end: float) -> Self:
        """The frames from ``start`` to ``end`` seconds, cut to what there is."""
        span = FrameSpan.covering(max(start, 0.0), max(end, 0.0), self.fps)
        return self[span.clipped(0, len(self))]

    @property
    def sixd(self) -> Float[Tensor, "frame 55 6"]:
        """Rotations in 6D."""
        return sixd_from_axis_angle(self.poses)

    def resampled(self, fps: float, alignment: Alignment = "start") -> Self:
        """The same motion at another rate: every n-th frame, or linear between frames in 6D.

        Dividing rates keep every n-th frame. Otherwise rotations are mixed linearly in 6D and
        made orthonormal again.
        """
        if fps == self.fps:
            return self
        step = self.fps / fps
        if step.is_integer():
            kept = slice(None, None, int(step))
            return replace(
                self,
                poses=self.poses[kept],
                translation=self.translation[kept],
                expression=self.expression[kept],
                fps=fps,
            )
        frames = round(len(self) * fps / self.fps)
        flat = _resampled_rows(self._rows(), frames, step, alignment)
        return self._of_rows(flat, fps)

    def _rows(self) -> Float[Tensor, "frame channel"]:
        sixd = rearrange(self.sixd, "frame joint six -> frame (joint six)")
        return torch.cat((sixd, self.translation, self.expression), dim=-1)

    def _of_rows(self, rows: Float[Tensor, "frame channel"], fps: float) -> Self:
        sixd, translation, expression = rows.split((JOINTS * 6, 3, EXPRESSIONS), dim=-1)
        poses = axis_angle_from_sixd(
            rearrange(sixd, "frame (joint six) -> frame joint six", joint=JOINTS)
        )
        return replace(self, poses=poses, translation=translation, expression=expression, fps=fps)


def _resampled_rows(
    rows: Float[Tensor, "frame channel"], frames: int, step: float, alignment: Alignment
) -> Float[Tensor, "target channel"]:
    """Linear interpolation of rows at ``frames`` new places, ``step`` old frames apart."""
    match alignment:
        case "centre":
            channels_first = rearrange(rows, "frame channel -> 1 channel frame")
            wide = interpolate(channels_first, size=frames, mode="linear", align_corners=False)
            return rearrange(wide, "1 channel frame -> frame channel")
        case "start":
            place = (torch.arange(frames, dtype=torch.float64) * step).clamp(max=len(rows) - 1)
            left = place.floor().long()
            right = (left + 1).clamp(max=len(rows) - 1)
            weight = (place - left)[:, None].to(rows.dtype)
            return torch.lerp(rows[left], rows[right], weight)
        case _:
            assert_never(alignment)


def joined(motions: Sequence[Motion], overlap: int) -> Motion:
    """Windows one after another, neighbours cross-faded over ``overlap`` frames.

    Weights run linearly from 0 to 1, both ends included, in 6D, translation and expression, as
    published (RAG-Gesture, long-form synthesis).
    """
    if not motions:
        raise ValueError("nothing to join: give at least one motion")
    first = motions[0]
    rows = first._rows()
    for following in motions[1:]:
        if following.fps != first.fps:
            raise ValueError(f"cannot join {following.fps} fps to {first.fps} fps")
        shared = min(overlap, len(rows), len(following))
        new = following._rows()
        weight = torch.linspace(0.0, 1.0, shared)[:, None]
        seam = torch.lerp(rows[len(rows) - shared :], new[:shared], weight)
        rows = torch.cat((rows[: len(rows) - shared], seam, new[shared:]))
    return first._of_rows(rows, first.fps)
