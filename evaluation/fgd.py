"""Frechet gesture distance: how far the features of generated motion lie from those of real motion.

Features of all steps of all clips make one Gaussian a side (Yoon et al., 2020; network and input of
Liu et al., EMAGE, CVPR 2024). People's judgement does not follow it (arXiv 2511.01233).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from evaluation.fgd_weights import FgdEncoder
from evaluation.frechet import FeatureStatistics, frechet_distance
from evaluation.measurement import FEWEST_CLIPS, Measurement, shortages
from evaluation.positions import FACE_JOINTS, ClipPair
from motion.clip import Motion, sixd_rows
from motion.timeline import CORPUS_FPS

CUT_FRAMES = 32
"""Clips are cut to a multiple of this."""
STEPS_PER_FEATURE = 10
"""Feature steps on each side, for every feature. With fewer, two sets drawn from one Gaussian of
240 features already lie over 2 % of its total variance apart (9 % at two steps a feature)."""
_DEVIATIONS = 1.96


@dataclass(frozen=True)
class ClipFeatures:
    """Statistics of one recording on both sides; kept a clip each, so that clips can be redrawn."""

    generated: FeatureStatistics
    real: FeatureStatistics


@dataclass(frozen=True)
class DistanceInterval:
    """Where the distance lies, had other recordings been taken."""

    low: float
    high: float


def clip_features(encoder: FgdEncoder, pair: ClipPair) -> ClipFeatures:
    """Encode both motions of a pair; jaw and eyes are the real ones on both sides, as published."""
    poses = pair.generated.poses.clone()
    poses[:, list(FACE_JOINTS)] = pair.real.poses[:, list(FACE_JOINTS)]
    return ClipFeatures(
        FeatureStatistics.of(_features(encoder, poses, pair.generated.fps)),
        motion_features(encoder, pair.real),
    )


def motion_features(encoder: FgdEncoder, motion: Motion) -> FeatureStatistics:
    """Statistics of one motion by itself, at 30 fps."""
    return FeatureStatistics.of(_features(encoder, motion.poses, motion.fps))


def frechet_gesture_distance(clips: Sequence[ClipFeatures], encoder: FgdEncoder) -> Measurement:
    """FGD over all clips together."""
    if not clips:
        raise ValueError("there are no clips to compare")
    generated = FeatureStatistics.merged(clip.generated for clip in clips)
    real = FeatureStatistics.merged(clip.real for clip in clips)
    steps = min(generated.count, real.count)
    return Measurement(
        "FGD",
        frechet_distance(generated, real) if steps > 1 else float("nan"),
        "",
        "lower",
        encoder.id,
        shortages(
            ("recordings", len(clips), FEWEST_CLIPS),
            ("feature steps", steps, STEPS_PER_FEATURE * len(real.mean)),
        ),
    )


def distance_interval(
    clips: Sequence[ClipFeatures], draws: int = 200, seed: int = 0
) -> DistanceInterval:
    """95 % interval over recordings: the distance and 1.96 standard deviations of redrawn ones.

    Sets drawn anew hold fewer different clips and so lie too high, which is why their spread is
    taken and not their percentiles. That every small set lies too high itself, `real_floor` tells.
    """
    rng = np.random.default_rng(seed)
    generated, real = [clip.generated for clip in clips], [clip.real for clip in clips]
    drawn = [
        frechet_distance(
            FeatureStatistics.redrawn(generated, times), FeatureStatistics.redrawn(real, times)
        )
        for times in rng.multinomial(len(clips), np.full(len(clips), 1 / len(clips)), size=draws)
    ]
    value = frechet_distance(FeatureStatistics.merged(generated), FeatureStatistics.merged(real))
    reach = _DEVIATIONS * float(np.std(drawn, ddof=1))
    return DistanceInterval(max(0.0, value - reach), value + reach)


def real_floor(clips: Sequence[FeatureStatistics], splits: int = 20, seed: int = 0) -> float:
    """Mean FGD between random halves of real recordings: what not even reality comes below."""
    if len(clips) < 2:
        raise ValueError(f"halves need at least 2 recordings, found {len(clips)}")
    rng = np.random.default_rng(seed)
    distances = []
    for _ in range(splits):
        order = rng.permutation(len(clips))
        sides = (order[: len(clips) // 2], order[len(clips) // 2 :])
        left, right = (FeatureStatistics.merged(clips[i] for i in side) for side in sides)
        distances.append(frechet_distance(left, right))
    return float(np.mean(distances))


def _features(
    encoder: FgdEncoder, poses: Float[Tensor, "frame 55 3"], fps: float
) -> Float[np.ndarray, "step feature"]:
    if fps != CORPUS_FPS:
        raise ValueError(f"FGD compares motion at {CORPUS_FPS} fps, found {fps}; resample first")
    frames = len(poses) // CUT_FRAMES * CUT_FRAMES
    if frames == 0:
        return np.zeros((0, encoder.network.encoder.features))
    device = next(encoder.network.parameters()).device
    with torch.no_grad():
        features: Tensor = encoder.network.encoder(sixd_rows(poses[:frames])[None].to(device))
    return features[0].cpu().numpy()
