"""JSON of curation that clients get: exemplars, pages, outcomes, versions, coverage."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from annotations.curation_records import (
    AnnotationFacts,
    ExemplarFacts,
    HistoryEntry,
    LabelCoverage,
    Outcome,
    Page,
    RowChange,
    Tag,
)
from annotations.event_queries import EventSummary
from annotations.records import StoredEvent

MOST_ROWS = 1_000
"""Of an outcome or a difference in one answer."""


class ExemplarBody(BaseModel):
    """An exemplar as it stands at a version; times in seconds from the start of its window."""

    id: int
    annotation_id: int
    revision: int = Field(description="The ETag; send it back as If-Match with an edit.")
    seq: int = Field(description="Index version that made this revision; 0 in a dry run.")
    recording: str
    speaker: int
    speaker_name: str
    split: str
    window_id: int
    window_start_seconds: float = Field(description="From the start of the recording.")
    kind: Literal["relation", "gesture"]
    label: str = Field(description="What a match must share: matching sense or gesture type.")
    sense: str = Field(description="The full sense as annotated; the type of a gesture.")
    word: str
    start_seconds: float
    end_seconds: float
    stroke_seconds: float | None
    probability: float
    source: str
    prominence: float | None
    quality: list[str]
    comment: str
    removed: bool
    text: str = Field(description="The words of its window.")
    used_in_jobs: int | None = Field(
        None, description="How many of the newest jobs used it; null where nobody asked."
    )

    @classmethod
    def of(cls, facts: ExemplarFacts, used_in_jobs: int | None = None) -> Self:
        """An exemplar for a client."""
        return cls.model_validate(asdict(facts) | {"used_in_jobs": used_in_jobs})


class PageBody(BaseModel):
    """Some of the exemplars that a filter finds, in order."""

    exemplars: list[ExemplarBody]
    next_cursor: str | None
    total: int = Field(description="How many the filter finds on all pages.")
    version: int = Field(description="The index version that all pages of this cursor show.")
    facets: dict[str, dict[str, int]] | None = Field(
        None,
        description="How many exemplars have each value, most frequent first; `seconds` counts "
        "durations of words in classes.",
    )

    @classmethod
    def of(cls, page: Page, with_facets: bool) -> Self:
        """A page for a client."""
        counted = {name: dict(counts) for name, counts in page.facets.items()}
        uses = page.uses or {}
        return cls(
            exemplars=[ExemplarBody.of(row, uses.get(row.id)) for row in page.rows],
            next_cursor=page.next_cursor,
            total=page.total,
            version=page.version,
            facets=counted if with_facets else None,
        )


class IdsBody(BaseModel):
    """Everything that a filter finds, in order."""

    version: int
    total: int
    ids: list[int]


class RowChangeBody(BaseModel):
    """One exemplar before and after; null where it was not there at all."""

    id: int
    before: ExemplarBody | None
    after: ExemplarBody | None

    @classmethod
    def of(cls, change: RowChange) -> Self:
        """A change for a client."""
        return cls(
            id=change.exemplar_id,
            before=None if change.before is None else ExemplarBody.of(change.before),
            after=None if change.after is None else ExemplarBody.of(change.after),
        )


def row_bodies(changes: Sequence[RowChange]) -> list[RowChangeBody]:
    """The first rows of an outcome or a difference."""
    return [RowChangeBody.of(change) for change in changes[:MOST_ROWS]]


class EventBody(BaseModel):
    """Who did what, when and why."""

    seq: int
    at: datetime
    actor: str
    operation: str
    subject: str
    reason: str
    undoes: int | None = Field(description="The event that this one took back.")

    @classmethod
    def of(cls, stored: StoredEvent) -> Self:
        """An event for a client."""
        event = stored.event
        return cls(
            seq=stored.seq,
            at=stored.at,
            actor=event.actor,
            operation=event.operation,
            subject=event.subject,
            reason=event.reason,
            undoes=event.undoes,
        )


class OutcomeBody(BaseModel):
    """What an edit did, or would do."""

    version: int | None = Field(
        description="The new index version; null for a dry run, or where nothing changes."
    )
    dry_run: bool = False
    head: int = Field(description="The newest index version now; `if_version` for a bulk edit.")
    rows: list[RowChangeBody] = Field(
        description="What changes, also the other exemplars of an edited annotation; "
        f"the first {MOST_ROWS}."
    )
    total: int = Field(description="How many exemplars change.")
    event: EventBody | None

    @classmethod
    def of(cls, outcome: Outcome, head: int, *, dry_run: bool = False) -> Self:
        """An outcome for a client."""
        return cls(
            version=outcome.version,
            dry_run=dry_run,
            head=head,
            rows=row_bodies(outcome.rows),
            total=len(outcome.rows),
            event=None if outcome.event is None else EventBody.of(outcome.event),
        )


class HistoryBody(BaseModel):
    """One change of one exemplar, with the event that made it."""

    event: EventBody
    before: ExemplarBody | None
    after: ExemplarBody | None

    @classmethod
    def of(cls, entry: HistoryEntry) -> Self:
        """A step of a history for a client."""
        change = RowChangeBody.of(entry.change)
        return cls(event=EventBody.of(entry.event), before=change.before, after=change.after)


class HistoriesBody(BaseModel):
    """All changes of one exemplar, oldest first."""

    id: int
    changes: list[HistoryBody]


class AnnotationBody(BaseModel):
    """One annotation of a recording; overlapping windows give it several exemplars."""

    id: int
    recording: str
    seq: int = Field(description="Version that changed it last. The ETag; send it as If-Match.")
    exemplars: list[ExemplarBody]

    @classmethod
    def of(cls, facts: AnnotationFacts) -> Self:
        """An annotation for a client."""
        return cls(
            id=facts.id,
            recording=facts.recording,
            seq=last_changed(facts),
            exemplars=[ExemplarBody.of(each) for each in facts.exemplars],
        )


class AnnotationsBody(BaseModel):
    """Some of the annotations that a filter finds, by id."""

    annotations: list[AnnotationBody]
    next_cursor: str | None
    total: int
    version: int


def last_changed(facts: AnnotationFacts) -> int:
    """Version that changed an annotation last."""
    return max(each.seq for each in facts.exemplars)


class CoverageRow(BaseModel):
    """How well one sense or gesture type is covered."""

    kind: Literal["relation", "gesture"]
    label: str
    exemplars: int
    speakers: int
    recordings: int
    few: bool

    @classmethod
    def of(cls, row: LabelCoverage) -> Self:
        """A row for a client."""
        return cls.model_validate(asdict(row))


class CoverageBody(BaseModel):
    """Every sense and gesture type, also those that nobody covers."""

    version: int
    labels: list[CoverageRow]


class VersionBody(EventBody):
    """One event; one that changed exemplars made the index version of its number."""

    changed: int = Field(description="Exemplars that it changed.")
    tags: list[str] = Field(description="Names that point here now.")

    @classmethod
    def told(cls, summary: EventSummary, tags: Sequence[Tag]) -> Self:
        """A version for a client."""
        names = [tag.name for tag in tags if tag.version == summary.seq]
        return cls.model_validate(asdict(summary) | {"tags": names})


class VersionsBody(BaseModel):
    """Events, newest first."""

    head: int = Field(description="The newest index version.")
    versions: list[VersionBody]
    next_cursor: str | None


class DiffBody(BaseModel):
    """What turns one version into another."""

    from_version: int
    to_version: int
    rows: list[RowChangeBody] = Field(description=f"The first {MOST_ROWS}, by id.")
    total: int


class TagBody(BaseModel):
    """A name that points at an index version."""

    name: str
    version: int
    follows: bool = Field(description="Whether it moves with every edit.")

    @classmethod
    def of(cls, tag: Tag) -> Self:
        """A tag for a client."""
        return cls(name=tag.name, version=tag.version, follows=tag.seq is None)


class TagsBody(BaseModel):
    """Every tag; `live` answers requests, `staging` follows every edit."""

    tags: list[TagBody]
