"""Errors of curation as the service tells them: the one place where each gets its status."""

from dataclasses import asdict

from fastapi import Request
from fastapi.responses import JSONResponse

from annotations.answer_repository import WriteKeyReusedError
from annotations.curation_errors import (
    DuplicateRecordingError,
    EditConflictError,
    EditInvalidError,
    ImportInvalidError,
    UndoConflictError,
    UnknownAnnotationError,
    UnknownEventError,
    UnknownExemplarError,
    UnknownRecordingError,
    UnknownVersionError,
)
from service.answers import gesture_error
from service.curation_answers import ExemplarBody, row_bodies
from service.errors import (
    ConflictError,
    EditedMeanwhileError,
    GestureError,
    InvalidInputError,
    NotFoundError,
)

CURATION_ERRORS: tuple[type[Exception], ...] = (
    DuplicateRecordingError,
    EditConflictError,
    EditInvalidError,
    ImportInvalidError,
    UndoConflictError,
    UnknownAnnotationError,
    UnknownEventError,
    UnknownExemplarError,
    UnknownRecordingError,
    UnknownVersionError,
    WriteKeyReusedError,
)
"""Everything that `refusal_of` knows."""


def curation_error(request: Request, error: Exception) -> JSONResponse:
    """The answer to an error of curation; a 412 says in its ETag what is there now."""
    answer = gesture_error(request, refusal_of(error))
    if isinstance(error, EditConflictError):
        answer.headers["ETag"] = f'"{error.found}"'
    return answer


def refusal_of(error: Exception) -> GestureError:
    """The error with its status, field, limit, what was found and what to do."""
    match error:
        case EditInvalidError():
            return InvalidInputError(
                "edit_invalid",
                str(error),
                field=error.field,
                limit=error.limit,
                found=error.found,
                remedy=error.remedy,
            )
        case ImportInvalidError():
            return _bad_import(error)
        case EditConflictError() | UndoConflictError() | WriteKeyReusedError():
            return _conflict(error)
        case DuplicateRecordingError():
            return ConflictError(
                "recording_duplicate",
                str(error),
                field="recording",
                found=error.recording,
                remedy="rename the recording, or use another database",
            )
        case _:
            return _unknown(error)


def _conflict(error: EditConflictError | UndoConflictError | WriteKeyReusedError) -> GestureError:
    match error:
        case EditConflictError():
            return EditedMeanwhileError(
                "revision_changed",
                str(error),
                field="If-Match",
                limit=f'"{error.found}"',
                found=f'"{error.expected}"',
                remedy="compare `yours` with `theirs`; send the edit again with the new ETag",
            ).with_detail(
                {
                    "id": error.exemplar_id,
                    "expected": error.expected,
                    "found": error.found,
                    "yours": ExemplarBody.of(error.yours).model_dump(),
                    "theirs": ExemplarBody.of(error.theirs).model_dump(),
                }
            )
        case UndoConflictError():
            return ConflictError(
                "changed_since",
                str(error),
                field="seq",
                found=str(error.seq),
                remedy="undo the later changes first, or edit the exemplars by hand",
            ).with_detail({"rows": [row.model_dump() for row in row_bodies(error.rows)]})
        case WriteKeyReusedError():
            return ConflictError(
                "idempotency_key_reused",
                str(error),
                field="Idempotency-Key",
                found=error.key,
                remedy="use a new key for a new write",
            )


def _bad_import(error: ImportInvalidError) -> GestureError:
    return InvalidInputError(
        "import_invalid",
        str(error),
        field="file",
        limit="cells as an export writes them",
        found=f"{error.total} cells that cannot be used",
        remedy="correct the cells and send the table again; nothing was changed",
    ).with_detail({"cells": [asdict(cell) for cell in error.cells], "total": error.total})


def _unknown(error: Exception) -> GestureError:
    match error:
        case UnknownExemplarError():
            shown = ", ".join(map(str, error.exemplar_ids[:10]))
            named = ("exemplar_unknown", "id", shown, "GET /v1/exemplars lists them")
        case UnknownRecordingError():
            shown = error.recording_id
            named = ("recording_unknown", "id", shown, "GET /v1/recordings lists them")
        case UnknownAnnotationError():
            shown = str(error.annotation_id)
            named = ("annotation_unknown", "id", shown, "exemplars name their annotation")
        case UnknownVersionError():
            shown = str(error.version)
            named = ("version_unknown", "version", shown, "GET /v1/versions and GET /v1/tags")
        case UnknownEventError():
            named = ("version_unknown", "seq", str(error.seq), "GET /v1/versions lists them")
        case _:
            raise TypeError(f"{type(error).__name__} is no error of curation") from error
    code, field, found, remedy = named
    return NotFoundError(code, str(error), field=field, found=found, remedy=remedy)
