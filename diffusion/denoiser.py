"""The denoiser: predicts a window's clean tokens from noisy ones, speech and speaker."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from diffusion.blocks import CONDITIONS, Block
from diffusion.guidance import ClassifierFreeGuidance
from diffusion.latents import LatentLayout
from diffusion.local_path import LocalPath, LocalShape
from motion.parts import PARTS


@dataclass(frozen=True, eq=False)
class Conditions:
    """What a window's motion answers to: its words, its sound, who speaks."""

    text: Float[Tensor, "batch frame text_width"]
    audio: Float[Tensor, "batch step audio_width"]
    speaker: Int[Tensor, "batch repeat"]
    """Speaker index; repeating it changes nothing, one column is enough."""

    def at(self, samples: Int[Tensor, "n"]) -> "Conditions":
        """Those of the chosen samples."""
        return Conditions(self.text[samples], self.audio[samples], self.speaker[samples])

    def to(self, device: torch.device | str) -> "Conditions":
        """The same on another device."""
        return Conditions(self.text.to(device), self.audio.to(device), self.speaker.to(device))

    def __len__(self) -> int:
        return len(self.text)


@dataclass(frozen=True, eq=False)
class PreparedConditions:
    """Conditions as the blocks read them: gathered once a request, used at every step."""

    products: Float[Tensor, "batch block condition head channel channel"]
    local: Float[Tensor, "batch block token width"] | None = None
    """What the local path adds to each block's tokens; ``None`` for networks without one."""

    def __getitem__(self, samples: slice) -> "PreparedConditions":
        return PreparedConditions(
            self.products[samples], None if self.local is None else self.local[samples]
        )

    def repeated(self, times: int) -> "PreparedConditions":
        """The batch several times over, one behind the other."""
        local = None if self.local is None else self.local.repeat(times, 1, 1, 1)
        return PreparedConditions(self.products.repeat(times, 1, 1, 1, 1, 1), local)

    @classmethod
    def stacked(cls, rows: Sequence["PreparedConditions"]) -> "PreparedConditions":
        """One batch of single samples; each block's numbers lie together, as it reads them."""
        products = torch.stack([row.products[0] for row in rows], dim=1)
        locals_ = [row.local[0] for row in rows if row.local is not None]
        local = torch.stack(locals_, dim=1).transpose(0, 1) if locals_ else None
        return cls(products.transpose(0, 1), local)

    def __len__(self) -> int:
        return len(self.products)


