"""The sound of a job: what was sent with it, or what its text was spoken as."""

from pathlib import Path

from annotations.records import Job
from service.errors import ExpiredError, GestureError, NotFoundError, UnavailableError
from service.giving import finished
from service.result_answers import ResultFile
from service.speaking import FILE_NAME
from service.storage import Storage
from speech.audio import AudioError, read_header

_TYPES = {
    "WAV": "audio/wav",
    "WAVEX": "audio/wav",
    "FLAC": "audio/flac",
    "OGG": "audio/ogg",
    "MP3": "audio/mpeg",
    "MPEG": "audio/mpeg",
}
_OTHER = "application/octet-stream"


def sound_of(job: Job, storage: Storage) -> ResultFile:
    """The sound of a job; 404, 409, 410 or 503 where there is none."""
    sent: str | None = job.request.get("sound")
    if sent is not None:
        path = storage.upload(sent)
        if not path.is_file():
            raise _gone(job)
        return ResultFile(job.id, path, sent, media_type_of(path))
    if not (job.request.get("untimed") and not job.request.get("words")):
        raise NotFoundError(
            "sound_unknown",
            f"job {job.id} was sent without a sound, and nothing was spoken",
            field="job",
            found=job.id,
            remedy="send a sound, or a text without word times, to hear one",
        )
    result = finished(job).result or {}
    digest: str | None = result["files"].get(FILE_NAME)
    if digest is None:
        raise NotFoundError(
            "sound_unknown", f"job {job.id} kept no sound of its text", field="job", found=job.id
        )
    return ResultFile(job.id, storage.result(job.id, FILE_NAME), digest, _TYPES["WAV"])


def media_type_of(path: Path) -> str:
    """What kind of sound a file holds, from its content."""
    try:
        return _TYPES.get(read_header(path).container, _OTHER)
    except AudioError:
        return _OTHER


def _gone(job: Job) -> GestureError:
    if job.state.final:
        return ExpiredError(
            "sound_expired",
            f"the sound of job {job.id} was removed after its time",
            field="job",
            found=job.id,
            remedy="send the request again",
        )
    return UnavailableError(
        "sound_missing",
        f"the sound of job {job.id} is not on this machine's disk",
        field="job",
        found=job.id,
        remedy="let all machines share one home folder, or send the request again",
    )
