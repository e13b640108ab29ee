from dataclasses import replace

import pytest

from annotations.curation_errors import (
    EditInvalidError,
    UnknownAnnotationError,
    UnknownExemplarError,
    UnknownVersionError,
)
from annotations.curation_records import (
    Change,
    Comment,
    ExemplarFilter,
    Flag,
    Relabel,
    Remove,
    Reword,
    Wanted,
)
from annotations.database import Database
from annotations.exemplar_queries import ExemplarQueries
from annotations.list_order import ListPlace
from annotations.records import CutExemplar, CutWindow
from annotations.senses import SENSES, matching_sense
from annotations.types import GestureType
from tests.annotations.stored import BECAUSE, HUGE, NAME, RECORDING, WINDOW, applied, store
from tests.databases import KINDS, empty_database

OTHER = "4_lawrence_0_1_1"


@pytest.fixture(scope="module", params=KINDS)
def database(request, tmp_path_factory):
    """Two recordings, four exemplars, the second one commented and flagged by Ada."""
    folder = tmp_path_factory.mktemp(request.param)
    with empty_database(request.param, folder) as url, Database.open(url) as database:
        store(database)
        although = replace(BECAUSE, connective="although", sense="Comparison.Concession")
        window = replace(
            WINDOW, recording=OTHER, speaker=3, text="although 100% was TAKEN", gestures=()
        )
        other = replace(RECORDING, id=OTHER, speaker=3, speaker_name="lawrence", split="val")
        exemplars = (CutExemplar(although), CutExemplar(HUGE))
        store(database, [CutWindow(window, exemplars)], other)
        applied(
            database,
            Change(2, Comment("hand_over [head]")),
            Change(2, Flag(("x-a_b",))),
            actor="ada",
        )
        yield database


@pytest.fixture
def queries(database):
    with database.reading() as session:
        yield ExemplarQueries(session)


def found(queries, **fields):
    asked = ExemplarFilter(**fields)
    page = queries.page(asked, Wanted(facets=True))
    assert page.total == len(page.rows) == queries.page(asked, Wanted(limit=0)).total
    assert tuple(row.id for row in page.rows) == queries.ids(asked)
    assert queries.every(asked) == page.rows
    return [row.id for row in page.rows]


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({}, [1, 2, 3, 4]),
        ({"labels": ("Contingency",)}, [1]),
        ({"labels": ("Contingency.Cause", "iconic")}, [1, 2, 4]),
        ({"labels": ("Conting",)}, []),
        ({"kinds": ("relation",)}, [1, 3]),
        ({"words": ("HUGE",)}, [2, 4]),
        ({"types": ("iconic", "beat")}, [2, 4]),
        ({"speakers": (3,)}, [3, 4]),
        ({"recordings": (NAME,)}, [1, 2]),
        ({"quality": ("x-a_b",)}, [2]),
        ({"quality": ("x-aab",)}, []),
        ({"quality": ("still_hands", "x-a_b")}, [1, 2]),
        ({"quality": ("none",)}, [3, 4]),
        ({"sources": ("rules",)}, [2, 4]),
        ({"actors": ("ada",)}, [2]),
        ({"actors": ("chironomia",)}, [1, 3, 4]),
        ({"seconds_max": 0.3}, [1, 3]),
        ({"seconds_min": 0.3}, [2, 4]),
        ({"text": "RAINED huge"}, [1, 2]),
        ({"text": "taken huge"}, [4]),
        ({"text": "100%"}, [3, 4]),
        ({"text": "hand_over [head]"}, [2]),
        ({"text": "handxover"}, []),
        ({"ids": (4, 1)}, [1, 4]),
        ({"ids": ()}, []),
        ({"removed": True}, []),
        ({"removed": None, "speakers": (1,), "kinds": ("gesture",)}, [2]),
    ],
)
def test_a_filter_finds(queries, asked, ids):
    assert found(queries, **asked) == ids


def test_bounds_of_a_filter_make_sense(queries):
    with pytest.raises(EditInvalidError, match="swap the bounds"):
        queries.page(ExemplarFilter(seconds_min=2.0, seconds_max=1.0))
    for limit in (-1, 1001):
        with pytest.raises(EditInvalidError, match="limit"):
            queries.page(ExemplarFilter(), Wanted(limit=limit))
    for cursor in ("nonsense", "", "MTo", "é", ListPlace(1, 2**63).cursor, ListPlace(1, -1).cursor):
        with pytest.raises(EditInvalidError, match="cursor"):
            queries.page(ExemplarFilter(), Wanted(cursor=cursor))


