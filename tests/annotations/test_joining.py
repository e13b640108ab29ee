"""Splits and merges: single events that reach all windows, and are taken back at once."""

import pytest

from annotations.curation_errors import EditConflictError, EditInvalidError, UnknownExemplarError
from annotations.curation_records import Change, Relabel, Reword
from annotations.database import Database
from annotations.exemplar_queries import ExemplarQueries
from annotations.repository import Repository
from tests.annotations.stored import BOTH, applied, curating, store
from tests.databases import KINDS, empty_database


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        yield database


@pytest.fixture
def ids(database):
    """Of the relation, and of the gesture's exemplars in two windows."""
    return store(database, BOTH)


def shown(database, version=None) -> dict[int, tuple]:
    """What the index says: by id the label, the word, the times."""
    with database.reading() as session:
        ids = Repository(session).indexed_ids(version)
        rows = ExemplarQueries(session).several(ids, version or Repository(session).versions.head())
    return {
        row.id: (
            row.label,
            row.word,
            round(row.start_seconds, 6),
            round(row.end_seconds, 6),
            row.annotation_id,
        )
        for row in rows
    }


def split(database, exemplar_id, at, **given):
    with curating(database) as curation:
        return curation.split(exemplar_id, at, **given)


def merge(database, first, second, **given):
    with curating(database) as curation:
        return curation.merge((first, second), **given)


def undo(database, seq):
    with curating(database) as curation:
        return curation.undo(seq)


def test_a_split_gives_two_annotations_in_every_window(database, ids):
    _, first, second = ids
    before = shown(database)
    outcome = split(database, first, 6.4, reason="two strokes")
    now = shown(database)

    new = sorted(now.keys() - before.keys())
    assert outcome.event.event.operation == "split"
    assert len(outcome.rows) == 4
    assert now[first][:4] == ("iconic", "huge", 6.2, 6.4)
    assert now[second][:4] == ("iconic", "huge", 1.2, 1.4)
    assert sorted(now[each][2:4] for each in new) == [(1.4, 1.7), (6.4, 6.7)]
    assert now[new[0]][4] == now[new[1]][4] != now[first][4] == now[second][4]
    # the relation is as it was
    assert now[ids[0]] == before[ids[0]]


def test_a_split_is_taken_back_and_made_again_by_one_event_each(database, ids):
    before = shown(database)
    done = split(database, ids[1], 6.4)
    after = shown(database)
    back = undo(database, done.version)
    assert shown(database) == before
    undo(database, back.version)
    assert shown(database) == after
    assert shown(database, done.version - 1) == before


def test_what_was_split_before_can_be_split_alike_again(database, ids):
    done = split(database, ids[1], 6.4)
    after = shown(database)
    undo(database, done.version)
    split(database, ids[1], 6.4)
    assert shown(database) == after


def test_words_are_dealt_out_in_time(database, ids):
    applied(database, Change(ids[1], Reword("a huge wide lot")))
    outcome = split(database, ids[1], 6.35)
    assert {row.after.word for row in outcome.rows} == {"a", "huge wide lot"}
    assert {row.after.source for row in outcome.rows} == {"curator"}


def test_the_stroke_stays_with_its_part(database, ids):
    with curating(database) as curation:
        outcome = curation.split(ids[0], 1.2)
    first, second = outcome.rows
    # the stroke peaks at 1.5, behind the annotation
    assert (first.after.stroke_seconds, second.after.stroke_seconds) == (None, 1.5)


@pytest.mark.parametrize("at", [6.2, 6.21, 6.7, 0.0, 12.0, float("nan")])
def test_a_split_lies_inside(database, ids, at):
    with pytest.raises(EditInvalidError, match="at_seconds"):
        split(database, ids[1], at)


def test_a_dry_run_writes_nothing(database, ids):
    before = shown(database)
    told = split(database, ids[1], 6.4, dry_run=True)
    assert (told.version, len(told.rows)) == (None, 4)
    assert shown(database) == before
    done = split(database, ids[1], 6.4)
    merge(database, ids[1], max(row.exemplar_id for row in done.rows), dry_run=True)
    assert len(shown(database)) == len(before) + 2


def test_an_edit_in_between_refuses_both(database, ids):
    applied(database, Change(ids[1], Relabel("beat")))
    with pytest.raises(EditConflictError):
        split(database, ids[1], 6.4, if_revision=1)
    with pytest.raises(UnknownExemplarError):
        split(database, 999, 6.4)


def test_a_merge_undoes_what_a_split_did(database, ids):
    before = shown(database)
    done = split(database, ids[1], 6.4)
    new = [row for row in done.rows if row.before is None]
    (here,) = [row for row in new if row.after.window_start_seconds == 5.0]
    outcome = merge(database, ids[1], here.exemplar_id, reason="one stroke")

    assert outcome.event.event.operation == "merge"
    assert shown(database) == before
    undo(database, outcome.version)
    assert len(shown(database)) == len(before) + 2


def test_a_merge_across_windows_counts_times_from_the_first(database, ids):
    done = split(database, ids[1], 6.4)
    (other,) = [
        row.exemplar_id
        for row in done.rows
        if row.before is None and row.after.window_start_seconds == 10.0
    ]
    merge(database, ids[1], other)
    assert shown(database)[ids[1]][2:4] == (6.2, 6.7)
    assert set(shown(database)) == set(ids)


def test_both_words_are_kept_in_time(database, ids):
    done = split(database, ids[1], 6.4)
    (here,) = [
        row.exemplar_id
        for row in done.rows
        if row.before is None and row.after.window_start_seconds == 5.0
    ]
    applied(database, Change(here, Reword("lot")))
    merge(database, here, ids[1])
    assert shown(database)[here][:4] == ("iconic", "huge lot", 6.2, 6.7)


def test_only_parts_of_one_gesture_are_merged(database, ids):
    with pytest.raises(EditInvalidError, match="of one kind"):
        merge(database, ids[0], ids[1])
    with pytest.raises(EditInvalidError, match="of two annotations"):
        merge(database, ids[1], ids[2])
    done = split(database, ids[1], 6.4)
    here = max(row.exemplar_id for row in done.rows)
    applied(database, Change(here, Relabel("beat")))
    with pytest.raises(EditInvalidError, match="of one label"):
        merge(database, ids[1], here)
