"""Room in the queue: who is let in among many at once, when to come back, who waits too long."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
from sqlalchemy import event, update

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobOutcome
from annotations.tables import JobRow
from service.admission import REFUSAL_SECONDS
from service.errors import ExpiredError, OverloadedError
from service.giving import finished
from service.jobs import JobDesk
from service.options import GestureOptions
from service.request import GestureRequest
from service.settings import Settings
from tests.databases import KINDS, empty_database


class NoEngine:
    """Takes no jobs; what the desk itself does is looked at."""

    def enqueue(self, *_given) -> None:
        """Nothing."""


@pytest.fixture(params=KINDS)
def alone(request, tmp_path):
    """A job desk over an empty database of either kind, with room for five jobs."""
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        settings = Settings(home=tmp_path, weights="/nowhere", queue_jobs=5, queue_seconds=100.0)
        yield JobDesk(database, NoEngine(), settings)


def speech(seconds: float = 1.0) -> GestureRequest:
    return GestureRequest(1, GestureOptions(), seconds, None, ())


def taken(alone, count: int, seconds: float) -> list[int]:
    """Statuses of so many requests sent at once."""

    def one(_: int) -> int:
        try:
            alone.submit(speech(seconds), None)
        except OverloadedError as error:
            return error.status_code
        return 202

    with ThreadPoolExecutor(count) as threads:
        return sorted(threads.map(one, range(count)))


def test_requests_sent_at_once_never_take_more_places_than_there_are(alone):
    assert taken(alone, 12, 1.0) == [202] * 5 + [429] * 7


def test_requests_sent_at_once_never_take_more_seconds_than_there_are(alone):
    assert taken(alone, 8, 40.0) == [202] * 2 + [429] * 6


def test_a_crowd_before_a_full_queue_is_refused_without_the_database(alone, monkeypatch):
    now = Mock(return_value=1000.0)
    monkeypatch.setattr("service.admission.time", Mock(monotonic=now))
    jobs = [alone.submit(speech(), None).job.id for _ in range(5)]
    with pytest.raises(OverloadedError) as first:
        alone.check_room(None)
    asked = []
    event.listen(alone.database.engine, "before_cursor_execute", lambda *_: asked.append(1))
    crowd = []
    for _ in range(100):
        now.return_value += 0.9 * REFUSAL_SECONDS / 100
        with pytest.raises(OverloadedError) as refused:
            alone.refuse_if_full()
        crowd.append(refused.value)

    assert asked == []
    assert {each.retry_after for each in crowd} == {first.value.retry_after}
    assert crowd[0].as_json() == first.value.as_json()
    now.return_value += 0.2 * REFUSAL_SECONDS
    alone.refuse_if_full()
    with pytest.raises(OverloadedError):
        alone.check_room(None)
    alone.cancel(jobs[0])
    alone.refuse_if_full()
    alone.check_room(None)


def test_a_full_queue_says_when_there_will_be_room_at_its_pace(alone):
    with alone.database.session() as session:
        jobs = JobRepository(session)
        job = jobs.submit(JobDraft({}, sound_seconds=10.0)).job
        jobs.start(job.id, "w")
        jobs.succeed(job.id, 1, JobOutcome({}))
        began = datetime.now(UTC) - timedelta(seconds=20)
        session.execute(update(JobRow).values(started_at=began))
    taken(alone, 1, 90.0)

    with pytest.raises(OverloadedError) as refused:
        alone.submit(speech(40.0), None)

    # 30 s of sound too many at 10 s of sound in 20 s
    assert refused.value.retry_after in {60, 61}


def test_a_job_that_nobody_takes_expires_and_answers_410(alone):
    job = alone.submit(speech(), None).job
    with alone.database.session() as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(JobRow).where(JobRow.id == job.id).values(expires_at=past))

    alone.expire()
    alone.expire()

    ended = alone.get(job.id)
    assert (ended.state.value, [event.seq for event in alone.events(job.id, 0)]) == (
        "expired",
        [1, 2],
    )
    with pytest.raises(ExpiredError, match="nobody took job") as refused:
        finished(ended)
    assert (refused.value.status_code, refused.value.body.code) == (410, "job_expired")
