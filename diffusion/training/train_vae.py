"""Fit the VAE of one part: a plain loop over random windows of the prepared recordings."""

import copy
from dataclasses import dataclass
from pathlib import Path

import torch
from einops import rearrange
from jaxtyping import Float
from safetensors.torch import save_file
from torch import Tensor

from diffusion.codec import Codec, PartCodec, vae_folder, window_features
from diffusion.part_statistics import PartStatistics
from diffusion.training.checkpoint import RunState, learning_rate
from diffusion.training.losses import vae_loss
from diffusion.training.prepare import PreparedRecording
from diffusion.training.progress import Progress, silent
from diffusion.vae import PartVAE
from diffusion.weights import WeightsError, load_strict, read_tensors
from motion.parts import PARTS, Part
from motion.timeline import WINDOW_FRAMES

FEATURE_STATISTICS = "feature_statistics.safetensors"
MOST_CHUNKS = 8000
"""Chunks that principal components are taken from."""


@dataclass(frozen=True)
class VAETraining:
    """How a part VAE is trained."""

    steps: int = 6000
    batch: int = 32
    """Windows of ten seconds a step."""
    peak_rate: float = 1e-3
    divergence_weight: float = 1e-4
    noise_ramp: float = 0.3
    """Share of the run over which the posterior's noise grows to its full size: at first the
    spread is far too wide to learn through."""
    seed: int = 0
    save_every: int = 500


def train_vae(
    part: Part,
    recordings: tuple[PreparedRecording, ...],
    vae: PartVAE,
    folder: Path,
    training: VAETraining,
    progress: Progress = silent,
) -> PartVAE:
    """Train ``vae`` and save it to ``folder`` as ``PartVAE.from_pretrained`` reads it.

    Features are normalised by the statistics of ``recordings``, which are saved beside the
    weights. Running again with the same folder goes on where the last run stopped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    statistics = feature_statistics(part, recordings)
    device = next(vae.parameters()).device
    if vae.linear is not None:
        vae.linear.start_from(_chunks(part, recordings, statistics, vae).to(device))
    state = RunState(
        network=vae.train(),
        average=copy.deepcopy(vae).requires_grad_(False).eval(),
        optimizer=torch.optim.AdamW(vae.parameters(), lr=training.peak_rate, weight_decay=1e-4),
        generator=torch.Generator().manual_seed(training.seed),
    )
    start, losses = state.load(folder)
    for step in range(start, training.steps):
        rows = sample_windows(part, recordings, training.batch, state.generator)
        features = statistics.normalised(rows).to(device)
        loss = _update(state, features, training, step)
        losses.append(loss)
        if (step + 1) % training.save_every == 0 or step + 1 == training.steps:
            state.save(folder, step + 1, losses)
        recent = losses[-50:]
        progress(step + 1, training.steps, f"{part} loss {sum(recent) / len(recent):.4f}")
    trained: PartVAE = state.average
    trained.save_pretrained(folder)
    save_file(
        {"mean": statistics.feature_mean, "std": statistics.feature_std},
        folder / FEATURE_STATISTICS,
    )
    return trained


def read_trained_part(run: Path, part: Part) -> PartCodec:
    """The trained VAE of one part in ``run``/vae_<part>, latents not yet normalised."""
    folder = vae_folder(run, part)
    if not (folder / FEATURE_STATISTICS).exists():
        raise WeightsError(
            f"{folder} holds no finished VAE; run `chironomia train vae --part {part}` first"
        )
    found = read_tensors(folder / FEATURE_STATISTICS)
    statistics = PartStatistics.of_features(found["mean"], found["std"])
    return PartCodec(load_strict(PartVAE, folder), statistics).eval()


def read_trained_codec(run: Path) -> Codec:
    """The codec of the four trained VAEs in ``run``."""
    parts = {part: read_trained_part(run, part) for part in PARTS}
    vaes = {part: codec.vae for part, codec in parts.items()}
    return Codec(vaes, {part: codec.statistics for part, codec in parts.items()}).eval()


def _update(
    state: RunState[PartVAE],
    features: Float[Tensor, "batch frame width"],
    training: VAETraining,
    step: int,
) -> float:
    """One step of gradient descent; returns the loss."""
    posterior = state.network.encode(features)
    drawn = posterior.sample(state.generator)
    noisiness = min(1.0, step / (training.noise_ramp * training.steps))
    decoded = state.network.decode(torch.lerp(posterior.mean, drawn, noisiness))
    loss = vae_loss(decoded, features, posterior, training.divergence_weight).total
    return state.descend(loss, step, learning_rate(step, training.steps, training.peak_rate))


def sample_windows(
    part: Part,
    recordings: tuple[PreparedRecording, ...],
    batch: int,
    generator: torch.Generator,
) -> Float[Tensor, "batch 150 width"]:
    """Windows at random places, each recording as likely as it is long."""
    room = torch.tensor([recording.frames - WINDOW_FRAMES + 1 for recording in recordings])
    places = torch.randint(int(room.sum()), (batch,), generator=generator)
    ends = room.cumsum(0)
    windows = []
    for place in places:
        index = int(torch.searchsorted(ends, place, right=True))
        start = int(place) - int(ends[index] - room[index])
        rows = recordings[index].features[part][start : start + WINDOW_FRAMES]
        windows.append(window_features(part, rows))
    return torch.stack(windows)


def _chunks(
    part: Part,
    recordings: tuple[PreparedRecording, ...],
    statistics: PartStatistics,
    vae: PartVAE,
) -> Float[Tensor, "chunk frame_width"]:
    """Normalised chunks of all recordings, flattened; no more than an SVD takes seconds for."""
    frames = vae.config.chunk_frames
    rows = [
        window_features(part, recording.features[part][start : start + WINDOW_FRAMES])
        for recording in recordings
        for start in range(0, recording.frames - WINDOW_FRAMES + 1, WINDOW_FRAMES // 2 + 2)
    ]
    windows = statistics.normalised(torch.stack(rows))
    chunks = rearrange(windows, "window (chunk frame) w -> (window chunk) (frame w)", frame=frames)
    return chunks[:: len(chunks) // MOST_CHUNKS + 1]


def feature_statistics(part: Part, recordings: tuple[PreparedRecording, ...]) -> PartStatistics:
    """Mean of each channel and one scale a kind of channel, over windows of the recordings.

    One scale for all rotations keeps an error of a degree equally dear in every joint.
    """
    rows = torch.cat(
        [
            window_features(part, recording.features[part][start : start + WINDOW_FRAMES])
            for recording in recordings
            for start in range(0, recording.frames - WINDOW_FRAMES + 1, WINDOW_FRAMES)
        ]
    )
    mean = rows.mean(dim=0)
    spread = torch.empty_like(mean)
    for channels in part.layout.channel_groups:
        spread[channels] = (rows[:, channels] - mean[channels]).square().mean().sqrt()
    return PartStatistics.of_features(mean, spread.clamp(min=1e-3))
