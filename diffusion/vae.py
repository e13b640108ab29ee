"""The part VAE: one second of one part becomes one latent, ten latents become ten seconds.

Architecture of RAG-Gesture (CVPR 2025), after MLD (Chen et al., CVPR 2023).
"""

import math
from dataclasses import dataclass, replace
from typing import Literal, Self, assert_never, get_args

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import softplus

from diffusion.vae_blocks import Activation, BlockShape, CrossBlock, SelfBlock, SkipStack
from motion.timeline import CHUNK_FRAMES, WINDOW_FRAMES

Position = Literal["learned", "sine"]
DecoderForm = Literal["all_encoder", "encoder_decoder"]
"""``all_encoder``: latents and zero queries are one sequence; ``encoder_decoder``: queries attend
to the latents."""
PosteriorForm = Literal["normal", "multivariate_normal"]
"""How logvar becomes std: ``exp(logvar / 2)`` or ``softplus(logvar) + 1e-8``."""

DISTRIBUTION_TOKENS = 2
"""Learned tokens before the frames, whose outputs are mean and logvar."""
_MINIMUM_STD = 1e-8
_FIRST_LOGVAR = -6.0
"""With a linear path the posterior starts narrow: its latents have unit mean square."""
_PUBLISHED_HEADS: dict[DecoderForm, int] = {"all_encoder": 8, "encoder_decoder": 4}
"""Heads of the published decoders for each head of the encoder."""


@dataclass(frozen=True)
class Posterior:
    """Diagonal normal distribution of each chunk's latent."""

    mean: Float[Tensor, "batch chunk latent"]
    std: Float[Tensor, "batch chunk latent"]
    logvar: Float[Tensor, "batch chunk latent"]
    """The network's output; ``std`` is made of it."""

    def sample(self, generator: torch.Generator) -> Float[Tensor, "batch chunk latent"]:
        """One draw a latent; the noise is made on the generator's device."""
        noise = torch.randn(
            self.mean.shape, generator=generator, device=generator.device, dtype=self.mean.dtype
        )
        return self.mean + self.std * noise.to(self.mean.device)


def sine_table(rows: int, width: int) -> Float[Tensor, "row width"]:
    """Fixed positions of Vaswani et al. (2017): sines at even, cosines at odd channels."""
    frequencies = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
    angles = torch.arange(rows, dtype=torch.float32)[:, None] * frequencies
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)[:, :width]


class LinearPath(nn.Module):
    """A linear map from a chunk to its latent and back, beside the transformers.

    Ours, not published. It starts from principal components, so that the transformers, whose part
    in the sum starts at zero, need only learn what those leave; see ``docs/demo-weights.md``.
    """

    def __init__(self, chunk_width: int, latent_dim: int) -> None:
        super().__init__()
        self.to_latent = nn.Linear(chunk_width, latent_dim, bias=False)
        self.to_chunk = nn.Linear(latent_dim, chunk_width, bias=False)
        self.gate = nn.Parameter(torch.zeros(DISTRIBUTION_TOKENS, latent_dim))
        offset = torch.tensor([0.0, _FIRST_LOGVAR])[:, None].expand(-1, latent_dim)
        self.offset = nn.Parameter(offset.clone())

    @torch.no_grad()
    def start_from(self, chunks: Float[Tensor, "sample chunk_width"]) -> None:
        """Take the principal components of ``chunks``, latents at unit mean square."""
        _, values, components = torch.linalg.svd(chunks, full_matrices=False)
        kept = components[: self.to_latent.out_features]
        size = (values[: len(kept)].square().sum() / (len(chunks) * len(kept))).sqrt()
        if size < _MINIMUM_STD:  # a part that never moves
            size = torch.ones_like(size)
        self.to_latent.weight.zero_()[: len(kept)] = kept / size
        self.to_chunk.weight.zero_()[:, : len(kept)] = kept.T * size

    def encode(
        self,
        chunks: Float[Tensor, "chunk frame width"],
        outputs: Float[Tensor, "chunk two latent"],
    ) -> Float[Tensor, "chunk two latent"]:
        """Mean and logvar of the transformer's ``outputs``, with the linear mean added."""
        outputs = outputs * self.gate + self.offset
        linear: Tensor = self.to_latent(chunks.flatten(1))
        return torch.stack((outputs[:, 0] + linear, outputs[:, 1]), dim=1)

    def decode(
        self, latents: Float[Tensor, "batch chunk latent"], width: int
    ) -> Float[Tensor, "batch frame width"]:
        """The linear part of the features."""
        chunks: Tensor = self.to_chunk(latents)
        return rearrange(chunks, "batch chunk (frame w) -> batch (chunk frame) w", w=width)


