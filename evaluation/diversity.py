"""How much motion varies: within a clip, and between clips, as published.

L1 diversity (Li et al., ICCV 2021, as coded in EMAGE) is the distance of joints from their mean
place, summed over the 165 coordinates. The formula of the paper, over pairs, is not what is coded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

import numpy as np
from jaxtyping import Float

from evaluation.measurement import FEWEST_CLIPS, Measurement, shortages
from evaluation.positions import Positions

FEWEST_FRAMES = 300
"""Ten seconds: the mean place of a shorter clip is itself a gesture."""
FEWEST_PAIRS = 45
"""Those of ten clips."""


@dataclass(frozen=True)
class ClipSpread:
    """Distance from the mean place, summed over frames and coordinates."""

    total: float
    """Metres."""
    frames: int


def clip_spread(positions: Positions) -> ClipSpread:
    """What one clip adds to L1 diversity."""
    joints = positions.joints
    if len(joints) == 0:
        raise ValueError("a clip without frames has no mean place")
    away = np.abs(joints - joints.mean(axis=0))
    return ClipSpread(float(away.sum(dtype=np.float64)), len(joints))


def l1_diversity(clips: Sequence[ClipSpread], body: str) -> Measurement:
    """Mean over all frames of all clips."""
    frames = sum(clip.frames for clip in clips)
    shortest = min((clip.frames for clip in clips), default=0)
    return Measurement(
        "L1 diversity",
        sum(clip.total for clip in clips) / frames if frames else float("nan"),
        "m",
        "as real",
        body,
        shortages(
            ("recordings", len(clips), FEWEST_CLIPS),
            ("frames in the shortest recording", shortest, FEWEST_FRAMES),
        ),
    )


def pairwise_diversity(clips: Sequence[Positions], body: str) -> Measurement:
    """Mean distance of every two clips, cut to the shortest: Frobenius norm over frames.

    Published for clips of ten seconds (RAG-Gesture); it falls with the root of the length, so
    compare equal lengths only.
    """
    frames = min((len(clip) for clip in clips), default=0)
    pairs = list(combinations([clip.joints[:frames] for clip in clips], 2))
    apart = [float(np.linalg.norm((a - b).ravel())) / frames for a, b in pairs] if frames else []
    return Measurement(
        "pairwise diversity",
        fmean(apart) if apart else float("nan"),
        "m",
        "as real",
        f"{body}, {frames} frames",
        shortages(
            ("pairs of clips", len(pairs), FEWEST_PAIRS),
            ("frames in the shortest clip", frames, FEWEST_FRAMES),
        ),
    )


def feature_diversity(features: Float[np.ndarray, "row feature"]) -> float:
    """Mean Euclidean distance of every two rows."""
    rows = len(features)
    if rows < 2:
        raise ValueError(f"a distance needs at least 2 rows of features, found {rows}")
    total = sum(
        float(np.linalg.norm(features[:i] - row, axis=1).sum()) for i, row in enumerate(features)
    )
    return 2.0 * total / (rows * (rows - 1))
