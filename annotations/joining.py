"""One annotation becomes two, two become one: what of it each exemplar says afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotations.curation_draft import Draft
from annotations.curation_errors import AnnotationOutsideError, EditInvalidError
from annotations.curation_records import Change, Remove, Retime, Reword
from annotations.cut_repository import CutRepository
from annotations.encoding import canonical
from annotations.records import CutExemplar
from annotations.revision_repository import NextRevision, Place, PlacedRevision, RevisionRepository
from annotations.revisions import Content, annotation_in, annotation_origin
from annotations.tables import AnnotationRow, ExemplarRow
from annotations.types import Window

_SPLIT = "split"
_SHORTEST_SECONDS = 0.02
"""Of either part: less is no word, and cannot be seen on a timeline."""


@dataclass(frozen=True)
class Part:
    """What the second part of a split annotation says in one window."""

    place: Place
    content: Content

    @property
    def origin(self) -> str:
        """Equal for the part in all windows that hold it."""
        return annotation_origin(annotation_in(self.content), self.place.window_start_seconds)


class Joining:
    """Splits and merges of one session; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cuts = CutRepository(session)
        self._revisions = RevisionRepository(session)

    def split(
        self, exemplar_id: int, at_seconds: float, if_revision: int | None, dry_run: bool
    ) -> list[NextRevision]:
        """The first part stays where it is; the second becomes an annotation of its own.

        Both have the label; words are dealt out in time, a single one goes to both. The stroke
        stays with the part that it peaks in. Overlapping windows show both parts where they hold
        them. Raises `UnknownExemplarError`, `EditConflictError`, `EditInvalidError`.
        """
        draft = Draft.of(self._revisions, [exemplar_id])
        now = draft.current[exemplar_id]
        _check_inside(now.content, at_seconds)
        words = _dealt(now.content, at_seconds)
        retimed = Retime(now.content.start_seconds, at_seconds)
        draft.make(Change(exemplar_id, retimed, if_revision))
        draft.make(Change(exemplar_id, Reword(words[0])))
        for each, content in draft.contents.items():
            if content.stroke_seconds is not None and content != draft.current[each].content:
                late = content.stroke_seconds >= content.end_seconds
                draft.contents[each] = replace(
                    content, stroke_seconds=None if late else content.stroke_seconds
                )
        seconds = at_seconds - now.content.start_seconds
        parts = [self._second(row, seconds, words[1]) for row in draft.current.values()]
        added = [self._added(part, dry_run) for part in parts if part is not None]
        return [*draft.next(), *added]

    def merge(self, ids: Sequence[int], if_revisions: Sequence[int | None]) -> list[NextRevision]:
        """The first takes the span and the words of both; the second leaves the index.

        Raises `UnknownExemplarError`, `EditConflictError`, or `EditInvalidError` where they are not
        of one recording, kind and label.
        """
        first, second = ids
        draft = Draft.of(self._revisions, ids)
        one, two = draft.current[first], draft.current[second]
        _check_alike(one, two)
        apart = two.place.window_start_seconds - one.place.window_start_seconds
        start, end = two.content.start_seconds + apart, two.content.end_seconds + apart
        joint = Retime(
            min(one.content.start_seconds, start),
            max(one.content.end_seconds, end),
            _stroke(one.content, two.content, apart),
        )
        in_time = (one, two) if one.content.start_seconds <= start else (two, one)
        said = list(dict.fromkeys(row.content.word for row in in_time))
        draft.make(Change(second, Remove(), if_revisions[1]))
        draft.make(Change(first, joint, if_revisions[0]))
        draft.make(Change(first, Reword(" ".join(said))))
        return draft.next()

    def _second(self, row: PlacedRevision, seconds: float, word: str) -> Part | None:
        """The second part in the window of one exemplar; none where that shows nothing of it."""
        if row.content.removed:
            return None
        content, at = row.content, row.content.start_seconds + seconds
        draft = Draft.of(self._revisions, [row.place.exemplar_id])
        try:
            draft.make(Change(row.place.exemplar_id, Retime(at, content.end_seconds)))
            draft.make(Change(row.place.exemplar_id, Reword(word)))
        except AnnotationOutsideError:
            return None
        stroke = content.stroke_seconds
        late = stroke is not None and stroke >= at
        made = draft.contents[row.place.exemplar_id]
        return Part(row.place, replace(made, stroke_seconds=stroke if late else None, comment=""))

    def _added(self, part: Part, dry_run: bool) -> NextRevision:
        """The first revision of a second part; one that was there before comes back."""
        known = self._known(part)
        if known is not None:
            return NextRevision(known.place, known, part.content)
        if dry_run:
            place = replace(part.place, exemplar_id=0, annotation_id=0)
            return NextRevision(place, None, part.content)
        place, content = part.place, part.content
        window = Window(place.recording, place.speaker, place.window_start_seconds, place.text)
        cut = CutExemplar(
            annotation_in(content), content.prominence, content.stroke_seconds, content.quality
        )
        origin = canonical([_SPLIT, place.window_id, part.origin])
        exemplar_id = self._cuts.add_exemplar(place.window_id, window, cut, origin)
        return NextRevision(self._revisions.places([exemplar_id])[exemplar_id], None, content)

    def _known(self, part: Part) -> PlacedRevision | None:
        """The exemplar of the same annotation in the same window, out of the index."""
        query = (
            select(ExemplarRow.id)
            .join(AnnotationRow, AnnotationRow.id == ExemplarRow.annotation_id)
            .where(
                ExemplarRow.window_id == part.place.window_id,
                AnnotationRow.recording_id == part.place.recording,
                AnnotationRow.origin == part.origin,
            )
        )
        exemplar_id = self._session.scalars(query).first()
        if exemplar_id is None:
            return None
        found = self._revisions.current([exemplar_id])[exemplar_id]
        if not found.content.removed:
            raise EditInvalidError(
                *("at_seconds", "a time whose second part is not there yet"),
                *(f"exemplar {exemplar_id} of the same", f"edit exemplar {exemplar_id} instead"),
            )
        return found


