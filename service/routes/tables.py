"""Exemplars as tables: export to and import from CSV and Parquet."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Annotated, Literal, Self

from fastapi import APIRouter, Depends, File, Form, Path, Query, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse
from sqlalchemy.orm import Session

from annotations.curation_errors import EditInvalidError, ImportInvalidError
from annotations.curation_records import Change
from annotations.database import Database
from annotations.exchange import export_rows, import_changes
from annotations.version_repository import VersionRepository
from service.curation_answers import OutcomeBody
from service.curation_fields import Reason
from service.curation_filters import ExportQuery
from service.dependencies import DeskDep, only_fields
from service.errors import TooLargeError
from service.reads import ReadingDep
from service.routes.exemplars import EDIT_ERRORS, READ_ERRORS
from service.writes import Answer, WriteDep, Writing

router = APIRouter(prefix="/v1/exemplars", tags=["exemplars"])

TableKind = Literal["csv", "parquet"]
_MEDIA: dict[TableKind, str] = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
MOST_BYTES = 1 << 28
"""Of a table that is sent, whatever sounds may have: a million rows as they are exported."""
_PIECE_BYTES = 1 << 20
_PARQUET_MAGIC = b"PAR1"


@router.get("/export.{kind}", responses=READ_ERRORS, response_class=StreamingResponse)
def export_exemplars(
    reading: ReadingDep, kind: Annotated[TableKind, Path()], asked: Annotated[ExportQuery, Query()]
) -> StreamingResponse:
    """Export all exemplars that a filter finds at a version, one row each.

    Edit the table and send it to `POST /v1/exemplars/import`; unedited it changes nothing there.
    """
    version = reading.versions.resolve(reading.version(asked.version))
    rows = reading.exemplars.every(asked.filter(version))
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed once it is sent
    export_rows(rows, file, kind)
    size = file.tell()
    name = f"exemplars-{version}.{kind}"
    headers = {
        "Content-Length": str(size),
        "Content-Disposition": f'attachment; filename="{name}"',
        "Index-Version": str(version),
    }
    return StreamingResponse(_pieces(file), media_type=_MEDIA[kind], headers=headers)


@router.post(
    "/import",
    response_model=OutcomeBody,
    responses=EDIT_ERRORS,
    dependencies=[Depends(only_fields("file", "dry_run", "reason"))],
)
def import_exemplars(
    desk: DeskDep,
    write: WriteDep,
    file: Annotated[UploadFile, File(description="CSV or Parquet, as exported")],
    dry_run: Annotated[bool, Form(description="Tell what would change, write nothing")] = False,
    reason: Annotated[Reason, Form()] = "",
) -> JSONResponse:
    """Make exemplars what an edited export says, in one transaction.

    Rows are found by `id`; columns and rows that are missing are left as they are. Where a row's
    `revision` was passed by, the whole table is refused with 412; cells that cannot be used are
    listed by row and column in a 422.
    """
    _check_size(file, min(desk.settings.max_upload_bytes, MOST_BYTES))
    kind: TableKind = "parquet" if file.file.read(4) == _PARQUET_MAGIC else "csv"

    asked = Asked.of(desk.database, file.file, kind)

    def edit(writing: Writing) -> Answer:
        outcome = writing.curation.apply(asked.changes_in(writing), reason, dry_run)
        return writing.answer(outcome, dry_run=dry_run)

    return write.shown(edit) if dry_run else write.once(edit)


@dataclass(frozen=True)
class Asked:
    """What a table asks for, compared with a version before the write begins.

    While a write is under way there is no other, of jobs neither; a large table takes a while to
    be compared.
    """

    file: IO[bytes]
    kind: TableKind
    head: int
    found: tuple[Change, ...] | Exception
    """What is wrong is told once it is known that the same request was not answered before."""

    @classmethod
    def of(cls, database: Database, file: IO[bytes], kind: TableKind) -> Self:
        """Compare a table with the newest version."""
        with database.reading() as session:
            head = VersionRepository(session).head()
            try:
                return cls(file, kind, head, _compared(session, file, kind))
            except (EditInvalidError, ImportInvalidError) as error:
                return cls(file, kind, head, error)

    def changes_in(self, writing: Writing) -> tuple[Change, ...]:
        """The edits for the version that is the newest now, with nobody else who writes."""
        writing.versions.lock()
        if writing.versions.head() != self.head:
            return _compared(writing.session, self.file, self.kind)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def _compared(session: Session, file: IO[bytes], kind: TableKind) -> tuple[Change, ...]:
    file.seek(0)
    return import_changes(session, file, kind)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _check_size(upload: UploadFile, limit: int) -> None:
    if upload.size is not None and upload.size > limit:
        raise TooLargeError(
            "table_too_large",
            "the table is too large",
            field="file",
            limit=f"{limit} bytes",
            found=f"{upload.size} bytes",
            remedy="leave out rows and columns that are not edited, or send it in parts",
        )
