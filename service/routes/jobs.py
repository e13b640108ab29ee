"""Jobs: list, look up, wait, follow, cancel, and their results."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import FileResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from annotations.records import Job
from annotations.version_repository import VersionRepository
from service.acceptance import LONGEST_WAIT_SECONDS, RETRY_SECONDS
from service.curation_fields import Storable
from service.dependencies import CallerDep, Desk, DeskDep
from service.errors import ExpiredError, InvalidInputError, NotFoundError
from service.giving import finished, succeeded
from service.job_schemas import JobEventBody, JobListQuery, JobsBody
from service.job_sounds import sound_of
from service.keys import Caller, Scope
from service.reads import version_named
from service.request import JobKind, kind_of_job
from service.result_answers import ResultFile, provenance_answer
from service.schemas import RESULT_TYPES, JobBody, ResultKind, refusals
from service.visible_jobs import SCOPES, job_seen_by

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
IDLE_SECONDS = 60.0
"""After which a stream looks for itself whether something happened."""
_REFUSALS = refusals(401, 403, 404, 422, 503)
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FILES = dict.fromkeys(sorted(set(RESULT_TYPES.values())), _BYTES) | {"application/json": {}}
_RESULT_ANSWERS: dict[int | str, dict[str, Any]] = {
    **refusals(401, 403, 404, 409, 410, 416, 422, 503),
    200: {"content": _FILES, "description": "The file"},
    206: {
        "content": _FILES | {"multipart/byteranges": _BYTES},
        "description": "The part that Range asks for",
    },
    304: {"description": "Whoever asks has it already"},
}
_SOUNDS = dict.fromkeys(("audio/flac", "audio/mpeg", "audio/ogg", "audio/wav"), _BYTES)
_SOUND_ANSWERS: dict[int | str, dict[str, Any]] = _RESULT_ANSWERS | {
    200: {"content": _SOUNDS, "description": "The sound"},
    206: {
        "content": _SOUNDS | {"multipart/byteranges": _BYTES},
        "description": "The part that Range asks for",
    },
}
_PROVENANCE_ANSWERS: dict[int | str, dict[str, Any]] = {
    **refusals(401, 403, 404, 409, 410, 422, 503),
    200: {"content": {"application/json": {"schema": {"type": "object"}}}},
    304: {"description": "Whoever asks has it already"},
}
_EVENT_ANSWERS: dict[int | str, dict[str, Any]] = {
    **refusals(401, 403, 404, 410, 422, 503),
    204: {"description": "The job has ended, and all its events were received"},
}


def visible_job(
    desk: DeskDep,
    caller: CallerDep,
    job_id: Annotated[str, Path(min_length=1, max_length=64), Storable],
) -> Job:
    """The job named in the address, if the caller could have asked for it."""
    return job_seen_by(caller, desk, job_id)


JobDep = Annotated[Job, Depends(visible_job)]


@router.get("", responses=_REFUSALS)
def list_jobs(
    desk: DeskDep, caller: CallerDep, asked: Annotated[JobListQuery, Query()]
) -> JobsBody:
    """List jobs, newest first; jobs made meanwhile do not move the pages behind."""
    wanted = asked.filter(_kinds(caller, asked.kind), _version(desk, asked.index_version))
    return JobsBody.of(desk.jobs.listed(wanted, asked.limit + 1, asked.place), asked.limit)


@router.get("/{job_id}", responses=_REFUSALS)
async def get_job(
    desk: DeskDep,
    job: JobDep,
    response: Response,
    wait: Annotated[
        float, Query(ge=0, le=LONGEST_WAIT_SECONDS, description="Seconds to wait for the end")
    ] = 0.0,
) -> JobBody:
    """A job as it stands, or once it has ended."""
    job = await desk.jobs.wait(job, wait)
    if not job.state.final:
        response.headers["Retry-After"] = RETRY_SECONDS
    return JobBody.of(job)


@router.post("/{job_id}/cancel", responses=_REFUSALS)
def cancel_job(desk: DeskDep, job: JobDep) -> JobBody:
    """Stop a job before its start or between two of its steps; repeating changes nothing.

    A recording that was being added leaves the index again.
    """
    return JobBody.of(desk.jobs.cancel(job.id))


def first_event(
    desk: DeskDep,
    job: JobDep,
    response: Response,
    last_event_id: Annotated[
        int | None,
        Header(
            ge=0, description="`id` of the last event that was received; `EventSource` sends it."
        ),
    ] = None,
) -> int:
    """The event that a stream begins behind."""
    after = last_event_id or 0
    if after > job.last_event:
        raise InvalidInputError(
            "last_event_unknown",
            f"job {job.id} has no event {after} yet",
            field="Last-Event-ID",
            limit=f"at most {job.last_event}",
            found=str(after),
            remedy="send the id of an event of this job, or none to have all events",
        )
    if after < job.last_event and not desk.jobs.events(job.id, after):
        raise ExpiredError(
            "events_expired",
            f"the events of job {job.id} were removed with its result",
            field="job",
            found=job.id,
            remedy="GET the job: it is kept as it ended",
        )
    if after == job.last_event and job.state.final:
        # the only answer upon which `EventSource` does not come back
        response.status_code = 204
    return after


@router.get("/{job_id}/events", response_class=EventSourceResponse, responses=_EVENT_ANSWERS)
async def follow_job(
    desk: DeskDep, job: JobDep, after: Annotated[int, Depends(first_event)]
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: all that happened to a job and all that happens, until it has ended.

    Events are kept with the job: whoever comes back with `Last-Event-ID` misses and repeats none.
    `data` is a JobEventBody. A comment is sent every 15 seconds in which nothing happens.
    """
    while not (desk.jobs.drain.begun or (job.state.final and after >= job.last_event)):
        found = await run_in_threadpool(desk.jobs.events, job.id, after)
        for event in found:
            after = event.seq
            kind = "state" if event.progress is None or event.state.final else "progress"
            yield ServerSentEvent(data=JobEventBody.of(event), event=kind, id=str(after))
            if event.state.final:
                return
        if not found and await run_in_threadpool(_is_over, desk, job.id, after):
            return
        await desk.jobs.watch.changed(job.id, after, IDLE_SECONDS)


