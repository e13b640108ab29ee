"""Motions that the tests share."""

import torch

from motion.clip import Motion
from motion.parts import BETAS, EXPRESSIONS, JOINTS


def random_motion(frames: int, fps: float = 30.0, seed: int = 0, reach: float = 0.5) -> Motion:
    """A smooth random motion: a sum of slow waves in every channel."""
    generator = torch.Generator().manual_seed(seed)
    seconds = torch.arange(frames)[:, None] / fps

    def waves(channels: int, size: float) -> torch.Tensor:
        phase = 6.28 * torch.rand(channels, generator=generator)
        rate = 1.0 + 4.0 * torch.rand(channels, generator=generator)
        height = size * torch.randn(channels, generator=generator)
        return height * torch.sin(rate * seconds + phase)

    return Motion(
        poses=waves(JOINTS * 3, reach).reshape(frames, JOINTS, 3),
        translation=waves(3, 0.1) + torch.tensor([0.0, 1.3, 0.0]),
        expression=waves(EXPRESSIONS, 0.5),
        fps=fps,
        betas=torch.randn(BETAS, generator=generator),
    )
