"""The two guidances: towards the conditions (classifier-free) and towards an exemplar.

x  current tokens          r  the exemplar's trajectory at the level of x
s  strength of one pull    k  gradient steps of the published rate     N  elements of a batch
"""

from dataclasses import dataclass, replace
from typing import assert_never

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from diffusion.config import GuidancePreset, SamplingOptions, StrengthSchedule

WAY_PULL = 1.0
"""How often the dial's share of the gap is closed on the way, if nothing widens it again."""
END_PULL = 1.0
"""The same at the clean end, so that the exemplar is reached without a jump as the dial nears 1:
what remains there is mostly detail that the denoiser smooths away."""
_FLOOR = 0.1
"""Least weight of a level, against the mean, so that a full dial is verbatim at every level."""


@dataclass(frozen=True)
class ClassifierFreeGuidance:
    """Weight of the conditional estimate against the unconditional one, as published."""

    coarse_scale: float = 6.5
    fine_weight: float = 0.23932
    threshold: int = 100

    def weight(self, timestep: Int[Tensor, "batch"]) -> Float[Tensor, "batch"]:
        """w(t) = 1 + scale * t / 1000 above the threshold, the fine weight up to it."""
        coarse = 1.0 + self.coarse_scale * timestep.double() / 1000.0
        return torch.where(timestep > self.threshold, coarse, self.fine_weight)


PUBLISHED_GUIDANCE = ClassifierFreeGuidance()
TRAINED_GUIDANCE = ClassifierFreeGuidance(coarse_scale=2.0, fine_weight=1.0)
"""Of weights that are trained here; see ``docs/quality.md``. The published weight near the clean
end would leave detail, which is decided there, mostly to the unconditional estimate."""


def classifier_free(
    options: SamplingOptions, usual: ClassifierFreeGuidance | None = PUBLISHED_GUIDANCE
) -> ClassifierFreeGuidance | None:
    """Weights of the two estimates; ``None`` when only the conditional one is wanted.

    ``usual`` is that of the weights, by which clips are inverted too.
    """
    if not options.classifier_free:
        return None
    if options.published:
        usual = PUBLISHED_GUIDANCE
    if options.classifier_free_scale is None:
        return usual
    return replace(usual or PUBLISHED_GUIDANCE, coarse_scale=options.classifier_free_scale)


def gradient_steps(preset: GuidancePreset, steps: int = 50) -> tuple[int, ...]:
    """Return k for each denoising step, cleanest first; ``25`` in a name is half of ``steps``."""
    half = steps // 2
    rest = steps - half
    rising = tuple(range(steps))
    falling = rising[::-1]
    presets: dict[GuidancePreset, tuple[int, ...]] = {
        "all_one": (1,) * steps,
        "all_10": (10,) * steps,
        "decreasing": rising,
        "increasing": falling,
        "decreasing_till_25": (0,) * half + rising[:rest],
        "drop_decreasing_till_25": (0,) * half + rising[half:],
        "increasing_from_25": falling[rest:] + (0,) * rest,
        "step_increasing_from_25": falling[:half] + (0,) * rest,
    }
    return presets[preset]


def published_pull(
    x: Float[Tensor, "batch token width"],
    r: Float[Tensor, "batch token width"],
    mask: Bool[Tensor, "batch token"],
    k: int,
    rate: float,
) -> Float[Tensor, "batch token width"]:
    """Take ``k`` gradient steps on the mean squared difference at once.

    In closed form, x <- r + (1 - 2 rate / N)^k (x - r). N counts the whole batch, separators
    included, so the effect fades as a batch grows.
    """
    kept = (1.0 - 2.0 * rate / x.numel()) ** k
    return torch.where(mask[..., None], r + kept * (x - r), x)


def pull(
    x: Float[Tensor, "batch token width"],
    r: Float[Tensor, "batch token width"],
    mask: Bool[Tensor, "batch token"],
    s: Float[Tensor, "batch token"],
    share: Float[Tensor, "batch token width width"] | None = None,
) -> Float[Tensor, "batch token width"]:
    """Close the share ``s`` of the gap on inserted tokens: x <- x + s (r - x).

    Means the same at any batch size; ``s`` = 1 is exactly ``r``. With ``share`` only that of the
    gap is closed which lies at frames that count: x <- x + s S (r - x).
    """
    if share is not None:
        gap = torch.einsum("btyx,btx->bty", share, r - x)
        return torch.where(mask[..., None], x + s[..., None] * gap, x)
    return torch.where(mask[..., None], torch.lerp(x, r, s[..., None]), x)


def step_strength(
    dial: Float[Tensor, "*shape"], schedule: StrengthSchedule, level: int, steps: int
) -> Float[Tensor, "*shape"]:
    """Strength of the pull at ``level`` (0 to ``steps`` - 1), for an exemplar's dial in 0..1.

    s = 1 - (1 - dial)^w, where the weights w of all levels sum to the same number for any number of
    steps. A dial of 0 never pulls; one of 1 is verbatim at every level.
    """
    if level == 0:
        weight = END_PULL
    else:
        noisiness = (level - 1) / max(1, steps - 2)
        weight = WAY_PULL / (steps - 1) * _relative_weight(schedule, noisiness)
    return 1.0 - (1.0 - dial) ** weight


def _relative_weight(schedule: StrengthSchedule, noisiness: float) -> float:
    """Weight of a level against the mean of all levels, from 0 (clean) to 1 (noisy)."""
    match schedule:
        case "constant":
            share = 0.5
        case "early":
            share = noisiness
        case "late":
            share = 1.0 - noisiness
        case _:
            assert_never(schedule)
    return _FLOOR + 2.0 * (1.0 - _FLOOR) * share
