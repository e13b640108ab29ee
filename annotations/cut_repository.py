"""Storing what was cut from recordings, and taking recordings out of the index and back."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from annotations.curation_errors import AnnotationOutsideError
from annotations.embedding_repository import batches
from annotations.encoding import canonical, tiers_json
from annotations.records import (
    SYSTEM,
    CutExemplar,
    CutWindow,
    Event,
    Recut,
    StoredEvent,
    kind_of,
)
from annotations.revision_repository import NextRevision, PlacedRevision, RevisionRepository
from annotations.revisions import annotation_origin, content_of, exemplar_origin
from annotations.tables import (
    AnnotationRow,
    ExemplarRow,
    RecordingRow,
    RevisionRow,
    WindowRow,
)
from annotations.types import Window
from annotations.version_repository import LEAVE_OUT, PUT_BACK, VersionRepository
from motion.timeline import WINDOW_SECONDS
from speech.transcript import TIME_TOLERANCE


@dataclass(frozen=True)
class _Wanted:
    """An exemplar that belongs to the cut."""

    window_id: int
    window: Window
    cut: CutExemplar
    annotation_origin: str


class CutRepository:
    """Cuts of one session; nothing here commits. One event for each call that changes the index."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._revisions = RevisionRepository(session)
        self._versions = VersionRepository(session)

    def cut(
        self, recording_id: str, content_digest: str, windows: Sequence[CutWindow], reason: str
    ) -> Recut:
        """Make these the windows and exemplars of a recording."""
        self._check(recording_id, windows)
        self._versions.lock()
        window_ids, new_windows = self._put_windows(recording_id, content_digest, windows)
        wanted = _wanted(windows, window_ids)
        stored = self._revisions.of_recording(recording_id)
        origins = self._origins(stored)
        curated = self._revisions.touched_by_others(stored, SYSTEM)
        left_out = self._revisions.left_out(stored)
        changes: list[NextRevision] = []
        for each, now in stored.items():
            kept = each in left_out if each in curated else origins[each] in wanted
            gone = now.content.removed
            if (kept and gone) or (not kept and not gone and each not in curated):
                changes.append(with_removed(now, not kept))
        retired = sum(change.after.removed for change in changes)
        standing = {
            (stored[each].place.annotation_id, stored[each].place.window_start_seconds)
            for each in curated
        }
        known = frozenset(origins.values())
        new = {origin: each for origin, each in wanted.items() if origin not in known}
        changes += self._add(recording_id, new, standing)
        event = self._write("cut", f"recording {recording_id}", reason, changes)
        version = None if event is None else event.seq
        return Recut(new_windows, len(changes) - retired, retired, version)

    def leave_out(self, corpus: str, kept: Sequence[str], reason: str) -> int:
        """Take recordings of a corpus that are not ``kept`` out of the index; how many."""
        self._versions.lock()
        present = (
            select(RevisionRow.recording_id)
            .join(RecordingRow, RecordingRow.id == RevisionRow.recording_id)
            .where(
                RecordingRow.corpus == corpus,
                RevisionRow.until_seq.is_(None),
                RevisionRow.removed.is_(False),
            )
        )
        listed = select(RecordingRow.id).where(RecordingRow.corpus == corpus, RecordingRow.indexed)
        found = set(self._session.scalars(present.distinct())) | set(self._session.scalars(listed))
        gone = sorted(found - set(kept))
        for batch in batches(gone):
            change = update(RecordingRow).where(RecordingRow.id.in_(batch)).values(indexed=False)
            self._session.execute(change)
        changes = [
            with_removed(each, True)
            for recording_id in gone
            for each in self._revisions.of_recording(recording_id).values()
            if not each.content.removed
        ]
        self._write(LEAVE_OUT, f"corpus {corpus}", reason, changes)
        return len(gone)

    def put_back(self, recording_id: str, reason: str) -> int:
        """Bring back what `leave_out` took away; how many exemplars."""
        self._versions.lock()
        stored = self._revisions.of_recording(recording_id)
        left_out = sorted(self._revisions.left_out(stored))
        changes = [with_removed(stored[each], False) for each in left_out]
        self._write(PUT_BACK, f"recording {recording_id}", reason, changes)
        change = update(RecordingRow).where(RecordingRow.id == recording_id).values(indexed=True)
        self._session.execute(change)
        return len(changes)

    def put_window(self, window: Window, content_digest: str) -> int:
        """The id of a window, stored first where it is not."""
        cut = CutWindow(window, ())
        return self._put_windows(window.recording, content_digest, [cut])[0][0]

    def add_exemplar(self, window_id: int, window: Window, cut: CutExemplar, origin: str) -> int:
        """The id of a new exemplar without a revision, of an annotation that no tier has."""
        named = annotation_origin(cut.annotation, window.start_seconds)
        annotation_id = self._annotations(window.recording, [named])[named]
        row = ExemplarRow(
            window_id=window_id,
            annotation_id=annotation_id,
            origin=origin,
            tier=_tier(cut),
            tier_place=None,
        )
        self._session.add(row)
        self._session.flush()
        return row.id

    def _check(self, recording_id: str, windows: Sequence[CutWindow]) -> None:
        """`AnnotationOutsideError` where an exemplar lies outside its window or recording."""
        query = select(RecordingRow.seconds).where(RecordingRow.id == recording_id)
        seconds = self._session.scalar(query) or math.inf
        for each in windows:
            rest = seconds + TIME_TOLERANCE - each.window.start_seconds
            last = min(WINDOW_SECONDS + TIME_TOLERANCE, rest)
            for exemplar in each.exemplars:
                focus = exemplar.annotation.focus
                if (
                    not 0.0
                    <= focus.start + TIME_TOLERANCE
                    <= focus.end + TIME_TOLERANCE
                    <= (last + TIME_TOLERANCE)
                ):
                    raise AnnotationOutsideError(
                        f"annotation {exemplar.annotation.word!r} of window {each.window.key}",
                        f"within 0..{last:g} s, its part of the recording",
                        f"{focus.start:g}..{focus.end:g} s",
                        "correct the annotation file or the recording's duration",
                    )

    def _put_windows(
        self, recording_id: str, content_digest: str, windows: Sequence[CutWindow]
    ) -> tuple[list[int], tuple[str, ...]]:
        """Ids of the windows, and keys of those that were not stored before."""
        query = select(WindowRow.start_seconds, WindowRow.digest, WindowRow.id).where(
            WindowRow.recording_id == recording_id
        )
        stored = {(row[0], row[1]): row[2] for row in self._session.execute(query)}
        places = [
            (each.window.start_seconds, _window_digest(each.window, content_digest))
            for each in windows
        ]
        added = {
            place: _window_row(each.window, place[1])
            for place, each in zip(places, windows, strict=True)
            if place not in stored
        }
        self._session.add_all(added.values())
        self._session.flush()
        stored |= {place: row.id for place, row in added.items()}
        keys = dict.fromkeys(
            each.window.key for place, each in zip(places, windows, strict=True) if place in added
        )
        return [stored[place] for place in places], tuple(keys)

    def _origins(self, stored: Mapping[int, PlacedRevision]) -> dict[int, str]:
        found: dict[int, str] = {}
        for batch in batches(list(stored)):
            query = select(ExemplarRow.id, ExemplarRow.origin).where(ExemplarRow.id.in_(batch))
            found.update((row[0], row[1]) for row in self._session.execute(query))
        return found

    def _add(
        self, recording_id: str, new: Mapping[str, _Wanted], standing: set[tuple[int, float]]
    ) -> list[NextRevision]:
        """First revisions of new exemplars; none where a curated one stands for the annotation."""
        names = list(dict.fromkeys(each.annotation_origin for each in new.values()))
        annotations = self._annotations(recording_id, names)
        rows = [
            {
                "window_id": each.window_id,
                "annotation_id": annotations[each.annotation_origin],
                "origin": origin,
                "tier": _tier(each.cut),
                "tier_place": _tier_place(each),
            }
            for origin, each in new.items()
            if (annotations[each.annotation_origin], each.window.start_seconds) not in standing
        ]
        if not rows:
            return []
        self._session.execute(insert(ExemplarRow.__table__), rows)  # type: ignore[arg-type]
        ids = self._ids([str(row["origin"]) for row in rows])
        places = self._revisions.places(list(ids.values()))
        return [
            NextRevision(places[each], None, content_of(new[origin].cut))
            for origin, each in ids.items()
        ]

    def _ids(self, origins: Sequence[str]) -> dict[str, int]:
        """Ids of exemplars by origin, in the order of their ids."""
        found: dict[str, int] = {}
        for batch in batches(origins):
            query = select(ExemplarRow.origin, ExemplarRow.id).where(ExemplarRow.origin.in_(batch))
            found.update((row[0], row[1]) for row in self._session.execute(query))
        return dict(sorted(found.items(), key=lambda item: item[1]))

    def _annotations(self, recording_id: str, names: Sequence[str]) -> dict[str, int]:
        """Ids of annotations by origin, added where they are new."""
        query = select(AnnotationRow.origin, AnnotationRow.id).where(
            AnnotationRow.recording_id == recording_id
        )
        known = {row[0]: row[1] for row in self._session.execute(query)}
        new = [
            {"recording_id": recording_id, "origin": name} for name in names if name not in known
        ]
        if new:
            self._session.execute(insert(AnnotationRow.__table__), new)  # type: ignore[arg-type]
            known = {row[0]: row[1] for row in self._session.execute(query)}
        return known

    def _write(
        self, operation: str, subject: str, reason: str, changes: Sequence[NextRevision]
    ) -> StoredEvent | None:
        if not changes:
            return None
        event = Event(SYSTEM, operation, subject, reason=reason)
        return self._revisions.write(event, changes)


