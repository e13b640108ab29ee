"""One attempt to deliver: one request to one address, limited in time and size."""

import asyncio
import json
from datetime import datetime
from typing import Any

import httpx

from annotations.records import Job
from annotations.webhook_records import Attempt, Delivery, Webhook
from service.webhooks.signing import signed_headers
from service.webhooks.targets import Target, TargetError, resolved

SEND_SECONDS = 15.0
"""Longest time of an attempt, from resolving the name to the end of the answer."""
MOST_ANSWER_BYTES = 64 * 1024
"""What is read of an answer; its content means nothing to us."""
AGENT = "Chironomia-Webhooks/1"


def body_of(delivery: Delivery, job: Job | None) -> bytes:
    """What is sent: the same bytes at every attempt, as the state of an ended job never changes."""
    told: dict[str, Any] = {}
    if job is not None:
        told = {
            "id": job.id,
            "kind": job.kind,
            "state": job.state.value,
            "error": None if job.error is None else dict(job.error),
            "created_at": job.created_at.isoformat(),
            "finished_at": None if job.finished_at is None else job.finished_at.isoformat(),
            "request_id": job.request_id,
            "links": {"self": f"/v1/jobs/{job.id}"},
        }
    content = {"type": delivery.event, "timestamp": delivery.created_at.isoformat(), "data": told}
    return json.dumps(content, separators=(",", ":")).encode()


def send(
    webhook: Webhook, delivery: Delivery, body: bytes, now: datetime, private: bool
) -> Attempt:
    """Deliver once; whatever goes wrong is the answer, not an exception."""
    headers = signed_headers(webhook, delivery.id, body, now)
    try:
        return asyncio.run(_within_time(webhook.url, headers, body, private))
    except TimeoutError:
        return Attempt(None, f"no answer within {SEND_SECONDS:g} s")
    except TargetError as error:
        return Attempt(None, f"not sent: {error}")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Attempt(None, f"{type(error).__name__}: {error}"[:300])


async def _within_time(url: str, headers: dict[str, str], body: bytes, private: bool) -> Attempt:
    async with asyncio.timeout(SEND_SECONDS):
        return await _sent(await resolved(url, private), headers, body)


async def _sent(target: Target, headers: dict[str, str], body: bytes) -> Attempt:
    """Post to the address itself; certificate and Host are those of the name."""
    # no proxy, certificate file or password of the environment has a say here
    async with (
        httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=SEND_SECONDS) as client,
        client.stream(
            "POST",
            target.url,
            content=body,
            headers={
                **headers,
                "Host": target.host_header,
                "Content-Type": "application/json",
                "User-Agent": AGENT,
                "Accept-Encoding": "identity",
            },
            extensions={"sni_hostname": target.host},
        ) as answer,
    ):
        read = 0
        async for piece in answer.aiter_raw():
            read += len(piece)
            if read > MOST_ANSWER_BYTES:
                break
        return _judged(answer.status_code)


def _judged(status: int) -> Attempt:
    if 200 <= status < 300:
        return Attempt(status)
    told = "redirects are not followed" if 300 <= status < 400 else "the receiver refused it"
    return Attempt(status, f"answered {status}: {told}", gone=status == 410)
