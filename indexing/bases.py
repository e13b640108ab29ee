"""Index files of one version, from which any other is reached through what changed between them.

A base carries in its name the event that made its version, so that files of another database, or
of an earlier life of this one, are never taken for ours.
"""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from annotations.database import Database
from annotations.repository import Repository
from retrieval.index import IndexFileError
from retrieval.torch_index import IndexMaker
from retrieval.vector_index import VectorIndex

_BASES = "base"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Bases:
    """The base files in one index folder, of one embedder."""

    database: Database
    folder: Path
    embedder_id: str
    make: IndexMaker

    def nearest(self, version: int) -> VectorIndex | None:
        """The trusted base closest to a version; damaged and foreign ones are told of and skipped.

        ``None`` where there is none.
        """
        for found in sorted(self._found(), key=lambda each: abs(each.version - version)):
            try:
                return self._trusted(found)
            except (IndexFileError, ValueError) as error:
                _log.warning(
                    "index files cannot be trusted; what they held is read from SQL",
                    files=str(found.path),
                    problem=str(error),
                )
        return None

    def save(self, index: VectorIndex) -> bool:
        """Write an index as the base and remove those before it; whether that succeeded.

        Where the disk is full, earlier files stay, and the index goes on from memory.
        """
        place = self.folder / _BASES / self._name(index.version)
        try:
            index.save(place)
        except OSError as error:
            _log.warning(
                "index files were not written; the index goes on from memory",
                files=str(place),
                version=index.version,
                problem=str(error),
                remedy="make room on the disk; the next start or edit writes them again",
            )
            if not any(place.glob("manifest.json")):
                shutil.rmtree(place, ignore_errors=True)
            return False
        for other in self._found():
            if other.path != place:
                shutil.rmtree(other.path, ignore_errors=True)
        return True

    def _trusted(self, found: "_Base") -> VectorIndex:
        if found.path.name != self._name(found.version):
            raise ValueError("they are of another database or another embedder")
        index = self.make.load(found.path, self.embedder_id)
        if index.version != found.version:
            raise ValueError(f"they hold index version {index.version}")
        return index

    def _found(self) -> Iterator["_Base"]:
        for path in (self.folder / _BASES).glob("*-*"):
            version = path.name.partition("-")[0]
            if version.isdecimal() and path.is_dir():
                yield _Base(int(version), path)

    def _name(self, version: int) -> str:
        """Version, then a digest of the event that made it and of the embedder."""
        with self.database.reading() as session:
            event = Repository(session).versions.event(version)
        made = None if event is None else (event.seq, event.at.isoformat(), event.event.operation)
        digest = hashlib.sha256(repr((made, self.embedder_id)).encode()).hexdigest()
        return f"{version}-{digest[:16]}"


@dataclass(frozen=True)
class _Base:
    version: int
    path: Path
