"""Expected failures of the service: what was wrong, where, and what to do.

GestureError
├── InvalidInputError      422  a field of a request cannot be used
├── NotSoundError          415  the upload is not a sound file
├── TooLargeError          413  the upload is over a published limit
├── NotFoundError          404  no such job or result
├── NotReadyError          409  the job has no result yet
├── ExpiredError           410  the result was removed after its time
├── OverloadedError        429  the queue is full; retry later
└── UnavailableError       503  weights, index or database are not usable
"""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class ErrorBody:
    """What a client sees of an error."""

    type: str
    """Family, stable: ``invalid_input``, ``overloaded``, ..."""
    code: str
    """The exact case, stable."""
    message: str
    retryable: bool
    field: str | None = None
    limit: str | None = None
    found: str | None = None
    remedy: str | None = None


class GestureError(Exception):
    """An expected failure; its status code and body go to the client."""

    status_code = 500
    type = "internal"
    retryable = False

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        limit: str | None = None,
        found: str | None = None,
        remedy: str | None = None,
    ) -> None:
        """Name the case; where it applies, the field, the limit, what was found, what to do."""
        super().__init__(message)
        self.body = ErrorBody(self.type, code, message, self.retryable, field, limit, found, remedy)

    def as_json(self) -> dict[str, object]:
        """The body with its empty fields left out."""
        return {name: value for name, value in asdict(self.body).items() if value is not None}


class InvalidInputError(GestureError):
    """A field of a request cannot be used."""

    status_code = 422
    type = "invalid_input"


class NotSoundError(GestureError):
    """The upload is not a sound file that we can read."""

    status_code = 415
    type = "unsupported_media"


class TooLargeError(GestureError):
    """The upload is over a published limit."""

    status_code = 413
    type = "too_large"


class NotFoundError(GestureError):
    """No such job or result."""

    status_code = 404
    type = "not_found"


class NotReadyError(GestureError):
    """The job has no result yet, or will never have one."""

    status_code = 409
    type = "not_ready"


class ExpiredError(GestureError):
    """The result was removed after its time."""

    status_code = 410
    type = "expired"


class OverloadedError(GestureError):
    """The queue is full; retry later."""

    status_code = 429
    type = "overloaded"
    retryable = True


class UnavailableError(GestureError):
    """Weights, index or database are not usable."""

    status_code = 503
    type = "unavailable"
    retryable = True
