"""Train our own network for the Frechet gesture distance, by the published recipe.

Windows of 64 frames at 30 fps every 20 frames, Adam at 1e-4, and a loss of ten times the geodesic
angle plus the differences of velocity and acceleration of the matrices (EMAGE, Liu et al., 2024).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import l1_loss

from evaluation.fgd_network import FgdNetwork
from motion.clip import Motion
from motion.parts import ROTATION_6D
from motion.rotation import geodesic, matrix_from_axis_angle, matrix_from_sixd, sixd_from_matrix
from motion.timeline import CORPUS_FPS

GEODESIC_WEIGHT = 10.0
_DECAY = 0.1
_LONGEST_HALF_CHORD = 0.9999

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what the last step said)."""


def silent(done: int, total: int, message: str) -> None:
    """Tell nobody."""
    del done, total, message


@dataclass(frozen=True)
class FgdTraining:
    """How the network is trained; the defaults are the published ones."""

    epochs: int = 100
    """The released weights are those of epoch 100."""
    batch: int = 32
    window_frames: int = 64
    stride_frames: int = 20
    rate: float = 1e-4
    decay_epoch: int = 950
    """From here on the rate is a tenth."""
    seed: int = 0


@dataclass(frozen=True)
class MotionWindows:
    """Windows of motions, cut when they are asked for."""

    motions: tuple[Motion, ...]
    frames: int
    places: Int[Tensor, "window 2"]
    """Motion and first frame of each window."""

    @classmethod
    def of(cls, motions: Sequence[Motion], training: FgdTraining) -> "MotionWindows":
        """Every window of every motion that is long enough."""
        for motion in motions:
            if motion.fps != CORPUS_FPS:
                raise ValueError(f"training needs {CORPUS_FPS} fps, found {motion.fps}; resample")
        last = [len(motion) - training.window_frames for motion in motions]
        places = [
            (number, start)
            for number, end in enumerate(last)
            for start in range(0, end + 1, training.stride_frames)
        ]
        if not places:
            raise ValueError(
                f"no motion is as long as a window of {training.window_frames} frames; give a "
                "corpus with longer recordings"
            )
        return cls(tuple(motions), training.window_frames, torch.tensor(places))

    def __len__(self) -> int:
        return len(self.places)

    def matrices(self, chosen: Int[Tensor, "batch"]) -> Float[Tensor, "batch frame joint 3 3"]:
        """Rotations of some windows."""
        poses = [
            self.motions[motion].poses[start : start + self.frames]
            for motion, start in self.places[chosen].tolist()
        ]
        return matrix_from_axis_angle(torch.stack(poses))


def train_fgd(
    network: FgdNetwork,
    motions: Sequence[Motion],
    training: FgdTraining,
    progress: Progress = silent,
) -> tuple[float, ...]:
    """Train ``network`` in place on motions at 30 fps; returns the mean loss of every epoch."""
    windows = MotionWindows.of(motions, training)
    generator = torch.Generator().manual_seed(training.seed)
    optimizer = torch.optim.Adam(network.parameters(), lr=training.rate)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [training.decay_epoch], _DECAY)
    device = next(network.parameters()).device
    network.train()
    losses = []
    for epoch in range(training.epochs):
        order = torch.randperm(len(windows), generator=generator)
        total = 0.0
        for chosen in order.split(training.batch):
            loss = reconstruction_loss(network, windows.matrices(chosen).to(device))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(chosen)
        schedule.step()
        losses.append(total / len(windows))
        progress(epoch + 1, training.epochs, f"loss {losses[-1]:.4f}")
    network.eval()
    return tuple(losses)


def reconstruction_loss(
    network: FgdNetwork, real: Float[Tensor, "batch frame joint 3 3"]
) -> Float[Tensor, ""]:
    """Ten times the mean angle in radians, and mean differences of velocity and acceleration."""
    rebuilt = rebuilt_matrices(network, real)
    velocity = l1_loss(rebuilt.diff(dim=1), real.diff(dim=1))
    acceleration = l1_loss(rebuilt.diff(n=2, dim=1), real.diff(n=2, dim=1))
    return GEODESIC_WEIGHT * smooth_angle(rebuilt, real).mean() + velocity + acceleration


def smooth_angle(
    left: Float[Tensor, "*batch 3 3"], right: Float[Tensor, "*batch 3 3"]
) -> Float[Tensor, "*batch"]:
    """The geodesic angle in radians, cut just below half a turn, where its slope is infinite."""
    half_chord = (left - right).flatten(-2).norm(dim=-1) / (2.0 * math.sqrt(2.0))
    angle: Tensor = 2.0 * half_chord.clamp(max=_LONGEST_HALF_CHORD).asin()
    return angle


def rebuilt_matrices(
    network: FgdNetwork, real: Float[Tensor, "batch frame joint 3 3"]
) -> Float[Tensor, "batch frame joint 3 3"]:
    """The rotations after the network's bottleneck."""
    rows = rearrange(sixd_from_matrix(real), "batch frame joint six -> batch frame (joint six)")
    rebuilt = rearrange(
        network(rows), "batch frame (joint six) -> batch frame joint six", six=ROTATION_6D
    )
    return matrix_from_sixd(rebuilt)


@torch.no_grad()
def reconstruction_degrees(
    network: FgdNetwork, motions: Sequence[Motion], training: FgdTraining
) -> float:
    """Mean angle between real and rebuilt rotations over all windows: how much features keep."""
    windows = MotionWindows.of(motions, training)
    device = next(network.parameters()).device
    total = 0.0
    for chosen in torch.arange(len(windows)).split(training.batch):
        real = windows.matrices(chosen).to(device)
        total += geodesic(rebuilt_matrices(network, real), real).mean().item() * len(chosen)
    return math.degrees(total / len(windows))
