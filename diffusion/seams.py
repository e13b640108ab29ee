"""Seams between chunks: each second is decoded from a latent of its own, and the borders may jump.

Ours, not published. A jump is what a border's step is off the mean of the steps on either side of
it. It is taken away by moving both neighbours half of it each, fading to nothing within the chunk;
where chunks fit, nothing moves. The correction is linear in the features.
"""

import math

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from motion.timeline import CHUNK_FRAMES

REACH_FRAMES = 7
"""Frames of each chunk that a border moves; less than half a chunk, so that borders do not meet."""
HALF_JUMP = (0.25, -0.75, 0.75, -0.25)
"""Half a jump out of the frames around a border: the last two before it, the first two behind."""


def seam_correction(
    features: Float[Tensor, "batch frame width"],
) -> Float[Tensor, "batch frame width"]:
    """What to add to features so that position runs on across every border between chunks."""
    chunks = rearrange(features, "batch (chunk frame) w -> batch chunk frame w", frame=CHUNK_FRAMES)
    around = torch.cat((chunks[:, :-1, -2:], chunks[:, 1:, :2]), dim=2)
    half = around.new_tensor(HALF_JUMP) @ around
    half = half[:, :, None]
    fade = fading(features)[:, None]
    correction = torch.zeros_like(chunks)
    correction[:, 1:, :REACH_FRAMES] -= half * fade
    correction[:, :-1, -REACH_FRAMES:] += half * fade.flip(0)
    return rearrange(correction, "batch chunk frame w -> batch (chunk frame) w")


def fading(like: Tensor) -> Float[Tensor, "reach"]:
    """Share of the correction at the first frames behind a border, on the device of ``like``."""
    places = torch.arange(REACH_FRAMES, device=like.device, dtype=like.dtype)
    return 0.5 * (1.0 + torch.cos(math.pi * places / REACH_FRAMES))
