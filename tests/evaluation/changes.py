"""What can be done to a motion, so that every measure can be asked which way it goes."""

from dataclasses import replace

import torch

from motion.clip import Motion
from motion.parts import JOINT_NAMES

_MIRROR = [
    JOINT_NAMES.index(
        name.replace("left_", "right_") if "left_" in name else name.replace("right_", "left_")
    )
    for name in JOINT_NAMES
]


def noisy(motion: Motion, size: float, seed: int = 1) -> Motion:
    """Every angle and coefficient jittered, radians."""
    generator = torch.Generator().manual_seed(seed)
    poses = size * torch.randn(motion.poses.shape, generator=generator)
    expression = size * torch.randn(motion.expression.shape, generator=generator)
    return replace(motion, poses=motion.poses + poses, expression=motion.expression + expression)


def frozen(motion: Motion) -> Motion:
    """The first pose for ever."""
    return _frames(motion, torch.zeros(len(motion), dtype=torch.long))


def warped(motion: Motion) -> Motion:
    """Twice as fast, there and back."""
    double = 2 * torch.arange(len(motion))
    last = len(motion) - 1
    return _frames(motion, last - (double - last).abs())


def shifted(motion: Motion, frames: int) -> Motion:
    """Later by some frames; what runs over the end comes first."""
    return _frames(motion, (torch.arange(len(motion)) - frames) % len(motion))


def mirrored(motion: Motion) -> Motion:
    """Left is right."""
    poses = motion.poses[:, _MIRROR] * torch.tensor([1.0, -1.0, -1.0])
    return replace(motion, poses=poses, translation=motion.translation * torch.tensor([-1, 1, 1]))


def _frames(motion: Motion, chosen: torch.Tensor) -> Motion:
    return replace(
        motion,
        poses=motion.poses[chosen],
        translation=motion.translation[chosen],
        expression=motion.expression[chosen],
    )
