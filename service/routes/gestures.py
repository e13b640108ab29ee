"""Speech in: ``POST /v1/gestures``, which may wait, and ``POST /v1/jobs``, which never does."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile

from annotations.records import Submission
from service.acceptance import JobKey, Prefer, answered, told_of, words_of
from service.dependencies import CallerDep, DeskDep, only_fields
from service.intake import SpeechInput, examine
from service.job_schemas import ACCEPTED, REPEATED
from service.keys import Scope
from service.options import options_of
from service.request import GestureRequest
from service.schemas import JobBody, refusals
from service.sent_sound import FIELDS, SoundDep
from service.settings import Settings
from service.speakers import checked_speaker
from service.speaking import no_voice, synthesizer_of

router = APIRouter()

_FIELDS = (*FIELDS, "words", "text", "speaker", "options")
_ANSWERS: dict[int | str, dict[str, Any]] = {
    **refusals(400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503),
    200: REPEATED,
    202: ACCEPTED,
}


def submit(  # noqa: PLR0913  one parameter a form field
    desk: DeskDep,
    caller: CallerDep,
    _known: Annotated[None, Depends(only_fields(*_FIELDS))],
    idempotency_key: JobKey,
    sound: SoundDep,
    words: Annotated[UploadFile | None, File(description="TextGrid or JSON word times")] = None,
    text: Annotated[str | None, Form(description="Plain words; alone, they are spoken")] = None,
    speaker: Annotated[int | None, Form(description="Speaker index; see /v1/info")] = None,
    options: Annotated[str | None, Form(description="JSON; see /v1/info")] = None,
) -> Submission:
    """Check a speech and queue a job for it."""
    caller.ask_for(frozenset({Scope.GENERATE}), "a job of kind gestures")
    chosen = options_of(options)
    known_speaker = checked_speaker(speaker, desk.settings)
    given = SpeechInput(
        sound=sound.content,
        words=words_of(words, desk.settings),
        text=text,
    )
    speech = examine(given, desk.settings)
    _check_voice(given, desk.settings)
    request = GestureRequest(
        speaker=known_speaker,
        options=chosen,
        seconds=speech.seconds,
        sound=sound.kept(desk.storage),
        words=speech.words,
        untimed=speech.untimed,
    )
    return desk.jobs.submit(request, idempotency_key)


def _check_voice(given: SpeechInput, settings: Settings) -> None:
    """Refuse a text alone where nobody can speak it."""
    alone = given.sound is None and given.words is None
    if alone and synthesizer_of(settings) is None:
        raise no_voice(given.text or "")


SubmissionDep = Annotated[Submission, Depends(submit)]


@router.post("/v1/gestures", responses=_ANSWERS, tags=["gestures"])
async def generate(
    desk: DeskDep, submission: SubmissionDep, response: Response, prefer: Prefer = None
) -> JobBody:
    """Make gestures for a speech: 200 with the finished job, or 202 with one to ask again."""
    return await answered(desk, submission, response, prefer)


@router.post("/v1/jobs", status_code=202, responses=_ANSWERS, tags=["jobs"])
async def add_job(submission: SubmissionDep, response: Response, prefer: Prefer = None) -> JobBody:
    """Queue gestures for a speech: always at once, 202 with a new job, 200 with a repeated one."""
    return told_of(submission, response, prefer)
