"""Where each match goes on a talk of any length: strokes on their words, nothing over another.

Motion is exchanged in whole chunks of one second, so an exemplar can move by whole seconds only.
What remains between its stroke and the stressed syllable depends on where in a second its stroke
lies: among a query's kept candidates the one that fits is taken, for all queries together.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from annotations.types import AnnotatedSpeech, Clip, Exemplar, PlacedExemplar, Window
from motion.timeline import WINDOW_CHUNKS, ChunkSpan, FrameSpan
from retrieval.matches import Candidate, Dropped, Landing, Match, Placement, RetrievalOptions
from retrieval.published import method_of
from retrieval.published_placement import (
    AFTER_SECONDS,
    BEFORE_SECONDS,
    PublishedPlace,
    Span,
    place_in_talk,
)

_PREPARATION_SECONDS = 0.5
"""Least motion before a stroke that makes it readable."""
_REACH_SECONDS = 2.0
"""Motion further than this from the stroke is another gesture."""
_VOWEL_PLACE = 0.4
_REPEAT_SECONDS = 60.0

# What a way of laying an exemplar is worth; importance of a query is about 1.
_LAID = 2.0
_SCORED = 3.0
_LATE, _EARLY = 2.0, 1.0
"""A stroke may come before its syllable sooner than after it."""
_TRIMMED, _MUTILATED = 0.15, 0.6
_REPEATED = 0.75

Clips = Callable[[Window], Clip]


@dataclass(frozen=True)
class Way:
    """One way of laying one candidate of a match."""

    candidate: Candidate
    source: ChunkSpan
    target: ChunkSpan
    offset_seconds: float
    value: float
    repeated: bool = False
    """Whether the same gesture is likely to be shown shortly before."""


def place(
    matches: Sequence[Match], annotated: AnnotatedSpeech, clips: Clips, options: RetrievalOptions
) -> Placement:
    """Lay the matches by the rule that ``options`` name."""
    ordered = sorted(matches, key=lambda match: match.query.stress_seconds)
    chunks = max(1, FrameSpan.covering(0.0, annotated.speech.seconds).chunks.stop)
    if options.placement == "published":
        ways = _published_ways(ordered, chunks)
        choices = [own[:1] for own in ways]
    else:
        ways = _penalised(ordered, [list(_ways(match, chunks)) for match in ordered])
        choices = _chosen(ways)
    taken = [(match, chosen[0]) for match, chosen in zip(ordered, choices, strict=True) if chosen]
    landings, dropped = [], []
    for match, own, chosen in zip(ordered, ways, choices, strict=True):
        if chosen:
            way = chosen[0]
            clip = clips(way.candidate.exemplar.window)
            placed = PlacedExemplar(
                way.candidate.exemplar, clip, way.target, way.source, options.strength
            )
            landings.append(Landing(_settled(match, way, own), placed, way.offset_seconds))
        else:
            dropped.append(Dropped(match.query, _why_dropped(match, own, taken)))
    return Placement.of(tuple(landings), tuple(dropped))


def anchor_seconds(exemplar: Exemplar) -> float:
    """What is laid on the stressed syllable: the stroke, or where the word's vowel would be."""
    if exemplar.stroke_seconds is not None:
        return exemplar.stroke_seconds
    focus = exemplar.annotation.focus
    return focus.start + _VOWEL_PLACE * focus.duration


def source_chunks(exemplar: Exemplar) -> ChunkSpan:
    """The chunks from an exemplar's preparation to its retraction."""
    anchor, focus = anchor_seconds(exemplar), exemplar.annotation.focus
    start = max(min(anchor, focus.start) - BEFORE_SECONDS, anchor - _REACH_SECONDS)
    end = min(max(anchor, focus.end) + AFTER_SECONDS, anchor + _REACH_SECONDS)
    return _covering(start, end)


def _covering(start: float, end: float) -> ChunkSpan:
    frames = FrameSpan.covering(max(start, 0.0), max(end, 0.0))
    return frames.chunks.clipped(0, WINDOW_CHUNKS)


def _ways(match: Match, chunks: int) -> Iterator[Way]:
    """Every candidate at the whole second that brings its stroke nearest, whole and trimmed."""
    best = max((rival.score.total for rival in match.rivals), default=0.0)
    for rival in match.rivals:
        anchor = anchor_seconds(rival.exemplar)
        shift = round(match.query.stress_seconds - anchor)
        offset = anchor + shift - match.query.stress_seconds
        worth = _LAID * match.query.importance + _SCORED * rival.score.total / max(best, 1e-9)
        worth -= offset * _LATE if offset > 0 else -offset * _EARLY
        for source in _trimmed(rival.exemplar):
            if source.start + shift >= 0 and source.stop + shift <= chunks:
                value = worth - _trimming_cost(rival.exemplar, source)
                yield Way(rival, source, source.shifted(shift), offset, value)


