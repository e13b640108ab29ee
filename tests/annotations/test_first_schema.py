"""A database that the first release wrote, opened by this one.

``first_schema.json`` holds its rows: a recording cut twice, so that one exemplar was removed; one
left out of the index; one that could not be read; two index versions, two labels, two jobs.
"""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from annotations.curation_records import Change, NewExemplar, Reword
from annotations.database import Database
from annotations.encoding import annotation_json
from annotations.exemplar_queries import ExemplarQueries
from annotations.job_queries import JobQueries
from annotations.records import CutWindow, JobState
from annotations.repository import Repository
from annotations.tables import Base, WorkerRow
from annotations.types import Window
from tests.annotations.old_databases import old_database, old_rows
from tests.annotations.stored import BECAUSE, BOTH, CUT, HUGE, NAME, WINDOW, applied, curating
from tests.databases import KINDS

OLD = old_rows("first_schema.json")
LIVE = (1, 2, 4)
LEFT_OUT = "1_wayne_0_9_9"


@pytest.fixture(params=KINDS)
def url(request, tmp_path):
    with old_database(request.param, tmp_path, "0001", OLD) as url:
        yield url


@pytest.fixture
def database(url):
    with Database.open(url) as database:
        yield database


def old_row(table: str, key: int):
    return next(row for row in OLD[table] if row["id"] == key)


def test_the_tables_are_those_that_the_code_describes(database):
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_index_holds_the_same_exemplars_under_the_same_ids(database):
    with database.reading() as session:
        repository = Repository(session)
        stored = repository.exemplars(range(1, 7))
        versions = repository.versions
        assert repository.indexed_ids() == LIVE
        assert {versions.resolve(each) for each in ("live", "staging", "show")} == {versions.head()}
        assert {tag.name: tag.seq is None for tag in versions.tags()} == {
            "live": True,
            "show": False,
            "staging": True,
        }

    assert {each for each, found in stored.items() if not found.removed} == set(LIVE)
    for each, found in stored.items():
        old = old_row("exemplars", each)
        assert annotation_json(found.exemplar.annotation) == json.loads(old["annotation"])
        assert (found.prominence, found.exemplar.stroke_seconds, list(found.quality)) == (
            *(old["prominence"], old["stroke_seconds"]),
            json.loads(old["quality"]),
        )
    window = stored[1].exemplar.window
    assert window == replace(WINDOW, relations=(_known(BECAUSE),))
    assert stored[2].exemplar.annotation == HUGE


def _known(relation):
    """As the first release knew it."""
    return replace(relation, arg1_tokens=(), arg2_tokens=())


def test_vectors_need_not_be_made_again(database):
    with database.reading() as session:
        repository = Repository(session)
        pairs = repository.indexed_at().pairs
        vectors = repository.embeddings.get(pairs, "fake@1")
    old = {row["exemplar_id"]: row["vector"]["base64"] for row in OLD["embeddings"]}
    for (each, _), vector in zip(pairs, vectors, strict=True):
        np.testing.assert_array_equal(vector, np.frombuffer(base64.b64decode(old[each]), "<f4"))


def test_recordings_jobs_workers_and_events_are_kept(database):
    with database.reading() as session:
        repository = Repository(session)
        recordings = {each.id: each for each in repository.recordings()}
        jobs = {each.id: each for each in JobQueries(session).listed()}
        events = repository.versions.events()
        assert [row.name for row in session.query(WorkerRow)] == ["w1"]

    assert recordings[NAME].files == {"motion": "a.npz", "audio": "a.wav"}
    assert {each: row.indexed for each, row in recordings.items()} == {
        NAME: True,
        LEFT_OUT: False,
        "3_solomon_0_1_1": False,
    }
    assert "not finite" in recordings["3_solomon_0_1_1"].problem
    assert {each.state for each in jobs.values()} == {JobState.SUCCEEDED, JobState.QUEUED}
    assert {(each.kind, each.last_event) for each in jobs.values()} == {("gestures", 0)}
    assert [each.event.operation for each in events[:2]] == ["build", "build"]
    assert events[0].event.after == {"exemplars": 6}
    assert (events[0].seq, events[0].at.tzinfo) == (1, UTC)


def test_the_same_job_is_found_under_its_idempotency_key(database):
    old = next(row for row in OLD["jobs"] if row["idempotency_key"] == "key-1")
    with database.reading() as session:
        job = Repository(session).jobs.get(old["id"])
    assert (job.state, job.seed, job.result) == (JobState.SUCCEEDED, 7, {"file": "x.npz"})
    assert job.created_at == datetime.fromisoformat(old["created_at"]).replace(tzinfo=UTC)


def test_cutting_the_same_again_changes_nothing(database):
    with database.session() as session:
        repository = Repository(session)
        windows = tuple(CutWindow(_old(cut.window), _old_exemplars(cut)) for cut in BOTH)
        recut = repository.cut(NAME, "motion", windows)
        assert (recut.version, recut.new_windows) == (None, ())
        assert repository.indexed_ids() == LIVE


def _old(window: Window) -> Window:
    return replace(window, relations=tuple(map(_known, window.relations)))


def _old_exemplars(cut):
    return tuple(
        replace(each, annotation=_known(each.annotation)) if each is CUT.exemplars[0] else each
        for each in cut.exemplars
    )


def test_a_recording_that_was_left_out_comes_back(database):
    with database.session() as session:
        repository = Repository(session)
        assert repository.put_back(LEFT_OUT) == 2
        assert repository.indexed_ids() == (*LIVE, 5, 6)


def test_edits_go_on_from_there(database):
    outcome = applied(database, Change(2, Reword("enormous")))
    assert [row.exemplar_id for row in outcome.rows] == [2, 4]
    with curating(database) as curation:
        curation.undo(outcome.version)
        new = NewExemplar(NAME, "gesture", "deictic", "it", 6.6, 6.8)
        [added] = curation.add(new).rows
    with database.reading() as session:
        queries = ExemplarQueries(session)
        assert added.exemplar_id == 7
        assert [queries.facts(each).word for each in (2, 4)] == ["huge", "huge"]
        assert len(queries.history(2)) == 3


def test_events_alone_give_the_same_state(database):
    applied(database, Change(1, Reword("since")))
    with database.reading() as session:
        repository = Repository(session)
        state = {}
        for event in repository.versions.events():
            state |= (event.event.after or {}).get("rows", {})
        gone = {int(each) for each, row in state.items() if row["removed"]}
        assert set(map(int, state)) - gone == set(repository.indexed_ids())
        assert state["1"]["word"] == "since"
