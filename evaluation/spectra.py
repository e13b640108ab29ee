"""Spectra of wrist speed and acceleration, and how far they are from a reference's.

Power spectral densities after Welch (1967): pieces of two seconds, half overlapping, Hann window.
Jitter shows as too much power above 5 Hz, sluggish hands as too little everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from evaluation.hands import WRISTS
from motion.body import joint_positions
from motion.clip import Motion
from motion.timeline import CORPUS_FPS

PIECE_FRAMES = 60
BANDS_HZ = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0)
"""Edges of the bands in which spectra are compared."""
LEAST_SECONDS = 60.0

_FLOOR = 1e-7
"""Added to densities before the logarithm, so that frozen hands stay at a finite distance."""


@dataclass(frozen=True, eq=False)
class Spectra:
    """Densities in `BANDS_HZ`, summed over many motions at 30 fps."""

    speed: Float[Tensor, "band"]
    """(m/s)^2 / Hz."""
    acceleration: Float[Tensor, "band"]
    """(m/s^2)^2 / Hz."""
    seconds: float

    @classmethod
    def merged(cls, spectra: Sequence[Self]) -> Self:
        """Those of several motions together, each weighing as much as it lasts."""
        seconds = sum(each.seconds for each in spectra)
        shares = [each.seconds / seconds for each in spectra]
        speed = torch.stack([s * each.speed for s, each in zip(shares, spectra, strict=True)])
        acceleration = torch.stack(
            [s * each.acceleration for s, each in zip(shares, spectra, strict=True)]
        )
        return cls(speed.sum(dim=0), acceleration.sum(dim=0), seconds)


@dataclass(frozen=True)
class SpectralDistance:
    """Root mean square over the bands of the ratio to the reference, in decibels."""

    speed_db: float
    acceleration_db: float
    high_db: float
    """Mean surplus of acceleration above 5 Hz: positive is jitter, negative is smoothing."""
    reliable: bool
    why_not: str = ""


def spectra_of(motions: Sequence[Motion]) -> Spectra:
    """Spectra of both wrists over all motions; pieces that do not fill two seconds are left out."""
    speed, acceleration = [], []
    for motion in motions:
        positions = joint_positions(motion.resampled(CORPUS_FPS))[:, list(WRISTS)].double()
        velocity = positions.diff(dim=0) * CORPUS_FPS
        speed.append(_pieces(velocity.norm(dim=-1)))
        acceleration.append(_pieces((velocity.diff(dim=0) * CORPUS_FPS).norm(dim=-1)))
    if not any(len(each) for each in speed):
        raise ValueError(f"spectra need a motion of {PIECE_FRAMES + 2} frames at 30 fps or more")
    seconds = sum(motion.seconds for motion in motions)
    return Spectra(_banded(torch.cat(speed)), _banded(torch.cat(acceleration)), seconds)


def spectral_distance(found: Spectra, reference: Spectra) -> SpectralDistance:
    """Compare with a reference: 0 for equal spectra."""
    speed = _decibels(found.speed, reference.speed)
    acceleration = _decibels(found.acceleration, reference.acceleration)
    high = [place for place, low in enumerate(BANDS_HZ[:-1]) if low >= 5.0]
    short = min(found.seconds, reference.seconds)
    why_not = "" if short >= LEAST_SECONDS else f"{short:.0f} s of motion, {LEAST_SECONDS:g} needed"
    return SpectralDistance(
        speed_db=speed.square().mean().sqrt().item(),
        acceleration_db=acceleration.square().mean().sqrt().item(),
        high_db=acceleration[high].mean().item(),
        reliable=not why_not,
        why_not=why_not,
    )


def _pieces(values: Float[Tensor, "frame wrist"]) -> Float[Tensor, "piece frame"]:
    if len(values) < PIECE_FRAMES:
        return values.new_zeros(0, PIECE_FRAMES)
    cut = values.unfold(0, PIECE_FRAMES, PIECE_FRAMES // 2)
    return rearrange(cut, "piece wrist frame -> (piece wrist) frame")


def _banded(pieces: Float[Tensor, "piece frame"]) -> Float[Tensor, "band"]:
    """Mean density of the pieces in each band."""
    hann = torch.hann_window(PIECE_FRAMES, dtype=pieces.dtype)
    centred = (pieces - pieces.mean(dim=1, keepdim=True)) * hann
    power = torch.fft.rfft(centred).abs().square().mean(dim=0)
    density = 2.0 * power / (CORPUS_FPS * hann.square().sum())
    hertz = torch.fft.rfftfreq(PIECE_FRAMES, 1.0 / CORPUS_FPS)
    bands = [density[(hertz >= low) & (hertz < high)].mean() for low, high in pairwise(BANDS_HZ)]
    return torch.stack(bands)


def _decibels(found: Float[Tensor, "band"], reference: Float[Tensor, "band"]) -> Tensor:
    return 10.0 * ((found + _FLOOR) / (reference + _FLOOR)).log10()
