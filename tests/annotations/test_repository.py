from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.database import Database
from annotations.encoding import tiers_json, window_with_tiers
from annotations.job_repository import IdempotencyConflictError
from annotations.records import (
    CutExemplar,
    CutWindow,
    Event,
    IndexDraft,
    JobDraft,
    JobOutcome,
    JobState,
    Progress,
    StoredRecording,
)
from annotations.repository import Repository
from annotations.tables import ExemplarRow
from annotations.types import (
    DiscourseRelation,
    GestureLabel,
    GestureType,
    Prominence,
    Source,
    Window,
)
from speech.transcript import Interval
from tests.databases import KINDS, empty_database

NAME = "2_scott_0_1_1"
BECAUSE = DiscourseRelation(
    "because",
    "Contingency.Cause.Reason",
    Interval(0.1, 3.3),
    Interval(1.1, 1.1 + 0.2),
    arg1="I left",
    arg2="it rained",
    tokens=(3, 4),
    probability=1 / 3,
    source=Source.LEXICON,
)
HUGE = GestureLabel(GestureType.ICONIC, "huge", Interval(4.2, 4.7), (9,), 0.7, Source.RULES)
STRONG = Prominence("huge", Interval(4.2, 4.7), 2.34567890123, 0.1)
WINDOW = Window(NAME, 1, 5.0, "I left because it rained", (BECAUSE,), (HUGE,), (STRONG,))
CUT = CutWindow(WINDOW, (CutExemplar(BECAUSE, 0.25, 1.5, ("still",)), CutExemplar(HUGE)))


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        yield database


@pytest.fixture
def repository(database):
    with database.session() as session:
        repository = Repository(session)
        repository.put_recording(
            StoredRecording(NAME, "/corpus", 1, "scott", "train", {"motion": "a"}, indexed=True)
        )
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
    known = StoredRecording(
        NAME, "/corpus", 1, "scott", "val", {"motion": "b"}, 61.5, "ab", False, "no motion"
    )
    repository.put_recording(known)

    assert repository.recording(NAME) == known
    assert repository.recordings("/corpus") == (known,)
    assert repository.recordings("/elsewhere") == ()


def test_exemplars_come_back_exactly_with_their_windows(repository):
    repository.replace_windows(NAME, "motion", [CUT])
    first, second = repository.exemplars(repository.indexed_ids()).values()

    assert first.exemplar.window == second.exemplar.window == WINDOW
    assert (first.exemplar.annotation, first.exemplar.stroke_seconds) == (BECAUSE, 1.5)
    assert (first.prominence, first.quality) == (0.25, ("still",))
    assert (second.exemplar.annotation, second.exemplar.stroke_seconds) == (HUGE, None)


def test_storing_the_same_windows_again_changes_no_id(repository):
    repository.replace_windows(NAME, "motion", [CUT])
    ids = repository.indexed_ids()
    repository.replace_windows(NAME, "motion", [CUT])

    assert repository.indexed_ids() == ids
    assert len(ids) == 2


def test_an_annotation_written_twice_is_one_exemplar(repository):
    twice = CutWindow(WINDOW, (CutExemplar(HUGE), CutExemplar(HUGE)))
    repository.replace_windows(NAME, "motion", [twice])
    assert len(repository.indexed_ids()) == 1


def test_what_is_no_longer_cut_is_marked_removed_and_comes_back_under_its_id(repository):
    repository.replace_windows(NAME, "motion", [CUT])
    first, second = repository.indexed_ids()
    repository.replace_windows(NAME, "motion", [CutWindow(WINDOW, CUT.exemplars[:1])])
    assert repository.indexed_ids() == (first,)
    assert repository.exemplars([second])[second].removed

    repository.replace_windows(NAME, "motion", [CUT])
    assert repository.indexed_ids() == (first, second)


