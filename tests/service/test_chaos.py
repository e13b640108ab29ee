"""API and workers killed at random lose nothing; and what looks for losses finds each kind.

For hundreds of kills: ``python -m tests.service.chaos --minutes 10 --database postgres``.
"""

import numpy as np
import pytest

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobOutcome
from service.settings import Settings
from service.storage import Storage
from tests.service.chaos import Chaos, chaotic
from tests.service.chaos_checks import (
    different_motions,
    left_over,
    stored_wrongly,
    streamed_wrongly,
    told_wrongly,
)
from tests.service.chaos_clients import ARRAYS, Asked, Journal
from tests.service.world import copied_world

SECONDS, GAP_SECONDS = 12.0, 2.5


def test_a_service_killed_at_random_keeps_every_promise(settings, tmp_path):
    apart = copied_world(settings, tmp_path, **chaotic())

    figures = Chaos(apart, callers=2, seed=1).run(SECONDS, GAP_SECONDS)

    assert figures.wrong == [], figures.told()
    assert figures.kills.total() >= 2, figures.told()
    assert any(each.ids for each in figures.journal.asked), "nothing was taken"


def asked(*states: str, **given) -> Asked:
    return Asked("key", 0, ids={"one"}, states=list(states), **given)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (Asked("key", 0, ids={"one", "two"}, states=["succeeded"]), "made the jobs"),
        (asked("running", "succeeded", "failed"), "went on after its end"),
        (asked("canceled", "succeeded", canceled=True), "was canceled and is succeeded"),
        (asked("succeeded", sums={("a.npz", "1"), ("a.npz", "2")}), "has two results"),
        (asked("queued", "running"), "never ended"),
    ],
)
def test_what_callers_were_told_wrongly_is_found(told, said):
    assert any(said in each for each in told_wrongly(Journal([told])))


def test_what_callers_were_told_rightly_is_not():
    well = asked("queued", "running", "succeeded", sums={("a.npz", "1")}, events=[1, 2, 3])
    assert [*told_wrongly(Journal([well])), *streamed_wrongly(Journal([well]))] == []


@pytest.mark.parametrize("events", [[1, 3], [1, 2, 2, 3], [2, 3], [1, 3, 2]])
def test_events_lost_or_repeated_are_found(events):
    assert list(streamed_wrongly(Journal([asked("succeeded", events=events)])))


def test_motions_of_one_request_that_differ_are_found():
    motions = [{name: np.full(3, value) for name in ARRAYS} for value in (0.0, 0.0, 0.5)]
    found = different_motions([asked("succeeded", motion=motion) for motion in motions])
    assert list(found) == [0.0, 0.5]


@pytest.fixture
def stored(tmp_path):
    """A database with one job that has succeeded and one that waits, and the first one's file."""
    settings = Settings(home=tmp_path)
    storage = Storage(tmp_path)
    with Database.open(settings.database) as database, database.session() as session:
        jobs = JobRepository(session)
        done, waiting = (jobs.submit(JobDraft({})).job.id for _ in range(2))
        jobs.start(done, "w")
        jobs.succeed(done, 1, JobOutcome({"files": {"motion.npz": "another"}}))
    with storage.writing_results(done) as folder:
        (folder / "motion.npz").write_bytes(b"motion")
        storage.publish_results(folder, done)
    return settings, done, waiting


def test_what_is_stored_wrongly_is_found(stored):
    settings, done, waiting = stored
    journal = Journal([Asked("key", 0, ids={"gone"})], edits={"comment": 7})

    assert set(stored_wrongly(settings, journal)) == {
        "edit comment was confirmed as version 7 and is not there",
        "job gone was taken and is not there",
        f"files of job {done} are not those of its result",
        f"job {waiting} is queued",
    }


def test_files_of_nobody_are_found(stored):
    settings, _, waiting = stored
    (settings.home / "results" / "nobody").mkdir()
    (settings.home / "results" / f".{waiting}.half").mkdir()
    found = set(left_over(settings))
    assert found == {"results/nobody", f"results/.{waiting}.half"}
