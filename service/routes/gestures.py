"""Speech in: ``POST /v1/gestures``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile

from service.acceptance import JobKey, Prefer, answered, content_of
from service.dependencies import DeskDep, only_fields
from service.intake import SpeechInput, take
from service.options import options_of
from service.request import GestureRequest
from service.schemas import ErrorAnswer, JobBody
from service.speakers import checked_speaker

router = APIRouter(tags=["gestures"])

_FIELDS = ("sound", "words", "text", "speaker", "options")
_ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": ErrorAnswer} for code in (400, 409, 413, 415, 422, 429, 503)
}


@router.post("/v1/gestures", responses={202: {"model": JobBody}, **_ERRORS})
def generate(  # noqa: PLR0913  one parameter a form field
    desk: DeskDep,
    _known: Annotated[None, Depends(only_fields(*_FIELDS))],
    response: Response,
    sound: Annotated[UploadFile | None, File(description="WAV, MP3, FLAC or OGG")] = None,
    words: Annotated[UploadFile | None, File(description="TextGrid or JSON word times")] = None,
    text: Annotated[str | None, Form(description="Plain words; needs a sound")] = None,
    speaker: Annotated[int | None, Form(description="Speaker index; see /v1/info")] = None,
    options: Annotated[str | None, Form(description="JSON; see /v1/info")] = None,
    prefer: Prefer = None,
    idempotency_key: JobKey = None,
) -> JobBody:
    """Make gestures for a speech: 200 with the finished job, or 202 with one to ask again."""
    if idempotency_key is None:
        desk.jobs.check_room()
    chosen = options_of(options)
    known_speaker = checked_speaker(speaker, desk.settings)
    given = SpeechInput(
        sound=content_of(sound, "sound", desk.settings),
        words=content_of(words, "words", desk.settings),
        text=text,
    )
    speech = take(given, desk.settings)
    accepted = GestureRequest(
        speaker=known_speaker,
        options=chosen,
        seconds=speech.seconds,
        sound=None if given.sound is None else desk.storage.put_upload(given.sound),
        words=speech.words,
        untimed=speech.untimed,
    )
    job = desk.jobs.submit(accepted, idempotency_key).job
    return answered(desk, job, response, prefer)
