"""Edits of the index: one transaction, one event, one new version each; undo; tags.

Use it inside ``with database.session() as session``: an edit is durable when that is left.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from annotations.curation_additions import Additions
from annotations.curation_draft import Draft, undoing
from annotations.curation_errors import EditInvalidError, UnknownEventError, UnknownVersionError
from annotations.curation_records import (
    Change,
    Edit,
    ExemplarFilter,
    NewExemplar,
    Outcome,
    RowChange,
    Tag,
)
from annotations.edits import checked_tag
from annotations.exemplar_queries import ExemplarQueries
from annotations.joining import Joining
from annotations.recording_edits import follow
from annotations.records import LIVE, SYSTEM, Event
from annotations.revision_repository import NextRevision, RevisionRepository, facts_of
from annotations.version_repository import VersionRepository


class Curation:
    """What one actor does to the index in one session; nothing here commits."""

    def __init__(self, session: Session, actor: str) -> None:
        if not actor.strip() or actor == SYSTEM:
            raise EditInvalidError(
                "actor", f"a name, not {SYSTEM}", repr(actor), "name who makes the edit"
            )
        self._session = session
        self._actor = actor
        self._revisions = RevisionRepository(session)
        self._versions = VersionRepository(session)

    def apply(self, changes: Sequence[Change], reason: str = "", dry_run: bool = False) -> Outcome:
        """Make edits in their order, all or none; with ``dry_run`` only tell what would change.

        An edit of an annotation reaches all its exemplars. Raises `UnknownExemplarError`,
        `EditInvalidError`, or `EditConflictError` where ``if_revision`` is not the revision found.
        """
        self._versions.lock()
        draft = Draft.of(self._revisions, [change.exemplar_id for change in changes])
        for change in changes:
            draft.make(change)
        event = Event(self._actor, _operation(changes), _subject(changes), reason=reason)
        return self._written(event, draft.next(), dry_run)

    def apply_where(
        self, where: ExemplarFilter, edit: Edit, reason: str = "", dry_run: bool = False
    ) -> Outcome:
        """Make one edit on every exemplar that a filter finds at the head."""
        if where.version is not None:
            raise EditInvalidError(
                "version", "the head for edits", str(where.version), "leave it out"
            )
        self._versions.lock()
        ids = ExemplarQueries(self._session).ids(where)
        return self.apply([Change(each, edit) for each in ids], reason, dry_run)

    def add(self, new: NewExemplar, reason: str = "", dry_run: bool = False) -> Outcome:
        """Add an annotation with its exemplar."""
        self._versions.lock()
        added = Additions(self._session).place(new, dry_run)
        event = Event(self._actor, "add", f"exemplar {added.place.exemplar_id}", reason=reason)
        return self._written(event, [added], dry_run)

    def split(
        self,
        exemplar_id: int,
        at_seconds: float,
        if_revision: int | None = None,
        reason: str = "",
        dry_run: bool = False,
    ) -> Outcome:
        """Make two annotations of one, at a time counted from the start of its window."""
        self._versions.lock()
        rows = Joining(self._session).split(exemplar_id, at_seconds, if_revision, dry_run)
        event = Event(self._actor, "split", f"exemplar {exemplar_id}", reason=reason)
        return self._written(event, rows, dry_run)

    def merge(
        self,
        ids: tuple[int, int],
        if_revisions: tuple[int | None, int | None] = (None, None),
        reason: str = "",
        dry_run: bool = False,
    ) -> Outcome:
        """Make one annotation of two: the first of them; the second leaves the index."""
        self._versions.lock()
        rows = Joining(self._session).merge(ids, if_revisions)
        event = Event(self._actor, "merge", f"exemplar {ids[0]}", reason=reason)
        return self._written(event, rows, dry_run)

    def undo(self, seq: int, reason: str = "", dry_run: bool = False) -> Outcome:
        """Take back one event by its inverse; undoing that one makes it again.

        Raises `UndoConflictError` where a row was changed since.
        """
        self._versions.lock()
        event = self._versions.event(seq)
        if event is None:
            raise UnknownEventError(seq)
        undone = undoing(event, self._revisions)
        if not dry_run:
            follow(self._session, event.event.subject, undone)
        why = reason or f"undo of event {seq}"
        return self._written(
            Event(self._actor, "undo", event.event.subject, reason=why, undoes=seq), undone, dry_run
        )

    def promote(self, version: int | str | None = None, follow: bool = False) -> Tag:
        """Let ``live`` point at a version, the head without one; or follow the head again.

        Raises `EditInvalidError` for the empty version, from which nothing could be answered.
        """
        return self._point("promote", LIVE, None if follow else self._answering(version))

    def roll_back(self, version: int | str) -> Tag:
        """Pin ``live`` to an earlier version; `EditInvalidError` for the empty one."""
        return self._point("roll_back", LIVE, self._answering(version))

    def tag(self, name: str, version: int | str | None = None) -> Tag:
        """Name a version, the head without one; a name given before moves."""
        return self._point("tag", checked_tag(name), self._versions.resolve(version))

    def untag(self, name: str) -> None:
        """Forget a name."""
        self._versions.lock()
        tag = self._versions.tag(checked_tag(name))
        if tag is None:
            raise UnknownVersionError(name, self._versions.head())
        self._versions.drop_tag(name)
        self._versions.append(Event(self._actor, "untag", f"tag {name}", {"seq": tag.seq}))

    def _answering(self, version: int | str | None) -> int:
        """A version that may be ``live``."""
        seq = self._versions.resolve(version)
        if seq == 0:
            named = "the newest version" if version is None else f"version {version!r}"
            raise EditInvalidError(
                "version",
                "a version that has exemplars or had some",
                f"{named}, which is empty",
                "list the versions and name one of them",
            )
        return seq

    def _point(self, operation: str, name: str, seq: int | None) -> Tag:
        self._versions.lock()
        before = self._versions.tag(name)
        after = self._versions.point(name, seq, self._actor)
        shown = None if before is None else {"seq": before.seq, "version": before.version}
        self._versions.append(
            Event(
                *(self._actor, operation, f"tag {name}"),
                *(shown, {"seq": after.seq, "version": after.version}),
            )
        )
        return after

    def _written(self, event: Event, rows: Sequence[NextRevision], dry_run: bool) -> Outcome:
        if dry_run or not rows:
            return Outcome(None, _changes(rows, 0), None)
        stored = self._revisions.write(event, rows)
        return Outcome(stored.seq, _changes(rows, stored.seq), stored)


def _changes(rows: Sequence[NextRevision], seq: int) -> tuple[RowChange, ...]:
    changes = [
        RowChange(
            row.place.exemplar_id,
            None if row.before is None else row.before.facts,
            facts_of(row.place, row.after, row.number, seq),
        )
        for row in rows
    ]
    return tuple(sorted(changes, key=lambda change: change.exemplar_id))


def _operation(changes: Sequence[Change]) -> str:
    """The edit's name where all are alike, else ``edit``."""
    names = {type(change.edit).__name__.lower() for change in changes}
    return names.pop() if len(names) == 1 else "edit"


def _subject(changes: Sequence[Change]) -> str:
    ids = {change.exemplar_id for change in changes}
    return f"exemplar {ids.pop()}" if len(ids) == 1 else f"{len(ids)} exemplars"
