"""Every query about webhooks and their deliveries."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from annotations.records import JobState
from annotations.webhook_records import (
    JOB_EVENTS,
    TEST_EVENT,
    Attempt,
    Delivery,
    Webhook,
    WebhookDraft,
)
from annotations.webhook_tables import DeliveryRow, WebhookRow


class WebhookRepository:
    """Webhooks of one session; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, draft: WebhookDraft, now: datetime) -> Webhook:
        """Tell that address from now on."""
        row = WebhookRow(
            id=f"wh_{uuid4().hex}",
            url=draft.url,
            events=list(draft.events),
            secret=draft.secret,
            created_at=now,
            created_by=draft.created_by,
        )
        self._session.add(row)
        self._session.flush()
        return _webhook(row)

    def get(self, webhook_id: str) -> Webhook | None:
        """One of them."""
        row = self._row(webhook_id)
        return None if row is None else _webhook(row)

    def listed(self) -> tuple[Webhook, ...]:
        """All of them, oldest first."""
        query = select(WebhookRow).order_by(WebhookRow.created_at, WebhookRow.id)
        return tuple(_webhook(row) for row in self._session.scalars(query))

    def remove(self, webhook_id: str) -> bool:
        """Tell that address no more; what was to be delivered goes with it."""
        row = self._row(webhook_id)
        if row is None:
            return False
        self._session.delete(row)
        return True

    def rotate(self, webhook_id: str, secret: str, old_until: datetime) -> Webhook | None:
        """Sign with a new secret, and with the one before until then."""
        row = self._row(webhook_id)
        if row is None:
            return None
        row.old_secret, row.old_secret_until, row.secret = row.secret, old_until, secret
        return _webhook(row)

    def enable(self, webhook_id: str) -> Webhook | None:
        """Tell an address again that was disabled."""
        row = self._row(webhook_id)
        if row is None:
            return None
        row.failing_since = row.disabled_at = row.disabled_why = None
        return _webhook(row)

    def deliveries(self, webhook_id: str, limit: int) -> tuple[Delivery, ...]:
        """What was and is to be delivered, newest first."""
        query = (
            select(DeliveryRow)
            .where(DeliveryRow.webhook_id == webhook_id)
            .order_by(DeliveryRow.created_at.desc(), DeliveryRow.id)
            .limit(limit)
        )
        return tuple(_delivery(row) for row in self._session.scalars(query))

    def tell_test(self, webhook_id: str, now: datetime) -> Delivery:
        """Have a test delivered, also to an address that is disabled."""
        row = _due(webhook_id, TEST_EVENT, None, now)
        self._session.add(row)
        self._session.flush()
        return _delivery(row)

    def any_due(self, now: datetime) -> bool:
        """Whether something waits to be delivered: asked often, and locks nothing."""
        due = exists().where(DeliveryRow.ended_at.is_(None), DeliveryRow.next_at <= now)
        return bool(self._session.scalar(select(due)))

    def claim(self, now: datetime, until: datetime) -> Delivery | None:
        """The delivery that is due longest, for the caller alone until then; counts the attempt."""
        due = (
            select(DeliveryRow.id)
            .where(DeliveryRow.ended_at.is_(None), DeliveryRow.next_at <= now)
            .order_by(DeliveryRow.next_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        claimed = (
            update(DeliveryRow)
            .where(DeliveryRow.id == due.scalar_subquery(), DeliveryRow.next_at <= now)
            .values(attempt=DeliveryRow.attempt + 1, next_at=until)
            .returning(DeliveryRow)
        )
        row = self._session.scalar(claimed, execution_options=_FRESH)
        return None if row is None else _delivery(row)

    def settle(
        self, delivery: Delivery, attempt: Attempt, now: datetime, again_at: datetime | None
    ) -> bool:
        """Write down how an attempt went; ``again_at`` is when to try once more, if ever.

        False where another one has claimed it meanwhile, who has the say now.
        """
        ended = attempt.taken or again_at is None
        changed = self._session.scalar(
            update(DeliveryRow)
            .where(DeliveryRow.id == delivery.id, DeliveryRow.attempt == delivery.attempt)
            .where(DeliveryRow.ended_at.is_(None))
            .values(
                delivered=attempt.taken,
                status=attempt.status,
                problem=attempt.problem,
                ended_at=now if ended else None,
                next_at=DeliveryRow.next_at if again_at is None else again_at,
            )
            .returning(DeliveryRow.id)
        )
        return changed is not None

    def note_health(self, webhook_id: str, taken: bool, now: datetime) -> datetime | None:
        """Keep since when an address has failed at every attempt; that moment, if it does."""
        row = self._row(webhook_id)
        if row is None:
            return None
        row.failing_since = None if taken else row.failing_since or now
        return row.failing_since

    def disable(self, webhook_id: str, why: str, now: datetime) -> None:
        """Tell an address no more until somebody enables it; drops what was to be delivered."""
        row = self._row(webhook_id)
        if row is not None and row.disabled_at is None:
            row.disabled_at, row.disabled_why = now, why
        waiting = update(DeliveryRow).where(
            DeliveryRow.webhook_id == webhook_id, DeliveryRow.ended_at.is_(None)
        )
        self._session.execute(waiting.values(ended_at=now, problem=f"disabled: {why}"))

    def forget_before(self, moment: datetime) -> int:
        """Remove deliveries that ended before then; returns how many."""
        query = delete(DeliveryRow).where(DeliveryRow.ended_at < moment).returning(DeliveryRow.id)
        return len(self._session.scalars(query).all())

    def _row(self, webhook_id: str) -> WebhookRow | None:
        return self._session.get(WebhookRow, webhook_id, populate_existing=True)


def tell_of_end(session: Session, job_id: str, state: JobState, now: datetime) -> None:
    """Have the end of a job delivered to all who asked for it, in the transaction that ends it."""
    event = JOB_EVENTS.get(state)
    if event is None:
        return
    listening = select(WebhookRow.id, WebhookRow.events).where(WebhookRow.disabled_at.is_(None))
    for webhook_id, events in session.execute(listening):
        if event in events:
            session.add(_due(webhook_id, event, job_id, now))


def _due(webhook_id: str, event: str, job_id: str | None, now: datetime) -> DeliveryRow:
    return DeliveryRow(
        id=f"msg_{uuid4().hex}",
        webhook_id=webhook_id,
        event=event,
        job_id=job_id,
        created_at=now,
        attempt=0,
        next_at=now,
        delivered=False,
    )


_FRESH = {"populate_existing": True, "synchronize_session": False}


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        events=tuple(row.events),
        secret=row.secret,
        created_at=row.created_at,
        created_by=row.created_by,
        old_secret=row.old_secret,
        old_secret_until=row.old_secret_until,
        failing_since=row.failing_since,
        disabled_at=row.disabled_at,
        disabled_why=row.disabled_why,
    )


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        webhook_id=row.webhook_id,
        event=row.event,
        job_id=row.job_id,
        created_at=row.created_at,
        attempt=row.attempt,
        next_at=row.next_at,
        delivered=row.delivered,
        ended_at=row.ended_at,
        status=row.status,
        problem=row.problem,
    )