def test_another_motion_makes_other_exemplars_and_keeps_the_old_ones_readable(repository):
    repository.replace_windows(NAME, "motion", [CUT])
    before = repository.indexed_ids()
    repository.replace_windows(NAME, "other motion", [CUT])

    assert set(before).isdisjoint(repository.indexed_ids())
    assert [each.exemplar.annotation for each in repository.exemplars(before).values()] == [
        BECAUSE,
        HUGE,
    ]


def test_what_a_curator_touched_stays_as_the_curator_left_it(repository):
    repository.replace_windows(NAME, "motion", [CUT])
    first, second = repository.indexed_ids()
    for number, removed in ((first, False), (second, True)):
        row = repository._session.get(ExemplarRow, number)
        row.revision, row.removed, row.word = 1, removed, "curated"
    repository.replace_windows(NAME, "motion", [CUT])
    assert repository.indexed_ids() == (first,)

    repository.replace_windows(NAME, "motion", [])
    assert repository.indexed_ids() == (first,)


def test_recordings_left_out_take_their_exemplars_from_the_index(repository):
    repository.replace_windows(NAME, "motion", [CUT])
    assert repository.leave_out("/corpus", [NAME]) == 0
    assert len(repository.indexed_ids()) == 2

    assert repository.leave_out("/corpus", []) == 1
    assert repository.indexed_ids() == ()


def test_vectors_come_back_bit_for_bit_in_the_order_asked_for(repository):
    repository.replace_windows(NAME, "motion", [CUT])
    ids = repository.indexed_ids()
    vectors = np.random.default_rng(0).normal(size=(2, 5)).astype(np.float32)
    repository.embeddings.add(ids, vectors, "mini")

    np.testing.assert_array_equal(repository.embeddings.get(ids[::-1], "mini"), vectors[::-1])
    assert repository.embeddings.missing(ids, "mini") == ()
    assert repository.embeddings.missing(ids, "maxi") == ids
    with pytest.raises(KeyError, match="no vector of maxi"):
        repository.embeddings.get(ids, "maxi")


def test_a_label_points_at_one_version_and_can_go_back(repository):
    versions = repository.versions
    assert versions.labeled() is None
    one = versions.add(IndexDraft("mini", None, "/index", "a", (3, 5, 8)))
    two = versions.add(IndexDraft("mini", "w", "/index", "b", (3,)))
    versions.set_label(two.id)
    assert versions.labeled() == two
    versions.set_label(one.id)

    assert versions.labeled() == one
    assert versions.listed() == (two, one)
    assert versions.exemplar_ids(one.id) == (3, 5, 8)
    assert versions.with_digest("b") == two
    assert versions.with_digest("c") is None


def test_events_are_numbered_in_the_order_they_happened(repository):
    versions = repository.versions
    first = versions.append(Event("someone", "relabel", "exemplar 1", {"a": 1}, {"a": 2}, "typo"))
    second = versions.append(Event("someone", "remove", "exemplar 2"))

    assert first.seq < second.seq
    assert [each.event for each in versions.events()] == [first.event, second.event]
    assert [each.event for each in versions.events("exemplar 1")] == [first.event]
    assert versions.events()[0].at.tzinfo is not None


def draft(**fields) -> JobDraft:
    return JobDraft({"text": "hello"}, **fields)


def test_a_job_goes_from_queued_to_succeeded_and_keeps_its_result(repository):
    jobs = repository.jobs
    submitted = jobs.submit(draft(sound_seconds=12.5, seed=2**40)).job
    assert submitted.state is JobState.QUEUED
    assert jobs.queue_position(submitted) == 0

    running = jobs.start(submitted.id, "worker-1")
    assert (running.id, running.state, running.attempt) == (submitted.id, JobState.RUNNING, 1)
    reported = jobs.report(submitted.id, 1, Progress("denoise", 3, 4))
    assert reported.progress.fraction == 0.75
    until = datetime.now(UTC) + timedelta(days=1)
    done = jobs.succeed(submitted.id, 1, JobOutcome({"npz": "x"}, 7, "weights", until))

    assert done == jobs.get(submitted.id)
    assert (done.state, done.result, done.expires_at) == (JobState.SUCCEEDED, {"npz": "x"}, until)
    assert (done.index_version, done.weights_id, done.seed) == (7, "weights", 2**40)
    assert done.created_at <= done.started_at <= done.finished_at
    assert done.progress.fraction == 1.0
    assert jobs.queue_position(done) is None


