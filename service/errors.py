"""Expected failures of the service: what was wrong, where, and what to do.

GestureError
├── InvalidInputError      422  a field of a request cannot be used
├── UnauthenticatedError   401  the request comes without a key that we know
├── ForbiddenError         403  the key does not allow this
├── NotSoundError          415  the upload is not a sound file, the body not a form
├── TooLargeError          413  the upload is over a published limit
├── NotFoundError          404  no such job, result, exemplar, version, route
├── NotReadyError          409  the job has no result yet; retry later
├── NoResultError          409  the job ended without a result
├── ConflictError          409  others changed what the request would change
├── EditedMeanwhileError   412  the entry is no longer at the revision the edit was made for
├── RevisionMissingError   428  an edit must say which revision it was made for
├── RangeError             416  the result does not reach as far as was asked
├── ExpiredError           410  the result was removed after its time
├── OverloadedError        429  the queue is full; retry later
└── UnavailableError       503  weights, index or database are not usable
"""

import errno
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any, Self


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
    detail: Mapping[str, Any] | None = None
    """What a program needs beyond the words: both values of a conflict, the cells of an import."""


class GestureError(Exception):
    """An expected failure; its status code and body go to the client."""

    status_code = 500
    type = "internal"
    retryable = False
    retry_after = 5
    """Seconds until a retry may help, where one may."""
    headers: Mapping[str, str] = MappingProxyType({})
    """What the answer says besides its body."""

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

    def with_detail(self, detail: Mapping[str, Any]) -> Self:
        """The same error with what a program needs beyond the words."""
        self.body = replace(self.body, detail=detail)
        return self

    def of_field(self, field: str, remedy: str) -> Self:
        """The same error, told of the field that named what was looked for."""
        self.body = replace(self.body, field=field, remedy=remedy)
        return self

    def as_json(self) -> dict[str, object]:
        """The body with its empty fields left out."""
        return {name: value for name, value in asdict(self.body).items() if value is not None}


class InvalidInputError(GestureError):
    """A field of a request cannot be used."""

    status_code = 422
    type = "invalid_input"


class NotSoundError(GestureError):
    """The upload is not a sound file that we can read, or the body is no form."""

    status_code = 415
    type = "unsupported_media"


class TooLargeError(GestureError):
    """The upload is over a published limit."""

    status_code = 413
    type = "too_large"


class UnauthenticatedError(GestureError):
    """The request comes without a key that we know."""

    status_code = 401
    type = "unauthenticated"


class ForbiddenError(GestureError):
    """The key does not allow this."""

    status_code = 403
    type = "forbidden"


class NotFoundError(GestureError):
    """No such job, result, exemplar, version or route."""

    status_code = 404
    type = "not_found"


class NotReadyError(GestureError):
    """The job has no result yet."""

    status_code = 409
    type = "not_ready"
    retryable = True
    retry_after = 1


class NoResultError(GestureError):
    """The job ended without a result and will never have one."""

    status_code = 409
    type = "no_result"


class ConflictError(GestureError):
    """Others changed what the request would change, or the key of a request was used already."""

    status_code = 409
    type = "conflict"


class EditedMeanwhileError(GestureError):
    """The entry is no longer at the revision that the edit was made for."""

    status_code = 412
    type = "edited_meanwhile"


class RevisionMissingError(GestureError):
    """An edit must say which revision it was made for."""

    status_code = 428
    type = "revision_missing"


class RangeError(GestureError):
    """The result does not reach as far as was asked."""

    status_code = 416
    type = "range"


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


FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""A file could not grow."""


def storage_error(error: OSError) -> UnavailableError:
    """A file of ours that could not be read or written; where it lies stays in the log."""
    if error.errno in FULL:
        code, problem = "storage_full", "there is no room for the files of this request"
    else:
        reason = error.strerror or type(error).__name__
        code = "storage_unusable"
        problem = f"the files of this request cannot be read or written: {reason}"
    return UnavailableError(
        code,
        problem,
        found=errno.errorcode.get(error.errno or 0, type(error).__name__),
        remedy="try again later; its operator finds the file in the log",
    )
