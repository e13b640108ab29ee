"""Cells of exported tables: which columns there are, and what an edited cell asks for."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from annotations.curation_records import (
    Comment,
    Edit,
    ExemplarFacts,
    Flag,
    Relabel,
    Remove,
    Restore,
    Retime,
    Reword,
)

COLUMNS: Mapping[str, type] = {
    "id": int,
    "revision": int,
    "recording": str,
    "speaker": int,
    "speaker_name": str,
    "split": str,
    "window_id": int,
    "window_start_seconds": float,
    "kind": str,
    "label": str,
    "sense": str,
    "word": str,
    "start_seconds": float,
    "end_seconds": float,
    "stroke_seconds": float,
    "quality": tuple,
    "comment": str,
    "removed": bool,
    "probability": float,
    "source": str,
    "prominence": float,
    "text": str,
    "annotation_id": int,
    "seq": int,
}
"""Columns of a table in order, with what their cells hold."""
FIXED = ("recording", "kind", "window_id", "annotation_id")
"""What an exemplar is; a table cannot change it."""
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no", "")


class CellError(ValueError):
    """A cell that cannot be used."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(problem)
        self.column = column


def cell_of(row: ExemplarFacts, column: str) -> str:
    """A value as text; numbers so that they are read back exactly, none as an empty cell."""
    value = getattr(row, column)
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case tuple():
            return " ".join(value)
        case _:
            return str(value)


def value_of(column: str, cell: Any) -> Any:
    """What a cell of a table holds; `CellError` where it is of another kind."""
    kind = COLUMNS[column]
    if kind is tuple:
        return _flags(column, cell)
    if kind is str:
        return "" if cell is None else str(cell)
    if cell is None or cell == "":
        if column in ("id", "removed", "start_seconds", "end_seconds"):
            raise CellError(column, "must not be empty")
        return None
    if kind is bool:
        return _truth(column, cell)
    return _number(column, cell, kind)


def _flags(column: str, cell: Any) -> tuple[str, ...]:
    flags = cell.split() if isinstance(cell, str) else cell
    if flags is None:
        return ()
    if not isinstance(flags, list) or not all(isinstance(each, str) for each in flags):
        raise CellError(column, "must be flags, as text or as a list of texts")
    return tuple(flags)


def _truth(column: str, cell: Any) -> bool:
    text = str(cell).strip().lower()
    if text not in _TRUE + _FALSE:
        raise CellError(column, "must be true or false")
    return text in _TRUE


def _number(column: str, cell: Any, kind: type) -> int | float:
    try:
        value = float(cell)
    except (TypeError, ValueError) as error:
        raise CellError(column, "must be a number") from error
    if not math.isfinite(value):
        raise CellError(column, "must be a finite number")
    if kind is float:
        return value
    if value != int(value) or abs(value) > 2**53:
        raise CellError(column, "must be a whole number")
    return int(value)


def row_changes(row: Mapping[str, Any], now: ExemplarFacts) -> Iterator[tuple[str, Edit]]:
    """Edits that make the exemplar what the row says, each with the column that asks for it."""
    for column in FIXED:
        if column in row and row[column] != getattr(now, column):
            raise CellError(column, f"cannot be changed, it is {getattr(now, column)}")
    yield from _label_changes(row, now)
    if "word" in row and row["word"] != now.word:
        yield "word", Reword(row["word"])
    yield from _time_changes(row, now)
    if "quality" in row and set(row["quality"]) != set(now.quality):
        added = tuple(each for each in row["quality"] if each not in now.quality)
        gone = tuple(each for each in now.quality if each not in row["quality"])
        yield "quality", Flag(added, gone)
    if "comment" in row and row["comment"] != now.comment:
        yield "comment", Comment(row["comment"])
    if "removed" in row and row["removed"] != now.removed:
        yield "removed", Remove() if row["removed"] else Restore()


def _label_changes(row: Mapping[str, Any], now: ExemplarFacts) -> Iterator[tuple[str, Edit]]:
    """The full sense goes before the label that follows from it."""
    if "sense" in row and row["sense"] != now.sense:
        yield "sense", Relabel(row["sense"])
    elif "label" in row and row["label"] != now.label:
        yield "label", Relabel(row["label"])


def _time_changes(row: Mapping[str, Any], now: ExemplarFacts) -> Iterator[tuple[str, Edit]]:
    start = row.get("start_seconds", now.start_seconds)
    end = row.get("end_seconds", now.end_seconds)
    stroke = row.get("stroke_seconds", now.stroke_seconds)
    if stroke is None and now.stroke_seconds is not None:
        raise CellError("stroke_seconds", f"must not be empty, it is {now.stroke_seconds}")
    moved = (start, end) != (now.start_seconds, now.end_seconds)
    if moved or stroke != now.stroke_seconds:
        column = "start_seconds" if moved else "stroke_seconds"
        yield column, Retime(start, end, stroke)
