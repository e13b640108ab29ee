"""Whole recordings out of the index and back: one event each, their exemplars stay as they are."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from annotations.curation_errors import EditInvalidError
from annotations.curation_records import Outcome, RowChange
from annotations.cut_repository import with_removed
from annotations.recording_queries import RecordingQueries
from annotations.records import Event
from annotations.revision_repository import NextRevision, RevisionRepository, facts_of
from annotations.tables import RecordingRow
from annotations.version_repository import LEAVE_OUT, PUT_BACK, VersionRepository

_SUBJECT = "recording "


class RecordingEdits:
    """What one actor does to recordings in one session; nothing here commits."""

    def __init__(self, session: Session, actor: str) -> None:
        self._session = session
        self._actor = actor
        self._revisions = RevisionRepository(session)
        self._versions = VersionRepository(session)

    def leave_out(self, recording_id: str, reason: str = "") -> Outcome:
        """Take all its exemplars out of the index; a build does not bring them back.

        Those that were removed one by one before stay so when it is put back. Raises
        `UnknownRecordingError`.
        """
        self._versions.lock()
        RecordingQueries(self._session).facts(recording_id)
        stored = self._revisions.of_recording(recording_id)
        there = sorted(each for each, now in stored.items() if not now.content.removed)
        changes = [with_removed(stored[each], True) for each in there]
        return self._written(LEAVE_OUT, recording_id, changes, reason)

    def put_back(self, recording_id: str, reason: str = "") -> Outcome:
        """Bring back what left the index with the recording; `UnknownRecordingError`."""
        self._versions.lock()
        known = RecordingQueries(self._session).facts(recording_id)
        if not known.exemplars and not known.removed:
            raise EditInvalidError(
                "recording",
                "one that was indexed once",
                recording_id,
                known.problem or "upload it, or build the index of its corpus",
            )
        stored = self._revisions.of_recording(recording_id)
        left_out = sorted(self._revisions.left_out(stored))
        changes = [with_removed(stored[each], False) for each in left_out]
        return self._written(PUT_BACK, recording_id, changes, reason)

    def _written(
        self, operation: str, recording_id: str, changes: Sequence[NextRevision], reason: str
    ) -> Outcome:
        mark(self._session, [recording_id], indexed=operation == PUT_BACK)
        if not changes:
            return Outcome(None, (), None)
        event = Event(self._actor, operation, f"{_SUBJECT}{recording_id}", reason=reason)
        stored = self._revisions.write(event, changes)
        return Outcome(stored.seq, tuple(_change(each, stored.seq) for each in changes), stored)


def follow(session: Session, subject: str, changes: Sequence[NextRevision]) -> None:
    """Note which recordings belong to the index after an edit of whole ones was taken back."""
    if not subject.startswith(_SUBJECT):
        return
    there = {each.place.recording for each in changes if not each.after.removed}
    gone = {each.place.recording for each in changes} - there
    mark(session, sorted(there), indexed=True)
    mark(session, sorted(gone), indexed=False)


def mark(session: Session, ids: Sequence[str], *, indexed: bool) -> None:
    """Whether recordings belong to the index."""
    change = update(RecordingRow).where(RecordingRow.id.in_(ids)).values(indexed=indexed)
    session.execute(change)


def _change(row: NextRevision, seq: int) -> RowChange:
    before = None if row.before is None else row.before.facts
    return RowChange(row.place.exemplar_id, before, facts_of(row.place, row.after, row.number, seq))