@router.head("/{job_id}/result.{kind}", include_in_schema=False)
@router.get("/{job_id}/result.{kind}", responses=_RESULT_ANSWERS, response_class=FileResponse)
def get_result(
    desk: DeskDep, job: JobDep, request: Request, kind: Annotated[ResultKind, Path()]
) -> Response:
    """One result file; it never changes, so its ETag is its sha256.

    Where it comes from stands in the job, which ``Link`` names, and in formats with room for it.
    """
    return result_file(desk, job, kind).answer(request)


@router.head("/{job_id}/provenance.json", include_in_schema=False)
@router.get("/{job_id}/provenance.json", responses=_PROVENANCE_ANSWERS, response_class=Response)
def get_provenance(job: JobDep, request: Request) -> Response:
    """Where the files of a job came from, for formats without room for it and for long talks.

    Weights, index version, seed, options, sha256 of the sound and of every file; each exemplar
    with its scores, its span in its recording and its place in the speech; what was dropped and
    why. It stays when the files are removed.
    """
    result = succeeded(job).result
    if kind_of_job(job.request) != "gestures" or result is None:
        raise _no_such_result(job, "provenance.json")
    return provenance_answer(job.id, result, request)


@router.head("/{job_id}/sound", include_in_schema=False)
@router.get("/{job_id}/sound", responses=_SOUND_ANSWERS, response_class=FileResponse)
def get_job_sound(desk: DeskDep, job: JobDep, request: Request) -> Response:
    """The sound that a job was sent with, as it was sent; or the one that its text was spoken as.

    It never changes, so its ETag is its sha256. 409 while a text has not been spoken yet.
    """
    return sound_of(job, desk.storage).answer(request)


def result_file(desk: Desk, job: Job, kind: ResultKind) -> ResultFile:
    """One result file of a job; refuses where it has none, no longer or not yet."""
    name, digest = _file(finished(job), kind)
    path = desk.storage.result(job.id, name)
    made = kind_of_job(job.request) == "gestures"
    return ResultFile(job.id, path, digest, RESULT_TYPES[kind], made)


def _is_over(desk: Desk, job_id: str, after: int) -> bool:
    """Whether no event will follow: the job has ended, and its last ones were removed meanwhile."""
    return desk.jobs.get(job_id).state.final and not desk.jobs.events(job_id, after)


def _version(desk: Desk, named: str | None) -> int | None:
    """The number behind a number or a tag."""
    if named is None:
        return None
    with desk.database.reading() as session:
        return VersionRepository(session).resolve(version_named(named))


def _kinds(caller: Caller, asked: list[JobKind]) -> tuple[str, ...]:
    """The kinds to list: those asked for, or all that the caller could have asked for."""
    for kind in asked:
        caller.ask_for(frozenset({SCOPES[kind]}), f"a job of kind {kind}")
    allowed = caller.scopes | (frozenset(Scope) if Scope.ADMIN in caller.scopes else frozenset())
    return tuple(asked or (kind for kind, scope in SCOPES.items() if scope in allowed))


def _file(job: Job, kind: ResultKind) -> tuple[str, str]:
    """Name and sha256 of a result file; 404 where a job of its kind has none such."""
    assert job.result is not None, "a succeeded job has a result"
    files: dict[str, str] = job.result["files"]
    for name, digest in files.items():
        if name.endswith(f".{kind}"):
            return name, digest
    raise _no_such_result(job, f"result.{kind}")


def _no_such_result(job: Job, name: str) -> NotFoundError:
    files = (job.result or {}).get("files", {})
    return NotFoundError(
        "result_unknown",
        f"job {job.id}, a {kind_of_job(job.request)}, has no {name}",
        field="kind",
        limit=", ".join(files) or "what the job itself shows as `result`",
        found=name.removeprefix("result."),
        remedy="see the job's `links`",
    )
