"""Reading jobs: lists, places in the queue, what happened, how fast it goes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, cast, func, select, tuple_, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, defer

from annotations.job_event_tables import JobEventRow
from annotations.job_records import ALL_JOBS, JobEvent, JobFilter, JobPlace, OpenJob, QueuePace
from annotations.records import OPEN_STATES, Job, JobState, Progress
from annotations.tables import JobRow, JsonObject

PACE_JOBS = 20
"""How many of the newest results tell how fast jobs are finished."""
_IDS_AT_ONCE = 500
"""In one statement; databases bound their number."""
_LONG = ("matches", "dropped")
"""Parts of a result that grow with the talk."""
_UPLOADS = ("sound", "motion")
"""Parts of a request that name an upload."""


class JobQueries:
    """Lists and sums of jobs in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def listed(
        self, wanted: JobFilter = ALL_JOBS, limit: int = 50, before: JobPlace | None = None
    ) -> tuple[Job, ...]:
        """Jobs that are asked for, newest first, behind the place of the page before.

        Their results are without matches, which only the job itself has.
        """
        result = self._short_result().label("short_result")
        query = select(JobRow, result).options(defer(JobRow.result, raiseload=True))
        query = query.order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(limit)
        query = query.where(*_conditions(wanted))
        if before is not None:
            query = query.where(_older_than(before))
        return tuple(_job(row, short) for row, short in self._session.execute(query))

    def _short_result(self) -> ColumnElement[Any]:
        if self._session.get_bind().dialect.name == "postgresql":
            whole = cast(JobRow.result, JSONB)
            short: ColumnElement[Any] = whole
            for name in _LONG:
                short = type_coerce(short.op("-")(name), JSONB)
            # early releases wrote a JSON null where there was none
            return case((func.jsonb_typeof(whole) == "object", short))
        paths = (f"$.{name}" for name in _LONG)
        return type_coerce(func.json_remove(JobRow.result, *paths), JsonObject)

    def is_known(self, idempotency_key: str) -> bool:
        """Whether a job was made under that key."""
        query = select(JobRow.id).where(JobRow.idempotency_key == idempotency_key)
        return self._session.scalar(query) is not None

    def is_running(self, job_id: str, attempt: int) -> bool:
        """Whether an attempt is the last one and has not ended."""
        query = select(JobRow.id).where(
            JobRow.id == job_id, JobRow.state == JobState.RUNNING, JobRow.attempt == attempt
        )
        return self._session.scalar(query) is not None

    def open_ids(self, created_before: datetime, limit: int) -> tuple[OpenJob, ...]:
        """Jobs that wait or run and are that old, oldest first."""
        query = (
            select(JobRow.id, JobRow.kind, JobRow.batch_id)
            .where(JobRow.state.in_(OPEN_STATES), JobRow.created_at < created_before)
            .order_by(JobRow.created_at, JobRow.id)
            .limit(limit)
        )
        rows = self._session.execute(query)
        return tuple(OpenJob(row.id, row.kind, row.batch_id is not None) for row in rows)

    def events(self, job_id: str, after: int = 0, limit: int = 500) -> tuple[JobEvent, ...]:
        """What happened to a job behind an event, oldest first."""
        query = (
            select(JobEventRow)
            .where(JobEventRow.job_id == job_id, JobEventRow.seq > after)
            .order_by(JobEventRow.seq)
            .limit(limit)
        )
        return tuple(_event(row) for row in self._session.scalars(query))

    def newest_events(self, job_ids: Collection[str]) -> dict[str, int]:
        """Number of the newest event of each of the jobs."""
        ids, newest = list(job_ids), {}
        for first in range(0, len(ids), _IDS_AT_ONCE):
            some = ids[first : first + _IDS_AT_ONCE]
            query = select(JobRow.id, JobRow.last_event).where(JobRow.id.in_(some))
            newest.update({row.id: row.last_event for row in self._session.execute(query)})
        return newest

    def pace(self, since: datetime) -> QueuePace | None:
        """How fast the newest results were made; ``None`` without any since then."""
        newest = (
            select(JobRow.started_at, JobRow.finished_at, JobRow.sound_seconds)
            .where(JobRow.state == JobState.SUCCEEDED, JobRow.created_at >= since)
            .order_by(JobRow.created_at.desc())
            .limit(PACE_JOBS)
        )
        made = self._session.execute(newest).all()
        if not made:
            return None
        first, last = min(row.started_at for row in made), max(row.finished_at for row in made)
        seconds = max((last - first).total_seconds(), 1e-3)
        return QueuePace(len(made) / seconds, sum(row.sound_seconds for row in made) / seconds)

    def placed(self, jobs: Sequence[Job]) -> tuple[Job, ...]:
        """The same jobs, the queued among them with their place in the queue, from 0."""
        queued = [job.id for job in jobs if job.state is JobState.QUEUED]
        if not queued:
            return tuple(jobs)
        order = func.row_number().over(
            # batches wait in a queue of their own
            partition_by=JobRow.batch_id.is_(None),
            order_by=(JobRow.created_at, JobRow.id),
        )
        line = (
            select(JobRow.id, (order - 1).label("place"))
            .where(JobRow.state == JobState.QUEUED)
            .subquery()
        )
        rows = self._session.execute(select(line).where(line.c.id.in_(queued)))
        places: dict[str, int] = {row.id: row.place for row in rows}
        return tuple(replace(job, queue_position=places.get(job.id)) for job in jobs)

    def kept(self, now: datetime) -> dict[str, frozenset[str]]:
        """Uploads of the jobs, by id, whose files are needed: open ones, results in their time."""
        lasting = JobRow.expires_at.is_(None) | (JobRow.expires_at > now)
        needed = JobRow.state.in_(OPEN_STATES) | ((JobRow.state == JobState.SUCCEEDED) & lasting)
        uploads = (JobRow.request[name].as_string() for name in _UPLOADS)
        rows = self._session.execute(select(JobRow.id, *uploads).where(needed))
        return {job: frozenset(filter(None, named)) for job, *named in rows}


