"""What a caller may choose; what is left ``None`` is left to the service.

Meaning and limits of every field: ``GET /v1/info``, or the reference at ``/docs``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Json = dict[str, Any]


@dataclass(frozen=True)
class RetrievalOptions:
    """How exemplars are chosen and laid."""

    scorer: Literal["default", "published"] | None = None
    placement: Literal["default", "whole_seconds", "published"] | None = None
    candidates: int | None = None
    exclude_recordings: Sequence[str] | None = None
    speaker: str | None = None
    max_per_minute: float | None = None
    minimum_gap_seconds: float | None = None
    minimum_probability: float | None = None
    strength: float | None = None
    method: str | None = None
    fill_with_prosody: bool | None = None
    before_seconds: float | None = None
    after_seconds: float | None = None
    minimum_gap_chunks: int | None = None
    exclude_exemplars: Sequence[int] | None = None
    recently_used: Mapping[int, float] | None = None
    weights: Mapping[str, float] | None = None


@dataclass(frozen=True)
class SamplingOptions:
    """How motion is sampled around the exemplars."""

    seed: int | None = None
    mode: str | None = None
    behaviour: Literal["default", "published"] | None = None
    strength: float | None = None
    strength_schedule: str | None = None
    guidance_preset: str | None = None
    guidance_rate: float | None = None
    classifier_free: bool | None = None
    classifier_free_scale: float | None = None
    steps: int | None = None
    solver: str | None = None


@dataclass(frozen=True)
class OutputOptions:
    """Which files are made of the motion, and how it stands in the world."""

    formats: Sequence[str] | None = None
    fps: Literal[24, 25, 30, 60] | None = None
    root: Literal["on", "in_place", "off"] | None = None
    feet: Literal["grounded", "free"] | None = None


@dataclass(frozen=True)
class Options:
    """Everything that may be chosen about one motion."""

    retrieval: RetrievalOptions = field(default_factory=RetrievalOptions)
    sampling: SamplingOptions = field(default_factory=SamplingOptions)
    output: OutputOptions = field(default_factory=OutputOptions)

    def as_json(self) -> Json:
        """Only what was chosen."""
        chosen = {
            group: {name: value for name, value in made.items() if value is not None}
            for group, made in asdict(self).items()
        }
        return {group: made for group, made in chosen.items() if made}


def json_of(options: Options | Mapping[str, Any] | None) -> Json:
    """Options in either form as JSON."""
    if options is None:
        return {}
    return options.as_json() if isinstance(options, Options) else dict(options)
