"""One setting changed at a time: fidelity against naturalness and match, for choosing defaults.

    python benchmarks/sweep.py CORPUS OUT --home HOME --match MATCH --gestures GESTURES
        [--settings default strength-1 ...] [--split test] [--plot docs/pictures/sweep.png]

CORPUS, HOME and the two judges are made as `docs/quality.md` says. OUT/SETTING/RECORDING holds the
motion, OUT/SETTING.json what `chironomia evaluate` measures of it; what is there is kept, so that a
run that was stopped goes on.

Expected before measuring: fidelity and recall rise with strength, jerk with them only at the end;
the less is held of an exemplar, the better the match and the worse recall; the schedule over steps
and their number matter little; fewer moments give match for recall.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from modes import Remembered, Studio

from annotations.corpus import Corpus, Recording
from annotations.database import Database
from diffusion.config import SamplingOptions
from evaluation.report.document import write_json
from evaluation.report.run import Asked, evaluate
from evaluation.report.tools import Kit
from retrieval.options import RetrievalOptions
from service.loading import Loader
from service.options import GestureOptions
from service.settings import settings_with

SETTINGS = {
    "default": GestureOptions(),
    "strength-0.5": GestureOptions(sampling=SamplingOptions(strength=0.5)),
    "strength-0.75": GestureOptions(sampling=SamplingOptions(strength=0.75)),
    "strength-0.9": GestureOptions(sampling=SamplingOptions(strength=0.9)),
    "strength-1": GestureOptions(sampling=SamplingOptions(strength=1.0)),
    "early": GestureOptions(sampling=SamplingOptions(strength_schedule="early")),
    "late": GestureOptions(sampling=SamplingOptions(strength_schedule="late")),
    "steps-10": GestureOptions(sampling=SamplingOptions(steps=10)),
    "steps-50": GestureOptions(sampling=SamplingOptions(steps=50)),
    "ddim-50": GestureOptions(sampling=SamplingOptions(steps=50, solver="ddim")),
    "conditional-only": GestureOptions(sampling=SamplingOptions(classifier_free=False)),
    "scale-2": GestureOptions(sampling=SamplingOptions(classifier_free_scale=2.0)),
    "scale-1": GestureOptions(sampling=SamplingOptions(classifier_free_scale=1.0)),
    "scale-4": GestureOptions(sampling=SamplingOptions(classifier_free_scale=4.0)),
    "scale-6.5": GestureOptions(sampling=SamplingOptions(classifier_free_scale=6.5)),
    "scale-13": GestureOptions(sampling=SamplingOptions(classifier_free_scale=13.0)),
    "hold-short": GestureOptions(retrieval=RetrievalOptions(before_seconds=0.6, after_seconds=0.4)),
    "hold-long": GestureOptions(retrieval=RetrievalOptions(before_seconds=1.2, after_seconds=1.0)),
    "whole-seconds": GestureOptions(retrieval=RetrievalOptions(placement="whole_seconds")),
    "prosody": GestureOptions(retrieval=RetrievalOptions(fill_with_prosody=True)),
    "gap-0": GestureOptions(retrieval=RetrievalOptions(minimum_gap_chunks=0)),
    "gap-3": GestureOptions(retrieval=RetrievalOptions(minimum_gap_chunks=3)),
    "dense": GestureOptions(
        retrieval=RetrievalOptions(minimum_gap_seconds=1.0, max_per_minute=40.0)
    ),
    "sparse": GestureOptions(retrieval=RetrievalOptions(max_per_minute=6.0)),
}
SHOWN = {
    "match": "match accuracy",
    "recall": "semantic recall",
    "on_time": "strokes on time",
    "upper_deg": "upper body to the exemplar",
    "hands_deg": "hands to the exemplar",
    "speed_50": "wrist speed median",
    "jerk_50": "wrist jerk median",
    "jerk_90": "wrist jerk 90 %",
    "above_5hz": "acceleration above 5 Hz",
    "seam": "seam jerk ratio",
    "sliding": "foot sliding median",
    "in_trunk": "hands in trunk",
}
"""Columns of the table, and the report's names of what stands in them."""
PLOTTED = (("upper_deg", "jerk_90"), ("upper_deg", "seam"), ("recall", "match"))
"""Columns on the two axes of each picture."""
LABELS = {
    "upper_deg": "upper body to the exemplar, degrees",
    "jerk_90": "wrist jerk, 90 %, m/s^3",
    "seam": "jerk at window joints against inside",
    "recall": "semantic recall, %",
    "match": "match with the speech, %",
}


