"""What routes are given: who calls, the job desk, storage, settings, and writes done once."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from annotations.database import Database
from annotations.worker_repository import LiveWorker
from service.drain import Drain
from service.errors import InvalidInputError
from service.health import live_worker, problems
from service.jobs import JobDesk
from service.keys import Caller
from service.metrics.queue import QueueMetrics
from service.metrics.registry import Metrics
from service.settings import Settings
from service.storage import Storage

T = TypeVar("T")
FRONT_THREADS = 8
"""For short reads that must not wait until uploads, which have 40 threads, are decoded."""


@dataclass(frozen=True)
class Desk:
    """Everything the API holds; no networks among it."""

    settings: Settings
    storage: Storage
    jobs: JobDesk
    metrics: Metrics = field(default_factory=Metrics)
    drain: Drain = field(default_factory=Drain)
    _front: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(FRONT_THREADS))

    async def at_front(self, read: Callable[..., T], *given: object) -> T:
        """What a short read finds, in threads that no upload holds: who calls, is there room."""
        return await to_thread.run_sync(read, *given, limiter=self._front)

    @property
    def database(self) -> Database:
        """The truth."""
        return self.jobs.database

    def live_worker(self) -> LiveWorker | None:
        """The worker that takes jobs and was heard of last, unless that is too long ago."""
        return live_worker(self.database)

    def problems(self) -> list[str]:
        """What keeps the service from serving."""
        return problems(self.database, self.drain)

    def exposed_metrics(self) -> bytes:
        """What this machine's processes counted, and the queue, in Prometheus' text format."""
        return self.metrics.exposed([QueueMetrics(self.database)])


def desk_of(request: Request) -> Desk:
    """The desk that `create_app` put on the application."""
    desk: Desk = request.app.state.desk
    return desk


async def _desk(request: Request) -> Desk:
    """The desk, without a thread for it."""
    return desk_of(request)


DeskDep = Annotated[Desk, Depends(_desk)]

key_scheme = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="A key from `chironomia keys add`; not needed while no key was ever made.",
)
"""How a key is sent, for the reference; `service.gate` is what asks for it."""


async def caller_of(request: Request) -> Caller:
    """Who was let in by the gate."""
    caller: Caller = request.state.caller
    return caller


CallerDep = Annotated[Caller, Depends(caller_of)]


def only_fields(*names: str) -> Callable[[Request], Coroutine[None, None, None]]:
    """A check of a form: a misspelled field must not be taken for one left out."""

    async def check(request: Request) -> None:
        unknown = sorted(set(await request.form()) - set(names))
        if unknown:
            raise InvalidInputError(
                "field_unknown",
                f"there is no field {unknown[0]!r}",
                field=unknown[0],
                limit=f"fields are {', '.join(sorted(names))}",
                found=", ".join(unknown),
                remedy="correct or leave out the field",
            )

    return check
