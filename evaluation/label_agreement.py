"""Agreement of gesture labels with those of people, against chance by shifted labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotations.types import GestureLabel, GestureType
from speech.words import Interval

NEAR_SECONDS = 0.5
"""Labels this close mean the same stroke."""
SHIFTS = 200
"""Shifts of the found labels, spread over the recording, that make up chance."""


@dataclass(frozen=True)
class Agreement:
    """How labels of one type, or of any but beats, meet the labels of people."""

    type: GestureType | None
    """``None`` for any type but beats."""
    given: int
    hit: int
    """Given labels with a found one near by."""
    found: int
    right: int
    """Found labels with a given one near by."""
    chance_hit: float
    """Mean number of hits of the shifted labels."""
    chance_right: float
    at_least: float
    """Share of the shifts with as many right labels or more."""

    @property
    def recall(self) -> float:
        """Share of the given labels that are hit."""
        return self.hit / self.given if self.given else 0.0

    @property
    def precision(self) -> float:
        """Share of the found labels that are right."""
        return self.right / self.found if self.found else 0.0


def agreement(
    given: Sequence[GestureLabel], found: Sequence[GestureLabel], seconds: float
) -> tuple[Agreement, ...]:
    """For each type, and for all but beats whatever their type, over a recording of ``seconds``.

    Chance shifts the found labels in time, around the end of the recording, so that their number
    and their rhythm stay.
    """
    kinds: list[GestureType | None] = [*GestureType, None]
    return tuple(_of_type(kind, given, found, seconds) for kind in kinds)


def _of_type(
    kind: GestureType | None,
    given: Sequence[GestureLabel],
    found: Sequence[GestureLabel],
    seconds: float,
) -> Agreement:
    wanted, ours = _spans(given, kind), _spans(found, kind)
    hit, right = _hits(wanted, ours), _hits(ours, wanted)
    shifts = np.arange(1, SHIFTS + 1) * seconds / (SHIFTS + 1)
    moved = [_shifted(ours, float(shift), seconds) for shift in shifts]
    rights = [_hits(spans, wanted) for spans in moved]
    hits = [_hits(wanted, spans) for spans in moved]
    share = float(np.mean([each >= right for each in rights]))
    return Agreement(
        kind,
        len(wanted),
        hit,
        len(ours),
        right,
        float(np.mean(hits)),
        float(np.mean(rights)),
        share,
    )


def _spans(labels: Sequence[GestureLabel], kind: GestureType | None) -> list[Interval]:
    return [
        label.interval
        for label in labels
        if label.type is kind or (kind is None and label.type is not GestureType.BEAT)
    ]


def _hits(ones: Sequence[Interval], others: Sequence[Interval]) -> int:
    """How many of ``ones`` have one of ``others`` within reach."""
    return sum(any(_gap(one, other) <= NEAR_SECONDS for other in others) for one in ones)


def _gap(one: Interval, other: Interval) -> float:
    return max(one.start, other.start) - min(one.end, other.end)


def _shifted(spans: Sequence[Interval], shift: float, seconds: float) -> list[Interval]:
    moved = [span.shifted(shift) for span in spans]
    return [span.shifted(-seconds) if span.start >= seconds else span for span in moved]
