"""Frechet distance between two sets of features, each taken as a Gaussian.

| symbol | here |
| --- | --- |
| mu, Sigma | mean and covariance (divided by count - 1) of a set |
| d | (mu_1 - mu_2)^2 + tr Sigma_1 + tr Sigma_2 - 2 tr (Sigma_1 Sigma_2)^(1/2) |

Dowson and Landau, 1982; on features of gesture by Yoon et al., SIGGRAPH Asia 2020. The published
code takes the root of a matrix that need not be symmetric and adds 1e-6 to the diagonals where
that fails; the same trace from the symmetric Sigma_1^(1/2) Sigma_2 Sigma_1^(1/2) never fails.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Self

import numpy as np
from jaxtyping import Float, Int

Array = np.ndarray


@dataclass(frozen=True)
class FeatureStatistics:
    """Count, mean and scatter of features: all that the distance needs of any number of clips."""

    count: int
    mean: Float[Array, "feature"]
    scatter: Float[Array, "feature feature"]
    """Sum of the outer products of deviations from the mean."""

    @classmethod
    def of(cls, features: Float[Array, "step feature"]) -> Self:
        """Statistics of one clip, which may be empty; in double precision."""
        rows = np.asarray(features, dtype=np.float64)
        mean = rows.mean(axis=0) if len(rows) else np.zeros(rows.shape[1])
        deviations = rows - mean
        return cls(len(rows), mean, deviations.T @ deviations)

    @classmethod
    def merged(cls, clips: Iterable[Self]) -> Self:
        """Statistics of all steps of all clips together (Chan et al., 1983)."""
        return reduce(cls._with, clips)

    @classmethod
    def redrawn(cls, clips: Sequence[Self], times: Int[Array, "clip"]) -> Self:
        """Statistics of all steps where each clip comes as many times as told."""
        counts = times * np.array([clip.count for clip in clips])
        total = int(counts.sum())
        means = np.stack([clip.mean for clip in clips])
        mean = counts @ means / max(total, 1)
        apart = means - mean
        scatter = (apart.T * counts) @ apart
        for clip, time in zip(clips, times, strict=True):
            if time:
                scatter += time * clip.scatter
        return cls(total, mean, scatter)

    def _with(self, other: Self) -> Self:
        count = self.count + other.count
        if count == 0:
            return self
        share = other.count / count
        step = other.mean - self.mean
        between = np.outer(step, step) * (self.count * share)
        return type(self)(count, self.mean + share * step, self.scatter + other.scatter + between)

    @property
    def covariance(self) -> Float[Array, "feature feature"]:
        """Unbiased covariance."""
        if self.count < 2:
            raise ValueError(f"a covariance needs at least 2 feature steps, found {self.count}")
        return self.scatter / (self.count - 1)


def frechet_distance(left: FeatureStatistics, right: FeatureStatistics) -> float:
    """Distance of two sets; what rounding takes below 0 is 0."""
    sigma_1, sigma_2 = left.covariance, right.covariance
    root = _root(sigma_1)
    inner = np.linalg.eigvalsh(root @ sigma_2 @ root)
    trace = np.sqrt(inner.clip(min=0.0)).sum()
    apart = np.square(left.mean - right.mean).sum()
    return max(0.0, float(apart + np.trace(sigma_1) + np.trace(sigma_2) - 2.0 * trace))


def _root(symmetric: Float[Array, "feature feature"]) -> Float[Array, "feature feature"]:
    """The positive square root; negative eigenvalues are rounding and count as zero."""
    values, vectors = np.linalg.eigh(symmetric)
    root: Array = (vectors * np.sqrt(values.clip(min=0.0))) @ vectors.T
    return root
