import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.curation import Curation
from annotations.curation_errors import AnnotationOutsideError, DuplicateRecordingError
from annotations.curation_records import Change, Comment, Relabel, Remove
from annotations.database import Database
from annotations.encoding import tiers_json, window_with_tiers
from annotations.records import CutExemplar, CutWindow, Event
from annotations.repository import Repository
from annotations.types import (
    DiscourseRelation,
    GestureLabel,
    GestureType,
    Prominence,
    Source,
    Window,
)
from speech.transcript import Interval
from tests.annotations.stored import BECAUSE, BOTH, CUT, HUGE, NAME, RECORDING, WINDOW
from tests.databases import KINDS, empty_database


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        yield database


@pytest.fixture
def repository(database):
    with database.session() as session:
        repository = Repository(session)
        repository.put_recording(RECORDING)
        yield repository


def finite(low: float = -1e9, high: float = 1e9):
    return st.floats(low, high, allow_nan=False)


intervals = st.tuples(finite(0, 10), finite(0, 10)).map(lambda pair: Interval(*sorted(pair)))
relations = st.builds(
    DiscourseRelation,
    st.text(),
    st.text(),
    intervals,
    intervals,
    st.text(),
    st.text(),
    st.lists(st.integers(0, 99)).map(tuple),
    finite(0, 1),
    st.sampled_from(Source),
)
gestures = st.builds(
    GestureLabel,
    st.sampled_from(GestureType),
    st.text(),
    intervals,
    st.lists(st.integers(0, 99)).map(tuple),
    finite(0, 1),
    st.sampled_from(Source),
)
windows = st.builds(
    Window,
    st.just(NAME),
    st.integers(0, 24),
    finite(0, 1e4),
    st.text(),
    st.lists(relations, max_size=3).map(tuple),
    st.lists(gestures, max_size=3).map(tuple),
    st.lists(st.builds(Prominence, st.text(), intervals, finite(), finite()), max_size=3).map(
        tuple
    ),
)


@given(windows)
def test_a_window_encoded_and_decoded_is_the_same_window(window):
    bare = Window(window.recording, window.speaker, window.start_seconds, window.text)
    assert window_with_tiers(bare, tiers_json(window)) == window


def test_a_stored_recording_comes_back_and_is_brought_up_to_date(repository):
    known = replace(RECORDING, files={"motion": "b"}, fingerprint="ab", problem="no motion")
    repository.put_recording(known)

    assert repository.recording(NAME) == known
    assert repository.recordings("/corpus") == (known,)
    assert repository.recordings("/elsewhere") == ()


def test_a_recording_id_that_another_corpus_indexed_is_refused(repository):
    with pytest.raises(DuplicateRecordingError, match="already indexed from /corpus"):
        repository.put_recording(replace(RECORDING, corpus="/elsewhere"))
    assert repository.recording(NAME) == RECORDING

    repository.put_recording(replace(RECORDING, indexed=False))
    repository.put_recording(replace(RECORDING, corpus="/elsewhere"))
    assert repository.recording(NAME).corpus == "/elsewhere"


def test_exemplars_come_back_exactly_with_their_windows(repository):
    repository.cut(NAME, "motion", [CUT])
    first, second = repository.exemplars(repository.indexed_ids()).values()

    assert first.exemplar.window == second.exemplar.window == WINDOW
    assert (first.exemplar.annotation, first.exemplar.stroke_seconds) == (BECAUSE, 1.5)
    assert (first.prominence, first.quality) == (0.25, ("still_hands",))
    assert (second.exemplar.annotation, second.exemplar.stroke_seconds) == (HUGE, None)


def test_storing_the_same_windows_again_changes_nothing(repository):
    first = repository.cut(NAME, "motion", [CUT])
    ids = repository.indexed_ids()
    again = repository.cut(NAME, "motion", [CUT])

    assert (first.new_windows, first.added, first.retired) == ((WINDOW.key,), 2, 0)
    assert first.version == repository.versions.head()
    assert (again.new_windows, again.added, again.version) == ((), 0, None)
    assert repository.indexed_ids() == ids


