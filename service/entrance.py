"""Behind the gate, before a body is read: room in the queue, its kind, its size."""

from dataclasses import dataclass

from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.answers import BodyRefusedError, database_error, gesture_error
from service.batches.desk import BatchDesk
from service.dependencies import desk_of
from service.errors import GestureError, NotSoundError, TooLargeError
from service.keys import Caller
from service.openapi import FORMS
from service.settings import Settings

TAKES_JOBS = frozenset({"/v1/gestures", "/v1/jobs", "/v1/recordings", "/v1/explanations"})
"""Routes whose POST takes a form and makes a job."""
TAKES_BATCHES = "/v1/batches"
TAKES_UPLOADS = "/v1/uploads"
"""What is sent here is kept until there is room for its batch: a full queue does not refuse it."""
TAKES_FORMS = TAKES_JOBS | {TAKES_BATCHES, TAKES_UPLOADS}
PLAIN_BODY_BYTES = 2**24
"""Largest body that is no upload: it is held in memory."""


@dataclass(frozen=True)
class Entrance:
    """Refuses at once what could not be taken after minutes of uploading either."""

    app: ASGIApp
    settings: Settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body bounded, or answer why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        try:
            body = _Body(receive, self._limit(request))
            body.check(_announced(request))
            if scope["method"] == "POST" and scope["path"] in TAKES_FORMS:
                _check_form(request)
                await _check_room(request)
        except GestureError as error:
            answer: Response = gesture_error(request, error)
        except SQLAlchemyError as error:
            answer = database_error(request, error)
        else:
            await self.app(scope, body.receive, send)
            return
        await answer(scope, receive, send)

    def _limit(self, request: Request) -> int:
        multipart = _media_type(request) == "multipart/form-data"
        return self.settings.max_body_bytes if multipart else PLAIN_BODY_BYTES


@dataclass
class _Body:
    """A body as it comes in, counted."""

    source: Receive
    limit: int
    seen: int = 0

    async def receive(self) -> Message:
        message = await self.source()
        self.seen += len(message.get("body", b""))
        try:
            self.check(self.seen)
        except TooLargeError as error:
            raise BodyRefusedError(error) from error
        return message

    def check(self, size: int) -> None:
        """Refuse a size over the limit."""
        if size > self.limit:
            raise TooLargeError(
                "body_too_large",
                "the body of the request is too large",
                field="body",
                limit=f"{self.limit} bytes",
                found=f"{size} bytes or more",
                remedy="send sounds compressed, and long talks or tables in parts",
            )


def _announced(request: Request) -> int:
    """Content-Length; 0 where the size is told by no number."""
    told = request.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() else 0


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _check_form(request: Request) -> None:
    found = _media_type(request)
    if found and found not in FORMS:
        raise NotSoundError(
            "not_a_form",
            f"{request.url.path} takes a form, found {found}",
            field="Content-Type",
            limit=" or ".join(sorted(FORMS)),
            found=found,
            remedy="send the sound as a part of multipart/form-data: `curl -F sound=@talk.wav`",
        )


async def _check_room(request: Request) -> None:
    caller: Caller = request.state.caller
    key = caller.own_key(request.headers.get("idempotency-key"))
    desk = desk_of(request)
    jobs = desk.jobs
    if request.url.path == TAKES_UPLOADS:
        jobs.drain.check()
    elif request.url.path == TAKES_BATCHES:
        await desk.at_front(BatchDesk(jobs).check_room, key)
    else:
        if key is None:
            jobs.refuse_if_full()
        await desk.at_front(jobs.check_room, key)
