"""Checked fields of annotation files: every error names file, line and field."""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from speech.transcript import Interval

_MISSING = frozenset(
    {"", "#N/A", "#NA", "-NaN", "-nan", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan"}
    | {"null"}
)
"""What tables write for "no word"."""


class AnnotationFileError(ValueError):
    """An annotation file does not hold what its format says."""

    def __init__(self, path: Path, line: int | None, field: str, problem: str) -> None:
        """Name the file, the line (where there are lines), the field and what is wrong."""
        place = f"{path}" if line is None else f"{path}, line {line}"
        super().__init__(f"{place}: {field}: {problem}")
        self.path, self.line, self.field = path, line, field


def text_of(path: Path) -> str:
    """The file's text, UTF-8 with or without a byte order mark."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise AnnotationFileError(
            path, None, "encoding", f"expected UTF-8 text: {error}"
        ) from error
    except OSError as error:
        raise AnnotationFileError(
            path, None, "file", f"cannot be read: {error.strerror}"
        ) from error


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Line number, from 1, and line; empty ones are left out."""
    # a word may hold what Unicode calls an end of line as well
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        if line.strip():
            yield number, line


def number_in(path: Path, line: int | None, field: str, cell: object) -> float:
    """A finite number."""
    try:
        value = float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value) or isinstance(cell, bool):
        raise AnnotationFileError(path, line, field, f"expected a number, found {cell!r}")
    return value


def interval_in(path: Path, line: int | None, start: object, end: object) -> Interval:
    """A span of seconds whose end is not before its start."""
    first = number_in(path, line, "start", start)
    last = number_in(path, line, "end", end)
    if last < first:
        raise AnnotationFileError(path, line, "end", f"{last} s is before the start, {first} s")
    return Interval(first, last)


def word_in(cell: str) -> str:
    """A word; empty where a table says "none"."""
    return "" if cell in _MISSING else cell.strip()


def json_of(path: Path) -> Any:
    """The file's JSON."""
    text = text_of(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise AnnotationFileError(path, error.lineno, "json", error.msg) from error
    except RecursionError as error:
        raise AnnotationFileError(path, None, "json", "it is nested too deep") from error
    except ValueError as error:
        # a number of thousands of digits
        raise AnnotationFileError(path, None, "json", str(error)) from error


def field_of(path: Path, place: str, holder: Any, name: str) -> Any:
    """``holder[name]`` of a JSON object."""
    if not isinstance(holder, dict) or name not in holder:
        found = sorted(holder) if isinstance(holder, dict) else type(holder).__name__
        problem = f"expected an object with {name!r}, found {found}"
        raise AnnotationFileError(path, None, place or name, problem)
    return holder[name]


def list_of(path: Path, place: str, holder: Any, name: str) -> list[Any]:
    """``holder[name]``, a JSON list."""
    found = field_of(path, place, holder, name)
    if not isinstance(found, list):
        problem = f"expected a list, found {type(found).__name__}"
        raise AnnotationFileError(path, None, f"{place}.{name}".lstrip("."), problem)
    return found


def string_of(path: Path, place: str, holder: Any, name: str) -> str:
    """``holder[name]``, a JSON string."""
    found = field_of(path, place, holder, name)
    if not isinstance(found, str):
        problem = f"expected a text, found {found!r}"
        raise AnnotationFileError(path, None, f"{place}.{name}".lstrip("."), problem)
    return found


def timed_of(path: Path, place: str, holder: Any, start: str, end: str) -> Interval:
    """The span of seconds between two fields of a JSON object."""
    first = number_in(path, None, f"{place}.{start}", field_of(path, place, holder, start))
    last = number_in(path, None, f"{place}.{end}", field_of(path, place, holder, end))
    if last < first:
        problem = f"{last} s is before the start, {first} s"
        raise AnnotationFileError(path, None, f"{place}.{end}", problem)
    return Interval(first, last)


def write_rows(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Tab-separated lines."""
    lines = ("\t".join(str(cell) for cell in row) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