def test_an_annotation_written_twice_is_one_exemplar(repository):
    twice = CutWindow(WINDOW, (CutExemplar(HUGE), CutExemplar(HUGE)))
    repository.cut(NAME, "motion", [twice])
    assert len(repository.indexed_ids()) == 1


def test_an_annotation_of_two_overlapping_windows_has_two_exemplars(repository):
    repository.cut(NAME, "motion", BOTH)
    _, first, second = repository.indexed_ids()
    revisions = repository._cuts._revisions.current([first, second])

    assert revisions[first].place.annotation_id == revisions[second].place.annotation_id
    assert repository.exemplars([second])[second].exemplar.window.start_seconds == 10.0


@pytest.mark.parametrize("times", [(9.5, 10.5), (-1.0, 1.0), (1.0, math.inf)])
def test_an_annotation_outside_its_window_is_refused(repository, times):
    outside = replace(HUGE, interval=Interval(*times))
    with pytest.raises(AnnotationOutsideError, match="'huge' of window 2_scott"):
        repository.cut(NAME, "motion", [CutWindow(WINDOW, (CutExemplar(outside),))])


def test_an_annotation_behind_the_end_of_its_recording_is_refused(repository):
    repository.put_recording(replace(RECORDING, seconds=11.0))
    with pytest.raises(AnnotationOutsideError, match=r"within 0..6.05 s"):
        repository.cut(NAME, "motion", [CUT])
    assert repository.indexed_ids() == ()


def test_what_is_no_longer_cut_leaves_the_index_and_comes_back_under_its_id(repository):
    repository.cut(NAME, "motion", [CUT])
    first, second = repository.indexed_ids()
    less = repository.cut(NAME, "motion", [CutWindow(WINDOW, CUT.exemplars[:1])])
    assert repository.indexed_ids() == (first,)
    assert (less.added, less.retired) == (0, 1)
    assert repository.exemplars([second])[second].removed

    repository.cut(NAME, "motion", [CUT])
    assert repository.indexed_ids() == (first, second)


def test_another_motion_makes_other_exemplars_and_keeps_the_old_ones_readable(repository):
    repository.cut(NAME, "motion", [CUT])
    before = repository.indexed_ids()
    old = repository.versions.head()
    repository.cut(NAME, "other motion", [CUT])

    assert set(before).isdisjoint(repository.indexed_ids())
    assert repository.indexed_ids(old) == before
    stored = repository.exemplars(before, old).values()
    assert [each.exemplar.annotation for each in stored] == [BECAUSE, HUGE]


@pytest.mark.parametrize("again", ["motion", "other motion"])
def test_what_a_curator_touched_stays_as_the_curator_left_it(repository, again):
    repository.cut(NAME, "motion", [CUT])
    first, second = repository.indexed_ids()
    curation = Curation(repository._session, "rosa")
    curation.apply([Change(first, Relabel("Temporal.Synchronous")), Change(second, Remove())])
    repository.cut(NAME, again, [CUT])
    assert repository.indexed_ids() == (first,)
    assert repository.exemplars([first])[first].exemplar.annotation.label == "Temporal.Synchronous"

    repository.cut(NAME, again, [])
    assert repository.indexed_ids() == (first,)


def test_recordings_left_out_take_their_exemplars_along_and_bring_them_back(repository):
    repository.cut(NAME, "motion", [CUT])
    ids = repository.indexed_ids()
    Curation(repository._session, "rosa").apply([Change(ids[0], Relabel("Temporal.Synchronous"))])
    assert repository.leave_out("/corpus", [NAME]) == 0
    assert repository.indexed_ids() == ids

    assert repository.leave_out("/corpus", []) == 1
    assert repository.indexed_ids() == ()
    assert not repository.recording(NAME).indexed
    assert repository.leave_out("/corpus", []) == 0

    assert repository.put_back(NAME) == 2
    assert repository.indexed_ids() == ids
    assert repository.recording(NAME).indexed
    back = repository.exemplars(ids)[ids[0]].exemplar.annotation
    assert back.label == "Temporal.Synchronous"


def test_a_recording_left_out_comes_back_by_being_cut_again(repository):
    repository.cut(NAME, "motion", [CUT])
    first, second = repository.indexed_ids()
    curation = Curation(repository._session, "rosa")
    curation.apply([Change(first, Relabel("Temporal.Synchronous"))])
    curation.apply([Change(second, Remove())])
    repository.leave_out("/corpus", [])
    repository.cut(NAME, "motion", [CUT])

    assert repository.indexed_ids() == (first,)


