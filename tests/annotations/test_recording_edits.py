"""Whole recordings taken out of the index and put back, on every database."""

from dataclasses import replace

import pytest

from annotations.curation import Curation
from annotations.curation_errors import EditInvalidError, UnknownRecordingError
from annotations.curation_records import Change, Comment, Remove
from annotations.database import Database
from annotations.recording_edits import RecordingEdits
from annotations.recording_queries import RecordingFilter, RecordingQueries
from annotations.repository import Repository
from annotations.version_repository import VersionRepository
from tests.annotations.stored import BOTH, CUT, NAME, RECORDING, applied, store
from tests.databases import KINDS, empty_database

OTHER = "5_stewart_0_1_1"


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        yield database


@pytest.fixture
def ids(database):
    return store(database, BOTH)


def leave_out(database, actor="rosa"):
    with database.session() as session:
        return RecordingEdits(session, actor).leave_out(NAME, "licence")


def put_back(database):
    with database.session() as session:
        return RecordingEdits(session, "rosa").put_back(NAME)


def held(database, recording_id=NAME):
    with database.reading() as session:
        return RecordingQueries(session).facts(recording_id)


def taken_out(database):
    with database.reading() as session:
        return RecordingQueries(session).taken_out()


def built(database, windows):
    """The recording as a build cuts it again."""
    with database.session() as session:
        repository = Repository(session)
        repository.put_recording(RECORDING)
        repository.cut(NAME, "motion", windows)
        return repository.indexed_ids()


def test_a_recording_leaves_with_all_its_exemplars_and_comes_back_with_them(database, ids):
    gone = leave_out(database)
    out = held(database)
    back = put_back(database)
    now = held(database)

    assert [row.exemplar_id for row in gone.rows] == list(ids)
    assert (out.indexed, out.exemplars, out.removed, out.seq) == (False, 0, 3, gone.version)
    assert [row.exemplar_id for row in back.rows] == list(ids)
    assert (now.indexed, now.exemplars, now.removed, now.seq) == (True, 3, 0, back.version)
    assert gone.event.event.subject == f"recording {NAME}"


def test_what_was_removed_by_itself_stays_removed_and_edits_stay(database, ids):
    [removed, kept, _] = ids
    applied(database, Change(removed, Remove()))
    applied(database, Change(kept, Comment("look here")))
    leave_out(database)
    put_back(database)

    with database.reading() as session:
        stored = Repository(session).exemplars(ids)
    assert [stored[each].removed for each in ids] == [True, False, False]
    assert stored[kept].comment == "look here"


def test_moving_a_recording_that_is_there_already_changes_nothing(database, ids):
    del ids
    assert put_back(database).version is None
    first = leave_out(database).version
    assert leave_out(database).version is None
    assert held(database).seq == first


def test_leaving_out_can_be_undone_and_done_again(database, ids):
    gone = leave_out(database)
    with database.session() as session:
        undone = Curation(session, "rosa").undo(gone.version)
    back = held(database)
    with database.session() as session:
        Curation(session, "rosa").undo(undone.version)
    again = held(database)

    assert (back.indexed, back.exemplars) == (True, len(ids))
    assert (again.indexed, again.exemplars) == (False, 0)


def test_only_a_curator_keeps_a_recording_out_of_the_next_build(database, ids):
    del ids
    with database.session() as session:
        Repository(session).leave_out(RECORDING.corpus, [])
    by_a_build = taken_out(database)
    put_back(database)
    leave_out(database)
    by_a_curator = taken_out(database)
    put_back(database)

    assert by_a_build == frozenset()
    assert by_a_curator == {NAME}
    assert taken_out(database) == frozenset()


def test_exemplars_that_only_moved_with_their_recording_are_cut_anew_like_any(database, ids):
    leave_out(database)
    put_back(database)
    undone = leave_out(database)
    with database.session() as session:
        Curation(session, "rosa").undo(undone.version)
    fewer = built(database, (CUT,))

    assert fewer == ids[:2]


def test_recordings_are_listed_by_what_is_asked_for(database, ids):
    del ids
    broken = replace(
        RECORDING, id=OTHER, speaker=4, split="", indexed=False, problem="no frames", seconds=None
    )
    with database.session() as session:
        Repository(session).put_recording(broken)
    with database.reading() as session:
        queries = RecordingQueries(session)
        every = queries.page(RecordingFilter(), limit=1)
        rest = queries.page(RecordingFilter(), limit=1, after=every.next_after)
        found = {
            asked: [row.id for row in queries.page(asked).rows]
            for asked in (
                RecordingFilter(speakers=(4,)),
                RecordingFilter(splits=("train",)),
                RecordingFilter(corpora=("/elsewhere",)),
                RecordingFilter(indexed=False),
                RecordingFilter(problem=False),
                RecordingFilter(text="Stew"),
                RecordingFilter(text="_%"),
            )
        }
        head = VersionRepository(session).head()

    assert (every.total, [row.id for row in every.rows], every.next_after) == (2, [NAME], NAME)
    assert every.rows[0].seq == head
    assert ([row.id for row in rest.rows], rest.next_after) == ([OTHER], None)
    assert list(found.values()) == [[OTHER], [NAME], [], [OTHER], [NAME], [OTHER], []]
    [told] = rest.rows
    assert (told.problem, told.exemplars, told.removed, told.seq) == ("no frames", 0, 0, 0)


def test_what_is_not_there_cannot_be_moved(database):
    for move in (leave_out, put_back):
        with pytest.raises(UnknownRecordingError, match=NAME):
            move(database)
    with database.session() as session:
        Repository(session).put_recording(replace(RECORDING, problem="no frames"))
    with pytest.raises(EditInvalidError, match="no frames"):
        put_back(database)
