"""Is the process up, can it serve, what does it serve."""

from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, Response

from motion.export.options import FORMATS
from service.acceptance import LONGEST_KEY, LONGEST_WAIT_SECONDS
from service.dependencies import DeskDep
from service.entrance import PLAIN_BODY_BYTES
from service.job_schemas import MOST_JOBS
from service.metrics.registry import CONTENT_TYPE
from service.options import options_schema
from service.schemas import Health, InfoBody, Limits
from service.speakers import known_speakers
from service.speaking import synthesizer_of

router = APIRouter(tags=["health"])


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz")
async def healthz() -> Health:
    """The process answers."""
    return Health(ok=True)


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", responses={503: {"model": Health}})
async def readyz(desk: DeskDep, response: Response) -> Health:
    """Whether jobs are taken and made.

    The database answers, a worker has loaded weights and index and generated with them, and this
    server is not about to stop.
    """
    problems = await desk.at_front(desk.problems)
    response.status_code = 503 if problems else 200
    return Health(ok=not problems, problems=problems)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(desk: DeskDep) -> Response:
    """Counters and times for Prometheus."""
    return Response(desk.exposed_metrics(), headers={"Content-Type": CONTENT_TYPE})


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
            max_words_bytes=settings.max_words_bytes,
            max_manifest_bytes=settings.max_manifest_bytes,
            max_body_bytes=settings.max_body_bytes,
            max_plain_body_bytes=PLAIN_BODY_BYTES,
            max_words=settings.max_words,
            max_wait_seconds=LONGEST_WAIT_SECONDS,
            max_idempotency_key=LONGEST_KEY,
            max_listed_jobs=MOST_JOBS,
            queue_jobs=settings.queue_jobs,
            queue_seconds=settings.queue_seconds,
            queue_hours=settings.queue_hours,
            batch_jobs=settings.batch_jobs,
            batch_hours=settings.batch_hours,
            result_days=settings.result_days,
            speakers=None if speakers is None else list(speakers),
        ),
        sound_formats=["wav", "mp3", "flac", "ogg"],
        words_formats=[
            "Praat TextGrid with a tier `words`",
            'JSON: [{"word": "hello", "start": 0.1, "end": 0.4}, ...], or Whisper\'s segments',
        ],
        result_formats=list(FORMATS),
        speaks=synthesizer_of(settings) is not None,
        options=options_schema(),
    )


def _version() -> str:
    try:
        return version("chironomia")
    except PackageNotFoundError:
        return "not installed"
