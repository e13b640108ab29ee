"""Reading the curated store: one session for a request, which sees one state of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path
from sqlalchemy.orm import Session

from annotations.annotation_queries import AnnotationQueries
from annotations.event_queries import EventQueries
from annotations.exemplar_queries import ExemplarQueries
from annotations.version_repository import VersionRepository
from service.curation_fields import LARGEST_ID
from service.dependencies import DeskDep

RowId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@dataclass(frozen=True)
class Reading:
    """The curated store as it is during one request."""

    session: Session

    @property
    def exemplars(self) -> ExemplarQueries:
        """Queries about exemplars."""
        return ExemplarQueries(self.session)

    @property
    def annotations(self) -> AnnotationQueries:
        """Lists of annotations."""
        return AnnotationQueries(self.session)

    @property
    def versions(self) -> VersionRepository:
        """Queries about versions and tags."""
        return VersionRepository(self.session)

    @property
    def events(self) -> EventQueries:
        """The list of events."""
        return EventQueries(self.session)

    def version(self, named: int | str | None) -> int | None:
        """The version of a number or tag; ``None`` stays none."""
        return None if named is None else self.versions.resolve(version_named(named))


def version_named(named: int | str | None) -> int | str | None:
    """A number where a version was given by its number, else the tag."""
    if isinstance(named, str) and named.isascii() and named.isdigit():
        return int(named)
    return named


def reading_of(desk: DeskDep) -> Iterator[Reading]:
    """A session that ends with the request."""
    with desk.database.reading() as session:
        yield Reading(session)


ReadingDep = Annotated[Reading, Depends(reading_of)]
