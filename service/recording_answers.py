"""JSON of recordings: what clients ask for and what they get."""

from dataclasses import asdict
from typing import Annotated, Self

from pydantic import BaseModel, Field

from annotations.recording_queries import RecordingFacts, RecordingFilter, RecordingPage
from service.curation_fields import MOST_VALUES, Body, Storable, Value


class RecordingBody(BaseModel):
    """A recording and what the index holds of it."""

    id: str
    corpus: str = Field(description="Folder of its files on the server.")
    speaker: int
    speaker_name: str
    split: str
    seconds: float | None
    indexed: bool
    problem: str | None = Field(description="Why it could not be indexed when last tried.")
    exemplars: int
    removed: int = Field(description="Exemplars that are out of the index.")
    seq: int = Field(description="Version that changed its exemplars last. The ETag.")

    @classmethod
    def of(cls, facts: RecordingFacts) -> Self:
        """A recording for a client."""
        return cls.model_validate(asdict(facts))


class RecordingsBody(BaseModel):
    """Some of the recordings that a filter finds, by id."""

    recordings: list[RecordingBody]
    next_cursor: str | None
    total: int
    version: int

    @classmethod
    def of(cls, page: RecordingPage, version: int) -> Self:
        """A page for a client."""
        return cls(
            recordings=[RecordingBody.of(row) for row in page.rows],
            next_cursor=page.next_after,
            total=page.total,
            version=version,
        )


class RecordingListQuery(Body):
    """Which recordings, and which page of them."""

    speaker: list[Annotated[int, Field(ge=0, le=10_000)]] = Field(
        default=[], max_length=MOST_VALUES
    )
    split: list[Value] = Field(default=[], max_length=MOST_VALUES)
    corpus: list[Value] = Field(default=[], max_length=MOST_VALUES)
    indexed: bool | None = None
    problem: bool | None = Field(default=None, description="Whether something is wrong with it.")
    text: Annotated[str, Field(max_length=200), Storable] | None = Field(
        default=None, description="Part of its id."
    )
    cursor: Annotated[str, Field(max_length=200), Storable] = Field(
        default="", description="`next_cursor` of the page before."
    )
    limit: int = Field(default=50, ge=1, le=500)

    def filter(self) -> RecordingFilter:
        """The filter for a query."""
        return RecordingFilter(
            speakers=tuple(self.speaker),
            splits=tuple(self.split),
            corpora=tuple(self.corpus),
            indexed=self.indexed,
            problem=self.problem,
            text=self.text,
        )
