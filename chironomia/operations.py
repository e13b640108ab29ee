"""What a client does, step by step, without doing any input or output itself."""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

from chironomia.errors import (
    AnswerError,
    JobEndedError,
    UnexpectedAnswerError,
    UnreachableError,
    WaitTooLongError,
    answer_error,
)
from chironomia.events import JobWatch
from chironomia.options import Options, json_of
from chironomia.reading import read_record
from chironomia.records import Info, Job, JobPage, Progress
from chironomia.retry import Retry
from chironomia.sendable import address_of, header_of, segment_of
from chironomia.speech import Source, Speech, speech_of, timed
from chironomia.steps import Call, Flow, Lost, Pause, Reply, Stream, Upload, reusable

Watch = Callable[[Progress], None]
"""Called with the progress of a job whenever it is news."""

LONG_POLL_SECONDS = 20.0
"""How long the service is asked to hold a question for the end of a job."""
HERE = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Request:
    """What motion is asked for."""

    speech: Speech | Source
    speaker: int | None
    options: Options | Mapping[str, Any] | None
    idempotency_key: str
    """The same key and request are the same job, however often they are sent."""

    @classmethod
    def of(
        cls,
        speech: Speech | Source,
        speaker: int | None,
        options: Options | Mapping[str, Any] | None,
        idempotency_key: str | None,
    ) -> Self:
        """A request under a key of the caller's, or under one made for this call alone."""
        named = header_of("idempotency_key", idempotency_key or uuid4().hex)
        return cls(speech, speaker, options, named)

    def call(self) -> Call:
        """The request as a form."""
        speech = speech_of(self.speech)
        fields = {}
        if speech.text is not None:
            fields["text"] = speech.text
        if speech.sound_of is not None:
            fields["sound_of"] = speech.sound_of
        if self.speaker is not None:
            fields["speaker"] = str(self.speaker)
        if chosen := json_of(self.options):
            fields["options"] = json.dumps(chosen)
        uploads = []
        if speech.sound is not None:
            uploads.append(("sound", Upload("sound", speech.sound)))
        if speech.words is not None:
            uploads.append(("words", Upload("words", timed(speech.words))))
        headers = {"Idempotency-Key": self.idempotency_key}
        return Call("POST", "/v1/gestures", {}, headers, fields, tuple(uploads))


