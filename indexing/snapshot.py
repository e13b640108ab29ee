"""What a process searches: one index version, immutable, opened from its files or from SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog

from annotations.database import Database
from annotations.records import LIVE, IndexVersion
from annotations.repository import Repository
from annotations.types import Exemplar
from indexing.stored import StoredClips
from indexing.trajectories import TrajectoryStore
from retrieval.embedding import Embedder
from retrieval.index import EmbedderMismatchError, IndexFileError, VectorIndex

TRAJECTORIES = "trajectories"
"""Folder beside the index versions."""
_log = structlog.get_logger(__name__)


class NoIndexError(LookupError):
    """Nothing has been indexed yet."""

    def __init__(self, label: str) -> None:
        super().__init__(
            f"no index version is labeled {label!r}; build one with `chironomia index build FOLDER`"
        )


@dataclass(frozen=True)
class Snapshot:
    """One index version with all that retrieval and generation need of it."""

    version: IndexVersion
    index: VectorIndex
    exemplars: Mapping[int, Exemplar]
    clips: StoredClips
    folder: Path

    def trajectories(self, weights_id: str) -> TrajectoryStore:
        """Stored inversions made with these weights; none where it was built with others."""
        return trajectory_store(self.folder, weights_id)


def trajectory_store(folder: Path, weights_id: str) -> TrajectoryStore:
    """Inversions of all index versions in ``folder`` made with these weights."""
    return TrajectoryStore(folder / TRAJECTORIES, weights_id)


def open_index(database: Database, folder: Path, embedder: Embedder, label: str = LIVE) -> Snapshot:
    """The version that a label points at.

    Raises `NoIndexError`, or `EmbedderMismatchError` where another embedder built it. Torn,
    altered or missing files are rebuilt from SQL, with a warning in the log.
    """
    with database.reading() as session:
        repository = Repository(session)
        version = repository.versions.labeled(label)
        if version is None:
            raise NoIndexError(label)
        if version.embedder_id != embedder.id:
            raise EmbedderMismatchError(
                version_folder(folder, version.id), version.embedder_id, embedder.id
            )
        exemplars = exemplars_of(repository, repository.versions.exemplar_ids(version.id))
        try:
            index = trusted_files(version, folder, exemplars)
        except IndexFileError as error:
            index = _mended_files(repository, version, folder, exemplars, str(error))
        clips = StoredClips.of(repository.recordings())
    return Snapshot(version, index, exemplars, clips, folder)


def version_folder(folder: Path, version_id: int) -> Path:
    """Where the files of a version lie."""
    return folder / str(version_id)


def exemplars_of(repository: Repository, ids: Sequence[int]) -> dict[int, Exemplar]:
    """Exemplars by id, in the order of their ids."""
    return {each: stored.exemplar for each, stored in repository.exemplars(ids).items()}


def trusted_files(
    version: IndexVersion, folder: Path, exemplars: Mapping[int, Exemplar]
) -> VectorIndex:
    """The vectors of a version from its files; `IndexFileError` where these cannot be trusted."""
    place = version_folder(folder, version.id)
    try:
        index = VectorIndex.load(place, version.embedder_id)
    except EmbedderMismatchError as error:
        raise IndexFileError(place, f"its files are foreign ({error})") from error
    if index.version != version.id or not np.array_equal(index.ids, list(exemplars)):
        raise IndexFileError(place, f"its files hold index version {index.version}")
    return index


def _mended_files(
    repository: Repository,
    version: IndexVersion,
    folder: Path,
    exemplars: Mapping[int, Exemplar],
    problem: str,
) -> VectorIndex:
    """The vectors of a version from SQL, saved again in place of files that were damaged."""
    _log.warning("index files are rebuilt from SQL", version=version.id, problem=problem)
    index = rebuilt(repository, version, exemplars)
    try:
        index.save(version_folder(folder, version.id))
    except OSError as error:
        _log.warning("the rebuilt index is not saved", version=version.id, problem=str(error))
    return index


def rebuilt(
    repository: Repository, version: IndexVersion, exemplars: Mapping[int, Exemplar]
) -> VectorIndex:
    """The vectors of a version from SQL alone."""
    ids = list(exemplars)
    return VectorIndex.of_vectors(
        ids,
        [exemplar.annotation.label for exemplar in exemplars.values()],
        repository.embeddings.get(ids, version.embedder_id),
        version.embedder_id,
        version.id,
    )
