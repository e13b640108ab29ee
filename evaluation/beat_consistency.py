"""Beat consistency: whether slow points of the body follow onsets of the sound, as published.

| symbol | here |
| --- | --- |
| v_j | speed of joint j over its mean in BEAT2 |
| a | motion beats: local minima of v_j, in seconds |
| b | audio beats: onsets, in seconds |
| score | mean over j and b of exp(-min_a (a - b)^2 / (2 sigma^2)) |

After Liu et al., EMAGE, CVPR 2024 (the formula printed there runs from motion to sound; the code,
like this, from sound to motion). It does not tell the right sound from a wrong one, and jitter
raises it: it is here because people expect it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from evaluation.measurement import FEWEST_CLIPS, Measurement, shortages, weighted_mean
from evaluation.onsets import onset_times
from evaluation.positions import Orientation, Positions
from motion.parts import Part
from motion.timeline import CORPUS_FPS
from speech.transcript import SAMPLE_RATE

Array = np.ndarray
UPPER_JOINTS = Part.UPPER.layout.joints
"""Spine, neck, head and arms."""
MINIMUM_REACH_FRAMES = 7
"""A beat is slower than this many frames before and after it."""
FEWEST_ONSETS = 100

MEAN_SPEED: Float[Array, "55"] = np.array(
    [
        *(0.08327, 0.08421, 0.08483, 0.08498, 0.08027, 0.08032, 0.08741, 0.04917, 0.05226, 0.08831),
        *(0.04706, 0.0517, 0.09609, 0.09202, 0.09241, 0.10327, 0.10503, 0.10375, 0.15709, 0.16026),
        *(0.25089, 0.2696, 0.10324, 0.10854, 0.1087, 0.33719, 0.36954, 0.3697, 0.34349, 0.36798),
        *(0.36152, 0.32505, 0.33565, 0.33273, 0.33415, 0.35401, 0.34686, 0.28358, 0.30582, 0.33026),
        *(0.3653, 0.40157, 0.40226, 0.37201, 0.39686, 0.38996, 0.35113, 0.3645, 0.36084, 0.36137),
        *(0.38217, 0.37499, 0.30567, 0.33087, 0.35769),
    ]
)
"""Mean speed of each joint in BEAT2, metres a second, as published with the measure."""
MEAN_SPEED.flags.writeable = False


@dataclass(frozen=True)
class BeatVariant:
    """One published way of counting."""

    name: str
    threshold: float
    """Speed over mean speed that a beat must exceed."""
    margin_frames: int
    """Left out at both ends of a clip."""
    orientation: Orientation
    sigma_seconds: float = 0.3


EMAGE_TOOLS = BeatVariant("EMAGE tools", 0.10, 60, "upright")
OLDER_EMAGE = BeatVariant("older EMAGE", 0.30, 60, "kept")
RAG_GESTURE = BeatVariant("RAG-Gesture", 0.30, 10, "kept")
TALKSHOW = BeatVariant("TalkSHOW sigma", 0.10, 60, "upright", sigma_seconds=0.5)
VARIANTS = (EMAGE_TOOLS, OLDER_EMAGE, RAG_GESTURE, TALKSHOW)


@dataclass(frozen=True)
class ClipBeats:
    """Beat consistency of one clip."""

    score: float
    frames: int
    """What the clip weighs; 0 where it is too short or its sound has no onset."""
    onsets: int


def clip_beats(
    positions: Positions,
    samples: Float32[Array, "sample"],
    variant: BeatVariant,
    mean_speed: Float[Array, "joint"] = MEAN_SPEED,
) -> ClipBeats:
    """Score one clip at 30 fps against its 16 kHz sound."""
    if positions.fps != CORPUS_FPS:
        raise ValueError(f"beats are counted at {CORPUS_FPS} fps, found {positions.fps}; resample")
    inside = range(variant.margin_frames, len(positions) - variant.margin_frames)
    if len(inside) <= MINIMUM_REACH_FRAMES:
        return ClipBeats(0.0, 0, 0)
    first, last = (int(frame / CORPUS_FPS * SAMPLE_RATE) for frame in (inside.start, inside.stop))
    onsets = onset_times(samples[first:last])
    beats = motion_beats(positions.joints, variant, mean_speed)
    score = beat_score(onsets, [beats[joint] for joint in UPPER_JOINTS], variant.sigma_seconds)
    return ClipBeats(score, len(inside) if len(onsets) else 0, len(onsets))


def beat_consistency(clips: Sequence[ClipBeats], variant: BeatVariant, body: str) -> Measurement:
    """The mean of all clips, each weighing as much as it has frames."""
    return Measurement(
        "beat consistency",
        weighted_mean([clip.score for clip in clips], [float(clip.frames) for clip in clips]),
        "",
        "as real",
        f"{variant.name}, {body}",
        shortages(
            ("recordings with onsets", sum(clip.frames > 0 for clip in clips), FEWEST_CLIPS),
            ("onsets", sum(clip.onsets for clip in clips), FEWEST_ONSETS),
        ),
    )


def beat_score(
    onsets: Float[Array, "onset"], beats: Sequence[Int[Array, "beat"]], sigma_seconds: float
) -> float:
    """Mean over onsets, then joints; a joint without beats counts 0, as no onset at all does."""
    scores = [_follows(onsets, frames / CORPUS_FPS, sigma_seconds) for frames in beats]
    return float(np.mean(scores))


def _follows(onsets: Float[Array, "onset"], times: Float[Array, "beat"], sigma: float) -> float:
    if len(onsets) == 0 or len(times) == 0:
        return 0.0
    nearest = np.abs(onsets[:, None] - times).min(axis=1)
    return float(np.exp(-np.square(nearest) / (2.0 * sigma**2)).mean())


def motion_beats(
    joints: Float[Array, "frame joint 3"],
    variant: BeatVariant,
    mean_speed: Float[Array, "joint"] = MEAN_SPEED,
) -> tuple[Int[Array, "beat"], ...]:
    """For each joint, the frames of its beats, counted from the end of the margin.

    As published, whether the joint is fast enough is looked up ``margin_frames`` before the beat.
    """
    relative = joint_speed(joints) / mean_speed
    inside = relative[variant.margin_frames : len(relative) - variant.margin_frames]
    fast = relative[: len(inside)] > variant.threshold
    return tuple(np.flatnonzero(row) for row in (local_minima(inside) & fast).T)


def joint_speed(joints: Float[Array, "frame joint 3"]) -> Float[Array, "frame joint"]:
    """Metres a second at 30 fps: central differences, one-sided at both ends."""
    if len(joints) < 2:
        raise ValueError(f"speed needs at least 2 frames, found {len(joints)}")
    velocity = np.gradient(joints, 1 / CORPUS_FPS, axis=0)
    speed: Array = np.linalg.norm(velocity, axis=-1)
    return speed


def local_minima(values: Float[Array, "frame joint"]) -> Bool[Array, "frame joint"]:
    """Where a value is below all others in reach; beyond the ends the outermost value goes on."""
    lowest = np.ones(values.shape, dtype=bool)
    frames = np.arange(len(values))
    for step in range(1, MINIMUM_REACH_FRAMES + 1):
        for offset in (-step, step):
            lowest &= values < values[(frames + offset).clip(0, len(values) - 1)]
    return lowest
