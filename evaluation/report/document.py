"""The report as JSON: everything a comparison needs, the same bytes from the same files."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Any, Literal

from evaluation.bootstrap import Estimate
from evaluation.report.clip import Measured, Side
from evaluation.report.quantities import BY_NAME
from evaluation.report.sources import ReportError
from evaluation.report.summary import BOOTSTRAP_SEED, Summary

EVALUATOR_VERSION = 1
"""Raised whenever a number of any report may change: compare only reports of one version."""
REPORT_FILE = "report.json"
_PACKAGES = ("chironomia", "torch", "numpy", "roma", "librosa", "scipy", "soxr", "soundfile")


@dataclass(frozen=True)
class Report:
    """What was measured, of what, with what."""

    system: str
    reference: str
    measured: tuple[Measured, ...]
    summaries: tuple[Summary, ...]
    made_with: Mapping[str, str]
    missing: tuple[str, ...]
    cautions: tuple[str, ...]
    unmatched: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    """Recordings that could not be measured, and why."""
    checksums: Mapping[str, str]
    """Of the system's motion files, by recording."""


def versions() -> dict[str, str]:
    """Of everything that numbers depend on."""
    found = {"python": python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def as_json(report: Report) -> dict[str, Any]:
    """Plain values; numbers that are not finite become null."""
    return {
        "evaluator": EVALUATOR_VERSION,
        "versions": versions(),
        "system": report.system,
        "reference": report.reference,
        "seeds": {"bootstrap": BOOTSTRAP_SEED},
        "made_with": dict(report.made_with),
        "missing": list(report.missing),
        "cautions": list(report.cautions),
        "unmatched": list(report.unmatched),
        "left_out": [list(pair) for pair in report.left_out],
        "measures": [_row(summary) for summary in report.summaries],
        "recordings": [_recording(each, report.checksums) for each in report.measured],
    }


def _row(summary: Summary) -> dict[str, Any]:
    quantity = summary.quantity
    return {
        "name": quantity.name,
        "group": quantity.group,
        "unit": quantity.unit,
        "better": quantity.better,
        "system": _estimate(summary.generated),
        "real": _estimate(summary.real),
        "reliable": summary.reliable,
        "cautions": list(summary.cautions),
    }


def _estimate(estimate: Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    content = asdict(estimate)
    return {name: _finite(value) for name, value in content.items()}


def _recording(measured: Measured, checksums: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": measured.id,
        "seconds": round(measured.seconds, 3),
        "sha256": checksums.get(measured.id, ""),
        "notes": list(measured.notes),
        "system": _side(measured.generated),
        "real": _side(measured.real),
    }


def _side(side: Side) -> dict[str, Any]:
    """Value, weight and evidence of each quantity, in the order of the page."""
    return {
        name: [_finite(found.mean), found.over, found.evidence]
        for name in BY_NAME
        if (found := side.values.get(name)) is not None
    }


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_json(report: Report, folder: Path) -> Path:
    """Write ``report.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / REPORT_FILE
    path.write_text(json.dumps(as_json(report), indent=1) + "\n", encoding="utf-8")
    return path


@dataclass(frozen=True)
class Told:
    """What a comparison reads of a report."""

    system: str
    evaluator: int
    made_with: Mapping[str, str]
    values: Mapping[str, Mapping[str, float]]
    """Value of each recording, by quantity."""
    real: Mapping[str, Mapping[str, float]]
    """The same of the real recordings."""


def read_report(path: Path) -> Told:
    """Read a report, given its folder or its JSON."""
    file = path / REPORT_FILE if path.is_dir() else path
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return Told(
            str(content["system"]),
            int(content["evaluator"]),
            dict(content["made_with"]),
            _values(content["recordings"], "system"),
            _values(content["recordings"], "real"),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ReportError(
            f"{file} is no report ({type(error).__name__}: {error}); "
            "write one by `chironomia evaluate RESULTS --reference CORPUS --out REPORT`"
        ) from error


def _values(
    recordings: Sequence[Mapping[str, Any]], side: Literal["system", "real"]
) -> dict[str, dict[str, float]]:
    values: dict[str, dict[str, float]] = {}
    for recording in recordings:
        for name, (value, _, _) in recording[side].items():
            if value is not None:
                values.setdefault(name, {})[recording["id"]] = float(value)
    return values
