"""Weights and a random request, the same for every order of work that `generator.py` compares."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from diffusion.config import SamplingOptions
from diffusion.denoiser import Conditions, Denoiser
from diffusion.guidance import ClassifierFreeGuidance
from diffusion.insertions import InsertedSpan, Insertions
from diffusion.inversion import Trajectory
from diffusion.sampling import Noise
from diffusion.schedule import Schedule
from diffusion.weights import load_strict
from diffusion.windows import plan_windows
from motion.timeline import MODEL_FPS, ChunkSpan

DEMO = Path(__file__).resolve().parents[1] / "demo" / "weights" / "denoiser"
PUBLISHED = SamplingOptions(behaviour="published", mode="guide")
GUIDANCE = ClassifierFreeGuidance()
SCHEDULE = Schedule.scaled_linear()
EXEMPLAR_CHUNKS = 2


@dataclass(frozen=True, eq=False)
class Setup:
    """Weights, and everything a request brings."""

    denoiser: Denoiser
    windows: Sequence[Conditions]
    clips: Sequence[Conditions]
    latents: Sequence[Tensor]
    """Clean tokens of the exemplars' clips."""

    def spans(self, window: int) -> list[tuple[int, ChunkSpan]]:
        """Exemplars of a window, spread over the talk, with the chunks where they go."""
        found = []
        for clip in range(len(self.clips)):
            turn, where = divmod(clip, len(self.windows))
            if where == window:
                start = 1 + EXEMPLAR_CHUNKS * turn
                found.append((clip, ChunkSpan(start, start + EXEMPLAR_CHUNKS)))
        return found

    @property
    def device(self) -> torch.device:
        """Where everything lies."""
        return self.denoiser.position.device

    @property
    def valid(self) -> Tensor:
        """Tokens that are no separators."""
        return self.denoiser.layout.is_latent[None].to(self.device)

    def noise(self, window: int, bank: int) -> Noise:
        """The noise of one window."""
        tokens, width = self.denoiser.layout.tokens, self.denoiser.config.latent_dim
        return Noise.drawn(0, window, tokens, width, bank).to(self.device)


def released(generator: torch.Generator) -> Denoiser:
    """The published sizes with random weights of a trained network's magnitude."""
    denoiser = Denoiser().eval().requires_grad_(False)
    for name, parameter in denoiser.named_parameters():
        if "style.out.weight" in name:
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.02)
    return denoiser


def setup_of(size: str, exemplars: int, seconds: float, device: str) -> Setup:
    """Weights and a random request."""
    generator = torch.Generator().manual_seed(0)
    demo = load_strict(Denoiser, DEMO).requires_grad_(False) if size == "demo" else None
    denoiser = demo or released(generator)
    config = denoiser.config
    audio_steps, speaker_tokens = (499, 150) if demo is None else (150, 1)

    def conditions(speaker: int) -> Conditions:
        return Conditions(
            torch.randn(1, config.window_frames, config.text_width, generator=generator),
            torch.randn(1, audio_steps, config.audio_width, generator=generator),
            torch.full((1, speaker_tokens), speaker),
        ).to(device)

    plan = plan_windows(round(seconds * MODEL_FPS))
    shape = (1, denoiser.layout.tokens, config.latent_dim)
    latents = [torch.randn(shape, generator=generator) for _ in range(exemplars)]
    latent = denoiser.layout.is_latent[:, None]
    return Setup(
        denoiser.to(device),
        [conditions(1) for _ in plan],
        [conditions(2) for _ in latents],
        [(tokens * latent).to(device) for tokens in latents],
    )


def inserted(
    setup: Setup,
    window: int,
    trajectories: Sequence[Trajectory],
    options: SamplingOptions = PUBLISHED,
    schedule: Schedule = SCHEDULE,
) -> Insertions | None:
    """Exemplars of a window laid out."""
    placed = setup.spans(window)
    if not placed:
        return None
    spans = [
        InsertedSpan(trajectories[clip], target, target, options.strength)
        for clip, target in placed
    ]
    width = setup.denoiser.config.latent_dim
    layout, published = setup.denoiser.layout, options.published
    return Insertions.of(spans, layout, schedule, width, published).to(setup.device)
