"""Where the hands are, seen from the body: what strokes, repetition and diversity are read from."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import avg_pool1d

from motion.body import default_skeleton
from motion.clip import Motion
from motion.parts import joint

WRISTS = (joint("left_wrist"), joint("right_wrist"))
STILL_METRES_PER_SECOND = 0.15
"""A peak of hand speed below this is sway, not a stroke."""

_SMOOTHED_SECONDS = 0.1


def wrists_from_pelvis(motion: Motion) -> Float[Tensor, "frame 2 3"]:
    """Left and right wrist in the frame of the pelvis, metres, on our own skeleton."""
    poses = motion.poses.clone()
    poses[:, joint("pelvis")] = 0.0
    positions = default_skeleton().positions(poses, torch.zeros_like(motion.translation))
    return positions[:, list(WRISTS)]


def hand_speed(motion: Motion) -> Float[Tensor, "frame"]:
    """Speed of the faster wrist in metres a second, smoothed over 0.1 s: as exemplars are cut by.

    The same numbers as `indexing.segment.hand_speed`, which a measure must not import.
    """
    if len(motion) < 2:
        return torch.zeros(len(motion))
    (velocity,) = torch.gradient(wrists_from_pelvis(motion), spacing=1.0 / motion.fps, dim=0)
    fastest = velocity.norm(dim=-1).amax(dim=-1)
    reach = round(_SMOOTHED_SECONDS * motion.fps / 2)
    return avg_pool1d(
        fastest[None], 2 * reach + 1, stride=1, padding=reach, count_include_pad=False
    )[0]


def peaks(speed: Float[Tensor, "frame"]) -> Bool[Tensor, "frame"]:
    """Where speed neither rises on nor falls through; the first and last frame are none."""
    inner = (speed[1:-1] >= speed[:-2]) & (speed[1:-1] > speed[2:])
    edge = torch.zeros(1, dtype=torch.bool)
    return torch.cat((edge, inner, edge))[: len(speed)]


def stroke_near(
    speed: Float[Tensor, "frame"], fps: float, earliest: float, latest: float
) -> float | None:
    """Time of the fastest peak between two times, in seconds; ``None`` where hands are still."""
    first, last = max(round(earliest * fps), 1), min(round(latest * fps) + 1, len(speed) - 1)
    if first >= last:
        return None
    around = speed[first - 1 : last + 1]
    near = torch.where(peaks(around), around, 0.0)[1:-1]
    if near.max().item() < STILL_METRES_PER_SECOND:
        return None
    return (first + int(near.argmax())) / fps
