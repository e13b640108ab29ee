"""Which jobs a caller may see: those that they could have asked for."""

from collections.abc import Mapping
from types import MappingProxyType

from annotations.records import Job
from service.dependencies import Desk
from service.keys import Caller, Scope
from service.request import JobKind, kind_of_job

SCOPES: Mapping[JobKind, Scope] = MappingProxyType(
    {
        "gestures": Scope.GENERATE,
        "recording": Scope.CURATE,
        "explanation": Scope.CURATE,
    }
)
"""What a key must have to ask for a job of a kind, and to see it."""


def job_seen_by(caller: Caller, desk: Desk, job_id: str) -> Job:
    """The job of that id; refuses where there is none, or none for this caller."""
    job = desk.jobs.get(job_id)
    kind = kind_of_job(job.request)
    caller.ask_for(frozenset({SCOPES[kind]}), f"a job of kind {kind}")
    return job
