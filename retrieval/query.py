"""The moments of a speech that ask for a gesture."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from annotations.types import (
    AnnotatedSpeech,
    Annotation,
    DiscourseRelation,
    GestureLabel,
    GestureType,
    Source,
)
from retrieval.context import nearby, prominence_of, stress_seconds, stressed_part, words_around
from retrieval.matches import Asker, Dropped, Query, RetrievalOptions
from retrieval.prosody import contour_at, peaks_of

__all__ = ["Moments", "Query", "moments_of"]

_MINUTE = 60.0
_STRESS = attrgetter("stress_seconds")
_PLAIN_CONJUNCTION = "Expansion.Conjunction"
"""The "and" of every other sentence asks for a gesture less than other relations."""
_BEAT = 0.3
"""Prosody alone fills what meaning leaves free."""


NO_LLM = (
    "method llm: no gesture label of this speech comes from a language model; set "
    "CHIRONOMIA_LLM_URL and CHIRONOMIA_LLM_MODEL to an OpenAI-compatible endpoint and start again, "
    "or choose method auto"
)


@dataclass(frozen=True)
class Moments:
    """Queries in the order of time, and the annotations that were left out."""

    queries: tuple[Query, ...]
    dropped: tuple[Dropped, ...]
    notes: tuple[str, ...] = ()
    """What was asked for and is not there."""


def moments_of(annotated: AnnotatedSpeech, speaker: int, options: RetrievalOptions) -> Moments:
    """What the method asks for, thinned to a natural density.

    That is relations, gesture labels other than beats, and peaks of prominence. The published
    placement takes them all, as RAG-Gesture does, and prosody has no part in published ``auto``.
    """
    askers = _askers(options)
    asking = [*_annotations(annotated)]
    if "prosody" in askers:
        asking += [("prosody", peak) for peak in peaks_of(annotated)]
    wanted = sorted(
        ((asker, annotation) for asker, annotation in asking if asker in askers),
        key=lambda pair: (pair[1].focus, pair[1].label),
    )
    kept, dropped = [], []
    for query in (_query(annotated, annotation, speaker, asker) for asker, annotation in wanted):
        if query.annotation.probability < options.minimum_probability:
            least = f"{query.annotation.probability:.2f}, under {options.minimum_probability:.2f}"
            dropped.append(Dropped(query, f"its probability is {least}"))
        else:
            kept.append(query)
    notes = (NO_LLM,) if options.method == "llm" and not wanted else ()
    moments = Moments(tuple(kept), tuple(dropped), notes)
    if options.placement != "published":
        moments = _thinned(moments, options)
    return replace(moments, queries=tuple(_contoured(q, annotated) for q in moments.queries))


def _contoured(query: Query, annotated: AnnotatedSpeech) -> Query:
    """With the rise and fall of prominence where that is what asks."""
    if query.method != "prosody":
        return query
    return replace(query, contour=contour_at(annotated.prominences, query.stress_seconds))


def _askers(options: RetrievalOptions) -> tuple[Asker, ...]:
    if options.method != "auto":
        return (options.method,)
    if "published" in (options.scorer, options.placement):
        return ("discourse", "gesture_type", "llm")
    prosody: tuple[Asker, ...] = ("prosody",) if options.fill_with_prosody else ()
    return ("discourse", "gesture_type", "llm", *prosody)


def _annotations(annotated: AnnotatedSpeech) -> Iterator[tuple[Asker, Annotation]]:
    """Relations and gesture labels other than beats, with what asks by them."""
    for relation in annotated.relations:
        yield "discourse", relation
    for label in annotated.gestures:
        if label.type is not GestureType.BEAT:
            yield ("llm" if label.source is Source.LLM else "gesture_type"), label


def _query(annotated: AnnotatedSpeech, annotation: Annotation, speaker: int, asker: Asker) -> Query:
    words = nearby(annotated.speech.words, annotation.focus)
    tier = nearby(annotated.prominences, annotation.focus)
    prominence = prominence_of(annotation.focus, tier)
    part = stressed_part(annotation, annotated.speech.words)
    stress = stress_seconds(replace(annotated.speech, words=tuple(words)), part, tier)
    return Query(
        annotation=annotation,
        text=words_around(words, annotation.focus),
        speaker=speaker,
        stress_seconds=stress,
        prominence=prominence,
        importance=_importance(annotation, prominence),
        method=asker,
    )


def _importance(annotation: Annotation, prominence: float | None) -> float:
    """How much a moment asks for a gesture: sure, telling and strongly spoken ones ask more."""
    match annotation:
        case DiscourseRelation(sense=sense, connective="and") if sense == _PLAIN_CONJUNCTION:
            telling = 0.6
        case DiscourseRelation():
            telling = 1.1
        case GestureLabel(type=GestureType.BEAT):
            telling = _BEAT
        case GestureLabel():
            telling = 1.0
    return annotation.probability * telling * (1.0 + 0.2 * min(prominence or 0.0, 3.0))


def _thinned(moments: Moments, options: RetrievalOptions) -> Moments:
    """The most important first; each keeps its distance from those before it."""
    kept, dropped = list[Query](), list(moments.dropped)
    for query in sorted(moments.queries, key=lambda q: -q.importance):
        reason = _crowded(query, _within_a_minute(query, kept), options)
        if reason:
            dropped.append(Dropped(query, reason))
        else:
            insort(kept, query, key=_STRESS)
    return Moments(
        tuple(kept),
        tuple(sorted(dropped, key=lambda d: d.query.stress_seconds)),
        moments.notes,
    )


def _within_a_minute(query: Query, kept: Sequence[Query]) -> Sequence[Query]:
    """What is ``kept``, in the order of time, within a minute of ``query``."""
    first = bisect_left(kept, query.stress_seconds - _MINUTE, key=_STRESS)
    last = bisect_right(kept, query.stress_seconds + _MINUTE, key=_STRESS)
    return kept[first:last]


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
