"""Edits of the index: one transaction, one event, one version."""

from dataclasses import replace

import pytest

from annotations.curation_errors import (
    AnnotationOutsideError,
    EditConflictError,
    EditInvalidError,
    UnknownExemplarError,
)
from annotations.curation_records import (
    Change,
    Comment,
    ExemplarFilter,
    Flag,
    Relabel,
    Remove,
    Restore,
    Retime,
    Reword,
)
from annotations.database import Database
from annotations.exemplar_queries import ExemplarQueries
from annotations.repository import Repository
from annotations.types import Source
from speech.transcript import Interval
from tests.annotations.stored import (
    BOTH,
    CUT,
    HUGE,
    NAME,
    RECORDING,
    applied,
    curating,
    exemplars_at,
    store,
)
from tests.databases import KINDS, empty_database


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        yield database


@pytest.fixture
def ids(database):
    return store(database)


def facts(database, exemplar_id, version=None):
    with database.reading() as session:
        return ExemplarQueries(session).facts(exemplar_id, version)


def head(database):
    with database.reading() as session:
        return Repository(session).versions.head()


def test_a_new_sense_makes_a_version_an_event_and_a_revision_by_the_curator(database, ids):
    before = head(database)
    outcome = applied(database, Change(ids[0], Relabel("Temporal.Synchrony")), reason="heard it")
    now = facts(database, ids[0])

    assert outcome.version == head(database) == outcome.event.seq == before + 1
    assert (now.label, now.sense) == ("Temporal.Synchronous", "Temporal.Synchronous")
    assert (now.source, now.probability, now.revision) == ("curator", 1.0, 2)
    assert [(row.before.label, row.after) for row in outcome.rows] == [
        ("Contingency.Cause.Reason", now)
    ]
    event = outcome.event.event
    assert (event.actor, event.operation, event.reason) == ("rosa", "relabel", "heard it")
    assert event.subject == f"exemplar {ids[0]}"


def test_an_earlier_version_stays_what_it_was(database, ids):
    before = head(database)
    old = exemplars_at(database)
    applied(database, Change(ids[0], Reword("since")), Change(ids[1], Remove()))

    assert exemplars_at(database, before) == old
    assert list(exemplars_at(database)) == [ids[0]]


def test_a_window_shows_its_curated_tiers(database, ids):
    applied(database, Change(ids[0], Relabel("Temporal.Synchronous")))
    applied(database, Change(ids[1], Retime(6.0, 6.5, stroke_seconds=6.25)))
    first, second = exemplars_at(database).values()

    assert first.exemplar.window == second.exemplar.window
    assert first.exemplar.window.relations == (first.exemplar.annotation,)
    assert second.exemplar.window.gestures == (second.exemplar.annotation,)
    assert second.exemplar.annotation.interval == Interval(6.0, 6.5)
    assert second.exemplar.stroke_seconds == 6.25

    applied(database, Change(ids[1], Remove()))
    assert exemplars_at(database)[ids[0]].exemplar.window.gestures == ()


def test_moving_a_word_moves_its_prominence_and_widens_its_relation(database, ids):
    applied(database, Change(ids[0], Retime(3.2, 3.6)), Change(ids[1], Retime(1.5, 2.0)))
    relation, gesture = (each.exemplar.annotation for each in exemplars_at(database).values())

    assert relation.interval == Interval(0.1, 3.6)
    assert relation.connective_interval == Interval(3.2, 3.6)
    assert facts(database, ids[0]).prominence is None
    assert facts(database, ids[1]).prominence == 0.5
    assert gesture.source is Source.CURATOR


def test_an_edit_reaches_every_exemplar_of_the_annotation(database):
    _, first, second = store(database, BOTH)
    outcome = applied(database, Change(first, Retime(6.5, 7.0)))

    assert [row.exemplar_id for row in outcome.rows] == [first, second]
    assert facts(database, second).start_seconds == pytest.approx(1.5)
    applied(database, Change(second, Reword("enormous")))
    assert facts(database, first).word == "enormous"


def test_an_exemplar_leaves_the_index_when_the_word_moves_out_of_its_window(database):
    _, first, second = store(database, BOTH)
    outcome = applied(database, Change(first, Retime(3.0, 3.5)))
    assert [row.after.removed for row in outcome.rows] == [False, True]

    with curating(database) as curation:
        curation.undo(outcome.version)
    assert not facts(database, second).removed
    assert facts(database, first).start_seconds == HUGE.interval.start


def test_exemplars_removed_together_are_restored_together(database):
    _, first, second = store(database, BOTH)
    applied(database, Change(second, Remove()))
    assert facts(database, first).removed
    applied(database, Change(first, Restore()))
    assert not facts(database, second).removed


