"""What can be wrong with an edit, a version or an import: field, limit, found, remedy."""

from dataclasses import dataclass

from annotations.curation_records import ExemplarFacts, RowChange


class EditInvalidError(ValueError):
    """A field of an edit cannot be used."""

    def __init__(self, field: str, limit: str, found: str, remedy: str) -> None:
        super().__init__(f"{field} must be {limit}, found {found}; {remedy}")
        self.field, self.limit, self.found, self.remedy = field, limit, found, remedy


class AnnotationOutsideError(EditInvalidError):
    """An annotation that lies outside its recording or its window."""


class DuplicateRecordingError(ValueError):
    """Another corpus already gave a recording of this id."""

    def __init__(self, recording: str, corpus: str, other: str) -> None:
        super().__init__(
            f"recording {recording} of {other} is already indexed from {corpus}; ids must differ "
            "among corpora: rename one, or use another database"
        )
        self.recording, self.corpus, self.other = recording, corpus, other


class EditConflictError(RuntimeError):
    """Someone else changed the exemplar first."""

    def __init__(
        self,
        exemplar_id: int,
        expected: int,
        found: int,
        yours: ExemplarFacts,
        theirs: ExemplarFacts,
    ) -> None:
        super().__init__(
            f"exemplar {exemplar_id} is at revision {found}, not {expected}; "
            "look at it again and repeat the edit if it is still wanted"
        )
        self.exemplar_id, self.expected, self.found = exemplar_id, expected, found
        self.yours, self.theirs = yours, theirs


class UndoConflictError(RuntimeError):
    """Rows of the event were changed since."""

    def __init__(self, seq: int, rows: tuple[RowChange, ...]) -> None:
        ids = tuple(row.exemplar_id for row in rows)
        shown = ", ".join(map(str, ids[:10])) + (", ..." if len(ids) > 10 else "")
        super().__init__(
            f"event {seq} cannot be undone: exemplars {shown} were changed since; "
            "undo the later changes first"
        )
        self.seq, self.exemplar_ids, self.rows = seq, ids, rows
        """Rows: what the event left (before) and what is there now (after)."""


class UnknownExemplarError(LookupError):
    """No exemplar of this id."""

    def __init__(self, exemplar_ids: tuple[int, ...], version: int | None = None) -> None:
        shown = ", ".join(map(str, exemplar_ids[:10])) + (", ..." if len(exemplar_ids) > 10 else "")
        where = "" if version is None else f" at version {version}"
        super().__init__(f"there is no exemplar {shown}{where}; list exemplars for their ids")
        self.exemplar_ids, self.version = exemplar_ids, version


class UnknownRecordingError(LookupError):
    """No recording of this id."""

    def __init__(self, recording_id: str) -> None:
        super().__init__(f"there is no recording {recording_id}; list recordings for their ids")
        self.recording_id = recording_id


class UnknownAnnotationError(LookupError):
    """No annotation of this id."""

    def __init__(self, annotation_id: int) -> None:
        super().__init__(f"there is no annotation {annotation_id}; exemplars name theirs")
        self.annotation_id = annotation_id


class UnknownVersionError(LookupError):
    """No index version of this number or tag."""

    def __init__(self, version: int | str, newest: int) -> None:
        super().__init__(
            f"there is no index version {version!r}; the newest is {newest}, tags have names"
        )
        self.version, self.newest = version, newest


class UnknownEventError(LookupError):
    """No event of this number."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"there is no event {seq}; list the events for their numbers")
        self.seq = seq


@dataclass(frozen=True)
class BadCell:
    """One cell of an imported table that cannot be used."""

    row: int
    """Counts from 1, without the header."""
    column: str
    found: str
    problem: str


class ImportInvalidError(ValueError):
    """An imported table has cells that cannot be used; nothing was changed."""

    def __init__(self, cells: tuple[BadCell, ...], total: int) -> None:
        lines = "; ".join(f"row {c.row}, {c.column}: {c.problem}, found {c.found!r}" for c in cells)
        more = f"; and {total - len(cells)} more" if total > len(cells) else ""
        super().__init__(f"{total} cells cannot be used: {lines}{more}; correct them and repeat")
        self.cells, self.total = cells, total
