"""What retrieval is asked and what it answers: options, queries, matches, placements."""

from dataclasses import dataclass, field
from typing import Literal

from annotations.types import Annotation, Exemplar, PlacedExemplar
from motion.timeline import ChunkSpan

Scorer = Literal["default", "published"]
PlacementRule = Literal["default", "published"]
SpeakerPolicy = Literal["prefer", "only", "any"]


@dataclass(frozen=True)
class RetrievalOptions:
    """How exemplars are chosen and laid; the defaults are ours, ``published`` is RAG-Gesture's."""

    scorer: Scorer = "default"
    placement: PlacementRule = "default"
    candidates: int = 10
    """Candidates kept for each query; one of them is placed."""
    exclude_recordings: tuple[str, ...] = ()
    """Recordings nothing is taken from, e.g. the one the query comes from."""
    speaker: SpeakerPolicy = "prefer"
    """Whether exemplars of the query's speaker are preferred, demanded or not looked at."""
    max_per_minute: float = 20.0
    minimum_gap_seconds: float = 2.0
    """Default placement only: the least time between two moments that ask for a gesture."""
    minimum_probability: float = 0.0
    """Annotations less probable than this ask for nothing."""
    strength: float | None = None
    """Of every placed exemplar: 0 a hint, 1 verbatim; ``None`` leaves it to the sampler."""

    def __post_init__(self) -> None:
        limits = {
            "candidates": (self.candidates, 1, 1000),
            "max_per_minute": (self.max_per_minute, 0.0, 600.0),
            "minimum_gap_seconds": (self.minimum_gap_seconds, 0.0, 600.0),
            "minimum_probability": (self.minimum_probability, 0.0, 1.0),
            "strength": (self.strength if self.strength is not None else 0.0, 0.0, 1.0),
        }
        for name, (found, low, high) in limits.items():
            if not low <= found <= high:
                raise ValueError(f"{name} must be within {low}..{high}, found {found}")


@dataclass(frozen=True)
class Term:
    """One part of a score, with its reason in plain words."""

    name: str
    value: float
    why: str


@dataclass(frozen=True)
class Score:
    """A sum of terms."""

    total: float
    terms: tuple[Term, ...]

    @classmethod
    def of(cls, *terms: Term) -> "Score":
        """The sum of ``terms``."""
        return cls(sum(term.value for term in terms), terms)

    @property
    def reason(self) -> str:
        """The terms that count, largest first, as one line."""
        telling = sorted((t for t in self.terms if t.value), key=lambda t: -abs(t.value))
        return "; ".join(f"{term.why} ({term.value:+.2f})" for term in telling)


@dataclass(frozen=True)
class Query:
    """A moment of the speech that asks for a gesture."""

    annotation: Annotation
    text: str
    """The sentence around it."""
    speaker: int
    stress_seconds: float
    """When the stroke should peak: the stressed syllable of the word, from the speech's start."""
    prominence: float | None = None
    """Of its words; ``None`` where the tier does not tell."""
    importance: float = 1.0
    """What decides when two queries want the same moment."""


@dataclass(frozen=True)
class Candidate:
    """An entry of the index with what it scored against a query."""

    exemplar: Exemplar
    score: Score


@dataclass(frozen=True)
class Match:
    """The exemplar chosen for a query, and why."""

    query: Query
    exemplar: Exemplar
    score: Score
    rank: int
    """Place among the kept candidates, 1 for the best score."""
    rivals: tuple[Candidate, ...]
    """All kept candidates in the order of their scores, the chosen one among them."""
    reason: str

    @property
    def margin(self) -> float | None:
        """How far the best other candidate lies behind; negative where it scored higher."""
        others = [r.score.total for r in self.rivals if r.exemplar.id != self.exemplar.id]
        return self.score.total - max(others) if others else None


@dataclass(frozen=True)
class Dropped:
    """A query that goes without an exemplar."""

    query: Query
    reason: str


@dataclass(frozen=True)
class MatchRow:
    """One line of the table that tells what was retrieved where and why."""

    time_seconds: float
    """Of the query's stressed syllable."""
    word: str
    label: str
    exemplar_id: int
    recording: str
    recording_seconds: float
    """Where the exemplar's annotation begins in its recording."""
    exemplar_word: str
    exemplar_label: str
    speaker: int
    score: float
    rank: int
    target: ChunkSpan
    offset_seconds: float
    strength: float | None
    reason: str


@dataclass(frozen=True)
class Landing:
    """A match on the query's timeline."""

    match: Match
    placed: PlacedExemplar
    offset_seconds: float
    """Stroke minus stressed syllable: what the grid of whole chunks leaves; negative is early."""

    @property
    def row(self) -> MatchRow:
        """What a table shows of it."""
        query, exemplar = self.match.query, self.match.exemplar
        return MatchRow(
            time_seconds=query.stress_seconds,
            word=query.annotation.word,
            label=query.annotation.label,
            exemplar_id=exemplar.id,
            recording=exemplar.window.recording,
            recording_seconds=exemplar.window.start_seconds + exemplar.annotation.focus.start,
            exemplar_word=exemplar.annotation.word,
            exemplar_label=exemplar.annotation.label,
            speaker=exemplar.window.speaker,
            score=self.match.score.total,
            rank=self.match.rank,
            target=self.placed.target,
            offset_seconds=self.offset_seconds,
            strength=self.placed.strength,
            reason=self.match.reason,
        )


@dataclass(frozen=True)
class Placement:
    """What goes where, what does not, and why."""

    placed: tuple[PlacedExemplar, ...] = ()
    """In the order of time; never overlapping."""
    dropped: tuple[Dropped, ...] = ()
    landings: tuple[Landing, ...] = field(default=(), compare=False)
    """The match behind each of ``placed``, in the same order."""

    @classmethod
    def of(cls, landings: tuple[Landing, ...], dropped: tuple[Dropped, ...]) -> "Placement":
        """Landings in the order of time, with what was dropped."""
        ordered = tuple(sorted(landings, key=lambda landing: landing.placed.target))
        return cls(tuple(landing.placed for landing in ordered), dropped, ordered)

    @property
    def rows(self) -> tuple[MatchRow, ...]:
        """The table of what was retrieved where and why."""
        return tuple(landing.row for landing in self.landings)
