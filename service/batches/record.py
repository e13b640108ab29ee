"""What became of each entry of a batch: one JSON line a file, on disk before it counts."""

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from service.errors import InvalidInputError

State = Literal["succeeded", "failed"]


@dataclass(frozen=True)
class Shard:
    """Which part of the work this machine does; the others need not be asked."""

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """``3/16``: the third of sixteen."""
        number, _, count = text.partition("/")
        if not (number.isdecimal() and count.isdecimal() and 0 < int(number) <= int(count)):
            raise InvalidInputError(
                "shard_invalid",
                f"{text!r} is no part of a whole",
                field="--shard",
                limit="N/COUNT with N from 1 to COUNT",
                found=text,
                remedy="e.g. 3/16 on the third of sixteen machines",
            )
        return cls(int(number), int(count))

    def takes(self, digest: str) -> bool:
        """Whether content of that digest is this shard's."""
        return int(digest, 16) % self.count == self.number - 1

    @property
    def file_name(self) -> str:
        """Of its record: no two machines append to one file."""
        return (
            "results.jsonl" if self.count == 1 else f"results.{self.number}-of-{self.count}.jsonl"
        )


@dataclass(frozen=True)
class Line:
    """What became of one entry."""

    id: str
    key: str
    """Name of the result, by content."""
    state: State
    folder: str | None = None
    files: Mapping[str, str] | None = None
    """Sha256 of each file."""
    seconds: float | None = None
    wall_seconds: float | None = None
    error: Mapping[str, Any] | None = None
    tries: int = 1

    def to_json(self) -> str:
        """One line, without what does not apply."""
        given = {name: value for name, value in vars(self).items() if value is not None}
        return json.dumps(given, sort_keys=True, ensure_ascii=False) + "\n"


class Record:
    """The lines of a folder, the newest of each entry counting; threads may share it."""

    def __init__(self, folder: Path, shard: Shard) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / shard.file_name
        self._lock = threading.Lock()
        self._newest: dict[tuple[str, str], Line] = {}
        for path in sorted(folder.glob("results*.jsonl")):
            self._newest.update({(line.id, line.key): line for line in _read(path)})
        _cut_torn(self._path)
        self._file = self._path.open("a", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def of(self, entry: str, key: str) -> Line | None:
        """What became of an entry, if anything did."""
        return self._newest.get((entry, key))

    def add(self, line: Line) -> None:
        """Put a line on disk."""
        with self._lock:
            self._newest[line.id, line.key] = line
            self._file.write(line.to_json())
            self._file.flush()
            os.fsync(self._file.fileno())


def _read(path: Path) -> list[Line]:
    """Lines that are whole; the last one may have been torn by a crash."""
    found = []
    # lines of JSON end in nothing but a line feed: a name may hold any other separator
    for text in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            found.append(Line(**json.loads(text)))
        except (ValueError, TypeError):
            continue
    return found


def _cut_torn(path: Path) -> None:
    """Remove half a line at the end, so that the next one does not go on with it."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
