"""Speech in: ``POST /v1/gestures``."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Header, Request, Response, UploadFile

from service.dependencies import Desk, DeskDep
from service.errors import InvalidInputError, TooLargeError
from service.intake import SpeechInput, take
from service.options import options_of
from service.request import GestureRequest
from service.schemas import ErrorAnswer, JobBody
from service.speakers import checked_speaker

router = APIRouter(tags=["gestures"])

_FIELDS = frozenset({"sound", "words", "text", "speaker", "options"})
_LONGEST_WAIT_SECONDS = 120.0
_WAIT = re.compile(r"\bwait=(\d+(?:\.\d+)?)")
_ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": ErrorAnswer} for code in (400, 409, 413, 415, 422, 429, 503)
}


async def _refuse_unknown_fields(request: Request) -> None:
    """A misspelled field must not be taken for one left out."""
    unknown = sorted(set(await request.form()) - _FIELDS)
    if unknown:
        raise InvalidInputError(
            "field_unknown",
            f"there is no field {unknown[0]!r}",
            field=unknown[0],
            found=", ".join(unknown),
            remedy=f"fields are {', '.join(sorted(_FIELDS))}",
        )


@router.post("/v1/gestures", responses={202: {"model": JobBody}, **_ERRORS})
def generate(  # noqa: PLR0913  one parameter a form field
    desk: DeskDep,
    _known: Annotated[None, Depends(_refuse_unknown_fields)],
    response: Response,
    sound: Annotated[UploadFile | None, File(description="WAV, MP3, FLAC or OGG")] = None,
    words: Annotated[UploadFile | None, File(description="TextGrid or JSON word times")] = None,
    text: Annotated[str | None, Form(description="Plain words; needs a sound")] = None,
    speaker: Annotated[int | None, Form(description="Speaker index; see /v1/info")] = None,
    options: Annotated[str | None, Form(description="JSON; see /v1/info")] = None,
    prefer: Annotated[str | None, Header(description="`wait=20` waits for the result")] = None,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> JobBody:
    """Make gestures for a speech: 200 with the finished job, or 202 with one to ask again."""
    if idempotency_key is None:
        desk.jobs.check_room()
    chosen = options_of(options)
    known_speaker = checked_speaker(speaker, desk.settings)
    given = SpeechInput(
        sound=_content(sound, "sound", desk),
        words=_content(words, "words", desk),
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
    wait = _WAIT.search(prefer or "")
    if wait is not None:
        job = desk.jobs.wait(job.id, min(float(wait[1]), _LONGEST_WAIT_SECONDS))
    response.status_code = 200 if job.state.final else 202
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    if not job.state.final:
        response.headers["Retry-After"] = "1"
    return JobBody.of(job)


def _content(upload: UploadFile | None, field: str, desk: Desk) -> bytes | None:
    """The bytes of an upload, refused by size before they are read."""
    if upload is None:
        return None
    limit = desk.settings.max_upload_bytes
    if upload.size is not None and upload.size > limit:
        raise TooLargeError(
            f"{field}_too_large",
            f"the {field} file is too large",
            field=field,
            limit=f"{limit} bytes",
            found=f"{upload.size} bytes",
            remedy="send it compressed, or in parts",
        )
    return upload.file.read()
