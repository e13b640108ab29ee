"""Everything that is measured of one recording, on both sides: a pure function of its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from annotations.tiers import corpus_tiers, read_words
from annotations.types import AnnotatedSpeech
from evaluation.beat_consistency import VARIANTS, clip_beats
from evaluation.diversity import clip_spread
from evaluation.fgd import ClipFeatures, clip_features
from evaluation.onsets import OnsetDetectorMissingError
from evaluation.positions import ClipPair, Orientation, Positions
from evaluation.repetition import seed_diversity
from evaluation.report.faces import face_values
from evaluation.report.insertions import Inserted, insertion_values, insertions_of
from evaluation.report.natural import natural_values
from evaluation.report.published_quantities import beat_name
from evaluation.report.sources import Result, Take
from evaluation.report.spoken import spoken_values
from evaluation.report.tools import Kit, Tools, loaded
from evaluation.report.values import Value, Values
from evaluation.spectra import Spectra
from motion.clip import Motion
from motion.files import read_npz
from motion.timeline import CORPUS_FPS
from speech.audio import load_audio
from speech.transcript import SAMPLE_RATE, Speech

LEAST_SECONDS = 3.0
"""Anything shorter is left out and named."""
_START_FRAMES = 300


@dataclass(frozen=True, eq=False)
class Side:
    """One motion of a recording."""

    values: Values
    spectra: Spectra
    start: Float[np.ndarray, "frame 55 3"]
    """Joints in the first ten seconds, for distances between recordings."""


@dataclass(frozen=True, eq=False)
class Measured:
    """One recording."""

    id: str
    seconds: float
    generated: Side
    real: Side
    features: ClipFeatures | None
    offsets_ms: tuple[float, ...]
    """Of the generated strokes."""
    real_offsets_ms: tuple[float, ...]
    notes: tuple[str, ...]
    """What could not be measured of this recording, and why."""


@dataclass(frozen=True)
class Job:
    """A recording to measure."""

    result: Result
    take: Take
    takes: Mapping[str, Take]
    """All recordings: where exemplars come from."""
    kit: Kit
    without: Path | None = None
    """The recording's motion without insertions, where it was generated."""


def measure(job: Job) -> Measured:
    """Read the files of one recording and measure both motions."""
    tools, notes = loaded(job.kit), list[str]()
    generated, real = read_npz(job.result.motions[0]), read_npz(job.take.motion)
    pair = ClipPair.matched(job.result.id, generated, real)
    if pair.real.seconds < LEAST_SECONDS:
        raise ValueError(f"{pair.real.seconds:.1f} s are common to both motions, 3 are needed")
    annotated = _annotated(job, pair, tools, notes)
    spoken = spoken_values(pair, annotated, tools, notes)
    compared = face_values(pair, job.take, tools, notes)
    compared |= insertion_values(_inserted(job, pair), job.takes, tools.body)
    compared |= _seeds(job.result, notes)
    return Measured(
        job.result.id,
        pair.real.seconds,
        _side(pair.generated, annotated, {**spoken.generated, **compared}, tools, notes),
        _side(pair.real, annotated, spoken.real, tools, notes),
        None if tools.fgd is None else clip_features(tools.fgd, pair),
        spoken.offsets_ms,
        spoken.real_offsets_ms,
        tuple(dict.fromkeys(notes)),
    )


def _inserted(job: Job, pair: ClipPair) -> Inserted:
    bare = None if job.without is None else read_npz(job.without).resampled(CORPUS_FPS)
    return Inserted(pair.generated, insertions_of(job.result.motions[0]), bare)


def _annotated(job: Job, pair: ClipPair, tools: Tools, notes: list[str]) -> AnnotatedSpeech | None:
    """The speech that both motions belong to, with the tiers of the reference."""
    path = job.result.sound or job.take.sound
    if path is None:
        notes.append("no sound: nothing that needs the speech is measured")
        return None
    samples = load_audio(path)
    seconds = min(pair.real.seconds, len(samples) / SAMPLE_RATE)
    cut = samples[: round(seconds * SAMPLE_RATE)]
    speech = Speech(cut, read_words(job.take.tiers, seconds))
    return corpus_tiers(speech, job.take.tiers, tools.annotate)


def _side(
    motion: Motion,
    annotated: AnnotatedSpeech | None,
    others: Values,
    tools: Tools,
    notes: list[str],
) -> Side:
    """What needs one motion and at most its sound, with ``others`` that are known."""
    upright, natural = tools.body.positions(motion), natural_values(motion)
    spread = clip_spread(upright)
    values = {**others, **natural.values}
    values["L1 diversity"] = Value(spread.total, spread.frames, spread.frames)
    if annotated is not None:
        values |= _beats(motion, upright, annotated, tools, notes)
    return Side(values, natural.spectra, upright.joints[:_START_FRAMES].astype(np.float32))


def _beats(
    motion: Motion,
    upright: Positions,
    annotated: AnnotatedSpeech,
    tools: Tools,
    notes: list[str],
) -> dict[str, Value]:
    positions: dict[Orientation, Positions] = {
        "upright": upright,
        "kept": tools.body.positions(motion, "kept"),
    }
    values = {}
    try:
        for variant in VARIANTS:
            beats = clip_beats(positions[variant.orientation], annotated.speech.samples, variant)
            weighed = beats.score * beats.frames
            values[beat_name(variant.name)] = Value(weighed, beats.frames, beats.onsets)
    except OnsetDetectorMissingError as error:
        notes.append(str(error))
    return values


def _seeds(result: Result, notes: list[str]) -> dict[str, Value]:
    """Distance between motions of several seeds."""
    if len(result.motions) < 2:
        return {}
    notes.append(f"{len(result.motions)} motions; {result.motions[0].name} is measured")
    found = seed_diversity([read_npz(p).resampled(CORPUS_FPS) for p in result.motions])
    return {"distance between seeds": Value(found.distance_cm, 1, found.seeds)}
