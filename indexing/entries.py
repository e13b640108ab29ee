"""Rows of the database with their vectors: what an index is made of."""

from collections.abc import Callable, Sequence

import structlog

from annotations.database import Database
from annotations.records import IndexedRows
from annotations.repository import Repository
from retrieval.embedding import Embedder
from retrieval.vector_index import Entries
from retrieval.vectors import EntryLayout, exemplar_vectors

BATCH = 256
"""Exemplars embedded and stored in one transaction."""
_TOLD_FROM = 1_000
"""So many missing vectors are worth a line in the log: they take a while."""
_log = structlog.get_logger(__name__)
Pair = tuple[int, int]
"""Exemplar and revision."""


class VectorSizeError(ValueError):
    """Stored vectors of this embedder have another size than it makes now."""

    def __init__(self, embedder_id: str, stored: int, made: int) -> None:
        super().__init__(
            f"vectors of {embedder_id} are stored with {stored} numbers an entry, it makes {made} "
            "now; give another model another id, or start with the release that built the index"
        )


def entries_of(database: Database, rows: IndexedRows, version: int, embedder: Embedder) -> Entries:
    """Rows of a version with their vectors; those of new revisions are made and stored first.

    Raises `VectorSizeError` where vectors of this embedder's id have another size.
    """
    embed_missing(database, rows.pairs, version, embedder)
    with database.reading() as session:
        vectors = Repository(session).embeddings.get(rows.pairs, embedder.id)
    return Entries(
        rows.ids,
        rows.numbers,
        rows.labels,
        rows.label_codes,
        rows.speakers,
        rows.recordings,
        rows.recording_codes,
        vectors.reshape(len(rows), vector_size(embedder)),
    )


def vector_size(embedder: Embedder) -> int:
    """Numbers of an entry's vector."""
    return EntryLayout(embedder.width).total


def strangers(database: Database, rows: IndexedRows, embedder: Embedder) -> tuple[str, ...]:
    """Embedders that have made vectors, where this one has made none at all for these rows.

    Then making all of them is a decision for whoever runs the service.
    """
    with database.reading() as session:
        embeddings = Repository(session).embeddings
        if len(embeddings.missing(rows.pairs, embedder.id)) < len(rows):
            return ()
        others = embeddings.embedders()
    return tuple(each for each in others if each != embedder.id)


def embed_missing(
    database: Database,
    pairs: Sequence[Pair],
    version: int,
    embedder: Embedder,
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
) -> int:
    """Make and store the vectors that are not there yet, one transaction a batch; how many."""
    with database.reading() as session:
        embeddings = Repository(session).embeddings
        missing = embeddings.missing(pairs, embedder.id)
        known = next(iter(set(pairs).difference(missing)), None)
        if known is not None:
            size = embeddings.get([known], embedder.id).shape[1]
            if size != vector_size(embedder):
                raise VectorSizeError(embedder.id, size, vector_size(embedder))
    if len(missing) >= _TOLD_FROM:
        _log.info("embedding exemplars", count=len(missing), embedder=embedder.id)
    there = len(pairs) - len(missing)
    for start in range(0, len(missing), BATCH):
        progress(there + start, len(pairs))
        _embed(database, missing[start : start + BATCH], version, embedder)
    progress(len(pairs), len(pairs))
    return len(missing)


def _embed(database: Database, pairs: Sequence[Pair], version: int, embedder: Embedder) -> None:
    """Make and store a batch; where another process did the same, the first vector stays."""
    ids = [exemplar_id for exemplar_id, _ in pairs]
    with database.reading() as session:
        stored = Repository(session).exemplars(ids, version)
    vectors = exemplar_vectors([stored[each].exemplar for each in ids], embedder)
    with database.session() as session:
        repository = Repository(session)
        repository.versions.lock()
        wanted = set(repository.embeddings.missing(pairs, embedder.id))
        places = [place for place, pair in enumerate(pairs) if pair in wanted]
        repository.embeddings.add([pairs[each] for each in places], vectors[places], embedder.id)
