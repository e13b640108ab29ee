"""What lies on the timeline of one window at a version: words, relations, gestures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotations.curation_errors import UnknownExemplarError
from annotations.encoding import window_with_tiers
from annotations.records import StoredRecording
from annotations.repository import Repository
from annotations.revision_repository import PlacedRevision, RevisionRepository
from annotations.revisions import annotation_in, annotation_origin
from annotations.tables import AnnotationRow, ExemplarRow, WindowRow
from annotations.types import Annotation, DiscourseRelation, Prominence, Window
from annotations.version_repository import VersionRepository
from motion.timeline import WINDOW_SECONDS
from speech.transcript import Interval, Word


@dataclass(frozen=True)
class StoredWindow:
    """The window of an exemplar, as it was cut."""

    id: int
    recording: StoredRecording
    window: Window
    places: frozenset[tuple[str, int | None]]
    """Tier and place of every entry that an exemplar was made of."""


@dataclass(frozen=True)
class TimelineEntry:
    """An annotation on the timeline of a window; times count from the window's start."""

    annotation: Annotation
    exemplar: PlacedRevision | None = None
    """The exemplar made of it, of this window where it has one; ``None`` for a bare entry."""
    stroke_seconds: float | None = None


@dataclass(frozen=True)
class SpokenWord:
    """A word with its strength."""

    word: Word
    prominence: float | None


class TimelineQueries:
    """Questions of one session about what lies on a window's timeline; writes nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._revisions = RevisionRepository(session)
        self._versions = VersionRepository(session)

    def window(self, exemplar_id: int) -> StoredWindow:
        """The window of an exemplar; `UnknownExemplarError`."""
        row = self._session.execute(
            select(WindowRow)
            .join(ExemplarRow, ExemplarRow.window_id == WindowRow.id)
            .where(ExemplarRow.id == exemplar_id)
        ).scalar_one_or_none()
        if row is None:
            raise UnknownExemplarError((exemplar_id,))
        recording = Repository(self._session).recording(row.recording_id)
        assert recording is not None, "windows belong to recordings"
        bare = Window(row.recording_id, row.speaker, row.start_seconds, row.text)
        places = select(ExemplarRow.tier, ExemplarRow.tier_place).where(
            ExemplarRow.window_id == row.id, ExemplarRow.tier_place.is_not(None)
        )
        taken = frozenset((row.tier, row.tier_place) for row in self._session.execute(places))
        return StoredWindow(row.id, recording, window_with_tiers(bare, row.annotations), taken)

    def entries(
        self, exemplar_id: int, shown: StoredWindow, version: int | None
    ) -> tuple[TimelineEntry, ...]:
        """Every annotation that lies in the window at a version, in time.

        Exemplars of overlapping windows are among them, each annotation once; and entries of the
        window's tiers that no exemplar was made of.
        """
        found = self._at(self._near(shown), version)
        if exemplar_id not in found:
            raise UnknownExemplarError((exemplar_id,), version)
        chosen: dict[int, PlacedRevision] = {}
        for each in sorted(found.values(), key=lambda row: _rank(row, exemplar_id, shown.id)):
            chosen.setdefault(each.place.annotation_id, each)
        there = (each for each in chosen.values() if _is_shown(each, exemplar_id))
        entries = [*(_entry(each, shown) for each in there), *self._bare(shown)]
        within = [each for each in entries if _is_within(each.annotation.focus)]
        return tuple(sorted(within, key=lambda each: each.annotation.focus.start))

    def _near(self, shown: StoredWindow) -> list[int]:
        start = shown.window.start_seconds
        query = (
            select(ExemplarRow.id)
            .join(WindowRow, WindowRow.id == ExemplarRow.window_id)
            .where(
                WindowRow.recording_id == shown.recording.id,
                WindowRow.start_seconds > start - WINDOW_SECONDS,
                WindowRow.start_seconds < start + WINDOW_SECONDS,
            )
        )
        return list(self._session.scalars(query))

    def _at(self, ids: Sequence[int], version: int | None) -> dict[int, PlacedRevision]:
        if version is None or version == self._versions.head():
            return self._revisions.current(ids)
        return self._revisions.at(ids, version)

    def _bare(self, shown: StoredWindow) -> Iterator[TimelineEntry]:
        """Entries of the tiers that no exemplar was made of, here or in another window."""
        window = shown.window
        tiers: tuple[tuple[str, tuple[Annotation, ...]], ...] = (
            ("relations", window.relations),
            ("gestures", window.gestures),
        )
        bare = {
            annotation_origin(annotation, window.start_seconds): annotation
            for name, tier in tiers
            for place, annotation in enumerate(tier)
            if (name, place) not in shown.places
        }
        query = select(AnnotationRow.origin).where(
            AnnotationRow.recording_id == shown.recording.id, AnnotationRow.origin.in_(bare)
        )
        known = set(self._session.scalars(query))
        return (TimelineEntry(each) for origin, each in bare.items() if origin not in known)


def words_within(
    words: Sequence[Word], prominences: Sequence[Prominence], start_seconds: float
) -> tuple[SpokenWord, ...]:
    """The words in a window; those of its prosodic tier where the recording's are not known.

    ``words`` count from the recording's start, ``prominences`` and the answer from the window's.
    """
    if not words:
        return tuple(SpokenWord(Word(each.word, each.interval), each.value) for each in prominences)
    strengths = {_millisecond(each.interval): each.value for each in prominences}
    moved = (Word(word.text, word.interval.shifted(-start_seconds)) for word in words)
    return tuple(
        SpokenWord(word, strengths.get(_millisecond(word.interval)))
        for word in moved
        if _is_within(word.interval)
    )


def _rank(row: PlacedRevision, exemplar_id: int, window_id: int) -> tuple[bool, bool, bool, int]:
    """The exemplar asked for first, then those in the index, those of its window, by id."""
    place = row.place
    return (
        place.exemplar_id != exemplar_id,
        row.content.removed,
        place.window_id != window_id,
        place.exemplar_id,
    )


def _is_shown(row: PlacedRevision, exemplar_id: int) -> bool:
    return not row.content.removed or row.place.exemplar_id == exemplar_id


def _entry(row: PlacedRevision, shown: StoredWindow) -> TimelineEntry:
    seconds = row.place.window_start_seconds - shown.window.start_seconds
    stroke = row.content.stroke_seconds
    return TimelineEntry(
        _shifted(annotation_in(row.content), seconds),
        row,
        None if stroke is None else stroke + seconds,
    )


def _shifted(annotation: Annotation, seconds: float) -> Annotation:
    if isinstance(annotation, DiscourseRelation):
        return replace(
            annotation,
            interval=annotation.interval.shifted(seconds),
            connective_interval=annotation.connective_interval.shifted(seconds),
        )
    return replace(annotation, interval=annotation.interval.shifted(seconds))


def _is_within(span: Interval) -> bool:
    return span.end > 0.0 and span.start < WINDOW_SECONDS


def _millisecond(interval: Interval) -> int:
    return round(interval.start * 1000)
