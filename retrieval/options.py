"""Everything a caller may choose about retrieval and placement."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from retrieval.weights import Weights
from speech.words import unstorable

Scorer = Literal["default", "published"]
PlacementRule = Literal["default", "whole_seconds", "published"]
"""Strokes to the frame, fading into the motion around; whole seconds, ours too; RAG-Gesture's."""
SpeakerPolicy = Literal["prefer", "only", "any"]
Asker = Literal["discourse", "gesture_type", "llm", "prosody"]
"""What can ask for a gesture."""
Method = Literal["auto", "discourse", "gesture_type", "llm", "prosody"]
"""One of them, or all that know a meaning under one budget."""

_MOST_RECENTLY_USED = 10_000
_LARGEST_ID = 2**63 - 1
LIMITS: Mapping[str, tuple[float, float]] = {
    "candidates": (1, 1000),
    "max_per_minute": (0.0, 600.0),
    "minimum_gap_seconds": (0.0, 600.0),
    "minimum_probability": (0.0, 1.0),
    "strength": (0.0, 1.0),
    "minimum_gap_chunks": (0, 600),
    "before_seconds": (0.1, 5.0),
    "after_seconds": (0.1, 5.0),
}
"""Least and most of each option that is a number."""


@dataclass(frozen=True)
class RetrievalOptions:
    """How exemplars are chosen and laid; the defaults are ours, ``published`` is RAG-Gesture's."""

    scorer: Scorer = "default"
    """Our score, or RAG-Gesture's."""
    placement: PlacementRule = "default"
    """Strokes to the frame, whole seconds, or RAG-Gesture's rule."""
    candidates: int = 10
    """Candidates kept for each query; one of them is placed."""
    exclude_recordings: tuple[str, ...] = ()
    """Recordings nothing is taken from, e.g. the one the query comes from."""
    speaker: SpeakerPolicy = "prefer"
    """Whether exemplars of the query's speaker are preferred, demanded or not looked at."""
    max_per_minute: float = 20.0
    """Most gestures in a minute; what asks most comes first."""
    minimum_gap_seconds: float = 2.0
    """The least time between two moments that ask for a gesture; not with placement
    ``published``."""
    minimum_probability: float = 0.0
    """Annotations less probable than this ask for nothing."""
    strength: float | None = None
    """Of every placed exemplar: 0 a hint, 1 verbatim; without one, the sampler's own."""
    method: Method = "auto"
    """What asks for gestures; ``auto`` lets all share one budget, prosody only if it is to fill."""
    fill_with_prosody: bool = False
    """Method ``auto`` only: whether prominent words without a known meaning ask as well."""
    before_seconds: float = 0.9
    """Default placement only: how much of an exemplar is held before its stroke."""
    after_seconds: float = 0.7
    """Default placement only: how much of it is held behind its stroke."""
    minimum_gap_chunks: int = 1
    """Free seconds between an insertion and the next; not with placement ``published``."""
    exclude_exemplars: tuple[int, ...] = ()
    """Exemplars that are not taken."""
    recently_used: Mapping[int, float] = field(default_factory=dict)
    """Default scorer only: exemplars shown before this talk, and how many seconds ago."""
    weights: Weights | None = None
    """Default scorer only: ``None`` takes the server's."""

    def __post_init__(self) -> None:
        _check_choices(self)
        _check_limits(self)
        _check_recordings(self.exclude_recordings)
        _check_ids("exclude_exemplars", self.exclude_exemplars)
        _check_ids("recently_used", self.recently_used)
        _check_recently_used(self.recently_used)


def _check_choices(options: RetrievalOptions) -> None:
    choices = {"scorer": Scorer, "placement": PlacementRule, "speaker": SpeakerPolicy}
    for name, choice in (choices | {"method": Method}).items():
        allowed, found = get_args(choice), getattr(options, name)
        if found not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}, found {found}")
    if options.method == "prosody" and options.scorer == "published":
        raise ValueError(
            "method must be one of auto, discourse, gesture_type, llm with the published scorer, "
            "found prosody; its authors never released it: take the default scorer"
        )


def _check_limits(options: RetrievalOptions) -> None:
    for name, (low, high) in LIMITS.items():
        found = getattr(options, name)
        if found is not None and not low <= found <= high:
            raise ValueError(f"{name} must be within {low}..{high}, found {found}")


def _check_recordings(ids: Iterable[str]) -> None:
    for each in ids:
        if (wrong := unstorable(each)) is not None:
            raise ValueError(
                f"exclude_recordings must be ids without {wrong}, found {ascii(each)[:80]}"
            )


def _check_ids(name: str, ids: Iterable[int]) -> None:
    for each in ids:
        if not 1 <= each <= _LARGEST_ID:
            raise ValueError(f"{name} must be within 1..{_LARGEST_ID}, found {each}")


def _check_recently_used(recently_used: Mapping[int, float]) -> None:
    if len(recently_used) > _MOST_RECENTLY_USED:
        raise ValueError(
            f"recently_used must be within 0..{_MOST_RECENTLY_USED} exemplars, "
            f"found {len(recently_used)}"
        )
    for exemplar_id, seconds in recently_used.items():
        if not (math.isfinite(seconds) and seconds >= 0.0):
            raise ValueError(
                "recently_used must be within 0..inf seconds ago, "
                f"found {seconds} for exemplar {exemplar_id}"
            )
