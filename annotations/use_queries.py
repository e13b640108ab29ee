"""Which exemplars jobs used, and which have a near duplicate: parts of lists of exemplars."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from annotations.embedding_repository import batches
from annotations.records import JobState
from annotations.tables import JobRow
from annotations.use_tables import JobExemplarRow, NearDuplicateRow

USUAL_JOBS = 20
"""How many jobs the facet looks back."""


def used_lately(jobs: int) -> Select[int]:
    """Exemplars that the newest succeeded jobs used."""
    return (
        select(JobExemplarRow.exemplar_id)
        .where(JobExemplarRow.job_id.in_(_newest(jobs)))
        .distinct()
    )


def with_near_duplicate() -> Select[int]:
    """Exemplars that have a near duplicate, as far as they were compared."""
    return select(NearDuplicateRow.exemplar_id).where(NearDuplicateRow.twin_id.is_not(None))


def note_use(session: Session, job_id: str, result: Mapping[str, Any]) -> None:
    """Keep which exemplars a job's result says that it used."""
    rows = [{"job_id": job_id, "exemplar_id": each} for each in exemplars_of(result)]
    if rows:
        session.execute(insert(JobExemplarRow.__table__), rows)  # type: ignore[arg-type]


def exemplars_of(result: Mapping[str, Any]) -> list[int]:
    """Ids of the exemplars that a result's matches name, ascending."""
    matches = result.get("matches") or ()
    return sorted({int(match["exemplar_id"]) for match in matches})


def uses(session: Session, ids: Sequence[int], jobs: int) -> dict[int, int]:
    """How many of the newest succeeded jobs used each of these exemplars."""
    found = dict.fromkeys(ids, 0)
    for batch in batches(ids):
        query = (
            select(JobExemplarRow.exemplar_id, func.count())
            .where(JobExemplarRow.exemplar_id.in_(batch), JobExemplarRow.job_id.in_(_newest(jobs)))
            .group_by(JobExemplarRow.exemplar_id)
        )
        found.update((row[0], row[1]) for row in session.execute(query))
    return found


def _newest(jobs: int) -> Select[str]:
    """Jobs that made gestures, the ones asked for last."""
    newest = (
        select(JobRow.id)
        .where(JobRow.state == JobState.SUCCEEDED, JobRow.kind == "gestures")
        .order_by(JobRow.created_at.desc(), JobRow.id.desc())
        .limit(jobs)
        .subquery()
    )
    return select(newest.c.id)
