"""Fields that requests of curation share, and what each may be."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from annotations.curation_records import LONGEST_COMMENT, LONGEST_FLAG, LONGEST_WORD
from speech.words import unstorable

LARGEST_ID = 2**63 - 1
LONGEST_REASON = 2_000
MOST_EDITS = 20
"""In one PATCH."""
MOST_CHANGES = 10_000
"""In one bulk request; more are found by a filter."""
MOST_VALUES = 1_000
"""Of one field of a filter."""
MOST_FLAGS = 100
"""Of a filter; each is a condition of its own, and databases bound their number."""


def _storable(text: str) -> str:
    if (wrong := unstorable(text)) is not None:
        raise ValueError(f"must not contain {wrong}")
    return text


Storable = AfterValidator(_storable)
Seconds = Annotated[float, Field(allow_inf_nan=False)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Label = Annotated[str, Field(min_length=1, max_length=200), Storable]
Value = Annotated[str, Field(min_length=1, max_length=200), Storable]
FlagName = Annotated[str, Field(min_length=1, max_length=LONGEST_FLAG), Storable]
Word = Annotated[str, Field(min_length=1, max_length=LONGEST_WORD), Storable]
LongText = Annotated[str, Field(max_length=LONGEST_COMMENT), Storable]
Reason = Annotated[
    str,
    Field(max_length=LONGEST_REASON, description="Why; it stands in the history."),
    Storable,
]
VersionName = Annotated[
    Annotated[int, Field(ge=0, le=LARGEST_ID)] | Value,
    Field(description="A number, or the name of a tag."),
]


class Body(BaseModel):
    """A misspelled field must not be taken for one left out."""

    model_config = ConfigDict(extra="forbid")
