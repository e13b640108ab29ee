"""Speed and jerk of the wrists: whether motion has the energy and the smoothness of a person's."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from evaluation.hands import WRISTS
from motion.body import joint_positions
from motion.clip import Motion


@dataclass(frozen=True)
class WristKinematics:
    """Median and 90th percentile over both wrists, on our own skeleton."""

    speed_median: float
    """Metres a second."""
    speed_90: float
    jerk_median: float
    """Metres a second cubed."""
    jerk_90: float


def wrist_kinematics(motion: Motion) -> WristKinematics:
    """Finite differences of wrist positions at the motion's own rate; needs four frames."""
    if len(motion) < 4:
        raise ValueError(f"jerk needs at least 4 frames, found {len(motion)}")
    wrists = joint_positions(motion)[:, list(WRISTS)]
    speed = _magnitude(wrists, 1, motion.fps)
    jerk = _magnitude(wrists, 3, motion.fps)
    return WristKinematics(
        speed.quantile(0.5).item(),
        speed.quantile(0.9).item(),
        jerk.quantile(0.5).item(),
        jerk.quantile(0.9).item(),
    )


def _magnitude(
    positions: Float[Tensor, "frame joint 3"], order: int, fps: float
) -> Float[Tensor, "value"]:
    """Length of the n-th finite difference, per second to the n-th."""
    rate = fps**order
    differences = positions.double().diff(n=order, dim=0)
    lengths: Tensor = (differences * rate).norm(dim=-1).flatten()
    return lengths
