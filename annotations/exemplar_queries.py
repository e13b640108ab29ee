"""What curators ask about exemplars: lists, facets, history, differences, coverage."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from annotations.curation_errors import (
    EditInvalidError,
    UnknownAnnotationError,
    UnknownExemplarError,
)
from annotations.curation_records import (
    AnnotationFacts,
    ExemplarFacts,
    ExemplarFilter,
    HistoryEntry,
    LabelCoverage,
    Order,
    Page,
    RowChange,
    Wanted,
)
from annotations.exemplar_filters import conditions
from annotations.facets import Facets, all_facets, found_facets
from annotations.list_order import ListPlace, behind, in_order, ordered_ids, place_of
from annotations.records import AnnotationKind, StoredEvent
from annotations.revision_repository import (
    PlacedRevision,
    RevisionRepository,
    placed_revision,
    placed_revisions,
)
from annotations.senses import SENSES, matching_sense
from annotations.tables import RecordingRow, RevisionRow
from annotations.types import GestureType
from annotations.use_queries import uses
from annotations.version_repository import VersionRepository

MOST_ROWS = 1_000
"""Rows of one page."""


class ExemplarQueries:
    """Questions of one session about exemplars; writes nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._revisions = RevisionRepository(session)
        self._versions = VersionRepository(session)

    def page(self, asked: ExemplarFilter, wanted: Wanted | None = None) -> Page:
        """Exemplars in order; all pages of one cursor show the version of the first."""
        wanted = wanted or Wanted()
        limit, order = wanted.limit, wanted.order
        if not 0 <= limit <= MOST_ROWS:
            raise EditInvalidError("limit", f"within 0..{MOST_ROWS}", str(limit), "ask for pages")
        place = None if wanted.cursor is None else place_of(wanted.cursor, order)
        pinned = asked.version if place is None else place.version
        head = self._versions.head()
        version = head if pinned is None else self._versions.resolve(pinned)
        where = self._conditions(asked, version, head)
        total, counted = self._counted(asked, where, wanted.facets)
        ids = self._next_ids(where, place, limit, order)
        shown = self._shown(ids[:limit], version, head)
        rows = tuple(shown[each].facts for each in ids[:limit])
        more = len(ids) > limit > 0
        next_cursor = ListPlace(version, rows[-1].id, order).cursor if more else None
        used = None if wanted.uses is None else uses(self._session, ids[:limit], wanted.uses)
        return Page(rows, next_cursor, total, version, counted, used)

    def ids(self, asked: ExemplarFilter, order: Order = "id") -> tuple[int, ...]:
        """Ids of everything a filter finds, in order."""
        head = self._versions.head()
        version = self._versions.resolve(asked.version)
        return ordered_ids(self._session, self._conditions(asked, version, head), order)

    def every(self, asked: ExemplarFilter) -> tuple[ExemplarFacts, ...]:
        """Everything a filter finds, by id: what is exported."""
        head = self._versions.head()
        version = self._versions.resolve(asked.version)
        query = placed_revisions().where(*self._conditions(asked, version, head))
        query = query.order_by(RevisionRow.exemplar_id)
        return tuple(placed_revision(row).facts for row in self._session.execute(query))

    def facts(self, exemplar_id: int, version: int | None = None) -> ExemplarFacts:
        """One exemplar as it is, or was at a version; `UnknownExemplarError`."""
        if version is None:
            found = self._revisions.current([exemplar_id])
        else:
            found = self._revisions.at([exemplar_id], self._versions.resolve(version))
        if exemplar_id not in found:
            raise UnknownExemplarError((exemplar_id,), version)
        return found[exemplar_id].facts

    def several(self, ids: Sequence[int], version: int) -> tuple[ExemplarFacts, ...]:
        """Exemplars at a version, in the order of ``ids``, all of which must be there."""
        shown = self._shown(ids, version, self._versions.head())
        return tuple(shown[each].facts for each in ids)

    def annotation(self, annotation_id: int) -> AnnotationFacts:
        """One annotation with all its exemplars, removed ones too; `UnknownAnnotationError`."""
        found = self._revisions.siblings([annotation_id])
        exemplars = tuple(each.facts for each in found.values())
        if not exemplars:
            raise UnknownAnnotationError(annotation_id)
        return AnnotationFacts(annotation_id, exemplars[0].recording, exemplars)

    def history(self, exemplar_id: int) -> tuple[HistoryEntry, ...]:
        """Every change of one exemplar, oldest first; `UnknownExemplarError`."""
        query = placed_revisions().where(RevisionRow.exemplar_id == exemplar_id)
        query = query.order_by(RevisionRow.number)
        revisions = [placed_revision(row) for row in self._session.execute(query)]
        if not revisions:
            raise UnknownExemplarError((exemplar_id,))
        events = self._versions.events_numbered([each.seq for each in revisions])
        earlier = [None, *revisions[:-1]]
        return tuple(
            HistoryEntry(
                events[now.seq],
                RowChange(exemplar_id, None if before is None else before.facts, now.facts),
            )
            for before, now in zip(earlier, revisions, strict=True)
        )

    def diff(self, old: int | str, new: int | str) -> tuple[RowChange, ...]:
        """Exemplars that two versions do not show alike, by id; removed ones are not shown."""
        first, last = self._versions.resolve(old), self._versions.resolve(new)
        low, high = sorted((first, last))
        touched = select(RevisionRow.exemplar_id).where(
            RevisionRow.seq > low, RevisionRow.seq <= high
        )
        before, after = self._there(touched, first), self._there(touched, last)
        changed = sorted(
            each for each in before.keys() | after.keys() if _differ(before, after, each)
        )
        return tuple(RowChange(each, before.get(each), after.get(each)) for each in changed)

    def coverage(self, version: int | None = None, few: int = 5) -> tuple[LabelCoverage, ...]:
        """How many exemplars each sense and gesture type has, also those that have none."""
        head = self._versions.head()
        found = self._versions.resolve(version)
        columns = (RevisionRow.label, RevisionRow.recording_id)
        query = (
            select(*columns, func.count())
            .where(*conditions(ExemplarFilter(), found, head))
            .group_by(*columns)
        )
        speakers = dict(self._session.execute(select(RecordingRow.id, RecordingRow.speaker)).all())
        exemplars = Counter[tuple[AnnotationKind, str]]()
        recordings = defaultdict[tuple[AnnotationKind, str], set[str]](set)
        for label, recording, count in self._session.execute(query):
            exemplars[_kind(label), label] += count
            recordings[_kind(label), label].add(recording)
        return tuple(
            LabelCoverage(
                kind=kind,
                label=label,
                exemplars=exemplars[kind, label],
                speakers=len({speakers[each] for each in recordings[kind, label]}),
                recordings=len(recordings[kind, label]),
                few=exemplars[kind, label] < few,
            )
            for kind, label in sorted(_every_label() | exemplars.keys())
        )

    def events(
        self, after: int = 0, limit: int = 100, subject: str | None = None
    ) -> tuple[StoredEvent, ...]:
        """Events with a number above ``after``, oldest first."""
        return self._versions.events(subject, after, limit)

    def _conditions(
        self, asked: ExemplarFilter, version: int, head: int
    ) -> tuple[ColumnElement[bool], ...]:
        """What a revision must fulfil; dotted senses stand for the labels below them."""
        if not asked.labels:
            return conditions(asked, version, head)
        known = self._session.scalars(select(RevisionRow.label).distinct())
        below = tuple(
            label
            for label in known
            if any(label == each or label.startswith(f"{each}.") for each in asked.labels)
        )
        return conditions(replace(asked, labels=below or asked.labels), version, head)

    def _counted(
        self, asked: ExemplarFilter, where: Sequence[ColumnElement[bool]], facets: bool
    ) -> tuple[int, Facets]:
        if facets:
            return (all_facets if _whole(asked) else found_facets)(self._session, where)
        count = select(func.count()).select_from(RevisionRow).where(*where)
        return self._session.scalar(count) or 0, {}

    def _next_ids(
        self,
        where: Sequence[ColumnElement[bool]],
        place: ListPlace | None,
        limit: int,
        order: Order,
    ) -> Sequence[int]:
        query = select(RevisionRow.exemplar_id).where(*where)
        if place is not None:
            query = query.where(behind(self._session, place))
        return self._session.scalars(query.order_by(*in_order(order)).limit(limit + 1)).all()

    def _shown(self, ids: Sequence[int], version: int, head: int) -> dict[int, PlacedRevision]:
        return self._revisions.current(ids) if version == head else self._revisions.at(ids, version)

    def _there(self, touched: Select[int], version: int) -> dict[int, ExemplarFacts]:
        where = conditions(ExemplarFilter(version=version), version, -1)
        query = placed_revisions().where(*where, RevisionRow.exemplar_id.in_(touched))
        found = (placed_revision(row).facts for row in self._session.execute(query))
        return {each.id: each for each in found}


def _whole(asked: ExemplarFilter) -> bool:
    """Whether a filter asks for a version as it is."""
    return replace(asked, version=None) == ExemplarFilter()


def _differ(
    before: Mapping[int, ExemplarFacts], after: Mapping[int, ExemplarFacts], each: int
) -> bool:
    old, new = before.get(each), after.get(each)
    if old is None or new is None:
        return old is not new
    return replace(old, revision=0, seq=0) != replace(new, revision=0, seq=0)


def _every_label() -> set[tuple[AnnotationKind, str]]:
    labels = {*(matching_sense(sense) for sense in SENSES), *GestureType}
    return {(_kind(label), str(label)) for label in labels}


def _kind(label: str) -> AnnotationKind:
    return "gesture" if label in tuple(GestureType) else "relation"
