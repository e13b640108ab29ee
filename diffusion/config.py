"""How a request wants to be sampled: one frozen record, checked when it is made.

Loads no network library: a process that only checks requests reads this file as well.
"""

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

Mode = Literal["none", "initialise", "guide", "outpaint", "released"]
"""How exemplars enter: not at all; in the start noise only; by guidance as well; by overwriting
their tokens at every step; as the released code does (twice-noised latents at every step)."""

Behaviour = Literal["default", "published"]
"""Ours, or what the published method describes and the golden cases hold."""

GuidancePreset = Literal[
    "all_one",
    "all_10",
    "decreasing",
    "increasing",
    "decreasing_till_25",
    "drop_decreasing_till_25",
    "increasing_from_25",
    "step_increasing_from_25",
]
"""Published numbers of gradient steps for each denoising step."""

StrengthSchedule = Literal["constant", "early", "late"]
"""Where our pull on the way is spent: evenly, mostly while noisy, mostly while clean."""

Solver = Literal["ddim", "dpm"]
"""How a step is taken: DDIM, or DPM-Solver++(2M), which goes on straight from the estimate before
and needs fewer steps."""

MOST_SCALE = 20.0
"""Three times the published scale of classifier-free guidance; beyond it limbs leave the body."""
Precision = Literal["auto", "float32", "bfloat16"]
"""Of the denoiser's matrices while sampling; ``auto`` is bfloat16 on a GPU and on a processor with
instructions for it, else float32."""

DEFAULT_STRENGTH = 0.97
DEFAULT_STEPS = 20
PUBLISHED_STEPS = 50


@dataclass(frozen=True)
class SamplingOptions:
    """Everything that decides a sample beside speech, speaker, exemplars and weights."""

    seed: int = 0
    """The same seed gives the same motion, alone or in any company; on a GPU, which multiplies in
    another way for each size of a batch, up to rounding in the precision of sampling."""
    mode: Mode = "guide"
    behaviour: Behaviour = "default"
    """``default``: trajectories are used at the level of the current sample, seeds of long
    recordings and guidance hold at every step, and no noise is drawn behind the start.
    Chunks are fitted to their neighbours, and 15 fps becomes 30 on a spline.
    ``published``: trajectories are read one level further, guidance is gradient steps, chunks stay
    as they come, and 15 fps becomes 30 on straight lines."""
    strength: float = DEFAULT_STRENGTH
    """Dial of our guidance for exemplars without one of their own: 1 is verbatim; 0 leaves nothing
    of one that is held for some frames, and of one in whole seconds the hint in the start noise."""
    strength_schedule: StrengthSchedule = "constant"
    """Over which steps our guidance is spent."""
    guidance_preset: GuidancePreset = "decreasing_till_25"
    """Gradient steps of the published guidance."""
    guidance_rate: float = 0.1
    """Rate of the published guidance's gradient steps."""
    classifier_free: bool = True
    """Whether to weigh the conditional against the unconditional estimate; off halves the cost."""
    classifier_free_scale: float | None = None
    """The weight rises to 1 + scale at the noisiest step; that of the weights unless given, as
    published 6.5."""
    steps: int | None = None
    """Denoising steps, at most those of the weights' schedule; 20 unless given, as published 50."""
    solver: Solver | None = None
    """How a step is taken; ``dpm`` unless given, as published ``ddim``."""

    def __post_init__(self) -> None:
        _check_choice("mode", self.mode, Mode)
        _check_choice("behaviour", self.behaviour, Behaviour)
        _check_choice("strength_schedule", self.strength_schedule, StrengthSchedule)
        _check_choice("solver", self.chosen_solver, Solver)
        _check_choice("guidance_preset", self.guidance_preset, GuidancePreset)
        _check_within("seed", self.seed, 0, 2**63 - 1)
        _check_within("strength", self.strength, 0.0, 1.0)
        _check_within("guidance_rate", self.guidance_rate, 0.0, 1000.0)
        if self.classifier_free_scale is not None:
            _check_within("classifier_free_scale", self.classifier_free_scale, 0.0, MOST_SCALE)
        _check_within("steps", self.denoising_steps, 2, 1000)
        if complaint := self._contradiction():
            raise ValueError(complaint)

    @property
    def published(self) -> bool:
        """Whether to do as published."""
        return self.behaviour == "published"

    @property
    def denoising_steps(self) -> int:
        """Steps that were asked for, or those of the behaviour."""
        usual = PUBLISHED_STEPS if self.published else DEFAULT_STEPS
        return usual if self.steps is None else self.steps

    @property
    def chosen_solver(self) -> Solver:
        """The solver that was asked for, or that of the behaviour."""
        usual: Solver = "ddim" if self.published else "dpm"
        return usual if self.solver is None else self.solver

    def _contradiction(self) -> str | None:
        """The first setting that another one makes meaningless, in one sentence."""
        pulls = self._changed("strength", "strength_schedule")
        gradients = self._changed("guidance_preset", "guidance_rate")
        scale = self._changed("classifier_free_scale")
        if self.mode == "released" and not self.published:
            return "mode released exists as published only; set behaviour to published"
        if pulls and (self.published or self.mode != "guide"):
            return f"{pulls[0]} acts only in mode guide with behaviour default; leave it out"
        if gradients and (not self.published or self.mode != "guide"):
            return f"{gradients[0]} acts only in mode guide with behaviour published; leave it out"
        if self.solver == "dpm" and self.published:
            return "solver dpm acts only with behaviour default; leave it out"
        if scale and not self.classifier_free:
            return "classifier_free_scale needs classifier_free; leave one of them out"
        return None

    def _changed(self, *names: str) -> list[str]:
        """Which of these fields differ from their defaults."""
        defaults = {field.name: field.default for field in fields(SamplingOptions)}
        return [name for name in names if getattr(self, name) != defaults[name]]


def _check_choice(name: str, found: str, choices: Any) -> None:
    """Refuse what is none of a literal's values."""
    if found not in get_args(choices):
        raise ValueError(f"{name} must be one of {', '.join(get_args(choices))}; found {found!r}")


def _check_within(name: str, found: float, low: float, high: float) -> None:
    """Refuse a number outside its range, or one that is none."""
    if not low <= found <= high:
        raise ValueError(f"{name} must be within {low}..{high}, found {found}")