class PartVAE(ModelMixin, ConfigMixin):
    """Transformer VAE of one body part.

    Each chunk is encoded alone; the decoder sees all latents of the window. A chunk's frames meet
    in one token, by one weighted mean a head: few ``heads`` lose time within the chunk.
    ``decoder_heads`` are 8 (``all_encoder``) or 4 times as many as published unless given.
    """

    @register_to_config
    def __init__(  # noqa: PLR0913 - diffusers keeps constructor arguments as config.json
        self,
        width: int,
        latent_dim: int = 512,
        layers: int = 8,
        heads: int = 4,
        ff_size: int = 1024,
        dropout: float = 0.1,
        activation: Activation = "gelu",
        norm_first: bool = False,
        position: Position = "learned",
        decoder: DecoderForm = "all_encoder",
        window_frames: int = WINDOW_FRAMES,
        chunk_frames: int = CHUNK_FRAMES,
        posterior: PosteriorForm = "normal",
        decoder_heads: int | None = None,
        linear_path: bool = False,
    ) -> None:
        super().__init__()
        _check_choice("activation", activation, Activation)
        _check_choice("position", position, Position)
        _check_choice("decoder", decoder, DecoderForm)
        _check_choice("posterior", posterior, PosteriorForm)
        if window_frames % chunk_frames:
            raise ValueError(f"{window_frames} frames are not whole chunks of {chunk_frames}")
        self.chunks = window_frames // chunk_frames
        self.decoder_form: DecoderForm = decoder
        self.posterior_form: PosteriorForm = posterior
        shape = BlockShape(latent_dim, heads, ff_size, dropout, activation, norm_first)
        decoder_shape = replace(shape, heads=decoder_heads or _PUBLISHED_HEADS[decoder] * heads)
        self.linear = LinearPath(chunk_frames * width, latent_dim) if linear_path else None
        self.embed = nn.Linear(width, latent_dim)
        self.head = nn.Linear(latent_dim, width)
        self.drop = nn.Dropout(dropout)
        self.encoder_stack = SkipStack(shape, layers, SelfBlock)
        self.decoder_stack = _decoder_stack(decoder, decoder_shape, layers)
        self.distribution_tokens = nn.Parameter(torch.randn(DISTRIBUTION_TOKENS, latent_dim))
        self._add_table("encoder_positions", DISTRIBUTION_TOKENS + chunk_frames, position)
        if decoder == "all_encoder":
            self._add_table("decoder_positions", self.chunks + window_frames, position)
        else:
            self._add_table("decoder_positions", window_frames, position)
            self._add_table("memory_positions", self.chunks, position)
        for module in (self.embed, self.head, self.encoder_stack, self.decoder_stack):
            module.apply(_initialise)
        if linear_path:
            nn.init.zeros_(self.head.weight)

    @classmethod
    def tiny(cls, width: int) -> Self:
        """The smallest useful network, with random weights."""
        vae: Self = cls(width, latent_dim=16, layers=2, heads=1, ff_size=32, dropout=0.0)
        return vae

    def encode(self, features: Float[Tensor, "batch frame width"]) -> Posterior:
        """Distribution of each chunk's latent; any whole number of chunks is accepted."""
        frames, chunk_frames = features.shape[1], self.config.chunk_frames
        if frames % chunk_frames or features.shape[2] != self.config.width:
            raise ValueError(
                f"features have shape {tuple(features.shape)}; expected (batch, a multiple of "
                f"{chunk_frames}, {self.config.width})"
            )
        chunks = rearrange(
            features, "batch (chunk frame) w -> (batch chunk) frame w", frame=chunk_frames
        )
        tokens = self.distribution_tokens.expand(len(chunks), -1, -1)
        sequence = torch.cat((tokens, self.embed(chunks)), dim=1) + self.encoder_positions
        outputs = self.encoder_stack(self.drop(sequence), None)[:, :DISTRIBUTION_TOKENS]
        if self.linear is not None:
            outputs = self.linear.encode(chunks, outputs)
        mean, logvar = rearrange(
            outputs, "(batch chunk) two w -> two batch chunk w", batch=len(features)
        )
        return Posterior(mean, self._std(logvar), logvar)

    def decode(
        self, latents: Float[Tensor, "batch chunk latent"]
    ) -> Float[Tensor, "batch frame width"]:
        """Features of the whole window."""
        if latents.shape[1:] != (self.chunks, self.config.latent_dim):
            raise ValueError(
                f"latents have shape {tuple(latents.shape)}; "
                f"expected (batch, {self.chunks}, {self.config.latent_dim})"
            )
        match self.decoder_form:
            case "all_encoder":
                hidden = self._decode_in_sequence(latents)
            case "encoder_decoder":
                hidden = self._decode_from_memory(latents)
            case _:
                assert_never(self.decoder_form)
        features: Tensor = self.head(hidden)
        if self.linear is not None:
            features = features + self.linear.decode(latents, features.shape[2])
        return features

    def forward(
        self, features: Float[Tensor, "batch frame width"], generator: torch.Generator
    ) -> tuple[Float[Tensor, "batch frame width"], Posterior]:
        """Reconstruction from a posterior sample, and the posterior: what training needs."""
        posterior = self.encode(features)
        return self.decode(posterior.sample(generator)), posterior

    def _decode_in_sequence(self, latents: Tensor) -> Tensor:
        """Latents, then zero queries; the sequence itself is part of the position term."""
        queries = latents.new_zeros(len(latents), self.config.window_frames, latents.shape[2])
        sequence = torch.cat((latents, queries), dim=1)
        position = self.drop(sequence + self.decoder_positions)
        hidden: Tensor = self.decoder_stack(sequence, position)[:, self.chunks :]
        return hidden

    def _decode_from_memory(self, latents: Tensor) -> Tensor:
        """Queries made of positions alone attend to the latents."""
        queries = repeat(self.decoder_positions, "frame w -> batch frame w", batch=len(latents))
        memory = self.drop(latents + self.memory_positions)
        hidden: Tensor = self.decoder_stack(self.drop(queries), memory)
        return hidden

    def _std(self, logvar: Tensor) -> Tensor:
        match self.posterior_form:
            case "normal":
                return torch.exp(logvar / 2)
            case "multivariate_normal":
                return softplus(logvar) + _MINIMUM_STD
            case _:
                assert_never(self.posterior_form)

    def _add_table(self, name: str, rows: int, form: Position) -> None:
        """Positions as a parameter or as a constant; a learned table starts as sines."""
        table = sine_table(rows, self.config.latent_dim)
        match form:
            case "learned":
                self.register_parameter(name, nn.Parameter(table))
            case "sine":
                self.register_buffer(name, table)
            case _:
                assert_never(form)


def _decoder_stack(form: DecoderForm, shape: BlockShape, layers: int) -> SkipStack:
    """The decoder's blocks; one form has a deeper stack."""
    match form:
        case "all_encoder":
            return SkipStack(shape, layers, SelfBlock)
        case "encoder_decoder":
            return SkipStack(shape, 4 * (layers - 1) + 1, CrossBlock)
        case _:
            assert_never(form)


def _check_choice(name: str, found: str, choices: object) -> None:
    """Refuse what is none of a literal type's values."""
    if found not in get_args(choices):
        raise ValueError(f"{name} must be one of {', '.join(get_args(choices))}; found {found!r}")


def _initialise(module: nn.Module) -> None:
    """Xavier matrices and zero biases."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