def _check_inside(content: Content, at_seconds: float) -> None:
    low = content.start_seconds + _SHORTEST_SECONDS
    high = content.end_seconds - _SHORTEST_SECONDS
    if content.removed:
        raise EditInvalidError(
            "id", "an exemplar of the index", "a removed one", "restore it first"
        )
    if not low <= at_seconds <= high:
        raise EditInvalidError(
            "at_seconds",
            f"within {low:g}..{high:g} s, inside the annotation",
            f"{at_seconds:g} s",
            "split it where it is",
        )


def _dealt(content: Content, at_seconds: float) -> tuple[str, str]:
    """The words of both parts, dealt out by how much of the time is before the split."""
    words = content.word.split()
    if len(words) < 2:
        return content.word, content.word
    share = (at_seconds - content.start_seconds) / (content.end_seconds - content.start_seconds)
    count = min(max(round(share * len(words)), 1), len(words) - 1)
    return " ".join(words[:count]), " ".join(words[count:])


def _stroke(one: Content, two: Content, apart: float) -> float | None:
    """What becomes of the strokes: the first one's stays; ``None`` changes nothing."""
    if one.stroke_seconds is not None or two.stroke_seconds is None:
        return None
    return two.stroke_seconds + apart


def _check_alike(one: PlacedRevision, two: PlacedRevision) -> None:
    problems = {
        "in the index": (not one.content.removed, not two.content.removed),
        "of two annotations": (True, one.place.annotation_id != two.place.annotation_id),
        "of one recording": (one.place.recording, two.place.recording),
        "of one kind": (one.content.kind, two.content.kind),
        "of one label": (one.content.label, two.content.label),
    }
    for wanted, (first, second) in problems.items():
        if first != second or first is False:
            raise EditInvalidError(
                "ids",
                f"exemplars {wanted}",
                f"{one.place.exemplar_id} and {two.place.exemplar_id}",
                "choose two parts of one gesture, relabel one first, or restore it",
            )