def _wanted(windows: Sequence[CutWindow], window_ids: Sequence[int]) -> dict[str, _Wanted]:
    """Exemplars of a cut by origin: an annotation written twice is one."""
    found: dict[str, _Wanted] = {}
    for each, window_id in zip(windows, window_ids, strict=True):
        for cut in each.exemplars:
            origin = annotation_origin(cut.annotation, each.window.start_seconds)
            wanted = _Wanted(window_id, each.window, cut, origin)
            found.setdefault(exemplar_origin(window_id, cut), wanted)
    return found


def with_removed(now: PlacedRevision, removed: bool) -> NextRevision:
    """The same exemplar out of the index, or in it."""
    after = replace(now.content, removed=removed)
    return NextRevision(now.place, now, after, like_number=now.number)


def _tier(cut: CutExemplar) -> str:
    return "relations" if kind_of(cut.annotation) == "relation" else "gestures"


def _tier_place(wanted: _Wanted) -> int | None:
    tier: Sequence[Any] = getattr(wanted.window, _tier(wanted.cut))
    return tier.index(wanted.cut.annotation) if wanted.cut.annotation in tier else None


def _window_digest(window: Window, content_digest: str) -> str:
    content = canonical([window.speaker, window.text, tiers_json(window), content_digest])
    return hashlib.sha256(content.encode()).hexdigest()


def _window_row(window: Window, digest: str) -> WindowRow:
    return WindowRow(
        recording_id=window.recording,
        start_seconds=window.start_seconds,
        speaker=window.speaker,
        text=window.text,
        annotations=tiers_json(window),
        digest=digest,
    )