def _trimmed(exemplar: Exemplar) -> Iterator[ChunkSpan]:
    """The exemplar's chunks, and all shorter runs of them that still hold its stroke."""
    whole = source_chunks(exemplar)
    stroke = min(max(int(anchor_seconds(exemplar)), whole.start), whole.stop - 1)
    for start in range(whole.start, stroke + 1):
        for stop in range(stroke + 1, whole.stop + 1):
            yield ChunkSpan(start, stop)


def _trimming_cost(exemplar: Exemplar, source: ChunkSpan) -> float:
    anchor = anchor_seconds(exemplar)
    core = _covering(anchor - _PREPARATION_SECONDS, anchor + AFTER_SECONDS)
    missing = max(source.start - core.start, 0) + max(core.stop - source.stop, 0)
    shortened = len(source_chunks(exemplar)) - len(source)
    outside = anchor - _PREPARATION_SECONDS < 0 or anchor + AFTER_SECONDS > WINDOW_CHUNKS
    return _MUTILATED * (missing + outside) + _TRIMMED * max(shortened - missing, 0)


def _penalised(matches: Sequence[Match], ways: list[list[Way]]) -> list[list[Way]]:
    """Ways that would show a gesture again within a minute are worth less."""
    shown: dict[tuple[str, float], float] = {}
    result = []
    for match, own in zip(matches, ways, strict=True):
        now = match.query.stress_seconds
        fresh = [
            replace(way, value=way.value - _REPEATED, repeated=True)
            if now - shown.get(origin(way.candidate.exemplar), -_REPEAT_SECONDS) < _REPEAT_SECONDS
            else way
            for way in own
        ]
        if fresh:
            shown[origin(max(fresh, key=lambda way: way.value).candidate.exemplar)] = now
        result.append(sorted(fresh, key=lambda way: -way.value))
    return result


def origin(exemplar: Exemplar) -> tuple[str, float]:
    """The same gesture in two overlapping windows is one gesture."""
    start = exemplar.window.start_seconds + exemplar.annotation.focus.start
    return exemplar.window.recording, round(start, 2)


@dataclass(frozen=True)
class _Chain:
    """Choices up to a query, linked backwards."""

    value: float
    way: Way | None
    before: "_Chain | None"


def _chosen(ways: Sequence[Sequence[Way]]) -> list[list[Way]]:
    """The ways of largest total value that do not overlap, at most one a query, in query order.

    Exact dynamic programming over the end of what is laid so far. An end before anything that is
    still to come counts as the earliest start to come, so only a few ends are ever open.
    """
    floors = _earliest_starts(ways)
    open_ends: dict[int, _Chain] = {0: _Chain(0.0, None, None)}
    for own, floor in zip(ways, floors[1:], strict=True):
        following: dict[int, _Chain] = {}
        for end, chain in open_ends.items():
            for link in _continued(chain, end, own):
                stop = max(link.way.target.stop if link.way else end, floor)
                if stop not in following or link.value > following[stop].value:
                    following[stop] = link
        open_ends = following
    chain = max(open_ends.values(), key=lambda chain: chain.value)
    chosen: list[list[Way]] = []
    while chain.before is not None:
        chosen.append([chain.way] if chain.way else [])
        chain = chain.before
    return chosen[::-1]


def _continued(chain: _Chain, end: int, ways: Sequence[Way]) -> Iterator[_Chain]:
    """The chain without this query, and with each way that begins at or after ``end``."""
    yield _Chain(chain.value, None, chain)
    for way in ways:
        if way.target.start >= end:
            yield _Chain(chain.value + way.value, way, chain)


def _earliest_starts(ways: Sequence[Sequence[Way]]) -> list[int]:
    """For each place in the order, the first chunk that anything from there on can begin at."""
    starts = [0] * (len(ways) + 1)
    earliest: int | None = None
    for position in range(len(ways) - 1, -1, -1):
        near = [way.target.start for way in ways[position]]
        earliest = min([*near, *([] if earliest is None else [earliest])], default=None)
        starts[position] = earliest or 0
    return starts


def _published_ways(matches: Sequence[Match], chunks: int) -> list[list[Way]]:
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


def _published_way(match: Match, place: PublishedPlace | None) -> list[Way]:
    if place is None:
        return []
    landed = anchor_seconds(match.exemplar) + place.target.start - place.source.start
    offset = landed - match.query.stress_seconds
    candidate = Candidate(match.exemplar, match.score)
    return [Way(candidate, place.source, place.target, offset, match.score.total)]


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


def _why_dropped(match: Match, own: Sequence[Way], taken: Sequence[tuple[Match, Way]]) -> str:
    if own and own[0].value <= 0:
        return "every candidate's stroke would fall too far from the word"
    chunk = int(match.query.stress_seconds)
    wanted = own[0].target if own else ChunkSpan(chunk, chunk + 1)
    for other, way in taken:
        if way.target.overlaps(wanted):
            span = f"{way.target.start_seconds:.0f}..{way.target.end_seconds:.0f} s"
            return f'no room: "{other.query.annotation.word}" holds {span}'
    return "no room between its neighbours" if own else "no candidate fits into the talk there"
