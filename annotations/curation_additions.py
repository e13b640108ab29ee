"""Exemplars that a curator adds: which window they go to, and their first revision."""

from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotations.curation_errors import AnnotationOutsideError, EditInvalidError
from annotations.curation_records import NewExemplar
from annotations.cut_repository import CutRepository
from annotations.edits import (
    Surroundings,
    checked_flags,
    checked_focus,
    checked_stroke,
    checked_text,
    curated_annotation,
)
from annotations.encoding import canonical, window_with_tiers
from annotations.records import CutExemplar
from annotations.revision_repository import NextRevision, Place, RevisionRepository
from annotations.revisions import annotation_origin, content_of, prominence_within
from annotations.tables import AnnotationRow, ExemplarRow, RecordingRow, WindowRow
from annotations.types import Window
from motion.timeline import WINDOW_SECONDS

_CURATED = "curated"


class Additions:
    """Additions of one session; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cuts = CutRepository(session)
        self._revisions = RevisionRepository(session)

    def place(self, new: NewExemplar, dry_run: bool) -> NextRevision:
        """The first revision of a new exemplar; its identity is stored, but for a dry run."""
        recording = self._session.get(RecordingRow, new.recording)
        if recording is None:
            raise EditInvalidError(
                *("recording", "a stored recording", repr(new.recording)),
                "index its corpus or upload it first",
            )
        window_id, window = self._window(new)
        cut = _cut(new, window, recording.seconds)
        content = replace(content_of(cut), comment=checked_text("comment", new.comment))
        named = annotation_origin(cut.annotation, window.start_seconds)
        if window_id is not None:
            self._refuse_twice(window_id, new.recording, named)
        if dry_run:
            place = Place(
                *(0, 0, window_id or 0, window.start_seconds, window.text),
                *(recording.id, recording.speaker, recording.speaker_name, recording.split),
                recording.seconds,
            )
            return NextRevision(place, None, content)
        if window_id is None:
            window_id = self._cuts.put_window(window, _CURATED)
        origin = canonical([_CURATED, window_id, named])
        exemplar_id = self._cuts.add_exemplar(window_id, window, cut, origin)
        return NextRevision(self._revisions.places([exemplar_id])[exemplar_id], None, content)

    def _window(self, new: NewExemplar) -> tuple[int | None, Window]:
        """The stored window that is asked for or shows most around it; else the window given."""
        middle = (new.start_seconds + new.end_seconds) / 2
        stored = [
            (number, start)
            for start, number in self._newest_windows(new.recording)
            if start <= new.start_seconds + 1e-9
            and new.end_seconds <= start + WINDOW_SECONDS + 1e-9
            and (new.window_start_seconds is None or abs(start - new.window_start_seconds) < 1e-3)
        ]
        if stored:
            number, _ = min(stored, key=lambda each: abs(each[1] + WINDOW_SECONDS / 2 - middle))
            return number, self._decoded(number)
        if new.window is not None and new.window.recording == new.recording:
            return None, new.window
        raise AnnotationOutsideError(
            "start_seconds, end_seconds",
            f"within one stored window of recording {new.recording}"
            + (
                "" if new.window_start_seconds is None else f", from {new.window_start_seconds:g} s"
            ),
            f"{new.start_seconds:g}..{new.end_seconds:g} s",
            "correct the times, or give the window's own words and tiers",
        )

    def _newest_windows(self, recording_id: str) -> list[tuple[float, int]]:
        """Start and id of the window stored last for each start."""
        query = (
            select(WindowRow.start_seconds, func.max(WindowRow.id))
            .where(WindowRow.recording_id == recording_id)
            .group_by(WindowRow.start_seconds)
        )
        return [(row[0], row[1]) for row in self._session.execute(query)]

    def _decoded(self, window_id: int) -> Window:
        row = self._session.get_one(WindowRow, window_id)
        bare = Window(row.recording_id, row.speaker, row.start_seconds, row.text)
        return window_with_tiers(bare, row.annotations)

    def _refuse_twice(self, window_id: int, recording_id: str, named: str) -> None:
        query = (
            select(ExemplarRow.id)
            .join(AnnotationRow, AnnotationRow.id == ExemplarRow.annotation_id)
            .where(
                ExemplarRow.window_id == window_id,
                AnnotationRow.recording_id == recording_id,
                AnnotationRow.origin == named,
            )
        )
        known = self._session.scalars(query).first()
        if known is not None:
            raise EditInvalidError(
                *("label, word, times", "those of an annotation that is not there yet"),
                *(f"exemplar {known} of the same", f"edit or restore exemplar {known}"),
            )


def _cut(new: NewExemplar, window: Window, recording_seconds: float | None) -> CutExemplar:
    where = Surroundings(window.start_seconds, recording_seconds, lambda: window.prominences)
    start, end = (t - window.start_seconds for t in (new.start_seconds, new.end_seconds))
    focus = checked_focus(max(start, 0.0) if start > -1e-9 else start, end, where)
    stroke = new.stroke_seconds
    return CutExemplar(
        curated_annotation(new.kind, new.label, new.word, focus, (new.arg1, new.arg2)),
        prominence=prominence_within(focus, window.prominences),
        stroke_seconds=checked_stroke(None if stroke is None else stroke - window.start_seconds),
        quality=checked_flags(new.quality),
    )