@dataclass(frozen=True)
class Operations:
    """Every operation as steps for whoever does them."""

    retry: Retry = field(default_factory=Retry)

    def answered(self, call: Call) -> Flow[Reply]:
        """One request, sent again while that may help; raise what the service refused with."""
        attempt, call = 1, reusable(call)
        while True:
            outcome = yield call
            assert isinstance(outcome, (Reply, Lost))
            pause = self.retry.pause(attempt, outcome)
            if pause is None:
                return checked(outcome, call)
            yield Pause(pause)
            attempt += 1

    def submit(self, request: Request) -> Flow[Job]:
        """A new job; the same one however often the request had to be sent."""
        return job_of((yield from self.answered(request.call())))

    def job(self, job: str) -> Flow[Job]:
        """A job as it stands."""
        return job_of((yield from self.answered(Call("GET", _path_of(job)))))

    def provenance(self, job: str) -> Flow[Mapping[str, Any]]:
        """All that is known of where a job's files came from."""
        reply = yield from self.answered(Call("GET", f"{_path_of(job)}/provenance.json"))
        found: Mapping[str, Any] = reply.json()
        return found

    def cancel(self, job: str) -> Flow[Job]:
        """End a job; one that has ended stays as it is."""
        return job_of((yield from self.answered(Call("POST", f"{_path_of(job)}/cancel"))))

    def page(self, query: Mapping[str, str | int]) -> Flow[JobPage]:
        """Some jobs, newest first."""
        reply = yield from self.answered(Call("GET", "/v1/jobs", query))
        return read_record(JobPage, reply.json())

    def info(self) -> Flow[Info]:
        """What the service runs and accepts."""
        return read_record(Info, (yield from self.answered(Call("GET", "/v1/info"))).json())

    def problems(self) -> Flow[tuple[str, ...]]:
        """What keeps the service from serving; nothing where it is ready. It is asked once."""
        outcome = yield Call("GET", "/readyz")
        assert isinstance(outcome, (Reply, Lost))
        if isinstance(outcome, Lost):
            return (outcome.problem,)
        found = outcome.json()
        return () if outcome.status == 200 else tuple(found.get("problems") or [str(found)])

    def wait(self, job: Job | str, watch: Watch | None, timeout: float | None) -> Flow[Job]:
        """The job once it has ended, however it ended.

        Progress comes as events where it is asked for and the service has them; the job itself is
        then asked for by long polls, which also serve where events do not come through.
        """
        started = time.monotonic()
        current = job if isinstance(job, Job) else (yield from self.job(job))
        if watch is not None and not current.final:
            yield from self._watched(current, watch, timeout)
        while not current.final:
            left = LONG_POLL_SECONDS
            if timeout is not None:
                left = min(left, timeout - (time.monotonic() - started))
            if timeout is not None and left <= 0:
                raise WaitTooLongError(current, timeout)
            seconds = left if watch is None else min(left, 1.0)
            call = Call(
                "GET",
                _path_of(current.id),
                {"wait": round(seconds, 2)},
                patience_seconds=seconds,
            )
            current = job_of((yield from self.answered(call)))
            if watch is not None and current.progress is not None:
                watch(current.progress)
        return current

    def _watched(self, job: Job, watch: Watch, timeout: float | None) -> Flow[None]:
        """Follow the events of a job until its last one, or until they stop coming."""
        events = JobWatch(watch, None if timeout is None else time.monotonic() + timeout)
        for _ in range(self.retry.attempts):
            outcome = yield Stream(events.call(job.id), events.begin)
            if events.ended or events.late or events.foreign:
                return
            if isinstance(outcome, Reply) and outcome.status >= 400:
                return
            yield Pause(self.retry.first_seconds)


def succeeded(job: Job) -> Job:
    """The job; raise `JobEndedError` where it ended without a result."""
    if job.state != "succeeded":
        raise JobEndedError(job)
    return job


def _path_of(job: str) -> str:
    return f"/v1/jobs/{segment_of('job', job)}"


def job_of(reply: Reply) -> Job:
    """The job that an answer holds."""
    return read_record(Job, reply.json())


def checked(outcome: Reply | Lost, call: Call) -> Reply:
    """The answer; raise what the service refused with, or that nobody answered."""
    if isinstance(outcome, Lost):
        raise UnreachableError(f"{call.method} {call.path}: {outcome.problem}")
    if outcome.status < 400:
        return outcome
    raise refusal(outcome, call)


def refusal(reply: Reply, call: Call) -> AnswerError | UnexpectedAnswerError:
    """The error that an answer stands for."""
    problem = reply.problem
    if problem is None:
        start = reply.content[:200].decode(errors="replace")
        return UnexpectedAnswerError(f"{call.method} {call.path}: status {reply.status}: {start}")
    return answer_error(reply.status, problem, reply.headers.get("x-request-id"))


@dataclass(frozen=True)
class Address:
    """Where the service is and what opens it."""

    url: str
    key: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str | None, key: str | None) -> Self:
        """What was given, else what ``CHIRONOMIA_URL`` and ``CHIRONOMIA_KEY`` say.

        Blanks and line ends around either are none of it: files often have them.
        """
        told = os.environ.get("CHIRONOMIA_URL")
        named = "CHIRONOMIA_URL" if told and not url else "url"
        bare = (key or "").strip() or os.environ.get("CHIRONOMIA_KEY", "").strip()
        return cls(
            address_of(named, (url or told or HERE).strip()),
            header_of("key", bare) if bare else None,
        )