def generated(
    studio: Studio, recordings: Sequence[Recording], settings: Sequence[str]
) -> Iterator[str]:
    """Write what is not there yet, recording by recording."""
    for recording in recordings:
        for name in settings:
            if studio.target(name, recording).is_file():
                continue
            options = SETTINGS[name]
            made = studio.generator.generate(
                recording.speech(), recording.speaker, options, lambda *_: None
            )
            studio.write(recording, name, made, options)
            yield f"{name} {recording.id}"


def measured(out: Path, name: str, reference: Path, kit: Kit) -> Mapping[str, dict[str, float]]:
    """Each column's value and interval; once measured, it is read again."""
    path = out / f"{name}.json"
    if not path.is_file():
        report = evaluate(Asked(out / name, reference, kit), lambda *_: None).report
        write_json(report, out / f"{name}-report").replace(path)
    found = {row["name"]: row for row in json.loads(path.read_text())["measures"]}
    sides = {column: found.get(SHOWN[column], {}) for column in SHOWN}
    return {column: row.get("system") or {} for column, row in sides.items()} | {
        f"real_{column}": row.get("real") or {} for column, row in sides.items()
    }


def plot(rows: Mapping[str, Mapping[str, dict[str, float]]], path: Path) -> None:
    """Fidelity against naturalness, recall against match; whiskers are 95 % intervals."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(13, 4.2))
    for axis, (across, up) in zip(axes, PLOTTED, strict=True):
        for place, (name, row) in enumerate(rows.items()):
            x, y = row[across], row[up]
            error = [[y["value"] - y["low"]], [y["high"] - y["value"]]]
            marker = {"marker": "osD^vP"[place % 6], "color": f"C{place % 10}", "label": name}
            axis.errorbar(x["value"], y["value"], error, ls="", ms=6, elinewidth=0.5, **marker)
        axis.set_xlabel(LABELS[across])
        axis.set_ylabel(LABELS[up])
    first = next(iter(rows.values()))
    for axis, value in ((axes[0], first["real_jerk_90"]), (axes[1], first["real_seam"])):
        axis.axhline(value["value"], color="grey", lw=0.8, ls="--", label="real")
    real = first["real_recall"]["value"], first["real_match"]["value"]
    axes[2].plot(*real, "*", color="black", ms=9, label="real")
    axes[2].legend(fontsize=7, bbox_to_anchor=(1.02, 1.0), loc="upper left")
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def print_table(rows: Mapping[str, Mapping[str, dict[str, float]]]) -> None:
    """One line a setting."""
    sys.stdout.write(f"{'':18}" + " ".join(f"{name:>10}" for name in SHOWN) + "\n")
    first = next(iter(rows.values()))
    real = {name: first[f"real_{name}"] for name in SHOWN}
    for name, row in (*rows.items(), ("real", real)):
        shown = (f"{row[c]['value']:.3g}" if row[c] else "-" for c in SHOWN)
        sys.stdout.write(f"{name:18}" + " ".join(f"{each:>10}" for each in shown) + "\n")


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--match", type=Path)
    parser.add_argument("--gestures", type=Path)
    parser.add_argument("--split", action="append")
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    settings, splits = settings_with(home=asked.home), asked.split or ["test", "val"]
    with Database.open(settings.database) as database:
        loader = Loader(settings, database)
        snapshot = loader.snapshot()
        made = loader.generator(snapshot)
        made = replace(made, annotate=Remembered(made.annotate))  # type: ignore[arg-type]
        corpus = Corpus.open(asked.corpus)
        studio = Studio(made, made.pipeline.weights_id, snapshot.version, corpus, asked.out)
        chosen = [r for r in corpus.recordings if r.split in splits and r.has_motion]
        for done in generated(studio, chosen, asked.settings):
            sys.stdout.write(done + "\n")
            sys.stdout.flush()
    kit = Kit(match=asked.match, gestures=asked.gestures)
    rows = {name: measured(asked.out, name, asked.corpus, kit) for name in asked.settings}
    print_table(rows)
    if asked.plot is not None:
        plot(rows, asked.plot)


if __name__ == "__main__":
    main()
