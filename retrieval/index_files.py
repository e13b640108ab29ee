"""An index on disk: vectors, facts and a manifest that says which files count.

Files are written aside, flushed to the disk and renamed; the manifest, replaced last, decides.
So a folder holds a whole index at any instant, or the one before it.
"""

import fcntl
import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from retrieval.entries import EntryFacts
from retrieval.segments import Gathered

FORMAT_VERSION = 2
MANIFEST = "manifest.json"
_OURS = re.compile(r"\.?(vectors|entries|manifest)[-.].*")
"""Names that a save, finished or cut short, may have left."""
_OPENINGS = 3
"""How often a folder is read anew when a save by someone else removes files meanwhile."""


class IndexFileError(ValueError):
    """An index on disk is missing, torn, altered, or of a format that is not known."""

    def __init__(self, folder: Path, problem: str) -> None:
        """Name the folder and what to do."""
        super().__init__(
            f"{folder}: {problem}; rebuild it from the database with `chironomia index build`"
        )


class EmbedderMismatchError(ValueError):
    """An index was built by another embedder than the one that asks."""

    def __init__(self, folder: Path, built_by: str, asked_by: str) -> None:
        """Name both embedders and the command that rebuilds."""
        super().__init__(
            f"{folder} is an index built by another embedder: {built_by}, not {asked_by}; "
            "rebuild it with `chironomia index build`"
        )
        self.built_by, self.asked_by = built_by, asked_by


class IndexNotSavedError(OSError):
    """The disk took no more; what the folder held before is whole."""

    def __init__(self, folder: Path, needed: int, cause: OSError) -> None:
        """Name the folder, the bytes it takes and what to do."""
        super().__init__(
            cause.errno,
            f"the index was not saved ({cause.strerror}); it takes {needed / 1e6:.1f} MB: free "
            "space or choose another folder and save again; the index saved before is whole",
            str(folder),
        )


@dataclass(frozen=True)
class Manifest:
    """What lies beside the vectors: who made them, and their checksums."""

    format_version: int
    embedder_id: str
    index_version: int
    count: int
    width: int
    files: Mapping[str, str]
    """File of each kind (``vectors``, ``entries``): ``name:sha256``."""

    @property
    def sha256(self) -> str:
        """Checksum of all of the above, so that the manifest itself is trusted only whole."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class Loaded:
    """An index as read: facts and vectors in the order of a segment."""

    manifest: Manifest
    facts: EntryFacts
    vectors: Float32[np.ndarray, "entry width"]


def save_index(folder: Path, entries: Gathered, embedder_id: str, version: int) -> None:
    """Write an index; `IndexNotSavedError` where the disk takes no more.

    One save at a time writes to a folder; others wait.
    """
    facts = _packed(entries.facts)
    count, width = len(entries.rows), entries.width
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_writer(folder):
            files = {
                "vectors": _write_named(folder, "vectors", ".f32", _vector_bytes(entries)),
                "entries": _write_named(folder, "entries", ".npz", [facts]),
            }
            manifest = Manifest(FORMAT_VERSION, embedder_id, version, count, width, files)
            whole = asdict(manifest) | {"sha256": manifest.sha256}
            with _aside(folder, MANIFEST) as file:
                file.write(json.dumps(whole, indent=2).encode())
            _put(folder, MANIFEST, MANIFEST)
    except OSError as error:
        raise IndexNotSavedError(folder, 4 * count * width + len(facts), error) from error


def load_index(folder: Path, embedder_id: str | None = None) -> Loaded:
    """Read an index; `IndexFileError` or `EmbedderMismatchError` where it must not be used.

    ``embedder_id`` names the embedder that is going to ask.
    """
    for _ in range(_OPENINGS):
        manifest = read_manifest(folder)
        if embedder_id is not None and manifest.embedder_id != embedder_id:
            raise EmbedderMismatchError(folder, manifest.embedder_id, embedder_id)
        try:
            return _read(folder, manifest)
        except IndexFileError:
            if read_manifest(folder) == manifest:
                raise
    raise IndexFileError(folder, f"{MANIFEST} changed {_OPENINGS} times while it was read")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an index on disk."""
    try:
        listed = json.loads((folder / MANIFEST).read_text())
        if listed["format_version"] != FORMAT_VERSION:
            raise IndexFileError(
                folder, f"format {listed['format_version']} is not {FORMAT_VERSION}"
            )
        sha256 = listed.pop("sha256")
        manifest = Manifest(**listed)
    except FileNotFoundError as error:
        raise IndexFileError(folder, f"there is no {MANIFEST}") from error
    except IndexFileError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexFileError(folder, f"{MANIFEST} cannot be read: {error!r}") from error
    if manifest.sha256 != sha256:
        raise IndexFileError(folder, f"{MANIFEST} is damaged: its own sha256 is not what it says")
    return manifest


