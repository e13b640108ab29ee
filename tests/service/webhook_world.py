"""Webhooks of tests: registered, jobs that end, what is delivered of them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from annotations.database import Database
from annotations.job_repository import JobRepository
from annotations.records import JobDraft, JobOutcome
from annotations.webhook_records import WebhookDraft
from annotations.webhook_repository import WebhookRepository
from annotations.webhook_tables import DeliveryRow
from service.metrics.registry import Metrics
from service.webhooks.delivery import Deliverer
from service.webhooks.signing import new_secret
from tests.databases import KINDS, empty_database

EVERYTHING = ("job.succeeded", "job.failed", "job.canceled", "job.expired")


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        yield database


@pytest.fixture
def sqlite(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'webhooks.db'}") as database:
        yield database


def registered(database, url: str, events=EVERYTHING):
    with database.session() as session:
        draft = WebhookDraft(url, tuple(events), new_secret(), "ada")
        return WebhookRepository(session).add(draft, datetime.now(UTC))


def ended_job(database, end: str = "succeed") -> str:
    with database.session() as session:
        jobs = JobRepository(session)
        job = jobs.submit(JobDraft({"words": []}, request_id="request-1")).job.id
        jobs.start(job, "w")
        match end:
            case "succeed":
                jobs.succeed(job, 1, JobOutcome({}))
            case "fail":
                jobs.fail(job, {"type": "internal", "code": "unexpected", "message": "x"})
            case "cancel":
                jobs.cancel(job)
    return job


def deliverer(database, private: bool = True) -> Deliverer:
    return Deliverer(database, Metrics(), private)


def deliveries(database) -> list[DeliveryRow]:
    with database.reading() as session:
        return list(session.scalars(select(DeliveryRow).order_by(DeliveryRow.created_at)))
