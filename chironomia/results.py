"""Where a job's files are, and what a list is asked for."""

from dataclasses import dataclass

from chironomia.errors import UnexpectedAnswerError
from chironomia.records import Job


@dataclass(frozen=True)
class Place:
    """A result file at the service."""

    link: str
    digest: str
    """Sha256 of its content, which is also its ETag."""


def place_of(job: Job, kind: str) -> Place:
    """Where the result of that kind is; `ValueError` where the job has none such."""
    for name, digest in job.files.items():
        if name.partition(".")[2] == kind:
            link = job.links.get(kind)
            if link is None:
                raise UnexpectedAnswerError(f"job {job.id} has {name} and no link to it")
            return Place(link, digest)
    there = ", ".join(name.partition(".")[2] for name in job.files) or f"none: it {job.state}"
    raise ValueError(f"job {job.id} has no result of kind {kind!r}; there are {there}")


def query_of(limit: int, **asked: str | int | None) -> dict[str, str | int]:
    """Of a list, without what was not asked for."""
    chosen = {name: value for name, value in asked.items() if value or value == 0}
    return chosen | {"limit": limit}
