"""Values that need the speech: match, strokes at gesture words, semantic recall."""

from dataclasses import dataclass

from annotations.types import AnnotatedSpeech
from evaluation.match_test import match_of, pair_of
from evaluation.positions import ClipPair
from evaluation.report.tools import Tools
from evaluation.report.values import Value
from evaluation.semantic_recall import recognitions, wanted_by_annotations
from evaluation.strokes import (
    MeasuredStrokes,
    mean_absolute_ms,
    measure_strokes,
    moments_of,
    on_time,
)
from motion.clip import Motion


@dataclass(frozen=True)
class SpokenValues:
    """Both sides of a recording."""

    generated: dict[str, Value]
    real: dict[str, Value]
    offsets_ms: tuple[float, ...]
    """Of the generated strokes."""
    real_offsets_ms: tuple[float, ...]


def spoken_values(
    pair: ClipPair, annotated: AnnotatedSpeech | None, tools: Tools, notes: list[str]
) -> SpokenValues:
    """Everything that can be measured with this speech; what cannot is told in ``notes``."""
    if annotated is None:
        return SpokenValues({}, {}, (), ())
    moments = moments_of(annotated)
    if not moments:
        notes.append("no relations or gesture words: strokes are not measured (try --annotate)")
    strokes = [measure_strokes(motion, moments, pair.id) for motion in (pair.generated, pair.real)]
    sides = [
        _strokes(found)
        | _match(pair.id, annotated, motion, tools)
        | _recall(annotated, motion, tools)
        for found, motion in zip(strokes, (pair.generated, pair.real), strict=True)
    ]
    generated, real = map(_offsets, strokes)
    return SpokenValues(sides[0], sides[1], generated, real)


def _offsets(measured: MeasuredStrokes) -> tuple[float, ...]:
    return tuple(each.offset_ms for each in measured.strokes if each.offset_ms is not None)


def _match(
    recording: str, annotated: AnnotatedSpeech, motion: Motion, tools: Tools
) -> dict[str, Value]:
    if tools.match is None:
        return {}
    pair = pair_of(recording, annotated.speech, motion, tools.encoder)
    found = match_of(tools.match, pair).tally
    return {"match accuracy": Value(100.0 * found.total, found.over, found.over)}


def _strokes(measured: MeasuredStrokes) -> dict[str, Value]:
    count = len(measured.strokes)
    if not count:
        return {}
    shifted = 100.0 * on_time(measured.chance) * count / len(measured.chance)
    return {
        "strokes on time": Value(100.0 * on_time(measured.strokes), count, count),
        "strokes on time, shifted": Value(shifted, count, count),
        "stroke offset": Value(count * mean_absolute_ms(measured), count, count),
    }


def _recall(annotated: AnnotatedSpeech, motion: Motion, tools: Tools) -> dict[str, Value]:
    if tools.recall is None:
        return {}
    wanted = wanted_by_annotations(annotated, tools.recall.choreography)
    wanted = tuple(each for each in wanted if each.latest_seconds < motion.seconds)
    seen = recognitions(tools.recall.recogniser, motion, wanted)
    right = 100.0 * sum(each.right for each in seen)
    return {"semantic recall": Value(right, len(seen), len(seen))}
