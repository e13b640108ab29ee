"""Fit the denoiser on the clean tokens of every prepared window: a plain loop."""

import copy
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor

from diffusion.codec import Codec, window_features
from diffusion.denoiser import Conditions, Denoiser
from diffusion.schedule import Schedule
from diffusion.training.checkpoint import RunState, learning_rate
from diffusion.training.losses import denoising_loss
from diffusion.training.prepare import PreparedRecording
from diffusion.training.progress import Progress, silent
from motion.parts import PARTS, Part
from motion.timeline import WINDOW_FRAMES


@dataclass(frozen=True)
class DenoiserTraining:
    """How the denoiser is trained; condition drop as published (RAG-Gesture)."""

    steps: int = 6000
    batch: int = 32
    peak_rate: float = 5e-4
    condition_drop: float = 0.1
    """Share of samples that see neither text, sound nor speaker."""
    seed: int = 0
    save_every: int = 500


@dataclass(frozen=True)
class TokenWindows:
    """Every prepared window as the denoiser sees it: clean tokens and their conditions."""

    tokens: Float[Tensor, "window token channel"]
    conditions: Conditions


@torch.no_grad()
def normalised_codec(codec: Codec, recordings: tuple[PreparedRecording, ...]) -> Codec:
    """The same codec with latents of zero mean and unit size over the recordings."""
    statistics = {}
    for part in PARTS:
        latents = [
            codec.encode_part(part, _windows(part, recording)).cpu() for recording in recordings
        ]
        statistics[part] = codec.part(part).statistics.with_latents(torch.cat(latents))
    return Codec({part: codec.part(part).vae for part in PARTS}, statistics).eval()


@torch.no_grad()
def token_windows(recordings: tuple[PreparedRecording, ...], codec: Codec) -> TokenWindows:
    """Encode every window of the recordings once, by the posterior mean."""
    tokens = [
        codec.encode_features({part: _windows(part, recording) for part in PARTS}).cpu()
        for recording in recordings
    ]
    speakers = [recording.speaker for recording in recordings for _ in recording.starts]
    return TokenWindows(
        torch.cat(tokens),
        Conditions(
            torch.cat([recording.text for recording in recordings]),
            torch.cat([recording.audio for recording in recordings]),
            torch.tensor(speakers)[:, None],
        ),
    )


def _windows(part: Part, recording: PreparedRecording) -> Float[Tensor, "window 150 width"]:
    """Features of every window that has speech features."""
    rows = recording.features[part]
    windows = torch.stack([rows[start : start + WINDOW_FRAMES] for start in recording.starts])
    return window_features(part, windows)


def train_denoiser(
    windows: TokenWindows,
    denoiser: Denoiser,
    schedule: Schedule,
    folder: Path,
    training: DenoiserTraining,
    progress: Progress = silent,
) -> Denoiser:
    """Train ``denoiser`` and save it to ``folder`` as ``Denoiser.from_pretrained`` reads it.

    Running again with the same folder goes on where the last run stopped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = RunState(
        network=denoiser.train(),
        average=copy.deepcopy(denoiser).requires_grad_(False).eval(),
        optimizer=torch.optim.AdamW(denoiser.parameters(), lr=training.peak_rate),
        generator=torch.Generator().manual_seed(training.seed),
    )
    start, losses = state.load(folder)
    for step in range(start, training.steps):
        losses.append(_update(state, windows, schedule, training, step))
        if (step + 1) % training.save_every == 0 or step + 1 == training.steps:
            state.save(folder, step + 1, losses)
        recent = losses[-50:]
        progress(step + 1, training.steps, f"denoiser loss {sum(recent) / len(recent):.4f}")
    trained: Denoiser = state.average
    trained.save_pretrained(folder)
    return trained


def _update(
    state: RunState[Denoiser],
    windows: TokenWindows,
    schedule: Schedule,
    training: DenoiserTraining,
    step: int,
) -> float:
    """One step of gradient descent on a random batch; returns the loss."""
    device = next(state.network.parameters()).device
    generator = state.generator
    chosen = torch.randint(len(windows.tokens), (training.batch,), generator=generator)
    clean = windows.tokens[chosen]
    timestep = torch.randint(schedule.training_steps, (training.batch,), generator=generator)
    noise = torch.randn(clean.shape, generator=generator)
    noised = _noised(clean, noise, schedule, timestep).to(device)
    dropped = torch.rand(training.batch, generator=generator) < training.condition_drop
    given = windows.conditions
    conditions = Conditions(
        given.text[chosen].float(), given.audio[chosen].float(), given.speaker[chosen]
    ).to(device)
    predicted = state.network(noised, timestep.to(device), conditions, dropped.to(device))
    mask = state.network.layout.is_latent.expand(len(chosen), -1).to(device)
    loss = denoising_loss(predicted, clean.to(device), mask)
    return state.descend(loss, step, learning_rate(step, training.steps, training.peak_rate))


def _noised(
    clean: Float[Tensor, "batch token channel"],
    noise: Float[Tensor, "batch token channel"],
    schedule: Schedule,
    timestep: Int[Tensor, "batch"],
) -> Float[Tensor, "batch token channel"]:
    """Clean tokens at a training timestep each (Ho et al., 2020, eq. 4)."""
    alpha_bar = torch.from_numpy(schedule.training_alpha_bar.copy())[timestep].to(clean)
    alpha_bar = alpha_bar[:, None, None]
    return alpha_bar.sqrt() * clean + (1.0 - alpha_bar).sqrt() * noise