def _read(folder: Path, manifest: Manifest) -> Loaded:
    vectors = _checked(folder, manifest.files["vectors"])
    facts = _unpacked(folder, _checked(folder, manifest.files["entries"]))
    if not manifest.count == len(facts) or vectors.nbytes != 4 * manifest.count * manifest.width:
        raise IndexFileError(folder, f"{MANIFEST} says {manifest.count} entries, not what is there")
    shape = (manifest.count, manifest.width)
    return Loaded(
        manifest, facts, vectors.view("<f4").astype(np.float32, copy=False).reshape(shape)
    )


def _checked(folder: Path, named: str) -> np.ndarray:
    """Bytes of a file whose checksum is right."""
    name, _, sha256 = named.partition(":")
    try:
        content = np.fromfile(folder / name, dtype=np.uint8)
    except OSError as error:
        raise IndexFileError(folder, f"{name} cannot be read: {error}") from error
    found = hashlib.sha256(content.data).hexdigest()
    if found != sha256:
        raise IndexFileError(folder, f"{name} is damaged: sha256 {found[:12]}, not {sha256[:12]}")
    return content


def _packed(facts: EntryFacts) -> bytes:
    """Facts as the bytes of an npz file."""
    packed = io.BytesIO()
    columns: dict[str, Any] = {
        "ids": facts.ids,
        "numbers": facts.numbers,
        "label_codes": facts.label_codes,
        "speakers": facts.speakers,
        "recording_codes": facts.recording_codes,
        "names": np.frombuffer(
            json.dumps({"labels": facts.labels, "recordings": facts.recordings}).encode(), np.uint8
        ),
    }
    np.savez(packed, **columns)
    return packed.getvalue()


def _unpacked(folder: Path, packed: np.ndarray) -> EntryFacts:
    try:
        with np.load(io.BytesIO(packed.tobytes()), allow_pickle=False) as columns:
            names = json.loads(columns["names"].tobytes())
            return EntryFacts(
                columns["ids"],
                columns["numbers"],
                tuple(names["labels"]),
                columns["label_codes"],
                columns["speakers"],
                tuple(names["recordings"]),
                columns["recording_codes"],
            )
    except (ValueError, KeyError, OSError) as error:
        raise IndexFileError(folder, f"the entries are of another layout: {error!r}") from error


def _vector_bytes(entries: Gathered) -> Iterator[memoryview]:
    for block in entries.vector_blocks():
        yield block.astype("<f4", copy=False).reshape(-1).view(np.uint8).data


def _write_named(
    folder: Path, kind: str, suffix: str, content: Iterable[bytes | memoryview]
) -> str:
    """Write a file that carries its checksum in its name; ``name:sha256``."""
    sha256 = hashlib.sha256()
    written = f"{kind}{suffix}"
    with _aside(folder, written) as file:
        for block in content:
            sha256.update(block)
            file.write(block)
    name = f"{kind}-{sha256.hexdigest()[:12]}{suffix}"
    _put(folder, written, name)
    return f"{name}:{sha256.hexdigest()}"


@contextmanager
def _aside(folder: Path, name: str) -> Iterator[io.BufferedWriter]:
    """A file beside its place, on the disk when the block ends; gone where the block fails."""
    path = folder / f".{name}"
    try:
        with path.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _put(folder: Path, written: str, name: str) -> None:
    """Let a file that was written aside take its place in one step, for good."""
    (folder / f".{written}").replace(folder / name)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, and leave only what the manifest names, whether or not all went well.

    The system lets go of the lock when the process ends.
    """
    directory = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        try:
            yield
        finally:
            _sweep(folder)
    finally:
        os.close(directory)


def _sweep(folder: Path) -> None:
    """Remove what other saves left, whole or cut short; nothing where the manifest is damaged."""
    kept = {MANIFEST}
    if (folder / MANIFEST).exists():
        try:
            kept |= {named.partition(":")[0] for named in read_manifest(folder).files.values()}
        except IndexFileError:
            return
    for path in folder.iterdir():
        if path.name not in kept and _OURS.fullmatch(path.name):
            path.unlink(missing_ok=True)
