"""Exemplars of one annotation: edited, removed and restored together while they say the same."""

import pytest

from annotations.curation_errors import EditConflictError
from annotations.curation_records import Change, Comment, Relabel, Remove, Restore, Retime, Reword
from annotations.database import Database
from annotations.exemplar_queries import ExemplarQueries
from annotations.repository import Repository
from tests.annotations.stored import BOTH, CUT, NAME, RECORDING, applied, store
from tests.databases import KINDS, empty_database


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        yield database


@pytest.fixture
def pair(database):
    """Ids of the gesture's exemplars in two windows."""
    return store(database, BOTH)[1:]


def facts(database, exemplar_id):
    with database.reading() as session:
        return ExemplarQueries(session).facts(exemplar_id)


def test_what_left_its_window_is_not_revived_by_restoring_what_is_there(database, pair):
    first, second = pair
    applied(database, Change(first, Retime(3.0, 3.5)))
    assert facts(database, second).removed

    assert applied(database, Change(first, Restore())).rows == ()
    applied(database, Change(first, Remove()))
    applied(database, Change(first, Restore()))
    assert facts(database, second).removed


def test_what_left_its_window_and_was_removed_at_once_is_not_revived(database, pair):
    first, second = pair
    applied(database, Change(first, Retime(3.0, 3.5)), Change(first, Remove()))
    applied(database, Change(first, Restore()))
    assert (facts(database, first).removed, facts(database, second).removed) == (False, True)


def test_an_edit_of_a_removed_exemplar_reaches_those_removed_with_it(database, pair):
    first, second = pair
    applied(database, Change(first, Remove()))
    applied(database, Change(second, Comment("later")))
    applied(database, Change(first, Relabel("deictic")), Change(first, Restore()))

    for each in pair:
        now = facts(database, each)
        assert (now.removed, now.label, now.comment) == (False, "deictic", "later")


def test_removing_and_restoring_in_one_edit_changes_nothing(database, pair):
    assert applied(database, Change(pair[0], Remove()), Change(pair[1], Restore())).rows == ()


def test_an_edit_while_a_recording_is_left_out_comes_back_with_it(database, pair):
    with database.session() as session:
        Repository(session).leave_out(RECORDING.corpus, [])
    applied(database, Change(pair[0], Reword("enormous")))
    with database.session() as session:
        assert Repository(session).put_back(NAME) == 3
    assert [facts(database, each).word for each in pair] == ["enormous"] * 2
    assert not any(facts(database, each).removed for each in pair)


def test_what_a_curator_removed_while_its_recording_was_away_stays_away(database, pair):
    with database.session() as session:
        Repository(session).leave_out(RECORDING.corpus, [])
    applied(database, Change(pair[0], Restore()))
    applied(database, Change(pair[0], Remove()))
    with database.session() as session:
        repository = Repository(session)
        assert repository.put_back(NAME) == 1
        assert repository.indexed_ids() == (1,)


def test_what_an_earlier_cut_left_behind_stays_behind(database, pair):
    with database.session() as session:
        Repository(session).cut(NAME, "other motion", [CUT])
        *_, now = Repository(session).indexed_ids()
    applied(database, Change(now, Remove()))
    applied(database, Change(now, Restore()))
    assert all(facts(database, each).removed for each in pair)


def test_a_revision_that_never_was_is_a_conflict_too(database, pair):
    for wrong in (0, 2, 2**40):
        with pytest.raises(EditConflictError) as caught:
            applied(database, Change(pair[0], Reword("enormous"), if_revision=wrong))
        assert caught.value.yours.word == "enormous"
        assert caught.value.theirs == facts(database, pair[0])
