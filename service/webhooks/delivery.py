"""The threads of a worker that deliver what webhooks are to be told."""

import random
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import Job
from annotations.webhook_records import Attempt, Delivery, Webhook
from annotations.webhook_repository import WebhookRepository
from service.metrics.registry import Metrics
from service.webhooks.sending import SEND_SECONDS, body_of, send

LOOK_SECONDS = 1.0
"""Between two looks for something to deliver."""
THREADS = 4
"""An address that answers slowly keeps one of them, not the others."""
LEASE = timedelta(seconds=4 * SEND_SECONDS)
"""Who has held a delivery for so long has died; another one takes it."""
FIRST_WAIT_SECONDS, WAIT_FACTOR, LONGEST_WAIT_SECONDS = 5.0, 3.0, 6 * 3600.0
JITTER = 0.2
"""Waits are drawn from this part below to this part above their length."""
ATTEMPTS = 12
"""About a day: 5 s, 15 s, 45 s, ... 1 h, 3 h, then 6 h each."""
DISABLED_AFTER = timedelta(days=3)
"""An address at which every attempt has failed for so long is told no more."""
FORGOTTEN_AFTER = timedelta(days=30)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Deliverer:
    """Delivers; any number of workers may do so at once, and no delivery has two of them."""

    database: Database
    metrics: Metrics
    private: bool
    """Whether private addresses may be reached."""

    def start(self, stop: threading.Event) -> None:
        """Deliver in threads of its own until ``stop`` is set."""
        for _ in range(THREADS):
            threading.Thread(target=self.run, args=(stop,), daemon=True).start()

    def run(self, stop: threading.Event) -> None:
        """Deliver what is due, one after the other, until ``stop`` is set."""
        while not stop.is_set():
            try:
                busy = self.deliver_next()
            except SQLAlchemyError as error:
                _log.warning("no webhooks: the database does not answer", problem=str(error))
                busy = False
            except Exception:
                # a bug of ours at one address must not end the others; its lease runs out
                _log.exception("webhook failed")
                busy = False
            if not busy:
                stop.wait(LOOK_SECONDS)

    def deliver_next(self) -> bool:
        """Try the delivery that is due longest; False where none is."""
        now = datetime.now(UTC)
        with self.database.reading() as session:
            if not WebhookRepository(session).any_due(now):
                return False
        with self.database.session() as session:
            webhooks = WebhookRepository(session)
            delivery = webhooks.claim(now, now + LEASE)
            if delivery is None:
                return False
            webhook, job = webhooks.get(delivery.webhook_id), _job(JobRepository(session), delivery)
        assert webhook is not None, "its deliveries go with a webhook"
        attempt = send(webhook, delivery, body_of(delivery, job), now, self.private)
        self._settle(webhook, delivery, attempt)
        return True

    def forget_old(self) -> int:
        """Remove deliveries that ended long ago."""
        with self.database.session() as session:
            return WebhookRepository(session).forget_before(datetime.now(UTC) - FORGOTTEN_AFTER)

    def _settle(self, webhook: Webhook, delivery: Delivery, attempt: Attempt) -> None:
        now = datetime.now(UTC)
        again_at = None
        if delivery.attempt < ATTEMPTS and not attempt.taken and not attempt.gone:
            again_at = now + wait_after(delivery.attempt)
        with self.database.session() as session:
            webhooks = WebhookRepository(session)
            webhooks.settle(delivery, attempt, now, again_at)
            failing = webhooks.note_health(webhook.id, attempt.taken, now)
            if attempt.gone:
                webhooks.disable(webhook.id, "the receiver answered 410 Gone", now)
            elif failing is not None and now - failing > DISABLED_AFTER:
                webhooks.disable(webhook.id, f"no attempt succeeded since {failing:%F %R} UTC", now)
        self._tell(delivery, attempt, again_at)

    def _tell(self, delivery: Delivery, attempt: Attempt, again_at: datetime | None) -> None:
        failed = "given_up" if again_at is None else "failed"
        outcome = "delivered" if attempt.taken else failed
        self.metrics.deliveries.labels(outcome).inc()
        line = _log.info if attempt.taken else _log.warning
        line(
            "webhook",
            outcome=outcome,
            delivery=delivery.id,
            webhook=delivery.webhook_id,
            about=delivery.event,
            job=delivery.job_id,
            attempt=delivery.attempt,
            status=attempt.status,
            problem=attempt.problem,
        )


def wait_after(attempt: int) -> timedelta:
    """How long to wait behind an attempt, counted from 1."""
    plain = min(FIRST_WAIT_SECONDS * WAIT_FACTOR ** (attempt - 1), LONGEST_WAIT_SECONDS)
    return timedelta(seconds=plain * random.uniform(1 - JITTER, 1 + JITTER))


def _job(jobs: JobRepository, delivery: Delivery) -> Job | None:
    return None if delivery.job_id is None else jobs.get(delivery.job_id)
