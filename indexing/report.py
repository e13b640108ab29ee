"""What one build did, told at its end."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annotations.corpus import Problem
from annotations.records import IndexedRows, StoredRecording
from annotations.types import GestureType


@dataclass(frozen=True)
class IndexReport:
    """What one build did."""

    version: int
    """The index version that holds it all."""
    recordings: int
    """Recordings that the index holds."""
    unchanged: int
    """Recordings of this build that were found as they had been cut before."""
    exemplars: int
    senses: Mapping[str, int]
    """Exemplars of each sense."""
    types: Mapping[str, int]
    """Exemplars of each gesture type."""
    speakers: Mapping[str, int]
    """Exemplars of each speaker, by name."""
    inverted: int
    """Trajectories made by this build."""
    problems: tuple[Problem, ...]
    """What was skipped, and why."""
    notes: tuple[str, ...]
    """What was odd about recordings that are indexed nevertheless."""
    seconds: Mapping[str, float]
    """Time each stage took; ``read``, ``annotate``, ``window`` are summed over all processes."""

    @property
    def labels(self) -> Mapping[str, int]:
        """Exemplars of each sense and gesture type."""
        return {**self.senses, **self.types}

    def as_json(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "version": self.version,
            "recordings": self.recordings,
            "unchanged": self.unchanged,
            "exemplars": self.exemplars,
            "senses": dict(self.senses),
            "types": dict(self.types),
            "speakers": dict(self.speakers),
            "inverted": self.inverted,
            "skipped": [
                {"recording": each.recording_id, "file": str(each.file), "reason": each.message}
                for each in self.problems
            ],
            "notes": list(self.notes),
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }


@dataclass(frozen=True)
class Counts:
    """Exemplars of an index version by sense, type, speaker and recording."""

    senses: Mapping[str, int]
    types: Mapping[str, int]
    speakers: Mapping[str, int]
    recordings: Mapping[str, int]

    @classmethod
    def of(cls, rows: IndexedRows, stored: Iterable[StoredRecording]) -> "Counts":
        """Count the rows of a version; what has none is not named."""
        labels = _counted(rows.labels, rows.label_codes)
        gestures = {each.value for each in GestureType}
        recordings = _counted(rows.recordings, rows.recording_codes)
        speakers: defaultdict[str, int] = defaultdict(int)
        for each in stored:
            if each.id in recordings:
                speakers[each.speaker_name] += recordings[each.id]
        return cls(
            senses={label: n for label, n in labels.items() if label not in gestures},
            types={label: n for label, n in labels.items() if label in gestures},
            speakers=dict(speakers),
            recordings=recordings,
        )


def _counted(names: tuple[str, ...], codes: np.ndarray) -> dict[str, int]:
    counts = np.bincount(codes, minlength=len(names)).tolist()
    return {name: count for name, count in zip(names, counts, strict=True) if count}


@dataclass(frozen=True)
class StageClock:
    """Time spent on each stage."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Add the time inside to a stage, also where it ends with an exception."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add({stage: time.perf_counter() - began})

    def add(self, seconds: Mapping[str, float]) -> None:
        """Add times that were taken elsewhere."""
        for stage, more in seconds.items():
            self.seconds[stage] += more
