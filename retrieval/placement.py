"""Where each match goes on a talk of any length: strokes on their words, nothing over another."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from annotations.types import AnnotatedSpeech, Clip, PlacedExemplar, Window
from motion.timeline import ChunkSpan, FrameSpan
from retrieval.context import anchor_seconds, origin
from retrieval.frame_ways import frame_ways_of
from retrieval.joint import Choice, best_ways
from retrieval.matches import Candidate, Dropped, Landing, Match, Placement, RetrievalOptions
from retrieval.published import method_of
from retrieval.published_placement import PublishedPlace, Span, place_in_talk
from retrieval.ways import Way, ways_of

_REPEAT_SECONDS = 60.0
_REPEATED = 0.75
"""What a gesture loses that is shown again within a minute, where its score does not say so."""
_ROUNDS = 4
"""Choices made anew with repeated gestures worth less, at most."""

Clips = Callable[[Window], Clip]


def place(
    matches: Sequence[Match], annotated: AnnotatedSpeech, clips: Clips, options: RetrievalOptions
) -> Placement:
    """Lay the matches by the rule that ``options`` name."""
    ordered = sorted(matches, key=lambda match: match.query.stress_seconds)
    chunks = max(1, FrameSpan.covering(0.0, annotated.speech.seconds).chunks.stop)
    if options.placement == "published":
        choices = _published_choices(ordered, chunks)
        ways = [[way] if way else [] for way in choices]
    else:
        ways, choices = _jointly(ordered, chunks, options)
    taken = [(match, way) for match, way in zip(ordered, choices, strict=True) if way]
    landings, dropped = [], []
    for match, own, way in zip(ordered, ways, choices, strict=True):
        if way:
            exemplar = way.candidate.exemplar
            clip = clips(exemplar.window)
            placed = PlacedExemplar(
                exemplar,
                clip,
                way.target,
                way.source,
                options.strength,
                way.delay_frames,
                way.held,
            )
            landings.append(Landing(_settled(match, way, own), placed, way.offset_seconds))
        else:
            reason = _why_dropped(match, own, taken, options.minimum_gap_chunks)
            dropped.append(Dropped(match.query, reason))
    return Placement.of(tuple(landings), tuple(dropped))


def _jointly(
    matches: Sequence[Match], chunks: int, options: RetrievalOptions
) -> tuple[list[list[Way]], list[Choice]]:
    """All ways, and those that are best together; repeated gestures are worth less each round."""
    gap = options.minimum_gap_chunks
    if options.placement == "whole_seconds":
        ways = [ways_of(match, chunks) for match in matches]
    else:
        ways = [frame_ways_of(match, chunks, options) for match in matches]
    choices = best_ways(ways, gap)
    for _ in range(_ROUNDS):
        repeats = _repeats(matches, choices)
        if not repeats:
            break
        for position, way in repeats:
            again = origin(way.candidate.exemplar)
            ways[position] = [_stale(each, again) for each in ways[position]]
        choices = best_ways(ways, gap)
    return ways, choices


def _repeats(matches: Sequence[Match], choices: Sequence[Choice]) -> list[tuple[int, Way]]:
    """Choices that show a gesture within a minute of another choice, and are not worth less yet."""
    shown: dict[tuple[str, float], float] = {}
    repeats = []
    for position, (match, way) in enumerate(zip(matches, choices, strict=True)):
        if way is None:
            continue
        key, now = origin(way.candidate.exemplar), match.query.stress_seconds
        soon = now - shown.get(key, -_REPEAT_SECONDS) < _REPEAT_SECONDS
        if soon and not way.repeated and not _scored_as_recent(way.candidate):
            repeats.append((position, way))
        shown[key] = now
    return repeats


def _scored_as_recent(candidate: Candidate) -> bool:
    return any(term.name == "recent" for term in candidate.score.terms)


def _stale(way: Way, again: tuple[str, float]) -> Way:
    if way.repeated or origin(way.candidate.exemplar) != again:
        return way
    return replace(way, value=way.value - _REPEATED, repeated=True)


def _published_choices(matches: Sequence[Match], chunks: int) -> list[Choice]:
    points = [
        (
            Span(match.query.annotation.focus.start, match.query.annotation.focus.end),
            Span(match.exemplar.annotation.focus.start, match.exemplar.annotation.focus.end),
            method_of(match.query.annotation),
        )
        for match in matches
    ]
    places = place_in_talk(points, chunks)
    return [_published_way(match, place) for match, place in zip(matches, places, strict=True)]


def _published_way(match: Match, place: PublishedPlace | None) -> Choice:
    if place is None:
        return None
    landed = anchor_seconds(match.exemplar) + place.target.start - place.source.start
    offset = landed - match.query.stress_seconds
    candidate = Candidate(match.exemplar, match.score)
    return Way(candidate, place.source, place.target, offset, match.score.total)


def _settled(match: Match, way: Way, own: Sequence[Way]) -> Match:
    """The match with the candidate that was laid, and why where that is not the best one."""
    exemplar, score = way.candidate.exemplar, way.candidate.score
    if exemplar.id == match.exemplar.id:
        return match
    ids = [rival.exemplar.id for rival in match.rivals]
    rank = ids.index(exemplar.id) + 1
    notes = match.reason.removeprefix(match.score.reason)
    why = f"number {rank} of {len(ids)} was taken: {_why_not_best(match, way, own)}"
    reason = f"{score.reason}{notes}; {why}"
    return replace(match, exemplar=exemplar, score=score, rank=rank, reason=reason)


def _why_not_best(match: Match, way: Way, own: Sequence[Way]) -> str:
    best = [w for w in own if w.candidate.exemplar.id == match.exemplar.id]
    if not best:
        return "the best one does not fit between the talk's start and end"
    if best[0].repeated and not way.repeated:
        return "the best one is shown less than a minute before"
    here, there = abs(way.offset_seconds), abs(best[0].offset_seconds)
    if there > here:
        return f"its stroke falls {here:.2f} s off the syllable, the best one's {there:.2f} s"
    return "the best one finds less room there"


def _why_dropped(
    match: Match, own: Sequence[Way], taken: Sequence[tuple[Match, Way]], gap: int
) -> str:
    if own and max(way.value for way in own) <= 0:
        return "every candidate's stroke would fall too far from the word"
    chunk = int(match.query.stress_seconds)
    wanted = own[0].target if own else ChunkSpan(chunk, chunk + 1)
    reach = ChunkSpan(max(wanted.start - gap, 0), wanted.stop + gap)
    for other, way in taken:
        if way.target.overlaps(reach):
            span = f"{way.target.start_seconds:.0f}..{way.target.end_seconds:.0f} s"
            apart = f" and {gap} s stay free around it" if gap else ""
            return f'no room: "{other.query.annotation.word}" holds {span}{apart}'
    return "no room between its neighbours" if own else "no candidate fits into the talk there"
