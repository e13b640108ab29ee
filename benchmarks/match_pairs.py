"""The match test where a corpus has a handful of recordings: train on one, ask of the others.

    python benchmarks/match_pairs.py CORPUS [--peer RECORDING=FILE.npz] [--epochs 200] [--seeds 3]

For every pair of recordings, accuracy on the one not learned from, and the rank of the true
alignment among all shifts of the whole recording of two seconds and more: 1 of 50 would be a chance
of 2 %. ``--peer`` asks the same of another system's motion for a recording.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import torch

from annotations.corpus import Corpus
from evaluation.match_network import MatchOptions, MatchScorer, Pair
from evaluation.match_test import LEAST_SHIFT_SECONDS, match_accuracy, pair_of, train_scorer
from motion.files import read_npz
from motion.timeline import MODEL_FPS
from speech.features import DefaultEncoder


@dataclass(frozen=True)
class Rank:
    """Where the true alignment stands."""

    place: int
    of: int


def rank(scorer: MatchScorer, pair: Pair) -> Rank:
    """Turn the motion around by whole seconds and rank the mean agreement with the speech."""
    agreement = scorer.agreement(pair)
    rows = torch.arange(len(agreement))
    least = round(LEAST_SHIFT_SECONDS * MODEL_FPS)
    shifts = range(least, len(agreement) - least, MODEL_FPS)
    true = agreement.diagonal().mean()
    others = [agreement[rows, (rows + shift) % len(agreement)].mean() for shift in shifts]
    return Rank(1 + sum(bool(other >= true) for other in others), 1 + len(others))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--peer", action="append", default=[])
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    encoder = DefaultEncoder()
    recordings = {r.id: r for r in Corpus.open(asked.corpus).recordings if r.has_motion}
    shown = [(name, name, r.motion()) for name, r in recordings.items()]
    for text in asked.peer:
        name, _, file = text.partition("=")
        shown.append((f"{Path(file).stem}", name, read_npz(Path(file))))
    pairs = [
        (title, pair_of(name, recordings[name].speech(), motion, encoder))
        for title, name, motion in shown
    ]
    real = {name: pair for (name, pair), _ in zip(pairs, recordings, strict=False)}
    for learned, pair in real.items():
        for seed in range(asked.seeds):
            scorer = train_scorer([pair], MatchOptions(epochs=asked.epochs, seed=seed))
            for title, tested in pairs:
                if tested.recording != learned:
                    found, place = match_accuracy(scorer, [tested]), rank(scorer, tested)
                    sys.stdout.write(
                        f"learned {learned}, seed {seed}: {title} "
                        f"{100 * found.estimate.value:.1f} %, rank {place.place} of {place.of}\n"
                    )


if __name__ == "__main__":
    main()