def test_an_index_lists_ids_revisions_labels_speakers_and_recordings(repository):
    repository.cut(NAME, "motion", [CUT])
    other = replace(RECORDING, id="4_lawrence_0_1_1", speaker=3)
    repository.put_recording(other)
    window = replace(WINDOW, recording=other.id, speaker=3)
    repository.cut(other.id, "motion", [CutWindow(window, CUT.exemplars[1:])])
    rows = repository.indexed_at()

    assert rows.ids.tolist() == [1, 2, 3]
    assert rows.numbers.tolist() == [1, 1, 1]
    labels = [rows.labels[code] for code in rows.label_codes]
    assert labels == ["Contingency.Cause.Reason", "iconic", "iconic"]
    assert rows.speakers.tolist() == [1, 1, 3]
    assert [rows.recordings[code] for code in rows.recording_codes] == [NAME, NAME, other.id]
    assert (rows.ids.dtype, rows.label_codes.dtype) == (np.int64, np.int32)
    assert len(repository.indexed_at(0)) == 0


def test_the_difference_of_two_versions_turns_one_index_into_the_other(repository):
    repository.cut(NAME, "motion", [CUT])
    first, second = repository.indexed_ids()
    old = repository.versions.head()
    curation = Curation(repository._session, "rosa")
    curation.apply([Change(second, Remove())])
    new = curation.apply([Change(first, Relabel("Temporal.Synchronous"))]).version

    ahead, back = repository.changed_between(old, new), repository.changed_between(new, old)
    assert (ahead.removed, ahead.rows.pairs) == ((second,), [(first, 2)])
    assert ahead.rows.labels == ("Temporal.Synchronous",)
    assert (back.removed, back.rows.pairs) == ((), [(first, 1), (second, 1)])
    assert repository.changed_between(new, new).rows.pairs == []


def test_vectors_come_back_bit_for_bit_in_the_order_asked_for(repository):
    repository.cut(NAME, "motion", [CUT])
    pairs = repository.indexed_at().pairs
    vectors = np.random.default_rng(0).normal(size=(2, 5)).astype(np.float32)
    repository.embeddings.add(pairs, vectors, "mini")

    np.testing.assert_array_equal(repository.embeddings.get(pairs[::-1], "mini"), vectors[::-1])
    assert repository.embeddings.missing(pairs, "mini") == ()
    assert repository.embeddings.missing(pairs, "maxi") == tuple(pairs)
    with pytest.raises(KeyError, match="no vector of maxi"):
        repository.embeddings.get(pairs, "maxi")
    assert repository.embeddings.get([], "mini").shape[0] == 0


def test_an_edit_that_leaves_the_annotation_alone_keeps_its_vector(repository):
    repository.cut(NAME, "motion", [CUT])
    (first, _), (second, _) = pairs = repository.indexed_at().pairs
    vectors = np.random.default_rng(0).normal(size=(2, 5)).astype(np.float32)
    repository.embeddings.add(pairs, vectors, "mini")
    curation = Curation(repository._session, "rosa")
    curation.apply([Change(first, Comment("good")), Change(second, Relabel("deictic"))])
    assert repository.embeddings.missing([(first, 2), (second, 2)], "mini") == ((second, 2),)

    curation.undo(repository.versions.head())
    found = repository.embeddings.get([(first, 3), (second, 3)], "mini")
    np.testing.assert_array_equal(found, vectors)


def test_events_are_numbered_in_the_order_they_happened(repository):
    versions = repository.versions
    first = versions.append(Event("someone", "relabel", "exemplar 1", {"a": 1}, {"a": 2}, "typo"))
    second = versions.append(Event("someone", "remove", "exemplar 2", undoes=first.seq))

    assert first.seq < second.seq
    assert [each.event for each in versions.events()] == [first.event, second.event]
    assert [each.event for each in versions.events("exemplar 1")] == [first.event]
    assert [each.event for each in versions.events(after=first.seq)] == [second.event]
    assert versions.events()[0].at.tzinfo is not None
    assert versions.head() == 0
