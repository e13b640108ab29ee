"""What the engine is asked: the windows of a talk, and how each of them begins."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor

from diffusion.denoiser import PreparedConditions
from diffusion.sampling import Walk, Watch
from diffusion.windows import TalkWindow

Tokens = Float[Tensor, "batch token width"]


@dataclass(frozen=True, eq=False)
class Begun:
    """A window at its start: its walk, and what its estimates need."""

    walk: Walk
    prepared: PreparedConditions
    timesteps: tuple[int, ...]
    """Training timesteps of levels 1, 2, ..."""
    weights: tuple[float, ...] | None
    """Weight of the conditional estimate at levels 1, 2, ...; ``None`` takes it alone."""
    refined: bool
    """Whether the engine's refinement is applied to every estimate."""


Beginning = Callable[[Sequence[TalkWindow], Mapping[int, Tokens]], Sequence[Begun]]
"""Begins windows, given the tokens of those that are finished. Called in the caller's thread."""


@dataclass(frozen=True, eq=False)
class TalkRequest:
    """The windows of one talk; they are begun only when there is room for them."""

    plan: tuple[TalkWindow, ...]
    steps: int
    begin: Beginning
    watch: Watch = field(default_factory=Watch)
    known: Mapping[int, Tokens] = field(default_factory=dict)
    """Tokens of windows outside the plan, which those of the plan come after."""