def test_a_final_state_never_changes(repository):
    jobs = repository.jobs
    job = jobs.submit(draft()).job
    canceled = jobs.cancel(job.id)
    assert canceled.state is JobState.CANCELED

    assert jobs.start(job.id, "w") is None
    assert jobs.report(job.id, 0, Progress("denoise")) is None
    assert jobs.succeed(job.id, 0, JobOutcome({})) is None
    assert jobs.fail(job.id, {"type": "internal"}) is None
    assert jobs.cancel(job.id) == canceled
    assert jobs.get(job.id) == canceled


def test_queued_jobs_stand_in_the_order_they_came(repository):
    jobs = repository.jobs
    submitted = [jobs.submit(draft(sound_seconds=2.0)).job.id for _ in range(3)]
    assert [jobs.queue_position(jobs.get(each)) for each in submitted] == [0, 1, 2]
    assert (jobs.load().jobs, jobs.load().sound_seconds) == (3, 6.0)


def test_a_repeated_request_finds_its_job_and_another_body_is_refused(repository):
    jobs = repository.jobs
    first = jobs.submit(draft(idempotency_key="k", body_hash="a"))
    again = jobs.submit(draft(idempotency_key="k", body_hash="a"))
    assert (first.created, again.created) == (True, False)
    assert again.job == first.job

    with pytest.raises(IdempotencyConflictError, match=first.job.id):
        jobs.submit(draft(idempotency_key="k", body_hash="b"))
    assert len(jobs.listed()) == 1


def test_the_same_request_sent_at_once_makes_one_job(database):
    def submit(_: int) -> bool:
        with database.session() as session:
            wanted = draft(idempotency_key="k", body_hash="a")
            return Repository(session).jobs.submit(wanted).created

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(submit, range(6))) == [False] * 5 + [True]


def test_files_are_kept_for_open_jobs_and_for_results_in_their_time(repository):
    jobs, now = repository.jobs, datetime.now(UTC)
    waiting, failed, done = (jobs.submit(draft()).job.id for _ in range(3))
    jobs.fail(failed, {"code": "x"})
    jobs.start(done, "w")
    jobs.succeed(done, 1, JobOutcome({}, expires_at=now + timedelta(hours=1)))

    assert set(jobs.kept(now)) == {waiting, done}
    assert set(jobs.kept(now + timedelta(hours=2))) == {waiting}


def test_a_job_started_again_belongs_to_its_last_attempt_alone(repository):
    jobs = repository.jobs
    job = jobs.submit(draft()).job
    jobs.start(job.id, "killed")
    jobs.report(job.id, 1, Progress("denoise", 3, 4))

    again = jobs.start(job.id, "other")

    assert (again.state, again.attempt, again.worker) == (JobState.RUNNING, 2, "other")
    assert again.progress is None
    assert jobs.report(job.id, 1, Progress("denoise", 4, 4)) is None
    assert jobs.succeed(job.id, 1, JobOutcome({"from": "killed"})) is None
    assert jobs.succeed(job.id, 2, JobOutcome({"from": "other"})).result == {"from": "other"}


def test_jobs_are_listed_newest_first_in_pages(repository):
    jobs = repository.jobs
    submitted = [jobs.submit(draft()).job.id for _ in range(5)]
    jobs.fail(submitted[2], {"type": "input", "code": "silence", "retryable": False})

    page = jobs.listed(limit=2)
    rest = jobs.listed(limit=9, before=page[-1])
    assert [job.id for job in (*page, *rest)] == submitted[::-1]
    assert [job.id for job in jobs.listed([JobState.FAILED])] == [submitted[2]]
