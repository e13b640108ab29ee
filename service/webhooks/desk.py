"""What the API does with webhooks: register, list, remove, rotate, test."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from annotations.database import Database
from annotations.webhook_records import Delivery, Webhook, WebhookDraft
from annotations.webhook_repository import WebhookRepository
from service.errors import ConflictError, InvalidInputError, NotFoundError
from service.webhooks.signing import new_secret
from service.webhooks.targets import TargetError, resolved

MOST_WEBHOOKS = 100
"""The end of a job writes a row for each."""
OLD_SECRET = timedelta(hours=24)
"""How long the secret before a rotation signs as well."""


@dataclass(frozen=True)
class WebhookDesk:
    """Webhooks of the service; all of them belong to its administrators."""

    database: Database
    private: bool
    """Whether private addresses may be told."""

    def add(self, url: str, events: tuple[str, ...], created_by: str) -> Webhook:
        """Tell an address from now on; it is looked at now, and again at every delivery."""
        try:
            asyncio.run(resolved(url, self.private))
        except TargetError as error:
            raise _unusable(url, error) from error
        draft = WebhookDraft(url, tuple(dict.fromkeys(events)), new_secret(), created_by)
        with self.database.session() as session:
            webhooks = WebhookRepository(session)
            if len(webhooks.listed()) >= MOST_WEBHOOKS:
                raise _too_many()
            return webhooks.add(draft, datetime.now(UTC))

    def listed(self) -> tuple[Webhook, ...]:
        """All of them, oldest first."""
        with self.database.reading() as session:
            return WebhookRepository(session).listed()

    def get(self, webhook_id: str) -> Webhook:
        """One of them."""
        with self.database.reading() as session:
            return _found(WebhookRepository(session).get(webhook_id), webhook_id)

    def remove(self, webhook_id: str) -> None:
        """Tell an address no more."""
        with self.database.session() as session:
            if not WebhookRepository(session).remove(webhook_id):
                raise _unknown(webhook_id)

    def rotate(self, webhook_id: str) -> Webhook:
        """Give an address a new secret; the one before signs as well for a while."""
        until = datetime.now(UTC) + OLD_SECRET
        with self.database.session() as session:
            rotated = WebhookRepository(session).rotate(webhook_id, new_secret(), until)
            return _found(rotated, webhook_id)

    def enable(self, webhook_id: str) -> Webhook:
        """Tell an address again that was disabled."""
        with self.database.session() as session:
            return _found(WebhookRepository(session).enable(webhook_id), webhook_id)

    def test(self, webhook_id: str) -> Delivery:
        """Have a test delivered, also to an address that is disabled."""
        with self.database.session() as session:
            webhooks = WebhookRepository(session)
            _found(webhooks.get(webhook_id), webhook_id)
            return webhooks.tell_test(webhook_id, datetime.now(UTC))

    def deliveries(self, webhook_id: str, limit: int) -> tuple[Delivery, ...]:
        """What was and is to be delivered to an address, newest first."""
        with self.database.reading() as session:
            webhooks = WebhookRepository(session)
            _found(webhooks.get(webhook_id), webhook_id)
            return webhooks.deliveries(webhook_id, limit)


def _found(webhook: Webhook | None, webhook_id: str) -> Webhook:
    if webhook is None:
        raise _unknown(webhook_id)
    return webhook


def _unknown(webhook_id: str) -> NotFoundError:
    return NotFoundError(
        "webhook_unknown",
        f"there is no webhook {webhook_id[:100]!r}",
        field="webhook",
        found=webhook_id[:100],
        remedy="GET /v1/webhooks lists them",
    )


def _unusable(url: str, error: TargetError) -> InvalidInputError:
    return InvalidInputError(
        "webhook_url_unusable",
        f"the URL cannot be told: {error}",
        field="url",
        limit="https:// and a host whose addresses are all public",
        found=url[:200],
        remedy="name a public HTTPS endpoint; for local use CHIRONOMIA_WEBHOOK_PRIVATE=true "
        "allows private addresses and HTTP",
    )


def _too_many() -> ConflictError:
    return ConflictError(
        "webhooks_too_many",
        "there are too many webhooks",
        field="url",
        limit=f"{MOST_WEBHOOKS} webhooks",
        remedy="remove one that is no longer needed",
    )
