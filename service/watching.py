"""Waiting for jobs: one short read at a time serves everybody who waits in this process."""

import asyncio
import time
from dataclasses import dataclass, field

import structlog
from anyio import CapacityLimiter, to_thread
from sqlalchemy.exc import SQLAlchemyError

from annotations.database import Database
from annotations.job_queries import JobQueries
from service.drain import Drain

BUSY_SHARE = 1 / 20
"""Most of the time that looks at the jobs that somebody waits for may take."""
LEAST_SECONDS, MOST_SECONDS = 0.02, 0.2
"""Between two of them, however long one takes."""

_log = structlog.get_logger(__name__)


@dataclass(eq=False)
class _Waiter:
    job_id: str
    seen: int
    """Newest event that it knows of."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class JobWatch:
    """Wakes whoever waits for a job; belongs to the event loop it is used in.

    Who waits holds neither a thread nor a connection, so that thousands may.
    """

    def __init__(self, database: Database, drain: Drain) -> None:
        self._database, self._drain = database, drain
        self._waiters: set[_Waiter] = set()
        self._looking: asyncio.Task[None] | None = None

    async def changed(self, job_id: str, seen: int, seconds: float) -> None:
        """Return once a job has an event behind ``seen``, or after that many seconds.

        It returns at once where the server is about to stop.
        """
        waiter = _Waiter(job_id, seen)
        self._waiters.add(waiter)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(seconds):
                await waiter.woken.wait()
        except TimeoutError:
            return
        finally:
            self._waiters.discard(waiter)

    async def _look(self) -> None:
        """Read the newest events of all jobs waited for, as long as there are any."""
        # a thread of its own: uploads may keep all the others busy
        one_thread = CapacityLimiter(1)
        while self._waiters:
            ids = {waiter.job_id for waiter in self._waiters}
            began = time.monotonic()
            try:
                newest = await to_thread.run_sync(self._newest, ids, limiter=one_thread)
            except SQLAlchemyError as error:
                _log.warning("the database does not answer", problem=str(error))
                # their own reading will tell them
                newest = {}
            for waiter in self._waiters:
                if self._drain.begun or newest.get(waiter.job_id) != waiter.seen:
                    waiter.woken.set()
            await asyncio.sleep(pause_after(time.monotonic() - began))

    def _newest(self, ids: set[str]) -> dict[str, int]:
        with self._database.reading() as session:
            return JobQueries(session).newest_events(ids)


def pause_after(seconds: float) -> float:
    """How long to wait with the next look, when the last one took so long."""
    return min(MOST_SECONDS, max(LEAST_SECONDS, seconds / BUSY_SHARE))
