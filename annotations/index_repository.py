"""Every query of the index: what a version holds, what changed between two, exemplars in full."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import ColumnElement, Row, case, or_, select
from sqlalchemy.orm import Session

from annotations.embedding_repository import batches
from annotations.encoding import annotation_from_json, window_with_tiers
from annotations.records import SYSTEM, AnnotationKind, IndexedRows, StoredExemplar
from annotations.revision_repository import at_version, is_current
from annotations.tables import EventRow, ExemplarRow, RecordingRow, RevisionRow, WindowRow
from annotations.types import Annotation, DiscourseRelation, Exemplar, GestureLabel, Window
from annotations.version_repository import VersionRepository

_Entry = TypeVar("_Entry", DiscourseRelation, GestureLabel)
_CURATED = or_(RevisionRow.number > 1, ExemplarRow.tier_place.is_(None))
"""Exemplars that may say something else than the tier they were cut from."""
_INDEXED = (
    RevisionRow.exemplar_id,
    RevisionRow.number,
    RevisionRow.label,
    RevisionRow.recording_id,
)


@dataclass(frozen=True, eq=False)
class Changed:
    """What turns an index of one version into that of another."""

    removed: tuple[int, ...]
    """Ids that leave, ascending."""
    rows: IndexedRows
    """Exemplars that are new or have another revision."""
    windows: frozenset[str]
    """Keys of the windows that may show other tiers: also through edits of removed exemplars."""


@dataclass(frozen=True)
class _Curated:
    """What became of one entry of a window's tiers."""

    tier: str
    place: int | None
    annotation: Annotation | None
    """None where a curator took it away."""


