"""Motion to the feature vectors of the four parts, and back.

A part's features are the 6D rotations of its joints, then its extras: expression for the face;
translation (x and z relative to the window's first frame, y absolute) and foot contact below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

import torch
from einops import rearrange
from jaxtyping import Bool, Float
from torch import Tensor

from motion.body import foot_contact, joint_positions
from motion.clip import Motion
from motion.parts import JOINTS, PARTS, ROTATION_6D, Part
from motion.rotation import axis_angle_from_sixd, sixd_from_axis_angle
from motion.timeline import MODEL_FPS, WINDOW_FRAMES

_GROUND_AXES = torch.tensor([1.0, 0.0, 1.0])
"""Axes of the translation that are relative: x and z, but not the height y."""


@dataclass(frozen=True)
class PaddedWindow:
    """A motion of exactly one window."""

    motion: Motion
    frame_mask: Bool[Tensor, "150"]
    """False where the last frame is only held to fill the window."""


def padded_window(motion: Motion) -> PaddedWindow:
    """``motion`` at 15 fps, held at its last frame up to the window's end."""
    found = len(motion)
    if motion.fps != MODEL_FPS or not 1 <= found <= WINDOW_FRAMES:
        raise ValueError(
            f"a window holds 1 to {WINDOW_FRAMES} frames at {MODEL_FPS} fps, found {found} at "
            f"{motion.fps}; resample or slice the motion first"
        )
    held = torch.arange(WINDOW_FRAMES).clamp(max=found - 1)
    window = replace(
        motion,
        poses=motion.poses[held],
        translation=motion.translation[held],
        expression=motion.expression[held],
    )
    return PaddedWindow(window, torch.arange(WINDOW_FRAMES) < found)


def part_features(
    motion: Motion, part: Part, contact: Float[Tensor, "frame 4"] | None = None
) -> Float[Tensor, "frame width"]:
    """Features of one part; ``contact`` is found by forward kinematics unless given."""
    sixd = sixd_from_axis_angle(motion.poses[:, list(part.layout.joints)])
    rotations = rearrange(sixd, "frame joint six -> frame (joint six)")
    match part:
        case Part.UPPER | Part.HANDS:
            return rotations
        case Part.FACE:
            return torch.cat((rotations, motion.expression), dim=-1)
        case Part.LOWER:
            if contact is None:
                contact = foot_contact(joint_positions(motion))
            rows = torch.cat((rotations, motion.translation, contact.to(rotations)), dim=-1)
            return window_features(part, rows)
        case _:
            assert_never(part)


def window_features(
    part: Part, rows: Float[Tensor, "*batch frame width"]
) -> Float[Tensor, "*batch frame width"]:
    """Rows cut from a longer recording's features, with translation counted from their first."""
    if part is not Part.LOWER:
        return rows
    channels = translation_channels()
    translation = rows[..., channels]
    moved = rows.clone()
    moved[..., channels] = translation - translation[..., :1, :] * _GROUND_AXES.to(rows)
    return moved


def translation_channels() -> slice:
    """Where the translation lies among the features of the lower body."""
    return Part.LOWER.layout.channel_groups[1]


def motion_of_features(features: Mapping[Part, Float[Tensor, "frame width"]]) -> Motion:
    """The motion at 15 fps that four parts' features describe; the eyes look straight ahead."""
    if absent := [part.value for part in PARTS if part not in features]:
        raise ValueError(f"features of {', '.join(absent)} are missing; give all of {PARTS}")
    poses = features[Part.UPPER].new_zeros(len(features[Part.UPPER]), JOINTS, 3)
    for part in PARTS:
        rotations = features[part][:, part.layout.channel_groups[0]]
        sixd = rearrange(rotations, "frame (joint six) -> frame joint six", six=ROTATION_6D)
        poses[:, list(part.layout.joints)] = axis_angle_from_sixd(sixd)
    return Motion(
        poses=poses,
        translation=features[Part.LOWER][:, translation_channels()],
        expression=features[Part.FACE][:, Part.FACE.layout.channel_groups[1]],
        fps=MODEL_FPS,
    )
