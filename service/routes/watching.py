"""What a curator watches of an exemplar: its body, its sound, its timeline, all on one clock."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from annotations.timelines import TimelineQueries
from annotations.window_files import WindowFileError, WindowFiles
from motion.export.performer import performed
from service.content_answers import Tag
from service.errors import NotFoundError, UnavailableError
from service.reads import Reading, ReadingDep, RowId
from service.routes.exemplars import READ_ERRORS, AtVersion
from service.schemas import refusals
from service.timeline_answers import TimelineBody
from speech.audio import wav_bytes

router = APIRouter(prefix="/v1/exemplars", tags=["exemplars"])
FORMAT = 1
"""Grows when the same files are shown by other bytes."""
GLB, WAV = "model/gltf-binary", "audio/wav"
_BYTES = {"schema": {"type": "string", "format": "binary"}}


def _answers(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {
        200: {"content": {media_type: _BYTES}, "description": "The file"},
        206: {"content": {media_type: _BYTES}, "description": "The part that Range asks for"},
        304: {"description": "Whoever asks has it already"},
        **refusals(401, 403, 404, 416, 422, 503),
    }


@router.get("/{exemplar_id}/motion.glb", responses=_answers(GLB), response_class=Response)
def get_exemplar_motion(reading: ReadingDep, request: Request, exemplar_id: RowId) -> Response:
    """The mannequin performing an exemplar's whole window; file time 0 is the window's start.

    Hands and face move as recorded; nothing is grounded or smoothed.
    """
    files = _files(reading, exemplar_id)
    try:
        tag = Tag(f"{FORMAT}-{files.digest('motion')[:40]}")
        known = tag.known_answer(request)
        return known or tag.whole(request, performed(files.motion()), GLB)
    except WindowFileError as error:
        raise _unreadable(files, error) from error


@router.get("/{exemplar_id}/sound.wav", responses=_answers(WAV), response_class=Response)
def get_exemplar_sound(reading: ReadingDep, request: Request, exemplar_id: RowId) -> Response:
    """The sound of an exemplar's whole window: 16 kHz, mono, 16 bit, as loud as recorded."""
    files = _files(reading, exemplar_id)
    try:
        tag = Tag(f"{FORMAT}-{files.digest('audio')[:40]}")
        known = tag.known_answer(request)
        return known or tag.part(request, wav_bytes(files.sound()), WAV)
    except WindowFileError as error:
        raise _unreadable(files, error) from error


@router.get("/{exemplar_id}/timeline", responses=READ_ERRORS)
def get_exemplar_timeline(
    reading: ReadingDep, exemplar_id: RowId, version: AtVersion = None
) -> TimelineBody:
    """What is said and done in an exemplar's window, at a version; times count from its start.

    Annotations of overlapping windows are among it where they lie in this one.
    """
    timelines = TimelineQueries(reading.session)
    shown = timelines.window(exemplar_id)
    seen = reading.versions.resolve(reading.version(version))
    return TimelineBody.of(exemplar_id, seen, shown, timelines.entries(exemplar_id, shown, seen))


def _files(reading: Reading, exemplar_id: int) -> WindowFiles:
    shown = TimelineQueries(reading.session).window(exemplar_id)
    return WindowFiles(shown.recording, shown.window.start_seconds)


def _unreadable(files: WindowFiles, error: WindowFileError) -> NotFoundError | UnavailableError:
    if error.kind not in files.recording.files:
        return NotFoundError(
            "file_unknown",
            str(error),
            field="exemplar_id",
            found=error.recording,
            remedy="the recording has no such file; upload it again with one",
        )
    return UnavailableError(
        "recording_missing",
        str(error),
        field="exemplar_id",
        found=error.recording,
        remedy="let this machine reach the folder of the corpus, and of uploads in the home folder",
    )
