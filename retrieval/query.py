"""The moments of a speech that ask for a gesture."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotations.types import (
    AnnotatedSpeech,
    Annotation,
    DiscourseRelation,
    GestureLabel,
    GestureType,
)
from retrieval.context import prominence_of, stress_seconds, stressed_part, words_around
from retrieval.matches import Dropped, Query, RetrievalOptions

__all__ = ["Moments", "Query", "moments_of"]

_MINUTE = 60.0
_PLAIN_CONJUNCTION = "Expansion.Conjunction"
"""The "and" of every other sentence asks for a gesture less than anything else."""


@dataclass(frozen=True)
class Moments:
    """Queries in the order of time, and the annotations that were left out."""

    queries: tuple[Query, ...]
    dropped: tuple[Dropped, ...]


def moments_of(annotated: AnnotatedSpeech, speaker: int, options: RetrievalOptions) -> Moments:
    """Relations and gesture labels other than beats, thinned to a natural density.

    The published placement takes them all, as RAG-Gesture does.
    """
    gestures = (label for label in annotated.gestures if label.type is not GestureType.BEAT)
    tiers: list[Annotation] = [*annotated.relations, *gestures]
    wanted = sorted(tiers, key=lambda annotation: (annotation.focus, annotation.label))
    queries = [_query(annotated, annotation, speaker) for annotation in wanted]
    kept, dropped = [], []
    for query in queries:
        if query.annotation.probability < options.minimum_probability:
            least = f"{query.annotation.probability:.2f}, under {options.minimum_probability:.2f}"
            dropped.append(Dropped(query, f"its probability is {least}"))
        else:
            kept.append(query)
    if options.placement == "published":
        return Moments(tuple(kept), tuple(dropped))
    return _thinned(kept, dropped, options)


def _query(annotated: AnnotatedSpeech, annotation: Annotation, speaker: int) -> Query:
    prominence = prominence_of(annotation.focus, annotated.prominences)
    part = stressed_part(annotation, annotated.speech.words)
    return Query(
        annotation=annotation,
        text=words_around(annotated.speech.words, annotation.focus),
        speaker=speaker,
        stress_seconds=stress_seconds(annotated.speech, part, annotated.prominences),
        prominence=prominence,
        importance=_importance(annotation, prominence),
    )


def _importance(annotation: Annotation, prominence: float | None) -> float:
    """How much a moment asks for a gesture: sure, telling and strongly spoken ones ask more."""
    match annotation:
        case DiscourseRelation(sense=sense, connective="and") if sense == _PLAIN_CONJUNCTION:
            telling = 0.6
        case DiscourseRelation():
            telling = 1.1
        case GestureLabel():
            telling = 1.0
    return annotation.probability * telling * (1.0 + 0.2 * min(prominence or 0.0, 3.0))


def _thinned(
    queries: Sequence[Query], dropped: list[Dropped], options: RetrievalOptions
) -> Moments:
    """The most important first; each keeps its distance from those before it."""
    kept: list[Query] = []
    for query in sorted(queries, key=lambda q: -q.importance):
        reason = _crowded(query, kept, options)
        if reason:
            dropped.append(Dropped(query, reason))
        else:
            kept.append(query)
    return Moments(
        tuple(sorted(kept, key=lambda q: q.stress_seconds)),
        tuple(sorted(dropped, key=lambda d: d.query.stress_seconds)),
    )


def _crowded(query: Query, kept: Sequence[Query], options: RetrievalOptions) -> str | None:
    """Why ``query`` finds no room among ``kept``; ``None`` where it does."""
    for other in kept:
        name = f'"{other.annotation.word}" ({other.annotation.label})'
        if other.annotation.focus.overlaps(query.annotation.focus):
            return f"{name} is said at the same time and asks more"
        distance = abs(other.stress_seconds - query.stress_seconds)
        if distance < options.minimum_gap_seconds:
            return f"{name} is {distance:.1f} s away and asks more"
    busiest = _busiest_minute(query, kept)
    if busiest > options.max_per_minute:
        return f"{busiest - 1} gestures within a minute are enough (max_per_minute)"
    return None


def _busiest_minute(query: Query, kept: Sequence[Query]) -> int:
    """Gestures in the fullest minute that would hold ``query``."""
    now = query.stress_seconds
    times = [now, *(q.stress_seconds for q in kept)]
    starts = [t for t in times if now - _MINUTE < t <= now]
    return max(sum(start <= t < start + _MINUTE for t in times) for start in starts)