class Denoiser(ModelMixin, ConfigMixin):
    """Linear-attention transformer over one window of part latents (RAG-Gesture, section 3).

    ``latent_dim`` is the width of a token, ``width`` that of the network (both 512 as published);
    ``text_width`` and ``audio_width`` are those of the speech encoder it was trained with.
    ``local_channels`` above 0 adds the local path of conditions, which is ours and not published.
    """

    @register_to_config
    def __init__(  # noqa: PLR0913  the signature is what config.json holds
        self,
        latent_dim: int = 512,
        width: int = 512,
        layers: int = 8,
        heads: int = 16,
        ff_size: int = 1024,
        time_embed_dim: int = 2048,
        text_width: int = 768,
        audio_width: int = 768,
        speakers: int = 25,
        chunks: int = 10,
        window_frames: int = 150,
        local_channels: int = 0,
    ) -> None:
        super().__init__()
        if width % heads or width % 2:
            raise ValueError(f"width {width} must be even and a multiple of the {heads} heads")
        if window_frames % chunks:
            raise ValueError(f"{window_frames} frames do not divide into {chunks} chunks")
        self.layout = LatentLayout(chunks)
        self.embed = nn.Linear(latent_dim, width)
        self.position = nn.Parameter(torch.randn(self.layout.tokens, width) * 0.02)
        self.time_embedding = nn.Sequential(
            nn.Linear(width, time_embed_dim), nn.SiLU(), nn.Linear(time_embed_dim, time_embed_dim)
        )
        self.text_projection = nn.Linear(text_width, width)
        self.audio_projection = nn.Linear(audio_width, width)
        self.speaker_embedding = nn.Embedding(speakers, width)
        self.blocks = nn.ModuleList(
            Block(width, heads, ff_size, time_embed_dim) for _ in range(layers)
        )
        self.out = nn.Linear(width, latent_dim)
        local = LocalShape(
            text_width, audio_width, speakers, local_channels, width, layers, window_frames
        )
        self.local = LocalPath(local, self.layout) if local_channels else None

    @classmethod
    def tiny(cls, seed: int = 0, **sizes: int) -> Self:
        """A network of the same make with random weights, built in milliseconds."""
        small = {"latent_dim": 8, "width": 16, "layers": 2, "heads": 2, "ff_size": 24}
        small |= {"time_embed_dim": 32, "text_width": 6, "audio_width": 5, "speakers": 25}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network: Self = cls(**(small | sizes))
        network.eval()
        return network

    def prepare(
        self,
        conditions: Conditions,
        dropped: Bool[Tensor, "batch"] | Bool[Tensor, "batch condition"] | None = None,
    ) -> PreparedConditions:
        """Gather the conditions for every block, without those that are ``dropped``.

        With one flag a sample all of its conditions are dropped together; else text, sound and
        speaker have one each. A sample without any is answered as one without conditions.
        """
        self._check(conditions)
        sequences = {
            "text": self.text_projection(conditions.text),
            "audio": self.audio_projection(conditions.audio),
            "speaker": self.speaker_embedding(conditions.speaker),
        }
        products = torch.stack([block.gather(sequences) for block in self.typed_blocks], dim=1)
        if dropped is not None:
            dropped = dropped.view(len(conditions), -1).expand(-1, len(CONDITIONS))
            silence = torch.stack([block.silence for block in self.typed_blocks])
            products = torch.where(dropped[:, None, :, None, None, None], silence, products)
        if self.local is None:
            return PreparedConditions(products)
        given = (conditions.text, conditions.audio, conditions.speaker)
        return PreparedConditions(products, self.local(*given, dropped))

    def estimate(
        self,
        x: Float[Tensor, "batch token latent_dim"],
        timestep: Int[Tensor, "batch"],
        prepared: PreparedConditions | None,
        valid: Bool[Tensor, "batch token"] | None = None,
    ) -> Float[Tensor, "batch token latent_dim"]:
        """Predict x_0; without conditions where ``prepared`` is ``None``.

        ``timestep`` counts training steps, 0 to 999, and may differ between samples. ``valid``
        defaults to all but the separators.
        """
        if valid is None:
            valid = self.layout.is_latent.to(x.device).expand(len(x), -1)
        e = self.time_vectors(timestep)
        h = self.embed(x) + self.positions
        for place, block in enumerate(self.typed_blocks):
            if prepared is None:
                h = block(h, e, None, valid)
            else:
                local = None if prepared.local is None else prepared.local[:, place]
                h = block(h, e, prepared.products[:, place], valid, local)
        x_0: Tensor = self.out(h)
        return x_0

    def forward(
        self,
        x: Float[Tensor, "batch token latent_dim"],
        timestep: Int[Tensor, "batch"],
        conditions: Conditions,
        dropped: Bool[Tensor, "batch"] | Bool[Tensor, "batch condition"] | None = None,
        valid: Bool[Tensor, "batch token"] | None = None,
    ) -> Float[Tensor, "batch token latent_dim"]:
        """Predict x_0 in one go: prepare, then estimate. Training takes this path."""
        return self.estimate(x, timestep, self.prepare(conditions, dropped), valid)

    def mixed(
        self,
        x: Float[Tensor, "batch token latent_dim"],
        timestep: Int[Tensor, "batch"],
        prepared: PreparedConditions,
        guidance: ClassifierFreeGuidance | None,
        valid: Bool[Tensor, "batch token"] | None = None,
    ) -> Float[Tensor, "batch token latent_dim"]:
        """Predict x_0 with classifier-free guidance; ``None`` is the conditional one alone."""
        conditional = self.estimate(x, timestep, prepared, valid)
        if guidance is None:
            return conditional
        unconditional = self.estimate(x, timestep, None, valid)
        weight = guidance.weight(timestep).to(x.dtype).view(-1, 1, 1)
        return unconditional + weight * (conditional - unconditional)

    def time_vectors(self, timestep: Int[Tensor, "batch"]) -> Float[Tensor, "batch time"]:
        """Embeddings of training steps, which the modulations of all layers are made of."""
        waves = _waves(timestep, self.config.width).to(self.position.dtype)
        vectors: Tensor = self.time_embedding(waves)
        return vectors

    @property
    def positions(self) -> Float[Tensor, "token width"]:
        """Learned position, and the sine one of each chunk, counted anew in each part."""
        table = torch.zeros_like(self.position)
        chunks = torch.arange(self.layout.chunks, device=table.device)
        sine, cosine = _angles(chunks, self.config.width).to(table.dtype).unbind(0)
        for part in PARTS:
            table[self.layout.of(part)] = torch.stack((sine, cosine), -1).flatten(1)
        return table + self.position

    @property
    def largest_product(self) -> int:
        """Multiplications of the largest matrix product in one guided estimate of one window."""
        width, tokens = self.config.width, 2 * self.layout.tokens
        return int(tokens * width * max(len(CONDITIONS) * width, self.config.ff_size))

    @property
    def typed_blocks(self) -> list[Block]:
        """The blocks, first to last."""
        return [block for block in self.blocks if isinstance(block, Block)]

    def _check(self, conditions: Conditions) -> None:
        expected = (self.config.window_frames, self.config.text_width)
        if conditions.text.shape[1:] != expected:
            raise ValueError(
                f"text features are {tuple(conditions.text.shape[1:])} (frames, width); "
                f"expected {expected}: use the speech encoder that the denoiser was trained with"
            )
        if conditions.audio.shape[-1] != self.config.audio_width:
            raise ValueError(
                f"audio features are {conditions.audio.shape[-1]} wide; expected "
                f"{self.config.audio_width}: use the speech encoder the denoiser was trained with"
            )


def _angles(positions: Int[Tensor, "n"], width: int) -> Float[Tensor, "2 n half"]:
    """Sine and cosine of the positions at frequencies 10000^(-2i/width)."""
    places = torch.arange(width // 2, device=positions.device, dtype=torch.float32)
    angles = positions[:, None].float() * torch.exp(-math.log(10_000.0) * 2 / width * places)
    return torch.stack((angles.sin(), angles.cos()))


def _waves(timestep: Int[Tensor, "batch"], width: int) -> Float[Tensor, "batch width"]:
    """Cosines, then sines, of the timestep."""
    sine, cosine = _angles(timestep, width).unbind(0)
    return torch.cat((cosine, sine), dim=-1)