def _event(row: JobEventRow) -> JobEvent:
    return JobEvent(
        job_id=row.job_id,
        seq=row.seq,
        at=row.at,
        state=JobState(row.state),
        attempt=row.attempt,
        progress=_progress(row),
    )


def _progress(row: JobRow | JobEventRow) -> Progress | None:
    return None if row.stage is None else Progress(row.stage, row.stage_done, row.stage_total)


def _conditions(wanted: JobFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(JobRow.state.in_(wanted.states))
    if wanted.kinds:
        conditions.append(JobRow.kind.in_(wanted.kinds))
    if wanted.batch is not None:
        conditions.append(JobRow.batch_id == wanted.batch)
    if wanted.index_version is not None:
        conditions.append(JobRow.index_version == wanted.index_version)
    if wanted.ids:
        conditions.append(JobRow.id.in_(wanted.ids))
    if wanted.created_from is not None:
        conditions.append(JobRow.created_at >= wanted.created_from)
    if wanted.created_before is not None:
        conditions.append(JobRow.created_at < wanted.created_before)
    return conditions


def _older_than(place: JobPlace) -> ColumnElement[bool]:
    return tuple_(JobRow.created_at, JobRow.id) < tuple_(place.created_at, place.id)


def job_of(row: JobRow) -> Job:
    """The job of a row."""
    return _job(row, row.result)


def _job(row: JobRow, result: Mapping[str, Any] | None) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        state=JobState(row.state),
        last_event=row.last_event,
        request=row.request,
        sound_seconds=row.sound_seconds,
        created_at=row.created_at,
        attempt=row.attempt,
        losses=row.losses,
        worker=row.worker,
        progress=_progress(row),
        seed=row.seed,
        index_version=row.index_version,
        weights_id=row.weights_id,
        result=result,
        error=row.error,
        started_at=row.started_at,
        seen_at=row.seen_at,
        finished_at=row.finished_at,
        expires_at=row.expires_at,
        idempotency_key=row.idempotency_key,
        body_hash=row.body_hash,
        batch_id=row.batch_id,
        batch_item=row.batch_item,
        request_id=row.request_id,
    )
