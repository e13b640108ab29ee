"""Why each moment got what it got, as plain values: for REST, for the page, for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from retrieval.cuts import KeptOut
from retrieval.matches import (
    Candidate,
    Cut,
    CutReason,
    Dropped,
    Landing,
    Match,
    Placement,
    Query,
    RetrievalOptions,
    Term,
)
from retrieval.weights import Weights


@dataclass(frozen=True)
class CandidateRow:
    """One exemplar that was compared, with every term of its score."""

    exemplar_id: int
    recording: str
    recording_seconds: float
    """Where its annotation begins in its recording."""
    speaker: int
    label: str
    word: str
    quality: tuple[str, ...]
    total: float
    behind: float
    """How far it lies behind the best score."""
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class CutRow:
    """An exemplar that a filter kept out, with what it would have scored."""

    exemplar_id: int
    recording: str
    recording_seconds: float
    """Where its annotation begins in its recording."""
    speaker: int
    label: str
    word: str
    total: float | None
    """By the default score; ``None`` where the published one chooses."""
    behind: float | None
    """How far it lies behind the best candidate, negative where it would have been ahead;
    ``None`` without a score or a candidate."""


@dataclass(frozen=True)
class PlacedRow:
    """Where the chosen exemplar was laid."""

    exemplar_id: int
    rank: int
    """Its place among the candidates, 1 for the best score."""
    target_start_seconds: float
    target_end_seconds: float
    source_start_seconds: float
    """Where the used part begins in the exemplar's window."""
    offset_seconds: float
    """Stroke minus stressed syllable; negative is early."""


@dataclass(frozen=True)
class MomentRow:
    """A moment of the speech that asks for a gesture, and what became of it."""

    time_seconds: float
    """Of its stressed syllable."""
    word: str
    label: str
    method: str
    text: str
    """The sentence around it."""
    prominence: float | None
    importance: float
    candidates: tuple[CandidateRow, ...]
    """Best first; none where it was dropped before it was searched, or nothing was found."""
    margin: float | None
    """How far the best candidate is ahead of the next; ``None`` without two."""
    cut: Cut
    """How much the filters kept out; nothing where it was dropped before it was searched."""
    cut_examples: Mapping[CutReason, tuple[CutRow, ...]]
    """For each filter that kept anything out, the best of that by the default score."""
    placed: PlacedRow | None
    reason: str
    """Why this exemplar, or why none."""


@dataclass(frozen=True)
class Explanation:
    """Everything that retrieval and placement decided on one talk."""

    scorer: str
    placement: str
    method: str
    weights: Mapping[str, float]
    """Of the default scorer; the published one has its own."""
    moments: tuple[MomentRow, ...]
    """In the order of time."""
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Nothing but what JSON can say: by name, in order, text and numbers."""
        return asdict(self)


def explained(
    matches: Sequence[Match],
    placement: Placement,
    kept_out: Mapping[Query, KeptOut],
    options: RetrievalOptions,
    weights: Weights,
) -> Explanation:
    """Bring matches and their placement together, one row a moment."""
    landings = {landing.match.query: landing for landing in placement.landings}
    dropped = {each.query: each for each in placement.dropped}
    found = {match.query: match for match in matches}
    queries = sorted({*found, *dropped}, key=lambda query: query.stress_seconds)
    scored = options.scorer == "default"
    kept = {query: kept_out.get(query, KeptOut()) for query in queries}
    rows = (
        _moment(q, found.get(q), landings.get(q), dropped.get(q), kept[q], scored) for q in queries
    )
    return Explanation(
        options.scorer,
        options.placement,
        options.method,
        weights.as_json(),
        tuple(rows),
        placement.notes,
    )


def _moment(
    query: Query,
    match: Match | None,
    landing: Landing | None,
    dropped: Dropped | None,
    kept: KeptOut,
    scored: bool,
) -> MomentRow:
    candidates = () if match is None else match.rivals
    best = max((each.score.total for each in candidates), default=0.0)
    rows = tuple(_candidate(each, best) for each in candidates)
    return MomentRow(
        time_seconds=query.stress_seconds,
        word=query.annotation.word,
        label=query.annotation.label,
        method=query.method,
        text=query.text,
        prominence=query.prominence,
        importance=query.importance,
        candidates=rows,
        margin=None if match is None else match.margin,
        cut=kept.cut,
        cut_examples={
            reason: tuple(
                _cut_row(each, best if rows and scored else None, scored) for each in some
            )
            for reason, some in kept.examples.items()
        },
        placed=None if landing is None else _placed(landing),
        reason=_reason(match, landing, dropped),
    )


def _candidate(candidate: Candidate, best: float) -> CandidateRow:
    exemplar, score = candidate.exemplar, candidate.score
    return CandidateRow(
        exemplar_id=exemplar.id,
        recording=exemplar.window.recording,
        recording_seconds=exemplar.window.start_seconds + exemplar.annotation.focus.start,
        speaker=exemplar.window.speaker,
        label=exemplar.annotation.label,
        word=exemplar.annotation.word,
        quality=exemplar.quality,
        total=score.total,
        behind=best - score.total,
        terms=score.terms,
    )


def _cut_row(candidate: Candidate, best: float | None, scored: bool) -> CutRow:
    """``best`` is the best score of what could be chosen, if anything could."""
    exemplar, total = candidate.exemplar, candidate.score.total
    return CutRow(
        exemplar_id=exemplar.id,
        recording=exemplar.window.recording,
        recording_seconds=exemplar.window.start_seconds + exemplar.annotation.focus.start,
        speaker=exemplar.window.speaker,
        label=exemplar.annotation.label,
        word=exemplar.annotation.word,
        total=total if scored else None,
        behind=None if best is None else best - total,
    )


def _placed(landing: Landing) -> PlacedRow:
    placed = landing.placed
    return PlacedRow(
        exemplar_id=landing.match.exemplar.id,
        rank=landing.match.rank,
        target_start_seconds=placed.start_seconds,
        target_end_seconds=placed.end_seconds,
        source_start_seconds=placed.source_seconds,
        offset_seconds=landing.offset_seconds,
    )


def _reason(match: Match | None, landing: Landing | None, dropped: Dropped | None) -> str:
    if landing is not None:
        return landing.match.reason
    if dropped is not None:
        return dropped.reason
    return "" if match is None else match.reason
