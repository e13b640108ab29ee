"""Is the process up, can it serve, what does it serve."""

from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, Response

from service.dependencies import DeskDep
from service.options import OptionsBody
from service.schemas import RESULT_TYPES, Health, InfoBody, Limits
from service.speakers import known_speakers

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> Health:
    """The process answers."""
    return Health(ok=True)


@router.get("/readyz", responses={503: {"model": Health}})
def readyz(desk: DeskDep, response: Response) -> Health:
    """The database answers and a worker with loaded weights and index is alive."""
    problems = desk.problems()
    response.status_code = 503 if problems else 200
    return Health(ok=not problems, problems=problems)


@router.get("/v1/info")
def info(desk: DeskDep) -> InfoBody:
    """Weights, index, limits and every option."""
    worker = desk.live_worker()
    settings = desk.settings
    speakers = known_speakers(settings)
    return InfoBody(
        version=_version(),
        ready=worker is not None,
        weights_id=None if worker is None else worker.weights_id,
        index_version=None if worker is None else worker.index_version,
        device=None if worker is None else worker.device,
        limits=Limits(
            min_seconds=settings.min_seconds,
            max_seconds=settings.max_seconds,
            max_upload_bytes=settings.max_upload_bytes,
            max_words=settings.max_words,
            queue_jobs=settings.queue_jobs,
            queue_seconds=settings.queue_seconds,
            speakers=None if speakers is None else list(speakers),
        ),
        sound_formats=["wav", "mp3", "flac", "ogg"],
        words_formats=[
            "Praat TextGrid with a tier `words`",
            'JSON: [{"word": "hello", "start": 0.1, "end": 0.4}, ...], or Whisper\'s segments',
        ],
        result_formats=list(RESULT_TYPES),
        options=OptionsBody.model_json_schema(),
    )


def _version() -> str:
    try:
        return version("chironomia")
    except PackageNotFoundError:
        return "not installed"
