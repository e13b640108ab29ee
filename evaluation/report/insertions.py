"""Values of inserted exemplars, read from the provenance that our own result files carry."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from evaluation.insertion import degrees_between
from evaluation.mpjpe import exemplar_error
from evaluation.positions import MeasuringBody
from evaluation.report.sources import Take
from evaluation.report.values import Value
from motion.clip import Motion
from motion.files import MotionFileError, read_npz
from motion.parts import INSERTED_PARTS, Part
from motion.timeline import CORPUS_FPS, FrameSpan, frames_in

_TITLES = {Part.UPPER: "upper body", Part.HANDS: "hands"}
_CENTIMETRES = 100.0


@dataclass(frozen=True)
class Insertion:
    """A span of a motion and the span of a recording that was laid there."""

    recording: str
    source_seconds: float
    start_seconds: float
    end_seconds: float


def insertions_of(motion: Path) -> tuple[Insertion, ...]:
    """From the comment of a result's npz, else from the JSON beside it; none for other systems."""
    provenance = _comment(motion)
    if "matches" not in provenance:
        beside = motion.with_suffix(".json")
        content = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else {}
        provenance = content.get("provenance", {})
    return tuple(
        Insertion(
            str(match["recording"]),
            float(match["source_seconds"]),
            float(match["start_seconds"]),
            float(match["end_seconds"]),
        )
        for match in provenance.get("matches", ())
        if "source_seconds" in match
    )


def _comment(motion: Path) -> Mapping[str, Any]:
    try:
        with zipfile.ZipFile(motion) as archive:
            content = json.loads(archive.comment or b"{}")
    except (ValueError, OSError, zipfile.BadZipFile):
        return {}
    return content if isinstance(content, dict) else {}


@dataclass(frozen=True)
class Inserted:
    """A motion with what was laid into it."""

    motion: Motion
    insertions: tuple[Insertion, ...]
    without: Motion | None = None
    """The same recording and seed, generated without insertion."""


def insertion_values(
    inserted: Inserted, takes: Mapping[str, Take], body: MeasuringBody
) -> dict[str, Value]:
    """Distances of inserted and of other spans to the exemplars; nothing without insertions."""
    measured = []
    for each in inserted.insertions:
        take = takes.get(each.recording)
        if take is not None and each.end_seconds <= inserted.motion.seconds:
            found = _measured(inserted, each, take, body)
            if found is not None:
                measured.append(found)
    if not measured:
        return {}
    count = len(measured)
    return {name: Value(sum(each[name] for each in measured), count, count) for name in measured[0]}


def _measured(
    inserted: Inserted, place: Insertion, take: Take, body: MeasuringBody
) -> dict[str, float] | None:
    """Degrees and centimetres of one insertion; ``None`` where its exemplar cannot be read."""
    generated = inserted.motion
    try:
        source = read_npz(take.motion).resampled(CORPUS_FPS)
    except MotionFileError:
        return None
    here = FrameSpan(*(frames_in(t, CORPUS_FPS) for t in (place.start_seconds, place.end_seconds)))
    first = frames_in(place.source_seconds, CORPUS_FPS)
    length = min(len(here), len(source) - first)
    elsewhere = _apart(generated, here, length)
    if length < CORPUS_FPS or not elsewhere:
        return None
    exemplar = source[FrameSpan(first, first + length)]
    here = FrameSpan(here.start, here.start + length)
    span, bare = generated[here], _bare(inserted.without, here)
    found = {"MPJPE to the exemplar": _CENTIMETRES * exemplar_error(span, exemplar, body)}
    for part in INSERTED_PARTS:
        name = _TITLES[part]
        others = [degrees_between(generated[other], exemplar, part) for other in elsewhere]
        found[f"{name} to the exemplar"] = degrees_between(span, exemplar, part)
        found[f"{name}, unrelated spans"] = fmean(others)
        if bare is not None:
            found[f"{name}, same span without"] = degrees_between(bare, exemplar, part)
    return found


def _bare(without: Motion | None, here: FrameSpan) -> Motion | None:
    """The span in the motion without insertion, where there is one that lasts as long."""
    return without[here] if without is not None and here.stop <= len(without) else None


def _apart(motion: Motion, here: FrameSpan, length: int) -> Sequence[FrameSpan]:
    """Spans of that length every two seconds that share no frame with ``here``."""
    spans = [
        FrameSpan(start, start + length)
        for start in range(0, len(motion) - length + 1, 2 * CORPUS_FPS)
    ]
    return [span for span in spans if not span.overlaps(here)]
