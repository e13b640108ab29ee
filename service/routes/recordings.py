"""Recordings of the index: list, add by upload, take out, put back."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Path, Query, Response, UploadFile
from fastapi.responses import JSONResponse

from annotations.curation_records import Outcome
from annotations.recording_edits import RecordingEdits
from annotations.recording_queries import RecordingFacts, RecordingQueries
from annotations.records import Submission
from service.acceptance import JobKey, Prefer, answered, file_of, words_of
from service.curation_answers import OutcomeBody
from service.curation_fields import Reason, Storable
from service.curation_schemas import ReasonBody
from service.dependencies import CallerDep, DeskDep, only_fields
from service.errors import EditedMeanwhileError
from service.job_schemas import ACCEPTED, REPEATED
from service.reads import ReadingDep
from service.recording_answers import RecordingBody, RecordingListQuery, RecordingsBody
from service.recording_request import (
    LONGEST_ID,
    RecordingInput,
    RecordingRequest,
    check_new,
    checked,
)
from service.routes.exemplars import EDIT_ERRORS, READ_ERRORS
from service.schemas import JobBody, refusals
from service.writes import Answer, IfMatch, Write, WriteDep, Writing, revision_in

router = APIRouter(prefix="/v1/recordings", tags=["recordings"])
RecordingId = Annotated[str, Path(min_length=1, max_length=LONGEST_ID), Storable]
_ADD_ANSWERS: dict[int | str, dict[str, Any]] = {
    **refusals(400, 401, 403, 409, 413, 415, 422, 429, 503),
    200: REPEATED,
    202: ACCEPTED,
}


@router.get("", responses=READ_ERRORS)
def list_recordings(
    reading: ReadingDep, asked: Annotated[RecordingListQuery, Query()]
) -> RecordingsBody:
    """List recordings, in the index or out of it, with what the index holds of each."""
    page = RecordingQueries(reading.session).page(asked.filter(), asked.limit, asked.cursor)
    return RecordingsBody.of(page, reading.versions.head())


@router.get("/{recording_id}", responses=READ_ERRORS)
def get_recording(
    reading: ReadingDep, response: Response, recording_id: RecordingId
) -> RecordingBody:
    """One recording; its ETag is the version that changed its exemplars last."""
    facts = RecordingQueries(reading.session).facts(recording_id)
    response.headers["ETag"] = f'"{facts.seq}"'
    return RecordingBody.of(facts)


def submit(  # noqa: PLR0913  one parameter a form field
    desk: DeskDep,
    caller: CallerDep,
    _known: Annotated[None, Depends(only_fields("id", "motion", "sound", "words", "reason"))],
    idempotency_key: JobKey,
    recording_id: Annotated[
        str, Form(alias="id", description="As BEAT2 names them, e.g. 2_scott_0_201_201")
    ],
    motion: Annotated[UploadFile, File(description="BEAT2 npz: SMPL-X poses")],
    sound: Annotated[UploadFile, File(description="WAV, MP3, FLAC or OGG")],
    words: Annotated[UploadFile, File(description="TextGrid or JSON word times")],
    reason: Annotated[Reason, Form()] = "",
) -> Submission:
    """Check a recording and queue a job for it."""
    settings = desk.settings
    given = RecordingInput(
        id=recording_id,
        motion=file_of(motion, "motion", settings),
        sound=file_of(sound, "sound", settings),
        words=words_of(words, settings),
    )
    speech = checked(given, settings)
    request = RecordingRequest(
        id=recording_id,
        actor=caller.name,
        reason=reason,
        seconds=speech.seconds,
        sound=desk.storage.put_upload_file(given.sound),
        motion=desk.storage.put_upload_file(given.motion),
        words=speech.words,
    )
    return desk.jobs.submit(
        request, idempotency_key, lambda session: check_new(session, recording_id, own_jobs=1)
    )


@router.post("", status_code=202, responses=_ADD_ANSWERS)
async def add_recording(
    desk: DeskDep,
    submission: Annotated[Submission, Depends(submit)],
    response: Response,
    prefer: Prefer = None,
) -> JobBody:
    """Add a recording to the index: a job annotates it, cuts its exemplars and embeds them.

    What can be told at once is refused at once; the job's result names the index version, the
    exemplars added and what was skipped.
    """
    return await answered(desk, submission, response, prefer)


@router.delete("/{recording_id}", response_model=OutcomeBody, responses=EDIT_ERRORS)
def leave_out(
    write: WriteDep,
    recording_id: RecordingId,
    if_match: IfMatch = None,
    reason: Annotated[Reason, Query()] = "",
) -> JSONResponse:
    """Take a recording with all its exemplars out of the index; files and history stay."""

    def edit(edits: RecordingEdits) -> Outcome:
        return edits.leave_out(recording_id, reason)

    return _Moved(recording_id, revision_in(if_match), indexed=False).by(write, edit)


@router.post("/{recording_id}/restore", response_model=OutcomeBody, responses=EDIT_ERRORS)
def put_back(
    write: WriteDep,
    recording_id: RecordingId,
    body: ReasonBody | None = None,
    if_match: IfMatch = None,
) -> JSONResponse:
    """Bring back what left the index with the recording; edits of its exemplars are kept."""
    reason = "" if body is None else body.reason

    def edit(edits: RecordingEdits) -> Outcome:
        return edits.put_back(recording_id, reason)

    return _Moved(recording_id, revision_in(if_match), indexed=True).by(write, edit)


@dataclass(frozen=True)
class _Moved:
    """A recording on its way out of the index, or into it."""

    recording_id: str
    if_seq: int | None
    indexed: bool

    def by(self, write: Write, edit: Callable[[RecordingEdits], Outcome]) -> JSONResponse:
        """Move it, where it is as the caller saw it."""

        def move(writing: Writing) -> Answer:
            writing.versions.lock()
            queries = RecordingQueries(writing.session)
            self._check(queries.facts(self.recording_id))
            outcome = edit(RecordingEdits(writing.session, writing.actor))
            etag = queries.facts(self.recording_id).seq
            return replace(writing.answer(outcome), etag=etag)

        return write.once(move)

    def _check(self, facts: RecordingFacts) -> None:
        if self.if_seq is None or self.if_seq == facts.seq:
            return
        yours = replace(facts, indexed=self.indexed)
        raise EditedMeanwhileError(
            "recording_changed",
            f"recording {facts.id} was changed by version {facts.seq}, you saw {self.if_seq}",
            field="If-Match",
            limit=f'"{facts.seq}"',
            found=f'"{self.if_seq}"',
            remedy="look at the recording again, and repeat with its new ETag",
        ).with_detail(
            {
                "expected": self.if_seq,
                "found": facts.seq,
                "yours": RecordingBody.of(yours).model_dump(),
                "theirs": RecordingBody.of(facts).model_dump(),
            }
        )
