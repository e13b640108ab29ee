"""One write of one caller: one transaction, done once however often it is sent."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from annotations.answer_repository import AnswerRepository, StoredAnswer, WriteKey
from annotations.curation import Curation
from annotations.curation_records import Outcome
from annotations.database import Database
from service.curation_answers import OutcomeBody
from service.dependencies import CallerDep, DeskDep
from service.errors import EditedMeanwhileError, InvalidInputError, RevisionMissingError
from service.keys import Caller
from service.reads import Reading

_PIECE_BYTES = 1 << 20
_REVISION = re.compile(r'"(\d{1,18})"|(\d{1,18})')


@dataclass(frozen=True)
class Answer:
    """What a write is answered with."""

    body: BaseModel
    etag: int | str | None = None
    """Of the entry as it is now."""
    status: int = 200
    location: str | None = None


@dataclass(frozen=True)
class Writing(Reading):
    """The curated store during one write."""

    actor: str

    @property
    def curation(self) -> Curation:
        """What the caller may do to it."""
        return Curation(self.session, self.actor)

    def check_newest(self, version: int | None) -> None:
        """Admit no other writer from here on; refuse where a version is no longer the newest."""
        self.versions.lock()
        head = self.versions.head()
        if version in {None, head}:
            return
        raise EditedMeanwhileError(
            "version_changed",
            f"version {version} is no longer the newest, {head} is",
            field="if_version",
            limit=str(head),
            found=str(version),
            remedy="repeat the dry run, and look at what it shows now",
        ).with_detail({"expected": version, "found": head})

    def answer(
        self, outcome: Outcome, *, etag_of: int | None = None, dry_run: bool = False
    ) -> Answer:
        """What an outcome is answered with; ``etag_of`` names the exemplar that was edited."""
        body = OutcomeBody.of(outcome, self.versions.head(), dry_run=dry_run)
        if etag_of is None:
            return Answer(body)
        return Answer(body, self.exemplars.facts(etag_of).revision)


@dataclass(frozen=True)
class Write:
    """One transaction that is committed before its answer leaves."""

    database: Database
    caller: Caller
    key: WriteKey | None

    def once(self, edit: Callable[["Writing"], Answer]) -> JSONResponse:
        """Do it, or repeat the answer that the same request under the same key was given."""
        with self.database.session() as session:
            answers = AnswerRepository(session)
            known = None if self.key is None else answers.claim(self.key)
            if known is not None:
                return _repeated(known)
            answer = edit(Writing(session, self.caller.name))
            stored = _stored(answer)
            if self.key is not None:
                answers.record(self.key, stored)
        return _told(stored)

    def shown(self, edit: Callable[["Writing"], Answer]) -> JSONResponse:
        """What it would do: nothing of it is kept."""
        with self.database.reading() as session:
            return _told(_stored(edit(Writing(session, self.caller.name))))


async def write_of(
    request: Request,
    desk: DeskDep,
    caller: CallerDep,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=200,
            description="Printable ASCII of your own, new for each write: sent again with the same "
            "request, the write is not done again and the first answer is repeated.",
        ),
    ] = None,
) -> Write:
    """The write that a request asks for."""
    if idempotency_key is None:
        return Write(desk.database, caller, None)
    digest = await _digest(request)
    return Write(desk.database, caller, WriteKey(caller.name, idempotency_key, digest))


WriteDep = Annotated[Write, Depends(write_of)]
IfMatch = Annotated[
    str | None,
    Header(
        description="The ETag that the edit was made for; `*` for whatever is there.",
        json_schema_extra={"pattern": rf"^\s*({_REVISION.pattern}|\*)\s*$"},
    ),
]


def revision_in(if_match: str | None, field: str = "If-Match") -> int | None:
    """The revision that an edit was made for; ``None`` where any will do."""
    if if_match is None:
        raise RevisionMissingError(
            "if_match_missing",
            "an edit must say which revision it was made for",
            field=field,
            limit='If-Match: "REVISION"',
            found="no If-Match",
            remedy="read the entry, and send its ETag as If-Match",
        )
    if if_match.strip() == "*":
        return None
    found = _REVISION.fullmatch(if_match.strip())
    if found is None:
        raise InvalidInputError(
            "if_match_invalid",
            "If-Match names no revision",
            field=field,
            limit='one ETag such as "3", or *',
            found=if_match[:100],
            remedy="send the ETag as it was answered",
        )
    return int(found[1] or found[2])


async def _digest(request: Request) -> str:
    """Sha256 of everything that tells one write from another."""
    seen = hashlib.sha256()
    url = request.url
    # one without a value is not one left out
    revision = request.headers.get("if-match", "") or "\n" * ("if-match" in request.headers)
    for part in (request.method, url.path, url.query, revision):
        seen.update(part.encode() + b"\0")
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        for name, value in (await request.form()).multi_items():
            seen.update(name.encode() + b"\0")
            seen.update(await _content(value))
    else:
        seen.update(await request.body())
    return seen.hexdigest()


async def _content(value: UploadFile | str) -> bytes:
    if isinstance(value, str):
        return value.encode() + b"\0"
    seen = hashlib.sha256()
    while piece := await value.read(_PIECE_BYTES):
        seen.update(piece)
    await value.seek(0)
    return seen.digest()


def _stored(answer: Answer) -> StoredAnswer:
    etag = None if answer.etag is None else f'"{answer.etag}"'
    return StoredAnswer(answer.status, answer.body.model_dump(mode="json"), etag, answer.location)


def _told(stored: StoredAnswer) -> JSONResponse:
    headers = {"ETag": stored.etag, "Location": stored.location}
    given = {name: value for name, value in headers.items() if value is not None}
    return JSONResponse(dict(stored.answer), stored.status, given)


def _repeated(known: StoredAnswer) -> JSONResponse:
    answer = _told(known)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer
