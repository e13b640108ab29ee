"""Lists of annotations: each once, with all its exemplars."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotations.curation_records import AnnotationFacts, ExemplarFacts, ExemplarFilter
from annotations.exemplar_filters import conditions
from annotations.revision_repository import RevisionRepository
from annotations.tables import ExemplarRow, RevisionRow
from annotations.version_repository import VersionRepository


@dataclass(frozen=True)
class AnnotationPage:
    """Some of the annotations that a filter finds, by id."""

    rows: tuple[AnnotationFacts, ...]
    next_after: int | None
    """Where the next page begins; ``None`` after the last one."""
    total: int


class AnnotationQueries:
    """Questions of one session about annotations, at the newest version; writes nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, asked: ExemplarFilter, limit: int, after: int = 0) -> AnnotationPage:
        """Annotations of which a filter finds an exemplar, with ids above ``after``."""
        head = VersionRepository(self._session).head()
        found = (
            select(ExemplarRow.annotation_id)
            .join(RevisionRow, RevisionRow.exemplar_id == ExemplarRow.id)
            .where(*conditions(asked, head, head))
            .distinct()
        )
        total = self._session.scalar(select(func.count()).select_from(found.subquery())) or 0
        query = found.where(ExemplarRow.annotation_id > after)
        query = query.order_by(ExemplarRow.annotation_id).limit(limit + 1)
        ids = self._session.scalars(query).all()
        shown = list(ids[:limit])
        return AnnotationPage(self._facts(shown), shown[-1] if len(ids) > limit else None, total)

    def _facts(self, annotation_ids: list[int]) -> tuple[AnnotationFacts, ...]:
        exemplars: dict[int, list[ExemplarFacts]] = {each: [] for each in annotation_ids}
        for row in RevisionRepository(self._session).siblings(annotation_ids).values():
            exemplars[row.place.annotation_id].append(row.facts)
        return tuple(
            AnnotationFacts(each, rows[0].recording, tuple(rows))
            for each, rows in exemplars.items()
        )
