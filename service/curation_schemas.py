"""JSON of curation that clients send: edits, additions, tags."""

from typing import Annotated, Literal, Self, assert_never

from pydantic import Field, model_validator

from annotations.curation_records import (
    Change,
    Comment,
    Edit,
    Flag,
    NewExemplar,
    Relabel,
    Remove,
    Restore,
    Retime,
    Reword,
)
from service.curation_fields import (
    LARGEST_ID,
    MOST_CHANGES,
    MOST_EDITS,
    Body,
    FlagName,
    Id,
    Label,
    LongText,
    Reason,
    Seconds,
    Value,
    VersionName,
    Word,
)
from service.curation_filters import FilterBody


class RelabelBody(Body):
    """Another sense or gesture type, of the same kind as before."""

    operation: Literal["relabel"]
    label: Label = Field(examples=["Contingency.Cause.Reason", "iconic"])


class RetimeBody(Body):
    """Another place for the word."""

    operation: Literal["retime"]
    start_seconds: Seconds = Field(
        description="From the start of the window; for an annotation, of the recording."
    )
    end_seconds: Seconds
    stroke_seconds: Seconds | None = Field(
        default=None, description="Peak of hand speed; left as it is where it is not given."
    )


class RewordBody(Body):
    """Another connective or keyword."""

    operation: Literal["reword"]
    word: Word


class FlagBody(Body):
    """Quality flags to add and to take away."""

    operation: Literal["flag"]
    add: list[FlagName] = Field(
        default=[], max_length=50, examples=[["noisy_motion", "x-look-again"]]
    )
    remove: list[FlagName] = Field(default=[], max_length=50)


class CommentBody(Body):
    """A note; it replaces the one before."""

    operation: Literal["comment"]
    text: LongText


class RemoveBody(Body):
    """Out of the index; the row and its history stay."""

    operation: Literal["remove"]


class RestoreBody(Body):
    """Back into the index as it was."""

    operation: Literal["restore"]


OneEdit = Annotated[
    RelabelBody | RetimeBody | RewordBody | FlagBody | CommentBody,
    Field(discriminator="operation"),
]
AnyEdit = Annotated[
    RelabelBody | RetimeBody | RewordBody | FlagBody | CommentBody | RemoveBody | RestoreBody,
    Field(discriminator="operation"),
]


def edit_of(body: AnyEdit) -> Edit:
    """The edit that a body asks for."""
    match body:
        case RelabelBody():
            return Relabel(body.label)
        case RetimeBody():
            return Retime(body.start_seconds, body.end_seconds, body.stroke_seconds)
        case RewordBody():
            return Reword(body.word)
        case FlagBody():
            return Flag(tuple(body.add), tuple(body.remove))
        case CommentBody():
            return Comment(body.text)
        case RemoveBody():
            return Remove()
        case RestoreBody():
            return Restore()
        case _:
            assert_never(body)


class PatchBody(Body):
    """One edit or several of one entry, done together or not at all."""

    edits: list[OneEdit] = Field(min_length=1, max_length=MOST_EDITS)
    reason: Reason = ""
    dry_run: bool = Field(default=False, description="Tell what would change, and write nothing.")


class ReasonBody(Body):
    """Why something is done."""

    reason: Reason = ""


class SplitBody(ReasonBody):
    """Where one annotation becomes two."""

    at_seconds: Seconds = Field(description="Inside the annotation, from the window's start.")
    dry_run: bool = Field(default=False, description="Tell what would change, and write nothing.")


class MergeBody(ReasonBody):
    """Two exemplars of one recording, kind and label."""

    ids: list[Id] = Field(
        min_length=2, max_length=2, description="The first takes both; the second is removed."
    )
    if_revisions: list[Id | None] | None = Field(
        default=None,
        min_length=2,
        max_length=2,
        description="Refused with 412 where one is at another revision; in the order of `ids`.",
    )
    dry_run: bool = Field(default=False, description="Tell what would change, and write nothing.")

    @model_validator(mode="after")
    def _two(self) -> Self:
        if self.ids[0] == self.ids[1]:
            raise ValueError("ids must be two exemplars, found one twice")
        return self


class UndoBody(ReasonBody):
    """Why an event is taken back."""

    dry_run: bool = Field(default=False, description="Tell what would change, and write nothing.")


class ChangeBody(Body):
    """One edit of one exemplar."""

    id: Id
    edit: AnyEdit
    if_revision: Id | None = Field(
        default=None, description="Refused with 412 where the exemplar is at another revision."
    )

    def change(self) -> Change:
        """The change for curation."""
        return Change(self.id, edit_of(self.edit), self.if_revision)


class BulkBody(Body):
    """A list of changes, or one edit of everything that a filter finds; all or nothing."""

    changes: list[ChangeBody] | None = Field(default=None, min_length=1, max_length=MOST_CHANGES)
    filter: FilterBody | None = None
    edit: AnyEdit | None = Field(
        default=None, description="What is done to all that the filter finds."
    )
    if_version: int | None = Field(
        default=None,
        ge=0,
        le=LARGEST_ID,
        description="The version that a dry run told; refused with 412 where it is no longer the "
        "newest, so that what is changed is what was shown.",
    )
    reason: Reason = ""
    dry_run: bool = Field(default=False, description="Tell what would change, and write nothing.")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        listed = self.changes is not None
        found = self.filter is not None and self.edit is not None
        half = (self.filter is None) != (self.edit is None)
        if half or listed == found:
            raise ValueError("give either `changes`, or `filter` and `edit`")
        return self


class NewExemplarBody(Body):
    """An annotation that a curator adds to an indexed recording; times count from its start."""

    recording: Value
    kind: Literal["relation", "gesture"]
    label: Label
    word: Word
    start_seconds: Seconds
    end_seconds: Seconds
    window_start_seconds: Seconds | None = Field(
        default=None, description="The window it goes to; by default where it lies most central."
    )
    stroke_seconds: Seconds | None = None
    quality: list[FlagName] = Field(default=[], max_length=50)
    comment: LongText = ""
    arg1: LongText = ""
    arg2: LongText = ""
    reason: Reason = ""
    dry_run: bool = Field(default=False, description="Tell what would be added, and write nothing.")

    def exemplar(self) -> NewExemplar:
        """The addition for curation."""
        given = self.model_dump(exclude={"reason", "quality", "dry_run"})
        return NewExemplar(**given, quality=tuple(self.quality))


class PromoteBody(Body):
    """Which version `live` is to point at."""

    version: VersionName | None = Field(default=None, description="The newest one by default.")
    follow: bool = Field(default=False, description="From now on `live` moves with every edit.")


class RollBackBody(Body):
    """An earlier version that `live` is pinned to."""

    version: VersionName


class TagPut(Body):
    """Which version a named tag is to point at."""

    version: VersionName | None = Field(default=None, description="The newest one by default.")
