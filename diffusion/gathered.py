"""Conditions of a batch side by side, kept for the next tick, which mostly has the same windows."""

from collections import deque
from dataclasses import dataclass

from diffusion.denoiser import PreparedConditions


@dataclass(frozen=True, eq=False)
class _Batch:
    rows: list[PreparedConditions]
    stacked: PreparedConditions


class Gathered:
    """The newest batches, as many as there are lanes; safe among threads."""

    def __init__(self, most: int) -> None:
        self._kept: deque[_Batch] = deque(maxlen=most)

    def of(self, rows: list[PreparedConditions]) -> PreparedConditions:
        """These conditions as one batch."""
        known = next((each for each in tuple(self._kept) if each.rows == rows), None)
        if known is None:
            known = _Batch(rows, PreparedConditions.stacked(rows))
            self._kept.append(known)
        return known.stacked

    def clear(self) -> None:
        """Hold on to nothing."""
        self._kept.clear()
