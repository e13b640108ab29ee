"""Which exemplars a request asks for, in an address or in a body."""

from typing import Annotated, Literal

from pydantic import Field

from annotations.curation_records import ExemplarFilter, Order, Wanted
from service.curation_fields import (
    LARGEST_ID,
    MOST_CHANGES,
    MOST_FLAGS,
    MOST_VALUES,
    Body,
    Id,
    Label,
    Storable,
    Value,
)

MOST_JOBS = 1_000
"""That are looked back for what they used."""
USUAL_COUNTED = 100


class FilterBody(Body):
    """Which exemplars are asked for: fields are joined by "and", values of one field by "or"."""

    label: list[Label] = Field(
        default=[],
        max_length=MOST_VALUES,
        description="Senses or gesture types; `Contingency` includes all senses below it.",
    )
    kind: list[Literal["relation", "gesture"]] = Field(default=[], max_length=2)
    word: list[Value] = Field(
        default=[], max_length=MOST_VALUES, description="Whole words or connectives, in any case."
    )
    type: list[Value] = Field(
        default=[], max_length=MOST_VALUES, description="Gesture types; asks for gestures alone."
    )
    speaker: list[Annotated[int, Field(ge=0, le=10_000)]] = Field(
        default=[], max_length=MOST_VALUES
    )
    recording: list[Value] = Field(default=[], max_length=MOST_VALUES)
    quality: list[Value] = Field(
        default=[],
        max_length=MOST_FLAGS,
        description="Flags; `none` for exemplars without a flag.",
    )
    source: list[Value] = Field(default=[], max_length=MOST_VALUES)
    split: list[Value] = Field(default=[], max_length=MOST_VALUES)
    actor: list[Value] = Field(
        default=[], max_length=MOST_VALUES, description="Who made the current revision."
    )
    seconds_min: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = Field(
        default=None, description="The word lasts at least so long."
    )
    seconds_max: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    text: Annotated[str, Field(max_length=500), Storable] | None = Field(
        default=None,
        description="Words that all occur in the window's text, the word or the comment.",
    )
    used: int | None = Field(
        default=None,
        ge=1,
        le=MOST_JOBS,
        description="Inserted by one of so many jobs, the newest that succeeded.",
    )
    near_duplicates: bool = Field(
        default=False,
        description="Only those that have a near duplicate: the same label and word in nearly "
        "the same sentence, in another annotation.",
    )
    removed: Literal["no", "yes", "any"] = "no"
    id: list[Id] | None = Field(default=None, max_length=MOST_CHANGES)

    def filter(self, version: int | None = None) -> ExemplarFilter:
        """The filter at an index version, at the head where none is given."""
        return ExemplarFilter(
            labels=tuple(self.label),
            kinds=tuple(self.kind),
            words=tuple(self.word),
            types=tuple(self.type),
            speakers=tuple(self.speaker),
            recordings=tuple(self.recording),
            quality=tuple(self.quality),
            sources=tuple(self.source),
            splits=tuple(self.split),
            actors=tuple(self.actor),
            seconds_min=self.seconds_min,
            seconds_max=self.seconds_max,
            text=self.text,
            removed={"no": False, "yes": True, "any": None}[self.removed],
            version=version,
            ids=None if self.id is None else tuple(self.id),
            used=self.used,
            near_duplicates=self.near_duplicates,
        )


class ExportQuery(FilterBody):
    """A filter at a version."""

    version: Value | None = Field(
        default=None, description="A number or a tag; the head by default."
    )


class OrderedQuery(ExportQuery):
    """A filter at a version, and an order."""

    order: Order = Field(
        default="id",
        description="`label`, `seconds` (how long the word lasts) or `newest` (changed last), "
        "ties by id.",
    )


class ListQuery(OrderedQuery):
    """A filter, and which page of what it finds."""

    facets: bool = Field(
        default=False,
        description="Count the values of every field; `used` counts what the newest 20 jobs used.",
    )
    counts: bool = Field(
        default=False,
        description="Tell for each row how many of the newest succeeded jobs used it: of `used` "
        f"jobs, by default of {USUAL_COUNTED}.",
    )
    cursor: Annotated[str, Field(max_length=500), Storable] | None = Field(
        default=None, description="`next_cursor` of the page before; its pages show one version."
    )
    limit: int = Field(default=50, ge=1, le=500)

    @property
    def wanted(self) -> Wanted:
        """How the page is to be shown."""
        counted = (self.used or USUAL_COUNTED) if self.counts else None
        return Wanted(self.limit, self.cursor, self.order, self.facets, counted)


class AnnotationListQuery(FilterBody):
    """A filter of exemplars, and which page of their annotations."""

    cursor: int = Field(
        default=0, ge=0, le=LARGEST_ID, description="`next_cursor` of the page before."
    )
    limit: int = Field(default=50, ge=1, le=500)
