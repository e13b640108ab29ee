"""What retrieval is asked and what it answers: options, queries, matches, placements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from annotations.types import Annotation, Exemplar, PlacedExemplar
from motion.timeline import ChunkSpan
from retrieval.options import Asker, Method, PlacementRule, RetrievalOptions, Scorer, SpeakerPolicy

__all__ = [
    "CUT_REASONS",
    "Asker",
    "Candidate",
    "Cut",
    "CutReason",
    "Dropped",
    "ExemplarSource",
    "HeldExemplars",
    "Landing",
    "Match",
    "MatchRow",
    "Method",
    "Placement",
    "PlacementRule",
    "Query",
    "RetrievalOptions",
    "Score",
    "Scorer",
    "Shown",
    "SpeakerPolicy",
    "Term",
]


class ExemplarSource(Protocol):
    """Where the exemplars behind the entries of an index come from, at one index version."""

    def of(self, ids: Iterable[int]) -> Mapping[int, Exemplar]:
        """The exemplars of these entries; entries that are not there are left out."""
        ...

    def every(self) -> Iterable[Exemplar]:
        """All exemplars, in the order of their ids; may read them in portions."""
        ...


@dataclass(frozen=True)
class HeldExemplars:
    """Exemplars that are all in memory."""

    by_id: Mapping[int, Exemplar]

    def of(self, ids: Iterable[int]) -> Mapping[int, Exemplar]:
        """The exemplars of these entries; entries that are not there are left out."""
        return {each: self.by_id[each] for each in ids if each in self.by_id}

    def every(self) -> Iterable[Exemplar]:
        """All exemplars, in the order of their ids."""
        return (self.by_id[each] for each in sorted(self.by_id))


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
    method: Asker = "gesture_type"
    """What asks here: a relation, a gesture type, a language model's label, or prosody."""
    contour: tuple[float, ...] = ()
    """Prominence around the word, see `retrieval.prosody`; empty where prosody does not ask."""


@dataclass(frozen=True)
class Shown:
    """A gesture that was shown, and when."""

    recording: str
    recording_seconds: float
    seconds: float
    """Of this talk; negative before its start."""


CutReason = Literal["label", "recording", "speaker", "exemplar"]
"""Why a filter keeps an entry out; the fields of `Cut`, in their order."""
CUT_REASONS: tuple[CutReason, ...] = get_args(CutReason)


@dataclass(frozen=True)
class Cut:
    """How many entries the filters kept out; each is counted once, by the first that did."""

    label: int = 0
    """Of another sense or type than was looked among."""
    recording: int = 0
    """Of recordings that nothing is taken from."""
    speaker: int = 0
    """Of other speakers, where only the query's own is asked for."""
    exemplar: int = 0
    """Named one by one."""


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
    cut: Cut = field(default=Cut(), compare=False)
    """What the filters kept out."""
    shown: tuple[Shown, ...] = field(default=(), compare=False)
    """Gestures shown so shortly before that they count as stale."""

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
    """Stroke minus stressed syllable; negative is early."""

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
    notes: tuple[str, ...] = ()
    """What was asked for and could not be done as asked."""

    @classmethod
    def of(cls, landings: tuple[Landing, ...], dropped: tuple[Dropped, ...]) -> "Placement":
        """Landings in the order of time, with what was dropped."""
        ordered = tuple(sorted(landings, key=lambda landing: landing.placed.target))
        return cls(tuple(landing.placed for landing in ordered), dropped, ordered)

    @property
    def rows(self) -> tuple[MatchRow, ...]:
        """The table of what was retrieved where and why."""
        return tuple(landing.row for landing in self.landings)
