"""When to start another worker, and when to give up."""

from datetime import UTC, datetime, timedelta

from annotations.database import Database
from annotations.worker_repository import LiveWorker, WorkerRepository
from service.supervisor import PAUSE_SECONDS, QUICK_DEATHS, QUICK_SECONDS, Patience


def test_workers_that_die_before_they_are_ready_are_given_up():
    patience = Patience()
    pauses = [patience.after_death(1.0, was_ready=False) for _ in range(QUICK_DEATHS)]

    assert pauses == [PAUSE_SECONDS * (number + 1) for number in range(QUICK_DEATHS)]
    assert patience.after_death(1.0, was_ready=False) is None


def test_workers_that_were_ready_are_started_again_however_often_jobs_kill_them():
    patience = Patience()

    assert {patience.after_death(9.0, was_ready=True) for _ in range(20)} == {PAUSE_SECONDS}


def test_a_long_life_without_a_sign_also_begins_anew():
    patience = Patience()
    for _ in range(QUICK_DEATHS):
        patience.after_death(1.0, was_ready=False)

    assert patience.after_death(QUICK_SECONDS, was_ready=False) == PAUSE_SECONDS


def test_the_sign_of_an_earlier_life_is_not_taken_for_this_ones(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'one.db'}") as database:
        with database.session() as session:
            WorkerRepository(session).beat(LiveWorker("one", "weights", 3, "cpu"))
        now = datetime.now(UTC)
        with database.reading() as session:
            workers = WorkerRepository(session)
            assert workers.heard_of("one", now - timedelta(seconds=60))
            assert not workers.heard_of("one", now + timedelta(seconds=1))
            assert not workers.heard_of("another", now - timedelta(seconds=60))
