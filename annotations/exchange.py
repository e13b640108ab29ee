"""Exemplars as CSV and Parquet tables, and such tables, edited, as changes."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

from sqlalchemy.orm import Session

from annotations.curation_errors import BadCell, EditInvalidError, ImportInvalidError
from annotations.curation_records import Change, ExemplarFacts
from annotations.edits import Surroundings, edited
from annotations.exchange_cells import COLUMNS, CellError, cell_of, row_changes, value_of
from annotations.revision_repository import PlacedRevision, RevisionRepository

TableForm = Literal["csv", "parquet"]
MOST_CELLS = 20
"""Bad cells that an error lists."""
MOST_ROWS = 1_000_000
ROWS_AT_ONCE = 500
"""Rows of a table that are held while they are compared."""


def export_rows(rows: Iterable[ExemplarFacts], target: Path | BinaryIO, form: TableForm) -> None:
    """Write exemplars as a table; read again it gives no change, bit for bit."""
    content = _csv(rows) if form == "csv" else _parquet(rows)
    if isinstance(target, Path):
        target.write_bytes(content)
    else:
        target.write(content)


def import_changes(
    session: Session, source: Path | IO[bytes], form: TableForm
) -> tuple[Change, ...]:
    """The edits that an edited table asks for; `ImportInvalidError` lists bad cells.

    Rows are found by ``id``; columns that are missing are not edited. A row with a ``revision``
    is refused on applying where the exemplar has changed since the export. Nothing is written:
    try the changes with a dry run first.
    """
    reader = _Reader(RevisionRepository(session))
    with ExitStack() as held:
        file = held.enter_context(source.open("rb")) if isinstance(source, Path) else source
        return reader.changes(_rows_of_csv(file) if form == "csv" else _rows_of_parquet(file))


def _csv(rows: Iterable[ExemplarFacts]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([cell_of(row, column) for column in COLUMNS] for row in rows)
    return text.getvalue().encode()


def _parquet(rows: Iterable[ExemplarFacts]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    stored = list(rows)
    types = {
        int: pyarrow.int64(),
        float: pyarrow.float64(),
        str: pyarrow.string(),
        bool: pyarrow.bool_(),
        tuple: pyarrow.list_(pyarrow.string()),
    }
    schema = pyarrow.schema([(column, types[kind]) for column, kind in COLUMNS.items()])
    columns = {column: [getattr(row, column) for row in stored] for column in COLUMNS}
    sink = io.BytesIO()
    parquet.write_table(pyarrow.table(columns, schema=schema), sink)
    return sink.getvalue()


def _rows_of_csv(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        rows = csv.reader(text, strict=True)
        header = next(rows, [])
        _check_columns(header)
        for number, row in enumerate(filter(any, rows), start=1):
            if len(row) != len(header):
                found = f"{len(row)} cells in row {number}"
                raise _table_error(f"a table of {len(header)} columns", found)
            yield dict(zip(header, row, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _table_error("a CSV table in UTF-8", str(error)) from error
    finally:
        # the file is the caller's, who may read it again
        text.detach()


def _rows_of_parquet(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(file)
        _check_columns(table.schema_arrow.names)
        for batch in table.iter_batches(ROWS_AT_ONCE):
            yield from batch.to_pylist()
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError, OSError) as error:
        raise _table_error("a Parquet table", str(error).splitlines()[0]) from error


def _check_columns(found: Sequence[str]) -> None:
    unknown = [column for column in found if column not in COLUMNS]
    if "id" not in found or unknown or len(set(found)) < len(found):
        known = ", ".join(COLUMNS)
        raise _table_error(f"a table with the column id and others of {known}", ", ".join(found))


def _table_error(limit: str, found: str) -> EditInvalidError:
    return EditInvalidError("table", limit, found, "start from an export")


@dataclass
class _BadCells:
    """The first bad cells, and how many there are."""

    first: list[BadCell] = field(default_factory=list)
    count: int = 0

    def append(self, cell: BadCell) -> None:
        """One more."""
        self.count += 1
        if self.count <= MOST_CELLS:
            self.first.append(cell)


@dataclass(frozen=True)
class _Reader:
    """Compares the rows of a table with the current exemplars."""

    revisions: RevisionRepository

    def changes(self, rows: Iterable[Mapping[str, Any]]) -> tuple[Change, ...]:
        """All edits; one error for all bad cells. Of rows without an edit nothing is kept."""
        bad, seen = _BadCells(), set[int]()
        changes: list[Change] = []
        numbered = enumerate(rows, start=1)
        while some := list(islice(numbered, ROWS_AT_ONCE)):
            if some[-1][0] > MOST_ROWS:
                raise _table_error(f"at most {MOST_ROWS} rows", "more")
            changes += self._changes(some, seen, bad)
        if bad.count:
            raise ImportInvalidError(tuple(bad.first), bad.count)
        return tuple(changes)

    def _changes(
        self, some: Sequence[tuple[int, Mapping[str, Any]]], seen: set[int], bad: "_BadCells"
    ) -> list[Change]:
        """Edits of some numbered rows."""
        asked = [(number, self._values(number, row, bad)) for number, row in some]
        current = self.revisions.current(sorted({row["id"] for _, row in asked if "id" in row}))
        changes: list[Change] = []
        for number, row in asked:
            if "id" not in row:
                continue
            problem = _problem(row["id"], current, seen)
            seen.add(row["id"])
            if problem:
                bad.append(BadCell(number, "id", str(row["id"]), problem))
            else:
                changes += self._row_changes(number, row, current[row["id"]], bad)
        return changes

    def _values(self, number: int, row: Mapping[str, Any], bad: "_BadCells") -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column, cell in row.items():
            try:
                values[column] = value_of(column, cell)
            except CellError as error:
                bad.append(BadCell(number, column, str(cell)[:80], str(error)))
        return values

    def _row_changes(
        self, number: int, row: Mapping[str, Any], now: PlacedRevision, bad: "_BadCells"
    ) -> list[Change]:
        found: list[Change] = []
        content = now.content
        where = Surroundings(
            now.place.window_start_seconds,
            now.place.recording_seconds,
            lambda: self.revisions.prominences(now.place.window_id),
        )
        try:
            wanted = tuple(row_changes(row, now.facts))
        except CellError as error:
            bad.append(BadCell(number, error.column, str(row.get(error.column)), str(error)))
            return []
        for column, edit in wanted:
            try:
                content = edited(content, edit, where)
                found.append(Change(now.place.exemplar_id, edit, row.get("revision")))
            except EditInvalidError as error:
                problem = f"must be {error.limit}; {error.remedy}"
                bad.append(BadCell(number, column, str(row.get(column)), problem))
        return found


def _problem(exemplar_id: int, current: Mapping[int, PlacedRevision], seen: set[int]) -> str:
    if exemplar_id not in current:
        return "no exemplar has this id"
    return "an earlier row has this id too" if exemplar_id in seen else ""
