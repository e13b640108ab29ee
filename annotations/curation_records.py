"""What curation takes and gives: facts of exemplars, edits, outcomes, filters, pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from annotations.records import AnnotationKind, StoredEvent
from annotations.types import Window

QUALITY_FLAGS: tuple[str, ...] = (
    "still_hands",
    "short_motion",
    "noisy_motion",
    "foot_sliding",
    "hands_cross",
    "wrong_time",
    "wrong_label",
    "unsure",
    "favourite",
)
"""What may be said of an exemplar's motion and label; a curator's own flags begin with ``x-``."""
OWN_FLAG = "x-"
LONGEST_WORD = 200
LONGEST_COMMENT = 4_000
LONGEST_FLAG = 40

FacetName = Literal[
    "label",
    "word",
    "type",
    "speaker",
    "seconds",
    "quality",
    "source",
    "kind",
    "split",
    "used",
    "near_duplicates",
]
FACETS: tuple[FacetName, ...] = get_args(FacetName)


Order = Literal["id", "label", "seconds", "newest"]
"""Of a list: ties are broken by id."""


@dataclass(frozen=True)
class ExemplarFacts:
    """An exemplar as a list shows it; times in seconds from the start of its window."""

    id: int
    annotation_id: int
    revision: int
    """Counts from 1, one more with every change of this exemplar."""
    seq: int
    """Index version that made this revision; 0 in the outcome of a dry run."""
    recording: str
    speaker: int
    speaker_name: str
    split: str
    window_id: int
    window_start_seconds: float
    kind: AnnotationKind
    label: str
    """What a match must share: matching sense or gesture type."""
    word: str
    start_seconds: float
    end_seconds: float
    probability: float
    source: str
    prominence: float | None
    stroke_seconds: float | None
    quality: tuple[str, ...]
    comment: str
    removed: bool
    text: str
    """The words of its window."""
    sense: str = ""
    """The full sense of a relation, as annotated; the type of a gesture."""

    @property
    def window_key(self) -> str:
        """Name of the window: of its clip and its stored trajectory."""
        return f"{self.recording}@{self.window_start_seconds:.3f}"


@dataclass(frozen=True)
class Relabel:
    """Another sense (PDTB-2 or PDTB-3 name) or gesture type, of the same kind as before."""

    label: str


@dataclass(frozen=True)
class Retime:
    """Another place for the word, in seconds from the start of the window."""

    start_seconds: float
    end_seconds: float
    stroke_seconds: float | None = None
    """Peak of hand speed; ``None`` keeps it."""


@dataclass(frozen=True)
class Reword:
    """Another connective or keyword."""

    word: str


@dataclass(frozen=True)
class Flag:
    """Quality flags to add and to take away."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comment:
    """A note; it replaces the one before."""

    text: str


@dataclass(frozen=True)
class Remove:
    """Out of the index; the row and its history stay."""


@dataclass(frozen=True)
class Restore:
    """Back into the index as it was before it was removed."""


Edit = Relabel | Retime | Reword | Flag | Comment | Remove | Restore


@dataclass(frozen=True)
class Change:
    """One edit of one exemplar."""

    exemplar_id: int
    edit: Edit
    if_revision: int | None = None
    """Refused with `EditConflictError` where the exemplar is at another revision."""


@dataclass(frozen=True)
class NewExemplar:
    """An annotation that a curator adds; times in seconds from the start of the recording."""

    recording: str
    kind: AnnotationKind
    label: str
    word: str
    start_seconds: float
    end_seconds: float
    window_start_seconds: float | None = None
    """The stored window it goes to; ``None`` for the one where it lies most central."""
    stroke_seconds: float | None = None
    quality: tuple[str, ...] = ()
    comment: str = ""
    arg1: str = ""
    arg2: str = ""
    window: Window | None = None
    """Stored first where the recording has no such window yet."""


@dataclass(frozen=True)
class RowChange:
    """One exemplar before and after; ``None`` where it was not there at all."""

    exemplar_id: int
    before: ExemplarFacts | None
    after: ExemplarFacts | None


@dataclass(frozen=True)
class Outcome:
    """What an edit did, or would do."""

    version: int | None
    """The new index version; ``None`` for a dry run or where nothing would change."""
    rows: tuple[RowChange, ...]
    """Every exemplar that changes, by id: also the other exemplars of an edited annotation."""
    event: StoredEvent | None


@dataclass(frozen=True)
class ExemplarFilter:
    """Which exemplars are asked for; an empty field asks nothing. Fields are joined by "and"."""

    labels: tuple[str, ...] = ()
    """Senses or types; a dotted sense includes the senses below it."""
    kinds: tuple[AnnotationKind, ...] = ()
    words: tuple[str, ...] = ()
    """Whole words or connectives, in any case."""
    types: tuple[str, ...] = ()
    """Gesture types; asks for gestures alone."""
    speakers: tuple[int, ...] = ()
    recordings: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    """Flags, any of them; ``none`` for exemplars without a flag."""
    sources: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    """Who made the current revision."""
    seconds_min: float | None = None
    seconds_max: float | None = None
    """Bounds of the word's duration."""
    text: str | None = None
    """Words that must all occur in the window's text, the word or the comment."""
    removed: bool | None = False
    """``None`` for both."""
    version: int | None = None
    """``None`` for the head."""
    ids: tuple[int, ...] | None = None
    used: int | None = None
    """Inserted by one of so many jobs, the newest that succeeded."""
    near_duplicates: bool = False
    """Only those with a near duplicate of another annotation."""


@dataclass(frozen=True)
class Wanted:
    """How a list of exemplars is to be shown."""

    limit: int = 50
    cursor: str | None = None
    order: Order = "id"
    facets: bool = False
    uses: int | None = None
    """Count for each row how many of the newest succeeded jobs, so many, used it."""


@dataclass(frozen=True)
class Page:
    """Some of the exemplars that a filter finds, by id."""

    rows: tuple[ExemplarFacts, ...]
    next_cursor: str | None
    total: int
    version: int
    """The version all pages of this cursor show."""
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """For each of `FACETS`, how many exemplars have each value, most frequent first."""
    uses: Mapping[int, int] | None = None
    """How many jobs used each row, where that was asked for."""


@dataclass(frozen=True)
class AnnotationFacts:
    """One annotation of a recording with all its exemplars."""

    id: int
    recording: str
    exemplars: tuple[ExemplarFacts, ...]


@dataclass(frozen=True)
class LabelCoverage:
    """How well one sense or gesture type is covered."""

    kind: AnnotationKind
    label: str
    exemplars: int
    speakers: int
    recordings: int
    few: bool
    """Fewer exemplars than asked for."""


class HistoryEntry(NamedTuple):
    """One change of one exemplar, with the event that made it."""

    event: StoredEvent
    change: RowChange


@dataclass(frozen=True)
class Tag:
    """A name that points at an index version."""

    name: str
    seq: int | None
    """``None`` where it follows the head."""
    version: int
    """What it points at now."""
