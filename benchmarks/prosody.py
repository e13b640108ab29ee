"""Whether hands move alike where prominence rises and falls alike: the prosodic method on its own.

    OMP_NUM_THREADS=1 python benchmarks/prosody.py CORPUS [--annotate]

Every recording asks with its peaks of prominence, and the beats of all others answer. The hand
speed around the exemplar's stroke is correlated (Pearson, 1.5 s each way) with the hand speed of
the asking recording around the same moment, stroke upon its own nearest stroke. Beside the match by
contour: the mean over all beats that could have answered, and over those of the same speaker.
``--annotate`` finds tiers that the corpus has no file for.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float64

from annotations.annotate import Annotator
from annotations.corpus import Corpus
from annotations.types import AnnotatedSpeech, Clip, Exemplar, Window
from indexing.segment import SegmentOptions, hand_speed, segment
from motion.timeline import CORPUS_FPS
from retrieval.context import anchor_seconds
from retrieval.embedding import SentenceEmbedder
from retrieval.index import FaissIndex
from retrieval.matches import HeldExemplars, RetrievalOptions
from retrieval.retriever import Retriever

_REACH_FRAMES = round(1.5 * CORPUS_FPS)
_STROKE_FRAMES = round(0.4 * CORPUS_FPS)
_RESAMPLED = 2000

Curve = Float64[np.ndarray, "frame"]


@dataclass(frozen=True)
class Taken:
    """A recording as it asks and answers."""

    annotated: AnnotatedSpeech
    speaker: int
    speed: Curve
    exemplars: tuple[Exemplar, ...]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--annotate", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    taken = _read(asked.corpus, Annotator() if asked.annotate else None)
    exemplars = [each for one in taken.values() for each in one.exemplars]
    embedder = SentenceEmbedder()
    index = FaissIndex.build(exemplars, embedder)
    held = HeldExemplars({each.id: each for each in exemplars})
    world = Retriever(index, embedder, held, _no_clip)
    rows = [row for name in taken for row in _compared(name, taken, world)]
    _say(
        f"{asked.corpus.name}: {len(exemplars)} beats of {len(taken)} recordings, {len(rows)} peaks"
    )
    table = np.array(rows)
    for number, what in enumerate(("by contour", "any beat", "any beat of the speaker")):
        _say(f"  {what:26} {_interval(table[:, number])}")
    _say(f"  {'contour minus any':26} {_interval(table[:, 0] - table[:, 1])}")
    _say(f"  {'contour minus speaker':26} {_interval(table[:, 0] - table[:, 2])}")


def _compared(
    name: str, taken: dict[str, Taken], world: Retriever
) -> list[tuple[float, float, float]]:
    """Correlations of the chosen beat, of all, and of all of the speaker, for each peak."""
    own = taken[name]
    options = RetrievalOptions(method="prosody", exclude_recordings=(name,), max_per_minute=600)
    others = [
        (each.speaker == own.speaker, curve)
        for other, each in taken.items()
        if other != name
        for exemplar in each.exemplars
        if (curve := _around(each.speed, _recording_anchor(exemplar))) is not None
    ]
    rows = []
    for match in world.retrieve(own.annotated, own.speaker, options):
        here = _around(own.speed, _own_stroke(own.speed, match.query.stress_seconds))
        chosen = taken[match.exemplar.window.recording]
        there = _around(chosen.speed, _recording_anchor(match.exemplar))
        if here is None or there is None:
            continue
        alike = [(same, _correlation(here, curve)) for same, curve in others]
        of_speaker = [value for same, value in alike if same]
        if of_speaker:
            any_beat = float(np.mean([value for _, value in alike]))
            rows.append((_correlation(here, there), any_beat, float(np.mean(of_speaker))))
    return rows


def _own_stroke(speed: Curve, seconds: float) -> float:
    """When the asking hands are fastest near a syllable."""
    middle = round(seconds * CORPUS_FPS)
    first = max(middle - _STROKE_FRAMES, 0)
    near = speed[first : middle + _STROKE_FRAMES]
    return (first + int(near.argmax())) / CORPUS_FPS if len(near) else seconds


def _recording_anchor(exemplar: Exemplar) -> float:
    return exemplar.window.start_seconds + anchor_seconds(exemplar)


def _around(speed: Curve, seconds: float) -> Curve | None:
    """Speed 1.5 s each way; ``None`` where the recording does not reach so far."""
    middle = round(seconds * CORPUS_FPS)
    if middle < _REACH_FRAMES or middle + _REACH_FRAMES > len(speed):
        return None
    return speed[middle - _REACH_FRAMES : middle + _REACH_FRAMES]


def _correlation(first: Curve, second: Curve) -> float:
    return float(np.corrcoef(first, second)[0, 1])


def _interval(values: Float64[np.ndarray, "peak"]) -> str:
    """Mean with its 95 % bootstrap interval."""
    rng = np.random.default_rng(0)
    means = [rng.choice(values, len(values)).mean() for _ in range(_RESAMPLED)]
    low, high = np.percentile(means, (2.5, 97.5))
    return f"{values.mean():+.3f} ({low:+.3f} to {high:+.3f})"


def _read(folder: Path, annotate: Annotator | None) -> dict[str, Taken]:
    taken: dict[str, Taken] = {}
    options = SegmentOptions(beats=True)
    number = 0
    for recording in Corpus.open(folder).recordings:
        if not recording.has_motion:
            continue
        annotated, motion = recording.annotated(annotate), recording.motion()
        beats = []
        for cut in segment(recording, annotated, motion, options):
            for each in cut.exemplars:
                number += 1
                whole = Exemplar(number, cut.window, each.annotation, each.stroke_seconds)
                beats += [whole] if each.annotation.label == "beat" else []
        quiet = replace(annotated, relations=(), gestures=())
        speed = hand_speed(motion).double().numpy()
        taken[recording.id] = Taken(quiet, recording.speaker, speed, tuple(beats))
    return taken


def _no_clip(window: Window) -> Clip:
    raise LookupError(f"{window.key}: nothing is placed here")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
