"""Exemplars as CSV and Parquet tables, and such tables, edited, as changes."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

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


def export_rows(rows: Iterable[ExemplarFacts], target: Path | BinaryIO, form: TableForm) -> None:
    """Write exemplars as a table; read again it gives no change, bit for bit."""
    content = _csv(rows) if form == "csv" else _parquet(rows)
    if isinstance(target, Path):
        target.write_bytes(content)
    else:
        target.write(content)


def import_changes(
    session: Session, source: Path | BinaryIO, form: TableForm
) -> tuple[Change, ...]:
    """The edits that an edited table asks for; `ImportInvalidError` lists bad cells.

    Rows are found by ``id``; columns that are missing are not edited. A row with a ``revision``
    is refused on applying where the exemplar has changed since the export. Nothing is written:
    try the changes with a dry run first.
    """
    content = source.read_bytes() if isinstance(source, Path) else source.read()
    reader = _Reader(RevisionRepository(session))
    return reader.changes(_rows_of_csv(content) if form == "csv" else _rows_of_parquet(content))


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


def _rows_of_csv(content: bytes) -> list[dict[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _table_error("a CSV table in UTF-8", str(error)) from error
    header = rows[0] if rows else []
    _check_columns(header)
    cells = [row for row in rows[1:] if any(row)]
    uneven = next((n for n, row in enumerate(cells, start=1) if len(row) != len(header)), None)
    if uneven is not None:
        found = f"{len(cells[uneven - 1])} cells in row {uneven}"
        raise _table_error(f"a table of {len(header)} columns", found)
    return [dict(zip(header, row, strict=True)) for row in cells]


def _rows_of_parquet(content: bytes) -> list[dict[str, Any]]:
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(content))
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError, OSError) as error:
        raise _table_error("a Parquet table", str(error).splitlines()[0]) from error
    _check_columns(table.column_names)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _check_columns(found: Sequence[str]) -> None:
    unknown = [column for column in found if column not in COLUMNS]
    if "id" not in found or unknown or len(set(found)) < len(found):
        known = ", ".join(COLUMNS)
        raise _table_error(f"a table with the column id and others of {known}", ", ".join(found))


def _table_error(limit: str, found: str) -> EditInvalidError:
    return EditInvalidError("table", limit, found, "start from an export")


@dataclass(frozen=True)
class _Reader:
    """Compares the rows of a table with the current exemplars."""

    revisions: RevisionRepository

    def changes(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
        """All edits; one error for all bad cells."""
        if len(rows) > MOST_ROWS:
            raise _table_error(f"at most {MOST_ROWS} rows", str(len(rows)))
        bad: list[BadCell] = []
        asked = [self._values(number, row, bad) for number, row in enumerate(rows, start=1)]
        ids = [row["id"] for row in asked if "id" in row]
        current = self.revisions.current(sorted(set(ids)))
        changes: list[Change] = []
        seen: set[int] = set()
        for number, row in enumerate(asked, start=1):
            if "id" not in row:
                continue
            problem = _problem(row["id"], current, seen)
            seen.add(row["id"])
            if problem:
                bad.append(BadCell(number, "id", str(row["id"]), problem))
            else:
                changes += self._row_changes(number, row, current[row["id"]], bad)
        if bad:
            raise ImportInvalidError(tuple(bad[:MOST_CELLS]), len(bad))
        return tuple(changes)

    def _values(self, number: int, row: Mapping[str, Any], bad: list[BadCell]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column, cell in row.items():
            try:
                values[column] = value_of(column, cell)
            except CellError as error:
                bad.append(BadCell(number, column, str(cell)[:80], str(error)))
        return values

    def _row_changes(
        self, number: int, row: Mapping[str, Any], now: PlacedRevision, bad: list[BadCell]
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
