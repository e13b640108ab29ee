"""Fit the denoiser on the clean tokens of every prepared window: a plain loop."""

import copy
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from diffusion.blocks import CONDITIONS
from diffusion.codec import Codec, window_features
from diffusion.denoiser import Conditions, Denoiser
from diffusion.schedule import Schedule
from diffusion.training.checkpoint import RunState, learning_rate
from diffusion.training.losses import denoising_loss, signal_weight
from diffusion.training.prepare import PreparedRecording
from diffusion.training.progress import Progress, silent
from motion.parts import PARTS, Part
from motion.timeline import WINDOW_FRAMES


@dataclass(frozen=True)
class DenoiserTraining:
    """How the denoiser is trained; dropping all conditions together is as published."""

    steps: int = 6000
    batch: int = 32
    """Windows a step."""
    draws: int = 1
    """Noisy versions of each window a step: they share the window's gathered conditions."""
    peak_rate: float = 5e-4
    condition_drop: float = 0.1
    """Share of windows that see neither text, sound nor speaker."""
    single_drop: float = 0.0
    """Share of windows that lose text alone, as many sound alone, as many speaker alone."""
    colouring: float = 0.0
    """How far voices and microphones are varied: deviation of the offset that a channel of a
    window's sound gets, half of it that of a gain. Channels deviate by about 1 themselves."""
    most_signal_weight: float = 1.0
    """Bound of the signal-to-noise ratio by which errors count; 1 counts all levels alike."""
    bfloat16: bool = False
    """Matrices of the forward pass in 16 bits; weights, averages and loss stay in 32."""
    seed: int = 0
    save_every: int = 500


@dataclass(frozen=True)
class TokenWindows:
    """Every prepared window as the denoiser sees it: clean tokens and their conditions."""

    tokens: Float[Tensor, "window token channel"]
    conditions: Conditions


@torch.no_grad()
def encoded(recordings: tuple[PreparedRecording, ...], codec: Codec) -> tuple[Codec, TokenWindows]:
    """Every window of the recordings as tokens, encoded once by the posterior mean.

    ``codec`` leaves latents as they are; the one that comes back brings them to zero mean and unit
    size over the recordings, as the tokens are.
    """
    raw = {part: _latents(codec, part, recordings) for part in PARTS}
    found = {part: codec.part(part).statistics.with_latents(rows) for part, rows in raw.items()}
    tokens = codec.layout.joined(
        {p: (rows - found[p].latent_mean) / found[p].latent_std for p, rows in raw.items()}
    )
    normalised = Codec({part: codec.part(part).vae for part in PARTS}, found).eval()
    return normalised, TokenWindows(tokens, _conditions(recordings))


@torch.no_grad()
def token_windows(recordings: tuple[PreparedRecording, ...], codec: Codec) -> TokenWindows:
    """Every window of the recordings under a codec whose statistics are known."""
    latents = {part: _latents(codec, part, recordings) for part in PARTS}
    return TokenWindows(codec.layout.joined(latents), _conditions(recordings))


def _latents(
    codec: Codec, part: Part, recordings: tuple[PreparedRecording, ...]
) -> Float[Tensor, "window chunk channel"]:
    """Latents of one part of every window."""
    return torch.cat([codec.encode_part(part, _windows(part, each)).cpu() for each in recordings])


def _conditions(recordings: tuple[PreparedRecording, ...]) -> Conditions:
    """Conditions of every window, in half precision as they were prepared."""
    speakers = [recording.speaker for recording in recordings for _ in recording.starts]
    return Conditions(
        torch.cat([recording.text for recording in recordings]),
        torch.cat([recording.audio for recording in recordings]),
        torch.tensor(speakers)[:, None],
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
    generator, samples = state.generator, training.batch * training.draws
    chosen = torch.randint(len(windows.tokens), (training.batch,), generator=generator)
    clean = windows.tokens[chosen].repeat(training.draws, 1, 1)
    timestep = torch.randint(schedule.training_steps, (samples,), generator=generator)
    alpha_bar = torch.from_numpy(schedule.training_alpha_bar.copy())[timestep].to(clean)
    noised = _noised(clean, torch.randn(clean.shape, generator=generator), alpha_bar).to(device)
    dropped = dropped_conditions(training, generator).to(device)
    given = windows.conditions
    audio = coloured(given.audio[chosen].float(), training.colouring, generator)
    conditions = Conditions(given.text[chosen].float(), audio, given.speaker[chosen]).to(device)
    with torch.autocast(device.type, torch.bfloat16, enabled=training.bfloat16):
        prepared = state.network.prepare(conditions, dropped).repeated(training.draws)
        predicted = state.network.estimate(noised, timestep.to(device), prepared)
    mask = state.network.layout.is_latent.expand(samples, -1).to(device)
    weight = signal_weight(alpha_bar, 1.0, training.most_signal_weight).to(device)
    loss = denoising_loss(predicted.float(), clean.to(device), mask, weight)
    return state.descend(loss, step, learning_rate(step, training.steps, training.peak_rate))


def coloured(
    audio: Float[Tensor, "batch step width"], spread: float, generator: torch.Generator
) -> Float[Tensor, "batch step width"]:
    """The same sound as by other voices and microphones: a gain and an offset a channel."""
    gain, offset = torch.randn(2, len(audio), 1, audio.shape[2], generator=generator)
    changed: Tensor = audio * (1.0 + spread / 2 * gain) + spread * offset
    return changed


def dropped_conditions(
    training: DenoiserTraining, generator: torch.Generator
) -> Bool[Tensor, "batch condition"]:
    """Which conditions each window of a batch goes without: all, one of them, or none."""
    place = torch.rand(training.batch, 1, generator=generator)
    singly = training.condition_drop + training.single_drop * torch.arange(len(CONDITIONS))
    alone = (place >= singly) & (place < singly + training.single_drop)
    return alone | (place < training.condition_drop)


def _noised(
    clean: Float[Tensor, "batch token channel"],
    noise: Float[Tensor, "batch token channel"],
    alpha_bar: Float[Tensor, "batch"],
) -> Float[Tensor, "batch token channel"]:
    """Clean tokens at a level of noise each (Ho et al., 2020, eq. 4)."""
    alpha_bar = alpha_bar[:, None, None]
    return alpha_bar.sqrt() * clean + (1.0 - alpha_bar).sqrt() * noise