def test_facets_count_every_value_most_frequent_first(queries):
    expected = {
        "label": {"iconic": 2, "Comparison.Concession": 1, "Contingency.Cause.Reason": 1},
        "word": {"huge": 2, "although": 1, "because": 1},
        "type": {"iconic": 2},
        "speaker": {"lawrence": 2, "scott": 2},
        "seconds": {"0-0.25": 2, "0.5-1": 2},
        "quality": {"still_hands": 1, "x-a_b": 1},
        "source": {"lexicon": 2, "rules": 2},
        "kind": {"gesture": 2, "relation": 2},
        "split": {"train": 2, "val": 2},
        "used": {},
        "near_duplicates": {},
    }
    whole = queries.page(ExemplarFilter(), Wanted(facets=True)).facets
    counted = queries.page(ExemplarFilter(ids=(1, 2, 3, 4)), Wanted(facets=True)).facets
    assert [list(each.items()) for each in whole.values()] == [
        list(each.items()) for each in expected.values()
    ]
    assert whole == counted == expected


def test_pages_of_one_cursor_show_one_version(tmp_path):
    with empty_database("sqlite", tmp_path) as url, Database.open(url) as database:
        store(database)
        with database.reading() as session:
            first = ExemplarQueries(session).page(ExemplarFilter(), Wanted(limit=1))
        applied(database, Change(2, Reword("enormous")))
        with database.reading() as session:
            queries = ExemplarQueries(session)
            second = queries.page(ExemplarFilter(), Wanted(1, first.next_cursor))
            newest = queries.page(ExemplarFilter(), Wanted(2))
    assert ([row.id for row in first.rows], [row.id for row in second.rows]) == ([1], [2])
    assert (second.version, second.rows[0].word) == (first.version, "huge")
    assert (newest.rows[1].word, newest.next_cursor) == ("enormous", None)
    assert second.next_cursor is None


def test_facts_tell_everything_of_one_exemplar(queries):
    facts = queries.facts(2)
    assert (facts.recording, facts.speaker_name, facts.split) == (NAME, "scott", "train")
    assert (facts.window_start_seconds, facts.window_key) == (5.0, WINDOW.key)
    assert (facts.start_seconds, facts.end_seconds) == (6.2, 6.7)
    assert (facts.revision, facts.comment, facts.text) == (2, "hand_over [head]", WINDOW.text)
    assert queries.facts(2, version=2).revision == 1
    for unknown, version in ((99, None), (3, 1)):
        with pytest.raises(UnknownExemplarError):
            queries.facts(unknown, version)


def test_an_annotation_lists_its_exemplars(queries):
    annotation = queries.annotation(queries.facts(1).annotation_id)
    assert [each.id for each in annotation.exemplars] == [1]
    with pytest.raises(UnknownAnnotationError):
        queries.annotation(99)


def test_history_tells_each_change_of_a_row_with_its_event(queries):
    cut, flagged = queries.history(2)
    assert (cut.event.event.operation, cut.change.before) == ("cut", None)
    assert flagged.event.event.actor == "ada"
    assert (flagged.change.before.comment, flagged.change.after.comment) == (
        "",
        "hand_over [head]",
    )
    with pytest.raises(UnknownExemplarError):
        queries.history(99)


def test_the_difference_of_two_versions_lists_what_they_show_otherwise(tmp_path):
    with empty_database("sqlite", tmp_path) as url, Database.open(url) as database:
        first, second = store(database)
        applied(database, Change(first, Relabel("Temporal.Synchronous")))
        applied(database, Change(second, Remove()))
        there = applied(database, Change(first, Reword("while"))).version
        back = applied(database, Change(first, Reword("because"))).version
        with database.reading() as session:
            queries = ExemplarQueries(session)
            ahead, behind = queries.diff(1, "live"), queries.diff("live", 1)
            nothing, word = queries.diff(there - 1, back), queries.diff(there, back)
            with pytest.raises(UnknownVersionError):
                queries.diff(1, 99)
    assert [(row.before.label, row.after and row.after.label) for row in ahead] == [
        ("Contingency.Cause.Reason", "Temporal.Synchronous"),
        ("iconic", None),
    ]
    assert [(row.after, row.before) for row in behind] == [(r.before, r.after) for r in ahead]
    assert nothing == ()
    assert [(row.before.word, row.after.word) for row in word] == [("while", "because")]


def test_coverage_lists_every_sense_and_type_also_those_without_exemplars(queries):
    coverage = {each.label: each for each in queries.coverage(few=2)}
    assert {matching_sense(sense) for sense in SENSES} | set(GestureType) <= set(coverage)
    iconic, beat = coverage["iconic"], coverage["beat"]
    assert (iconic.exemplars, iconic.speakers, iconic.recordings, iconic.few) == (2, 2, 2, False)
    assert (beat.kind, beat.exemplars, beat.few) == ("gesture", 0, True)
    assert coverage["Temporal.Synchronous"].kind == "relation"
    assert {each.label: each for each in queries.coverage(version=1)}["iconic"].exemplars == 1


def test_events_are_listed_after_a_number_and_by_subject(queries):
    assert [each.seq for each in queries.events(after=1)] == [2, 3]
    assert [each.seq for each in queries.events(limit=1)] == [1]
    assert [each.event.actor for each in queries.events(subject="exemplar 2")] == ["ada"]
