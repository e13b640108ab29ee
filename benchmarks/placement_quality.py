"""How far an inserted stroke lands from the stressed syllable of its word, and what is dropped.

    OMP_NUM_THREADS=1 python benchmarks/placement_quality.py CORPUS [--seed 0] [--offsets FILE.npz]

CORPUS is a demo corpus as in `retrieval_quality.py`. Every recording is a talk that is laid out
from the exemplars of all others, by the published and by our choice and placement, crossed. The
offset is the peak of hand speed of the exemplar minus the stressed syllable of the word that asked;
intervals are of a bootstrap over recordings. Published placement takes every relation and gesture
label; ours keeps to a budget, so what it leaves out is listed by reason. ``--offsets`` keeps the
offsets of the first and the last way for a picture.

Expected before measuring: published about half a second off in the median, since it lays middles on
whole seconds; ours a quarter of that, with a tenth of what was asked dropped for want of room.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from choreography import Known, given_corpus, known_corpus, world_of

from indexing.segment import SegmentOptions
from retrieval.context import anchor_seconds
from retrieval.matches import Landing, Placement, RetrievalOptions
from retrieval.retriever import Retriever

_RESAMPLED = 2000
_SEEN_SECONDS = 0.2
"""Hands and voice this far apart still pass for one (Leonard and Cummins, 2011)."""
_REASONS = {
    "its probability": "too improbable",
    "asks more": "too near to another that asks more",
    "enough": "more than the budget of a minute",
    "too far from the word": "every stroke too far from the word",
    "no room": "no room beside what is laid",
    "no candidate fits": "outside the talk",
    "no entry": "nothing to choose from",
}


@dataclass(frozen=True)
class Laid:
    """One recording as a talk."""

    placement: Placement
    seconds: float
    right: tuple[bool, ...]
    """Of those that a word with a known gesture asked for: whether they have it."""

    @property
    def offsets(self) -> list[float]:
        """Of every landing, without its sign."""
        return [abs(each.offset_seconds) for each in self.placement.landings]


def laid_by(known: Known, world: Retriever, options: RetrievalOptions) -> list[Laid]:
    """Every recording as a talk, from the exemplars of all others."""
    return [_laid(known, world, name, options) for name in known.speech]


def _laid(known: Known, world: Retriever, name: str, options: RetrievalOptions) -> Laid:
    annotated = known.speech[name]
    left_out = replace(options, exclude_recordings=(name,))
    matches = world.retrieve(annotated, known.speakers[name], left_out)
    placement = world.place(matches, annotated, left_out)
    right = []
    for each in placement.landings:
        movement = known.asked(name, each.match.query.annotation)
        if each.match.query.method != "prosody" and movement is not None:
            right.append(known.shown(each.placed.exemplar) == movement)
    return Laid(placement, annotated.speech.seconds, tuple(right))


def row_of(talks: Sequence[Laid]) -> str:
    """Offsets and what became of what was asked, in one line."""
    offsets = np.concatenate([each.offsets for each in talks])
    landings = [landing for each in talks for landing in each.placement.landings]
    inside = np.mean([_stroke_is_inside(landing) for landing in landings])
    right = [each for talk in talks for each in talk.right]
    minutes = sum(each.seconds for each in talks) / 60
    low, high = _interval(talks)
    return (
        f"{np.median(offsets):6.2f} ({low:.2f} to {high:.2f})"
        f"{np.percentile(offsets, 90):7.2f}{100 * (offsets <= _SEEN_SECONDS).mean():9.0f} %"
        f"{100 * inside:9.0f} %{len(landings):7}{len(landings) / minutes:7.1f}"
        + (f"{100 * np.mean(right):7.0f} % of {len(right)}" if right else "")
    )


def _interval(talks: Sequence[Laid]) -> tuple[float, float]:
    """95 % bootstrap interval of the median over recordings."""
    rng = np.random.default_rng(0)
    own = [np.array(each.offsets) for each in talks]
    medians = [
        np.median(np.concatenate([own[place] for place in rng.integers(0, len(own), len(own))]))
        for _ in range(_RESAMPLED)
    ]
    low, high = np.percentile(medians, (2.5, 97.5))
    return float(low), float(high)


def _stroke_is_inside(landing: Landing) -> bool:
    """Whether the stroke is in what was cut out; published spans follow the word alone."""
    source = landing.placed.source
    return source.start <= anchor_seconds(landing.placed.exemplar) <= source.stop


def dropped_by(talks: Sequence[Laid]) -> Mapping[str, Counter[str]]:
    """What went without a gesture, by what asked and by reason."""
    found: dict[str, Counter[str]] = {}
    for talk in talks:
        for each in talk.placement.dropped:
            reason = next(
                (short for part, short in _REASONS.items() if part in each.reason),
                re.sub(r'"[^"]*"|[0-9.]+', "...", each.reason),
            )
            found.setdefault(each.query.method, Counter())[reason] += 1
    return found


def _asked(talks: Sequence[Laid]) -> Counter[str]:
    """How many moments asked, by method."""
    laid = (landing.match.query for each in talks for landing in each.placement.landings)
    dropped = (each.query for talk in talks for each in talk.placement.dropped)
    return Counter(query.method for query in (*laid, *dropped))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--offsets", type=Path)
    folder, made = given_corpus(parser)
    torch.set_num_threads(1)
    known = known_corpus(folder, made, SegmentOptions())
    world = world_of(known)
    plain = RetrievalOptions(method="auto")
    ways = {
        "published, published placement": replace(plain, scorer="published", placement="published"),
        "ours, published placement": replace(plain, placement="published"),
        "published, our placement": replace(plain, scorer="published"),
        "ours, relations": replace(plain, method="discourse"),
        "ours, gesture types": replace(plain, method="gesture_type"),
        "ours, prosody": replace(plain, method="prosody"),
        "ours, whole seconds": replace(plain, placement="whole_seconds"),
        "ours, no gap": replace(plain, minimum_gap_chunks=0),
        "ours": plain,
    }
    talks = {name: laid_by(known, world, options) for name, options in ways.items()}
    _say(f"{folder.name}: {len(known.speech)} talks, {len(known.exemplars)} exemplars")
    _say(
        f"{'seconds from stroke to syllable':32}{'median':>6}{'':15}{'p90':>7}"
        f"{f'within {_SEEN_SECONDS}':>11}{'inside':>11}{'laid':>7}{'a min':>7}{'right':>9}"
    )
    for name, laid in talks.items():
        _say(f"{name:32}{row_of(laid)}")
    for name in ("published, published placement", "ours"):
        asked = _asked(talks[name])
        for method, reasons in dropped_by(talks[name]).items():
            share = 100 * sum(reasons.values()) / asked[method]
            _say(f"dropped, {name}, {method}: {share:.0f} % of {asked[method]}")
            for reason, count in reasons.most_common():
                _say(f"    {count:5} {reason}")
    if parser.parse_args().offsets:
        _keep(parser.parse_args().offsets, talks)


def _keep(file: Path, talks: Mapping[str, Sequence[Laid]]) -> None:
    """Signed offsets of the published and of our way."""
    kept = {}
    for name, key in (("published, published placement", "published"), ("ours", "ours")):
        landings = (each for talk in talks[name] for each in talk.placement.landings)
        kept[key] = np.array([each.offset_seconds for each in landings])
    np.savez(file, published=kept["published"], ours=kept["ours"])


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
