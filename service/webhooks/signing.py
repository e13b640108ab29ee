"""Signatures by the Standard Webhooks specification."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from annotations.webhook_records import Webhook

PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """A fresh secret, as the receiver is given it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(webhook: Webhook, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Id, time and one signature for each secret that is in force."""
    moment = int(now.timestamp())
    content = b".".join((message_id.encode(), str(moment).encode(), body))
    signatures = (_signature(secret, content) for secret in _in_force(webhook, now))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(signatures),
    }


def _in_force(webhook: Webhook, now: datetime) -> list[str]:
    old, until = webhook.old_secret, webhook.old_secret_until
    still = [old] if old is not None and until is not None and now < until else []
    return [webhook.secret, *still]


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
