"""What a query may choose from: its sense, and the senses above it while entries are few."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from annotations.types import GestureType
from retrieval.matches import CUT_REASONS, Cut, CutReason, Query, RetrievalOptions
from retrieval.scoring import label_levels, shared_levels
from retrieval.vector_index import SearchFilter, VectorIndex

FEW_ENTRIES = 3
"""With fewer entries of a sense than this, entries of the sense above it are looked at too."""
BEAT = GestureType.BEAT.value
_LIGHT = "Expansion"
"""Gestures of these senses present, list and stress; they say least about content."""


@dataclass(frozen=True)
class Pool:
    """What a query may choose from, and how it came about."""

    filter: SearchFilter
    count: int
    cut: Cut
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pools:
    """Pools of one request: what its options keep out is the same for every query."""

    index: VectorIndex
    allowed: SearchFilter
    """Without labels: what is kept out by recording, speaker and id."""
    _known: dict[str | None, Pool] = field(default_factory=dict, compare=False, repr=False)
    """By label; under none that of prosody."""

    @classmethod
    def of(
        cls, index: VectorIndex, speaker: int, options: RetrievalOptions, without: frozenset[int]
    ) -> "Pools":
        """Pools for a speaker under options; ``without`` are ids that are kept out as well."""
        return cls(
            index,
            SearchFilter(
                (),
                excluded=without.union(options.exclude_exemplars),
                without_recordings=options.exclude_recordings,
                speaker=speaker if options.speaker == "only" else None,
            ),
        )

    def pool_of(self, query: Query) -> Pool:
        """What a query may choose from: the same for all of one label."""
        label = None if query.method == "prosody" else query.annotation.label
        if label not in self._known:
            self._known[label] = self._prosodic() if label is None else self._of_label(label)
        return self._known[label]

    def _of_label(self, label: str) -> Pool:
        levels = label_levels(label)
        notes: list[str] = []
        for level in range(len(levels), 0, -1):
            filtered = self.with_labels(self._labels(label, level))
            count = self.index.count(filtered)
            if count >= FEW_ENTRIES or level == 1:
                break
            sense = ".".join(levels[:level])
            notes.append(f"{sense} has only {count} to offer, so the sense above it was searched")
        return self._pool(filtered, count, notes)

    def with_labels(self, labels: tuple[str, ...]) -> SearchFilter:
        """What is allowed, of these labels."""
        return replace(self.allowed, labels=labels)

    def exactly(self, labels: tuple[str, ...]) -> Pool:
        """What is allowed of these labels, however few."""
        filtered = self.with_labels(labels)
        return self._pool(filtered, self.index.count(filtered), [])

    def why_no_beats(self) -> str | None:
        """What prosody should know where it does not choose among beats."""
        return next(iter(self._prosodic().notes), None) if not self._has_beats else None

    @property
    def _has_beats(self) -> bool:
        return self.index.count(self.with_labels((BEAT,))) >= FEW_ENTRIES

    def _prosodic(self) -> Pool:
        """Beats; without any, gestures that say little of their own."""
        counts: Mapping[str, int] = self.index.label_counts
        light = tuple(label for label in counts if label_levels(label)[0] == _LIGHT)
        for labels, note in (
            ((BEAT,), ""),
            (light, "the index holds no beats, so gestures of Expansion were searched"),
        ):
            filtered = self.with_labels(labels)
            count = self.index.count(filtered)
            if count >= FEW_ENTRIES:
                return self._pool(filtered, count, [note] if note else [])
        filtered = self.with_labels(tuple(counts))
        note = "the index holds no beats and few gestures of Expansion, so all were searched"
        return self._pool(filtered, self.index.count(filtered), [note])

    def _labels(self, asked: str, level: int) -> tuple[str, ...]:
        return tuple(
            label for label in self.index.label_counts if shared_levels(label, asked) >= level
        )

    def _pool(self, filtered: SearchFilter, count: int, notes: list[str]) -> Pool:
        cut = self._cut(filtered, count)
        left_out = cut.recording + cut.speaker + cut.exemplar
        if left_out:
            notes.append(f"{left_out} entries were left out by recording, speaker or id")
        return Pool(filtered, count, cut, tuple(notes))

    def kept_out(self, pool: Pool) -> dict[CutReason, SearchFilter]:
        """What each part of a pool's filter kept out, as a filter that finds just that."""
        whole = SearchFilter(tuple(self.index.label_counts))
        steps = (whole, *_narrowed(pool.filter), pool.filter)
        return {
            reason: replace(before, beyond=after)
            for reason, (before, after) in zip(CUT_REASONS, pairwise(steps), strict=True)
            if getattr(pool.cut, reason)
        }

    def _cut(self, filtered: SearchFilter, count: int) -> Cut:
        """How many entries each part of the filter kept out, one after the other."""
        steps = [len(self.index), *map(self.index.count, _narrowed(filtered)), count]
        return Cut(*(before - after for before, after in pairwise(steps)))


def _narrowed(filtered: SearchFilter) -> tuple[SearchFilter, SearchFilter, SearchFilter]:
    """A filter part by part: by label, then by recording too, then by speaker too."""
    of_labels = SearchFilter(filtered.labels)
    of_recordings = replace(of_labels, without_recordings=filtered.without_recordings)
    return of_labels, of_recordings, replace(of_recordings, speaker=filtered.speaker)
