"""JSON at the edge: webhooks."""

from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from annotations.webhook_records import JOB_EVENTS, Delivery, Webhook
from service.webhooks.targets import LONGEST_URL

JobEventName = Literal["job.succeeded", "job.failed", "job.canceled", "job.expired"]


class NewWebhook(BaseModel):
    """An address that wants to be told."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=LONGEST_URL, description="Begins with https://; a public address.")
    events: list[JobEventName] = Field(
        default_factory=lambda: list(JOB_EVENTS.values()),  # type: ignore[arg-type]
        min_length=1,
        max_length=len(JOB_EVENTS),
        description="What it is told of; everything unless given.",
    )


class WebhookBody(BaseModel):
    """An address that is told."""

    id: str
    url: str
    events: list[str]
    created_at: datetime
    created_by: str
    old_secret_until: datetime | None = Field(
        None, description="Until when deliveries are signed with the secret before as well."
    )
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_why: str | None = None

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        """Everything but the secrets."""
        until = webhook.old_secret_until
        return cls(
            id=webhook.id,
            url=webhook.url,
            events=list(webhook.events),
            created_at=webhook.created_at,
            created_by=webhook.created_by,
            old_secret_until=until if until is not None and until > datetime.now(UTC) else None,
            failing_since=webhook.failing_since,
            disabled_at=webhook.disabled_at,
            disabled_why=webhook.disabled_why,
        )


class WebhookSecretBody(WebhookBody):
    """An address with its secret, which is told this once."""

    secret: str = Field(description="`whsec_` and base64, as the Standard Webhooks libraries read.")

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        """With the secret."""
        return cls(**WebhookBody.of(webhook).model_dump(), secret=webhook.secret)


class WebhooksBody(BaseModel):
    """All addresses."""

    webhooks: list[WebhookBody]


class DeliveryBody(BaseModel):
    """One event for one address."""

    id: str = Field(description="The `webhook-id` of every attempt.")
    event: str
    job: str | None = None
    created_at: datetime
    attempt: int = Field(description="How often it was tried.")
    delivered: bool
    next_at: datetime | None = Field(None, description="When it is tried next; none once ended.")
    ended_at: datetime | None = None
    status: int | None = Field(None, description="Of the last answer.")
    problem: str | None = None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """A delivery for a client."""
        return cls(
            id=delivery.id,
            event=delivery.event,
            job=delivery.job_id,
            created_at=delivery.created_at,
            attempt=delivery.attempt,
            delivered=delivery.delivered,
            next_at=None if delivery.ended_at is not None else delivery.next_at,
            ended_at=delivery.ended_at,
            status=delivery.status,
            problem=delivery.problem,
        )


class DeliveriesBody(BaseModel):
    """Deliveries of one address, newest first."""

    deliveries: list[DeliveryBody]
