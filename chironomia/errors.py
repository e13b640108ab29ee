"""What can go wrong, one class for each thing a program may want to do about it.

ChironomiaError
├── UnreachableError         no answer, however often it was tried
│   └── BatchUnsentError     the same while a batch was sent, and how to go on
├── UnsendableError          an address, a key or an id that no request can hold
├── UnexpectedAnswerError    an answer that is none of the service's, e.g. of a proxy
├── DamagedDownloadError     a file whose content is not what its ETag says
├── WaitTooLongError         the job is still open after the time that was allowed
├── JobEndedError            the job failed, was canceled or has expired
└── AnswerError              the service refused; one class for each ``error.type``
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from chironomia.records import Job, Problem


class ChironomiaError(Exception):
    """Everything that this package raises on purpose."""


class UnreachableError(ChironomiaError):
    """The service did not answer, however often it was tried."""


class UnsendableError(ChironomiaError, ValueError):
    """What was given fits no request, so that none was sent; trying again does not help."""


class UnexpectedAnswerError(ChironomiaError):
    """The answer is none of the service's."""


class DamagedDownloadError(ChironomiaError):
    """The content of a download is not what its ETag says."""


class WaitTooLongError(ChironomiaError):
    """The job is still open after the time that was allowed; it goes on."""

    def __init__(self, job: "Job", seconds: float) -> None:
        """Keep the job as it was seen last."""
        self.job = job
        super().__init__(f"job {job.id} is still {job.state} after {seconds:g} s; it goes on")


class JobEndedError(ChironomiaError):
    """The job ended without a result."""

    def __init__(self, job: "Job") -> None:
        """Keep the job; its ``error`` says what was wrong and what to do."""
        self.job, self.problem = job, job.error
        super().__init__(f"job {job.id} {job.state}{'' if job.error is None else f': {job.error}'}")


class AnswerError(ChironomiaError):
    """The service refused, and said why."""

    type: ClassVar[str] = ""
    """Of the errors in answers that this class stands for."""

    def __init__(self, status: int, problem: "Problem", request_id: str | None = None) -> None:
        """Keep what the service said."""
        self.status, self.problem, self.request_id = status, problem, request_id
        super().__init__(str(problem))

    @property
    def code(self) -> str:
        """The exact case; stable."""
        return self.problem.code

    @property
    def field(self) -> str | None:
        """Where the trouble is."""
        return self.problem.field

    @property
    def limit(self) -> str | None:
        """What is allowed there."""
        return self.problem.limit

    @property
    def found(self) -> str | None:
        """What was found instead."""
        return self.problem.found

    @property
    def remedy(self) -> str | None:
        """What to do."""
        return self.problem.remedy

    @property
    def retryable(self) -> bool:
        """Whether the same request may be answered later."""
        return self.problem.retryable

    @property
    def detail(self) -> Mapping[str, Any] | None:
        """What a program needs beyond the words."""
        return self.problem.detail


class InvalidInputError(AnswerError):
    """A field of the request cannot be used."""

    type = "invalid_input"


class UnsupportedMediaError(AnswerError):
    """The upload is not a sound file."""

    type = "unsupported_media"


class TooLargeError(AnswerError):
    """The upload is over a published limit."""

    type = "too_large"


class UnauthenticatedError(AnswerError):
    """The service asks for a key that it knows."""

    type = "unauthenticated"


class ForbiddenError(AnswerError):
    """The key does not allow this."""

    type = "forbidden"


class NotFoundError(AnswerError):
    """No such job, result or route."""

    type = "not_found"


class NotReadyError(AnswerError):
    """The job has no result yet."""

    type = "not_ready"


class NoResultError(AnswerError):
    """The job failed or was canceled, and will never have a result."""

    type = "no_result"


class ConflictError(AnswerError):
    """Others changed what the request would change, or its key was used already."""

    type = "conflict"


class EditedMeanwhileError(AnswerError):
    """The entry is no longer at the revision that the edit was made for."""

    type = "edited_meanwhile"


class RevisionMissingError(AnswerError):
    """An edit must say which revision it was made for."""

    type = "revision_missing"


class RangeError(AnswerError):
    """The piece that was asked for lies outside the file."""

    type = "range"


class ExpiredError(AnswerError):
    """The result was removed after its time."""

    type = "expired"


class OverloadedError(AnswerError):
    """The queue is full, and stayed full."""

    type = "overloaded"


class UnavailableError(AnswerError):
    """Weights, index or database are not usable."""

    type = "unavailable"


class InternalError(AnswerError):
    """The service failed; its log has the story."""

    type = "internal"


KINDS: tuple[type[AnswerError], ...] = (
    InvalidInputError,
    UnsupportedMediaError,
    TooLargeError,
    UnauthenticatedError,
    ForbiddenError,
    NotFoundError,
    NotReadyError,
    NoResultError,
    ConflictError,
    EditedMeanwhileError,
    RevisionMissingError,
    RangeError,
    ExpiredError,
    OverloadedError,
    UnavailableError,
    InternalError,
)


def answer_error(status: int, problem: "Problem", request_id: str | None) -> AnswerError:
    """The error of a refusal, by its type; an unknown type is a plain `AnswerError`."""
    kind = next((each for each in KINDS if each.type == problem.type), AnswerError)
    return kind(status, problem, request_id)
