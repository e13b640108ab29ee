"""What edits, and the undoing of an event, would make of current revisions; writes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from annotations.curation_errors import (
    AnnotationOutsideError,
    EditConflictError,
    EditInvalidError,
    UndoConflictError,
    UnknownExemplarError,
)
from annotations.curation_records import Change, Edit, ExemplarFacts, Restore, RowChange
from annotations.edits import Surroundings, edited, shifted
from annotations.records import SYSTEM, StoredEvent
from annotations.revision_repository import (
    NextRevision,
    Place,
    PlacedRevision,
    RevisionRepository,
    facts_of,
)
from annotations.revisions import Content, alike_in_recording, content_from_json


@dataclass(frozen=True)
class Draft:
    """Edits made one after another on the current revisions of some annotations."""

    revisions: RevisionRepository
    current: Mapping[int, PlacedRevision]
    """Every exemplar of the edited annotations, by id."""
    contents: dict[int, Content]
    """What each of them would say."""
    of_annotation: Mapping[int, Sequence[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, revisions: RevisionRepository, ids: Iterable[int]) -> "Draft":
        """A draft for these exemplars; `UnknownExemplarError` where one does not exist."""
        asked = sorted(set(ids))
        found = revisions.current(asked)
        unknown = tuple(each for each in asked if each not in found)
        if unknown:
            raise UnknownExemplarError(unknown)
        current = revisions.siblings(sorted({row.place.annotation_id for row in found.values()}))
        families: dict[int, list[int]] = {}
        for each, row in current.items():
            families.setdefault(row.place.annotation_id, []).append(each)
        contents = {each: row.content for each, row in current.items()}
        return cls(revisions, current, contents, families)

    def make(self, change: Change) -> None:
        """Make one edit: on its exemplar, and on the others of the same annotation.

        Another exemplar whose window does not hold the new times leaves the index. Removed ones
        stay as they are; but those that were removed together are edited and restored together.
        """
        now = self.current[change.exemplar_id]
        if change.if_revision is not None and change.if_revision != now.number:
            raise self._conflict(change, now, change.if_revision)
        others = [
            self.current[each]
            for each in self.of_annotation[now.place.annotation_id]
            if each != change.exemplar_id and self._reached(each, now, change.edit)
        ]
        made = self._edited(now, self.contents[change.exemplar_id], change.edit)
        for other in others:
            seconds = now.place.window_start_seconds - other.place.window_start_seconds
            self.contents[other.place.exemplar_id] = self._edited_beside(
                other, shifted(change.edit, seconds)
            )
        self.contents[change.exemplar_id] = made

    def next(self) -> list[NextRevision]:
        """The revisions that differ from the current ones."""
        return [
            _next(self.current[each], content, self.current[each])
            for each, content in self.contents.items()
            if content != self.current[each].content
        ]

    def _reached(self, other: int, now: PlacedRevision, edit: Edit) -> bool:
        """Whether an edit of one exemplar is one of another of the same annotation too."""
        gone = self.contents[now.place.exemplar_id].removed
        if not self.contents[other].removed:
            return gone or not isinstance(edit, Restore)
        return gone and self._removed_together(self.current[other], now)

    def _removed_together(self, one: PlacedRevision, two: PlacedRevision) -> bool:
        """Whether two removed exemplars left at once, and still say the same."""
        if one.content.removed != two.content.removed:
            return False
        if one.content.removed and one.seq != two.seq:
            return False
        return alike_in_recording(
            *(self.contents[one.place.exemplar_id], one.place.window_start_seconds),
            *(self.contents[two.place.exemplar_id], two.place.window_start_seconds),
        )

    def _edited(self, row: PlacedRevision, content: Content, edit: Edit) -> Content:
        where = Surroundings(
            row.place.window_start_seconds,
            row.place.recording_seconds,
            lambda: self.revisions.prominences(row.place.window_id),
        )
        return edited(content, edit, where)

    def _edited_beside(self, row: PlacedRevision, edit: Edit) -> Content:
        content = self.contents[row.place.exemplar_id]
        try:
            return self._edited(row, content, edit)
        except AnnotationOutsideError:
            return replace(content, removed=True)

    def _conflict(self, change: Change, now: PlacedRevision, expected: int) -> EditConflictError:
        earlier = 0 < expected < now.number
        seen = self.revisions.numbered(change.exemplar_id, expected) if earlier else None
        return EditConflictError(
            *(change.exemplar_id, expected, now.number),
            yours=self._wanted(seen or now, change.edit),
            theirs=now.facts,
        )

    def _wanted(self, seen: PlacedRevision, edit: Edit) -> ExemplarFacts:
        content = self._edited(seen, seen.content, edit)
        return facts_of(seen.place, content, seen.number, seen.seq)


@dataclass(frozen=True)
class _Recorded:
    """A revision as an event recorded it."""

    content: Content
    number: int


def undoing(event: StoredEvent, revisions: RevisionRepository) -> list[NextRevision]:
    """The inverse of an edit; `UndoConflictError` where one of its rows was changed since."""
    before, after = (_recorded(each) for each in (event.event.before, event.event.after))
    if not after or event.event.actor == SYSTEM:
        raise EditInvalidError(
            "seq",
            "an edit by a curator",
            f"event {event.seq}, {event.event.operation} by {event.event.actor}",
            "tags are moved by promote and roll back, builds are repeated",
        )
    current = revisions.current(list(after))
    changed = [
        RowChange(each, _facts(current[each].place, left, event.seq), current[each].facts)
        for each, left in after.items()
        if left.content != current[each].content
    ]
    if changed:
        raise UndoConflictError(event.seq, tuple(changed))
    return [_undone(now, before.get(each)) for each, now in current.items()]


def _undone(now: PlacedRevision, before: _Recorded | None) -> NextRevision:
    if before is None:
        return _next(now, replace(now.content, removed=True), now)
    return _next(now, before.content, before)


def _next(now: PlacedRevision, after: Content, like: PlacedRevision | _Recorded) -> NextRevision:
    number = like.number if after.indexed_alike(like.content) else None
    return NextRevision(now.place, now, after, like_number=number)


def _recorded(side: Mapping[str, object] | None) -> dict[int, _Recorded]:
    rows = (side or {}).get("rows", {})
    assert isinstance(rows, dict)
    return {
        int(each): _Recorded(content_from_json(stored), stored["number"])
        for each, stored in sorted(rows.items(), key=lambda item: int(item[0]))
        if stored is not None
    }


def _facts(place: Place, recorded: _Recorded, seq: int) -> ExemplarFacts:
    return facts_of(place, recorded.content, recorded.number, seq)
