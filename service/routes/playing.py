"""What a player needs of a long result: motion in stretches, and what its sound looks like."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from annotations.records import Job
from motion.export.stretch import Performance
from service.content_answers import packed
from service.dependencies import DeskDep
from service.errors import InvalidInputError, NotFoundError, RangeError, UnavailableError
from service.job_sounds import sound_of
from service.result_answers import FOR_GOOD, ResultFile, is_known
from service.routes.jobs import JobDep, result_file
from service.schemas import refusals
from speech.audio import AudioError, read_header
from speech.peaks import SoundPeaks

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
MOST_FRAMES = 7_200
"""Of one stretch: four minutes at 30 a second, 6.6 MB."""
_HEADS_KEPT = 16
_TYPES = {"glb": "model/gltf-binary", "f32": "application/octet-stream"}
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_KNOWN: dict[int | str, dict[str, Any]] = {304: {"description": "Whoever asks has it already"}}
_STRETCH_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": dict.fromkeys(_TYPES.values(), _BYTES), "description": "The stretch"},
    **_KNOWN,
    **refusals(401, 403, 404, 409, 410, 416, 422, 503),
}


class StretchQuery(BaseModel):
    """Which frames are wanted."""

    start_seconds: float = Field(default=0.0, ge=0, le=1e6, description="Of the result.")
    seconds: float = Field(default=20.0, ge=0, le=1e6, description="How long it lasts.")
    fps: float | None = Field(
        default=None, gt=0, le=1e3, description="Take only so many frames a second, from afar."
    )


class PeaksBody(BaseModel):
    """A sound's waveform from afar; values are in 127ths of full scale."""

    seconds: float
    per_second: float = Field(description="Values a second: 400 at most, fewer of a long sound.")
    least: list[int] = Field(description="Least sample of each stretch, at most 0.")
    most: list[int] = Field(description="Greatest sample of each stretch, at least 0.")


@router.head("/{job_id}/stretch.{kind}", include_in_schema=False)
@router.get("/{job_id}/stretch.{kind}", responses=_STRETCH_ANSWERS, response_class=Response)
def get_stretch(
    desk: DeskDep,
    job: JobDep,
    request: Request,
    kind: Literal["glb", "f32"],
    asked: Annotated[StretchQuery, Query()],
) -> Response:
    """A stretch of the motion in `result.glb`, without the rest of it: for players and previews.

    Frames are those that begin in the span, and the one that ends it. `glb` is a GLB with the
    mannequin, whose time 0 is its first frame; `extras` tell which one that is, and how many there
    are. `f32` holds the frames alone, as little-endian 32-bit floats, one row a frame: place of
    the pelvis in metres (3), rotation of each of the 55 joints as x, y, z, w, strengths of the
    face's morphs in the order of the mesh.
    """
    file = result_file(desk, job, "glb")
    performance = _performance(job, file)
    try:
        frames = performance.frames(asked.start_seconds, asked.seconds, asked.fps)
    except ValueError as error:
        raise RangeError(
            "stretch_invalid",
            str(error),
            field="start_seconds",
            limit=f"below {performance.clock.frames / performance.clock.fps:g}",
            found=f"{asked.start_seconds:g}",
            remedy="ask for a stretch that begins before the motion ends",
        ) from error
    _check_length(frames)
    tag = f'"{file.sha256[:40]}-{kind}-{frames.start}-{frames.stop}-{frames.step}"'
    # packed or not
    weak = "W/" if kind == "glb" else ""
    headers = {"ETag": weak + tag, "Cache-Control": FOR_GOOD, "Link": file.link}
    if is_known(request, tag):
        return Response(status_code=304, headers=headers)
    if kind == "f32":
        return Response(performance.rows(frames).tobytes(), 200, headers, _TYPES[kind])
    answer = packed(request, performance.glb(frames), _TYPES[kind])
    answer.headers.update(headers)
    return answer


@router.head("/{job_id}/sound/peaks", include_in_schema=False)
@router.get(
    "/{job_id}/sound/peaks",
    responses={**_KNOWN, **refusals(401, 403, 404, 409, 410, 422, 503)},
    response_model=PeaksBody,
)
def get_sound_peaks(desk: DeskDep, job: JobDep, request: Request) -> Response:
    """What the sound of a job looks like: enough to draw a waveform without decoding it."""
    sound = sound_of(job, desk.storage)
    tag = f'"peaks-{sound.sha256[:40]}"'
    headers = {"ETag": f"W/{tag}", "Cache-Control": FOR_GOOD}
    if is_known(request, tag):
        return Response(status_code=304, headers=headers)
    content = _peaks(job, sound.found()).model_dump_json()
    return Response(content, headers=headers, media_type="application/json")


def _performance(job: Job, file: ResultFile) -> Performance:
    try:
        return _opened(file.found(), file.sha256)
    except ValueError as error:
        raise UnavailableError(
            "result_unreadable",
            f"the GLB of job {job.id} is broken: {error}",
            field="job",
            found=job.id,
            remedy="send the request again; the same seed gives the same motion",
        ) from error


@lru_cache(maxsize=_HEADS_KEPT)
def _opened(path: Path, sha256: str) -> Performance:
    """The head of a file, which never changes: a player comes back every few seconds."""
    del sha256
    return Performance.open(path)


def _check_length(frames: range) -> None:
    if len(frames) > MOST_FRAMES:
        raise InvalidInputError(
            "stretch_too_long",
            f"a stretch of {len(frames)} frames is too long",
            field="seconds",
            limit=f"{MOST_FRAMES} frames",
            found=f"{len(frames)} frames",
            remedy="ask for several stretches, for a lower `fps`, or for result.glb",
        )


def _peaks(job: Job, path: Path) -> PeaksBody:
    try:
        found = SoundPeaks.of(path, read_header(path).seconds)
    except AudioError as error:
        raise NotFoundError(
            "peaks_unknown",
            f"the sound of job {job.id} cannot be read: {error}",
            field="job",
            found=job.id,
            remedy="send the sound again, exported anew",
        ) from error
    return PeaksBody(
        seconds=found.seconds,
        per_second=found.per_second,
        least=found.least.tolist(),
        most=found.most.tolist(),
    )
