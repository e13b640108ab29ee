"""Webhooks: who is told of the end of jobs. For administrators."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from service.curation_fields import Storable
from service.dependencies import CallerDep, DeskDep
from service.schemas import refusals
from service.webhooks.desk import WebhookDesk
from service.webhooks.schemas import (
    DeliveriesBody,
    DeliveryBody,
    NewWebhook,
    WebhookBody,
    WebhooksBody,
    WebhookSecretBody,
)

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

_ERRORS = refusals(403, 404, 422)


def _webhooks(desk: DeskDep) -> WebhookDesk:
    return WebhookDesk(desk.database, desk.settings.webhook_private)


_WebhooksDep = Annotated[WebhookDesk, Depends(_webhooks)]
_Id = Annotated[str, Path(max_length=100), Storable]


@router.post("", status_code=201, responses=refusals(403, 409, 422))
def add_webhook(
    webhooks: _WebhooksDep, caller: CallerDep, asked: NewWebhook, response: Response
) -> WebhookSecretBody:
    """Tell an address of the end of jobs; the answer holds its secret, this once.

    Deliveries are signed as Standard Webhooks says and repeated for about a day until the
    receiver answers 2xx. Private addresses are refused, and redirects are not followed.
    """
    webhook = webhooks.add(asked.url, tuple(asked.events), caller.name)
    response.headers["Location"] = f"/v1/webhooks/{webhook.id}"
    return WebhookSecretBody.of(webhook)


@router.get("", responses=refusals(403))
def list_webhooks(webhooks: _WebhooksDep) -> WebhooksBody:
    """All addresses that are told, oldest first, without their secrets."""
    return WebhooksBody(webhooks=[WebhookBody.of(each) for each in webhooks.listed()])


@router.get("/{webhook_id}", responses=_ERRORS)
def get_webhook(webhooks: _WebhooksDep, webhook_id: _Id) -> WebhookBody:
    """One address, and whether it can be reached."""
    return WebhookBody.of(webhooks.get(webhook_id))


@router.delete("/{webhook_id}", status_code=204, responses=_ERRORS)
def remove_webhook(webhooks: _WebhooksDep, webhook_id: _Id) -> None:
    """Tell an address no more; what waits to be delivered to it is dropped."""
    webhooks.remove(webhook_id)


@router.post("/{webhook_id}/secret", responses=_ERRORS)
def rotate_secret(webhooks: _WebhooksDep, webhook_id: _Id) -> WebhookSecretBody:
    """Make a new secret; for 24 hours deliveries carry a signature with each of the two."""
    return WebhookSecretBody.of(webhooks.rotate(webhook_id))


@router.post("/{webhook_id}/enable", responses=_ERRORS)
def enable_webhook(webhooks: _WebhooksDep, webhook_id: _Id) -> WebhookBody:
    """Tell an address again that was disabled because it failed for days or answered 410."""
    return WebhookBody.of(webhooks.enable(webhook_id))


@router.post("/{webhook_id}/test", status_code=202, responses=_ERRORS)
def test_webhook(webhooks: _WebhooksDep, webhook_id: _Id) -> DeliveryBody:
    """Have a `webhook.test` delivered; see its deliveries for how it went."""
    return DeliveryBody.of(webhooks.test(webhook_id))


@router.get("/{webhook_id}/deliveries", responses=_ERRORS)
def list_deliveries(
    webhooks: _WebhooksDep,
    webhook_id: _Id,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DeliveriesBody:
    """The newest deliveries to an address; those that ended are kept for 30 days."""
    found = webhooks.deliveries(webhook_id, limit)
    return DeliveriesBody(deliveries=[DeliveryBody.of(each) for each in found])