class IndexRepository:
    """The index as one session sees it; reads alone."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._versions = VersionRepository(session)

    def rows(self, version: int | None) -> IndexedRows:
        """What an index of a version holds."""
        query = (
            select(*_INDEXED)
            .where(self._at(version), RevisionRow.removed.is_(False))
            .order_by(RevisionRow.exemplar_id)
        )
        return self._indexed(self._session.connection().execute(query).cursor.fetchall())

    def changed(self, old: int, new: int) -> Changed:
        """What turns an index of version ``old`` into that of ``new``."""
        first, last = sorted((old, new))
        query = select(RevisionRow.exemplar_id).where(
            RevisionRow.seq > first, RevisionRow.seq <= last
        )
        touched = sorted(set(self._session.scalars(query)))
        before = {row[0]: row[1] for row in self._indexed_among(touched, old)}
        found = self._indexed_among(touched, new)
        removed = sorted(before.keys() - {row[0] for row in found})
        changed = [row for row in found if before.get(row[0]) != row[1]]
        return Changed(tuple(removed), self._indexed(changed), self._window_keys(touched))

    def _indexed_among(self, ids: Sequence[int], version: int) -> list[Sequence[Any]]:
        rows: list[Sequence[Any]] = []
        for batch in batches(ids):
            query = select(*_INDEXED).where(
                RevisionRow.exemplar_id.in_(batch),
                at_version(version),
                RevisionRow.removed.is_(False),
            )
            rows += self._session.execute(query.order_by(RevisionRow.exemplar_id))
        return rows

    def _window_keys(self, ids: Sequence[int]) -> frozenset[str]:
        """Keys of the windows that exemplars lie in."""
        places: set[tuple[str, int, float]] = set()
        for batch in batches(ids):
            query = (
                select(WindowRow.recording_id, WindowRow.speaker, WindowRow.start_seconds)
                .join(ExemplarRow, ExemplarRow.window_id == WindowRow.id)
                .where(ExemplarRow.id.in_(batch))
            )
            places.update((row[0], row[1], row[2]) for row in self._session.execute(query))
        return frozenset(Window(*place, text="").key for place in places)

    def exemplars(self, ids: Sequence[int], version: int | None) -> Mapping[int, StoredExemplar]:
        """Exemplars by id at a version; each window is decoded once, and so is what it holds."""
        rows = self._revisions(sorted(set(ids)), version)
        window_ids = sorted({row.window_id for row in rows})
        cut = self._windows(window_ids)
        curated = self._curated(window_ids, version)
        shown = {each: _with_curated(cut[each], curated.get(each, ())) for each in window_ids}
        return {
            row.id: _exemplar(row, _annotation(row, cut[row.window_id]), shown[row.window_id])
            for row in rows
        }

    def _revisions(self, ids: Sequence[int], version: int | None) -> list[Row[*tuple[Any, ...]]]:
        rows: list[Row[*tuple[Any, ...]]] = []
        for batch in batches(ids):
            query = (
                select(
                    *(ExemplarRow.id, ExemplarRow.window_id, RevisionRow.kind),
                    *(ExemplarRow.tier, ExemplarRow.tier_place, RevisionRow.stroke_seconds),
                    case((_CURATED, RevisionRow.annotation)).label("annotation"),
                    *(RevisionRow.prominence, RevisionRow.quality, RevisionRow.number),
                    *(RevisionRow.removed, RevisionRow.comment),
                )
                .join(RevisionRow, RevisionRow.exemplar_id == ExemplarRow.id)
                .where(ExemplarRow.id.in_(batch), self._at(version))
                .order_by(ExemplarRow.id)
            )
            rows += self._session.execute(query).all()
        return rows

    def _windows(self, ids: Sequence[int]) -> dict[int, Window]:
        windows: dict[int, Window] = {}
        for batch in batches(ids):
            query = select(
                *(WindowRow.id, WindowRow.recording_id, WindowRow.speaker),
                *(WindowRow.start_seconds, WindowRow.text, WindowRow.annotations),
            ).where(WindowRow.id.in_(batch))
            for each, recording, speaker, start, text, tiers in self._session.execute(query):
                windows[each] = window_with_tiers(Window(recording, speaker, start, text), tiers)
        return windows

    def _exemplars_in(self, window_ids: Sequence[int]) -> list[int]:
        ids: list[int] = []
        for batch in batches(window_ids):
            query = select(ExemplarRow.id).where(ExemplarRow.window_id.in_(batch))
            ids += self._session.scalars(query)
        return ids

    def _curated(self, window_ids: Sequence[int], version: int | None) -> dict[int, list[_Curated]]:
        """Entries of tiers that differ from what was cut, by window."""
        found: dict[int, list[_Curated]] = {}
        for batch in batches(self._exemplars_in(window_ids)):
            query = (
                select(
                    *(ExemplarRow.window_id, ExemplarRow.tier, ExemplarRow.tier_place),
                    *(RevisionRow.kind, RevisionRow.annotation, RevisionRow.removed),
                    EventRow.actor,
                )
                .join(RevisionRow, RevisionRow.exemplar_id == ExemplarRow.id)
                .join(EventRow, EventRow.seq == RevisionRow.seq)
                .where(ExemplarRow.id.in_(batch), self._at(version), _CURATED)
                .order_by(ExemplarRow.id)
            )
            for row in self._session.execute(query):
                found.setdefault(row.window_id, []).append(_curated(row))
        return found

    def _at(self, version: int | None) -> ColumnElement[bool]:
        if version is None or version == self._versions.head():
            return is_current()
        return at_version(version)

    def _indexed(self, rows: Sequence[Sequence[Any]]) -> IndexedRows:
        ids, numbers, labels, recordings = zip(*rows, strict=True) if rows else ((), (), (), ())
        names, label_codes = _coded(labels)
        recording_names, recording_codes = _coded(recordings)
        query = select(RecordingRow.id, RecordingRow.speaker)
        speakers = {row[0]: row[1] for row in self._session.execute(query)}
        of_recording = np.array([speakers[each] for each in recording_names], dtype=np.int16)
        return IndexedRows(
            ids=np.array(ids, dtype=np.int64),
            numbers=np.array(numbers, dtype=np.int64),
            labels=names,
            label_codes=label_codes,
            speakers=of_recording[recording_codes],
            recordings=recording_names,
            recording_codes=recording_codes,
        )


def _coded(values: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray[Any, np.dtype[np.int32]]]:
    """Distinct values in order, and for each value its place among them."""
    names = tuple(sorted(set(values)))
    places = {name: place for place, name in enumerate(names)}
    return names, np.fromiter(map(places.__getitem__, values), dtype=np.int32, count=len(values))


def _with_curated(window: Window, curated: Sequence[_Curated]) -> Window:
    """The window with each entry as it was curated; added ones behind, in order of their ids."""
    if not curated:
        return window
    relations: list[DiscourseRelation | None] = list(window.relations)
    gestures: list[GestureLabel | None] = list(window.gestures)
    for entry in curated:
        match entry.annotation:
            case DiscourseRelation() as relation:
                _put(relations, entry.place, relation)
            case GestureLabel() as gesture:
                _put(gestures, entry.place, gesture)
            case None if entry.place is not None:
                (relations if entry.tier == "relations" else gestures)[entry.place] = None
            case None:
                pass
    return replace(
        window,
        relations=tuple(each for each in relations if each is not None),
        gestures=tuple(each for each in gestures if each is not None),
    )


def _put(tier: list[_Entry | None], place: int | None, annotation: _Entry) -> None:
    if place is None:
        tier.append(annotation)
    else:
        tier[place] = annotation


def _kind(stored: str) -> AnnotationKind:
    return "relation" if stored == "relation" else "gesture"


def _curated(row: Row[*tuple[Any, ...]]) -> _Curated:
    gone = row.removed and (row.actor != SYSTEM or row.tier_place is None)
    annotation = None if gone else annotation_from_json(_kind(row.kind), row.annotation)
    return _Curated(row.tier, row.tier_place, annotation)


def _annotation(row: Row[*tuple[Any, ...]], cut: Window) -> Annotation:
    """The curated annotation of an exemplar; of an untouched one, the entry it was cut from."""
    if row.annotation is not None:
        return annotation_from_json(_kind(row.kind), row.annotation)
    tier: Sequence[Annotation] = cut.relations if row.tier == "relations" else cut.gestures
    place: int = row.tier_place
    return tier[place]


def _exemplar(row: Row[*tuple[Any, ...]], annotation: Annotation, window: Window) -> StoredExemplar:
    return StoredExemplar(
        Exemplar(row.id, window, annotation, row.stroke_seconds),
        row.prominence,
        tuple(row.quality),
        row.number,
        row.removed,
        row.comment,
    )