def test_what_an_earlier_cut_left_behind_is_not_revived_by_an_edit(database):
    ids = store(database)
    with database.session() as session:
        Repository(session).cut(NAME, "other motion", [CUT])
        (_, now) = Repository(session).indexed_ids()
    outcome = applied(database, Change(now, Reword("enormous")))

    assert [row.exemplar_id for row in outcome.rows] == [now]
    assert facts(database, ids[1]).removed


def test_flags_and_comments_leave_source_and_probability_alone(database, ids):
    applied(
        database,
        Change(ids[0], Flag(add=("favourite", "x-left_hand"), remove=("still_hands",))),
        Change(ids[0], Comment("a clear one")),
    )
    now = facts(database, ids[0])
    assert (now.quality, now.comment) == (("favourite", "x-left_hand"), "a clear one")
    assert (now.source, now.revision) == ("lexicon", 2)


def test_an_edit_that_changes_nothing_makes_no_version(database, ids):
    before = head(database)
    outcome = applied(database, Change(ids[1], Relabel("iconic")), Change(ids[1], Restore()))
    assert (outcome.version, outcome.rows, outcome.event) == (None, (), None)
    assert head(database) == before


def test_a_dry_run_tells_the_same_rows_and_writes_nothing(database, ids):
    change = Change(ids[0], Relabel("Temporal.Synchronous"))
    before = head(database)
    with curating(database) as curation:
        dry = curation.apply([change], dry_run=True)
    assert (dry.version, dry.event, head(database)) == (None, None, before)

    made = applied(database, change)
    assert [replace(row.after, seq=0) for row in made.rows] == [row.after for row in dry.rows]


@pytest.mark.parametrize(
    ("place", "edit", "field"),
    [
        (0, Relabel("iconic"), "label"),
        (0, Relabel("Contingency.Cause.Foo"), "label"),
        (0, Relabel(""), "label"),
        (1, Relabel("Temporal.Synchronous"), "label"),
        (0, Reword("  "), "word"),
        (0, Reword("x" * 201), "word"),
        (0, Reword("a\0b"), "word"),
        (0, Retime(3.0, 2.0), "start_seconds, end_seconds"),
        (0, Retime(2.0, 2.0), "start_seconds, end_seconds"),
        (0, Retime(float("nan"), 2.0), "start_seconds, end_seconds"),
        (0, Retime(-0.1, 2.0), "start_seconds, end_seconds"),
        (0, Retime(9.0, 10.1), "start_seconds, end_seconds"),
        (0, Retime(2.0, 3.0, stroke_seconds=11.0), "stroke_seconds"),
        (0, Flag(add=("nice",)), "quality"),
        (0, Flag(add=("x-",)), "quality"),
        (0, Flag(add=('x-"',)), "quality"),
        (0, Comment("a\0b"), "comment"),
        (0, Comment("\ud800"), "comment"),
        (0, Comment("x" * 4001), "comment"),
    ],
)
def test_an_edit_that_cannot_be_made_names_field_limit_and_remedy(
    database, ids, place, edit, field
):
    before = head(database)
    with pytest.raises(EditInvalidError) as caught:
        applied(database, Change(ids[1 - place], Comment("first")), Change(ids[place], edit))
    error = caught.value
    assert error.field == field
    assert error.limit
    assert error.remedy
    assert head(database) == before


def test_a_word_cannot_move_behind_the_end_of_its_recording(database):
    ids = store(database, recording=replace(RECORDING, seconds=12.0))
    with pytest.raises(AnnotationOutsideError, match=r"within 0..7.05 s"):
        applied(database, Change(ids[0], Retime(7.0, 7.5)))


def test_an_edit_of_an_older_revision_is_refused_with_both_values(database, ids):
    applied(database, Change(ids[1], Relabel("deictic")), actor="ada")
    with pytest.raises(EditConflictError) as caught:
        applied(database, Change(ids[1], Relabel("metaphoric"), if_revision=1))
    error = caught.value
    assert (error.expected, error.found) == (1, 2)
    assert (error.yours.label, error.theirs.label) == ("metaphoric", "deictic")
    applied(database, Change(ids[1], Relabel("metaphoric"), if_revision=2))


def test_an_unknown_exemplar_refuses_the_whole_edit(database, ids):
    with pytest.raises(UnknownExemplarError, match="no exemplar 77"):
        applied(database, Change(ids[0], Remove()), Change(77, Remove()))
    assert not facts(database, ids[0]).removed


def test_a_bulk_edit_is_one_event_and_one_version(database, ids):
    with curating(database) as curation:
        outcome = curation.apply_where(ExemplarFilter(text="rained"), Flag(add=("unsure",)))
    assert [row.exemplar_id for row in outcome.rows] == list(ids)
    assert {row.after.seq for row in outcome.rows} == {outcome.version}
    assert outcome.event.event.subject == "2 exemplars"
    with curating(database) as curation, pytest.raises(EditInvalidError, match="version"):
        curation.apply_where(ExemplarFilter(version=1), Remove())
