"""The local path: what is said around a second is told to that second's tokens.

Ours, not published. The published cross-attention gathers the whole window into one small matrix a
head, so that a token hardly knows which sound belongs to its own second. Here words and sound are
brought to model frames and mixed over time by a few convolutions; each chunk's own frames, with a
margin on both sides, then become one vector for each part and block, added to that chunk's token.
"""

from dataclasses import dataclass

import torch
from einops import rearrange
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from diffusion.latents import LatentLayout
from motion.parts import PARTS

MARGIN_FRAMES = 8
"""Frames on either side of a chunk that it hears as well: a gesture begins before its word."""
_DILATIONS = (1, 2, 4)
_KERNEL_FRAMES = 5


@dataclass(frozen=True)
class LocalShape:
    """Sizes of a local path."""

    text_width: int
    audio_width: int
    speakers: int
    channels: int
    """Numbers a frame between the convolutions; the vector a chunk has half as many again."""
    width: int
    """Of the network's tokens."""
    blocks: int
    window_frames: int


class LocalPath(nn.Module):
    """Frames of conditions to what is added to the tokens of each block; starts as nothing."""

    def __init__(self, shape: LocalShape, layout: LatentLayout) -> None:
        super().__init__()
        self.shape, self.layout = shape, layout
        self.chunk_frames = shape.window_frames // layout.chunks
        hidden = 3 * shape.channels // 2
        self.text = nn.Linear(shape.text_width, shape.channels, bias=False)
        self.audio = nn.Linear(shape.audio_width, shape.channels, bias=False)
        self.speaker = nn.Embedding(shape.speakers, shape.channels)
        self.norms = nn.ModuleList(nn.LayerNorm(shape.channels) for _ in _DILATIONS)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(
                shape.channels, shape.channels, _KERNEL_FRAMES, padding="same", dilation=dilation
            )
            for dilation in _DILATIONS
        )
        self.gather = nn.Linear((self.chunk_frames + 2 * MARGIN_FRAMES) * shape.channels, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.out = nn.Linear(hidden, shape.blocks * len(PARTS) * shape.width, bias=False)
        nn.init.zeros_(self.out.weight)

    def forward(
        self,
        text: Float[Tensor, "batch frame text_width"],
        audio: Float[Tensor, "batch step audio_width"],
        speaker: Int[Tensor, "batch repeat"],
        dropped: Bool[Tensor, "batch condition"] | None = None,
    ) -> Float[Tensor, "batch block token width"]:
        """What each block adds to its tokens; zero at separators.

        Of ``dropped`` conditions (text, sound, speaker) nothing is heard; where all three are, the
        answer is zero.
        """
        given = (self.text(text), self._framed(self.audio(audio)), self.speaker(speaker[:, :1]))
        heard = torch.ones(len(text), len(given)) if dropped is None else ~dropped
        kept = heard.to(text)[:, :, None, None].unbind(1)
        frames = sum(part * each for part, each in zip(given, kept, strict=True))
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            moved = convolution(functional.gelu(norm(frames)).transpose(1, 2))
            frames = frames + moved.transpose(1, 2)
        chunks = functional.gelu(self.norm(self.gather(self._stretches(frames))))
        answers = rearrange(
            self.out(chunks),
            "batch chunk (block part w) -> part batch block chunk w",
            part=len(PARTS),
            w=self.shape.width,
        )
        tokens = self.layout.joined(dict(zip(PARTS, answers, strict=True)))
        return tokens * heard.any(dim=1).to(tokens)[:, None, None, None]

    def _framed(
        self, steps: Float[Tensor, "batch step channel"]
    ) -> Float[Tensor, "batch frame channel"]:
        """Audio steps at the rate of frames."""
        if steps.shape[1] == self.shape.window_frames:
            return steps
        rows = functional.interpolate(
            steps.transpose(1, 2), self.shape.window_frames, mode="linear", align_corners=False
        )
        return rows.transpose(1, 2)

    def _stretches(
        self, frames: Float[Tensor, "batch frame channel"]
    ) -> Float[Tensor, "batch chunk stretch"]:
        """Each chunk's frames and its margins, side by side; zeros outside the window."""
        padded = functional.pad(frames, (0, 0, MARGIN_FRAMES, MARGIN_FRAMES))
        reach = self.chunk_frames + 2 * MARGIN_FRAMES
        return padded.unfold(1, reach, self.chunk_frames).flatten(2)
