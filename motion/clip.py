"""The motion record and everything that makes one motion of another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self, assert_never

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate

from motion.parts import BETAS, EXPRESSIONS, JOINTS, ROTATION_6D
from motion.rotation import axis_angle_from_sixd, sixd_from_axis_angle
from motion.timeline import FrameSpan

Alignment = Literal["start", "centre"]
"""Where a resampled frame lies: ``start`` puts output frame i at i/fps seconds, as its file says,
on a spline; ``centre`` takes half-pixel centres on straight lines like the published code, which is
a quarter frame late at 15 to 30 fps."""


_BLOCK_FRAMES = 4096
"""Frames at another rate that are made at once."""


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
        """The same motion at another rate.

        Dividing rates keep every n-th frame. Otherwise frames are interpolated, rotations in 6D,
        made orthonormal again: by a spline, or as published (see ``Alignment``).
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
        match alignment:
            case "centre":
                rows = resampled_rows(self.rows, frames, step, alignment)
                return replace(self._with_rows(rows), fps=fps)
            case "start":
                return self._on_spline(torch.arange(frames, dtype=torch.float64) * step, fps)
            case _:
                assert_never(alignment)

    def _on_spline(self, places: Float[Tensor, "target"], fps: float) -> Self:
        """The motion at places between its frames; the rows of an hour at once are gigabytes."""
        whole = replace(
            self,
            poses=self.poses.new_empty(len(places), JOINTS, 3),
            translation=self.translation.new_empty(len(places), 3),
            expression=self.expression.new_empty(len(places), EXPRESSIONS),
            fps=fps,
        )
        for start in range(0, len(places), _BLOCK_FRAMES):
            some = places[start : start + _BLOCK_FRAMES]
            around = _around(some, len(self))
            # the outermost rows of a stretch stand in for those beyond the motion's ends
            rows = _spline_rows(self[around].rows, some - around.start)
            piece, span = self._with_rows(rows), slice(start, start + len(some))
            whole.poses[span] = piece.poses
            whole.translation[span] = piece.translation
            whole.expression[span] = piece.expression
        return whole

    @property
    def rows(self) -> Float[Tensor, "frame channel"]:
        """Everything that can be mixed linearly, side by side: 6D, translation, expression."""
        return torch.cat((sixd_rows(self.poses), self.translation, self.expression), dim=-1)

    def _with_rows(self, rows: Float[Tensor, "frame channel"]) -> Self:
        sixd, translation, expression = rows.split((JOINTS * ROTATION_6D, 3, EXPRESSIONS), dim=-1)
        poses = poses_from_rows(sixd)
        return replace(self, poses=poses, translation=translation, expression=expression)


def _around(places: Float[Tensor, "target"], frames: int) -> FrameSpan:
    """The frames that a spline through these places depends on."""
    first, last = (min(int(place), frames - 1) for place in (places[0], places[-1]))
    return FrameSpan(max(0, first - 1), last + 3).clipped(0, frames)


def sixd_rows(poses: Float[Tensor, "frame joint 3"]) -> Float[Tensor, "frame channel"]:
    """6D rotations of all joints side by side."""
    return rearrange(sixd_from_axis_angle(poses), "frame joint six -> frame (joint six)")


def poses_from_rows(rows: Float[Tensor, "frame channel"]) -> Float[Tensor, "frame joint 3"]:
    """Rotation vectors of 6D rotations side by side, made orthonormal."""
    return axis_angle_from_sixd(
        rearrange(rows, "frame (joint six) -> frame joint six", six=ROTATION_6D)
    )


def resampled_rows(
    rows: Float[Tensor, "frame channel"], frames: int, step: float, alignment: Alignment
) -> Float[Tensor, "target channel"]:
    """Rows at ``frames`` other places, ``step`` old frames apart.

    ``start`` runs a Catmull-Rom spline through the frames: a straight line between them, as
    ``centre`` draws it, breaks at every frame and multiplies the jerk of 15 fps motion by four.
    """
    match alignment:
        case "centre":
            channels_first = rearrange(rows, "frame channel -> 1 channel frame")
            wide = interpolate(channels_first, size=frames, mode="linear", align_corners=False)
            return rearrange(wide, "1 channel frame -> frame channel")
        case "start":
            return _spline_rows(rows, torch.arange(frames, dtype=torch.float64) * step)
        case _:
            assert_never(alignment)


def _spline_rows(
    rows: Float[Tensor, "frame channel"], places: Float[Tensor, "target"]
) -> Float[Tensor, "target channel"]:
    """Catmull-Rom spline through the rows; before the first and behind the last they stand."""
    last = len(rows) - 1
    places = places.clamp(max=last)
    index = places.floor().long()
    t = (places - index)[:, None].to(rows)
    p_0, p_1, p_2, p_3 = (rows[(index + offset).clamp(0, last)] for offset in (-1, 0, 1, 2))
    linear = p_2 - p_0
    square = 2.0 * p_0 - 5.0 * p_1 + 4.0 * p_2 - p_3
    cube = 3.0 * (p_1 - p_2) + p_3 - p_0
    return p_1 + 0.5 * t * (linear + t * (square + t * cube))


def crossfaded_rows(
    windows: Sequence[Float[Tensor, "frame channel"]], overlap: int
) -> Float[Tensor, "total channel"]:
    """Windows one after another, neighbours mixed over ``overlap`` frames.

    Weights run linearly from 0 to 1, both ends included, as published (RAG-Gesture, long-form
    synthesis).
    """
    rows = windows[0]
    for following in windows[1:]:
        shared = min(overlap, len(rows), len(following))
        kept = len(rows) - shared
        weight = torch.linspace(0.0, 1.0, shared)[:, None].to(rows)
        seam = torch.lerp(rows[kept:], following[:shared], weight)
        rows = torch.cat((rows[:kept], seam, following[shared:]))
    return rows


def joined(motions: Sequence[Motion], overlap: int) -> Motion:
    """Motions one after another, neighbours cross-faded in 6D, translation and expression."""
    if not motions:
        raise ValueError("nothing to join: give at least one motion")
    if overlap < 0:
        raise ValueError(f"overlap must not be negative, found {overlap}")
    first = motions[0]
    for following in motions[1:]:
        if following.fps != first.fps:
            raise ValueError(f"cannot join {following.fps} fps to {first.fps} fps; resample first")
    return first._with_rows(crossfaded_rows([motion.rows for motion in motions], overlap))
