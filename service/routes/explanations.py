"""Why a talk gets its exemplars: ``POST /v1/explanations``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile

from annotations.records import LIVE, Submission
from annotations.version_repository import VersionRepository
from service.acceptance import JobKey, Prefer, answered, words_of
from service.curation_fields import Id, Value
from service.dependencies import DeskDep, only_fields
from service.explanation_request import ExplanationRequest
from service.intake import Examined, SpeechInput, examine, without_sound
from service.job_schemas import ACCEPTED, REPEATED
from service.options import options_of
from service.pace import NOTE, paced
from service.reads import version_named
from service.request import GestureRequest
from service.said import check_text
from service.schemas import JobBody, refusals
from service.sent_sound import FIELDS, SoundDep
from service.settings import Settings
from service.speakers import checked_speaker

router = APIRouter(tags=["explanations"])

MOST_GONE = 500
"""Exemplars taken for gone in one request; a form has at most a thousand fields."""
_FIELDS = (*FIELDS, "words", "text", "speaker", "options", "index", "without")
_ANSWERS: dict[int | str, dict[str, Any]] = {
    **refusals(400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503),
    200: REPEATED,
    202: ACCEPTED,
}


def submit(  # noqa: PLR0913  one parameter a form field
    desk: DeskDep,
    _known: Annotated[None, Depends(only_fields(*_FIELDS))],
    idempotency_key: JobKey,
    sound: SoundDep,
    words: Annotated[UploadFile | None, File(description="TextGrid or JSON word times")] = None,
    text: Annotated[str | None, Form(description="Plain words; alone, at a guessed pace")] = None,
    speaker: Annotated[int | None, Form(description="Speaker index; see /v1/info")] = None,
    options: Annotated[str | None, Form(description="JSON as of /v1/gestures")] = None,
    index: Annotated[Value, Form(description="A tag or number of a version")] = LIVE,
    without: Annotated[
        list[Id], Form(max_length=MOST_GONE, description="Exemplars taken for gone; repeatable")
    ] = [],  # noqa: B006  never changed
) -> Submission:
    """Check a speech and queue a job that explains it."""
    with desk.database.reading() as session:
        version = VersionRepository(session).resolve(version_named(index))
    given = SpeechInput(
        sound=sound.content,
        words=words_of(words, desk.settings),
        text=text,
    )
    unspoken = given.sound is None and given.words is None and bool((text or "").split())
    speech = _unspoken(text or "", desk.settings) if unspoken else examine(given, desk.settings)
    asked = GestureRequest(
        speaker=checked_speaker(speaker, desk.settings),
        options=options_of(options),
        seconds=speech.seconds,
        sound=sound.kept(desk.storage),
        words=speech.words,
        untimed=speech.untimed,
    )
    request = ExplanationRequest(asked, version, tuple(without), (NOTE,) if unspoken else ())
    return desk.jobs.submit(request, idempotency_key)


@router.post("/v1/explanations", status_code=202, responses=_ANSWERS)
async def explain(
    desk: DeskDep,
    submission: Annotated[Submission, Depends(submit)],
    response: Response,
    prefer: Prefer = None,
) -> JobBody:
    """Tell which moments of a talk ask for gestures, what was found for each, and why.

    `result.json` of the job has every candidate with every term of its score, what filters cut,
    margins, places, reasons of what was dropped; with `without` also what changes without these.
    """
    return await answered(desk, submission, response, prefer)


def _unspoken(text: str, settings: Settings) -> Examined:
    """A text alone, as somebody would say it; refused over the limits of any speech."""
    check_text(text, settings)
    return without_sound(paced(text), text, settings)
