"""From two folders to a report: match, measure in several processes, sum up."""

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import torch

from evaluation.onsets import compile_detector
from evaluation.report.clip import Job, Measured, measure
from evaluation.report.document import Report
from evaluation.report.insertions import insertions_of
from evaluation.report.sources import Found, ReportError, Take, find_results, open_reference
from evaluation.report.summary import summarise, with_spectra
from evaluation.report.tools import Kit, learned_from, loaded, made_with, missing

Progress = Callable[[int, int, str], None]
"""Called with recordings done, recordings in all, and the last one."""


@dataclass(frozen=True)
class Asked:
    """What to evaluate."""

    results: Path
    reference: Path
    kit: Kit
    jobs: int = 1
    """Processes; the numbers do not depend on it."""
    without: Path | None = None
    """The same system's results without insertions, to set inserted spans beside."""


@dataclass(frozen=True)
class _Outcome:
    """A measured recording, or why it could not be."""

    id: str
    measured: Measured | None
    why_not: str = ""


@dataclass(frozen=True)
class Evaluation:
    """A report and the files behind it, for pictures."""

    report: Report
    found: Found
    takes: Mapping[str, Take]


def evaluate(asked: Asked, progress: Progress) -> Evaluation:
    """Measure every recording of a results folder that the reference has."""
    takes = open_reference(asked.reference)
    found = find_results(asked.results, takes)
    bare = _first_motions(asked.without, takes)
    jobs = [
        Job(
            result,
            takes[result.id],
            _sources(result.motions[0], takes),
            asked.kit,
            bare.get(result.id),
        )
        for result in found.results
    ]
    outcomes = []
    for outcome in _outcomes(jobs, asked.jobs):
        outcomes.append(outcome)
        progress(len(outcomes), len(jobs), outcome.id)
    measured = [each.measured for each in outcomes if each.measured is not None]
    left_out = tuple((each.id, each.why_not) for each in outcomes if each.measured is None)
    if not measured:
        raise ReportError(f"no recording could be measured: {left_out[0][0]}: {left_out[0][1]}")
    return Evaluation(_report(asked, found, measured, left_out), found, takes)


def _first_motions(folder: Path | None, takes: Mapping[str, Take]) -> Mapping[str, Path]:
    if folder is None:
        return {}
    return {each.id: each.motions[0] for each in find_results(folder, takes).results}


def _sources(motion: Path, takes: Mapping[str, Take]) -> Mapping[str, Take]:
    """The recordings that a motion's exemplars came from."""
    names = {each.recording for each in insertions_of(motion)}
    return {name: takes[name] for name in sorted(names) if name in takes}


def _report(
    asked: Asked,
    found: Found,
    measured: Sequence[Measured],
    left_out: tuple[tuple[str, str], ...],
) -> Report:
    judged, kit = with_spectra(measured), asked.kit
    ids = frozenset(each.id for each in judged)
    return Report(
        system=_name(asked.results),
        reference=_name(asked.reference),
        measured=judged,
        summaries=summarise(judged, loaded(kit).fgd),
        made_with=made_with(kit),
        missing=missing(kit),
        cautions=learned_from(kit, ids),
        unmatched=found.unmatched,
        left_out=left_out,
        checksums={
            each.id: sha256(each.motions[0].read_bytes()).hexdigest()
            for each in found.results
            if each.id in ids
        },
    )


def _name(folder: Path) -> str:
    return folder.resolve().name


def _outcomes(jobs: Sequence[Job], processes: int) -> Iterator[_Outcome]:
    """In the order of the jobs, whatever their number of processes."""
    if processes == 1:
        yield from map(_attempt, jobs)
        return
    compile_detector()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_alone) as pool:
        yield from pool.map(_attempt, jobs)


def _alone() -> None:
    """One thread a process: the same sums in the same order."""
    torch.set_num_threads(1)


def _attempt(job: Job) -> _Outcome:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _Outcome(job.result.id, measure(job))
    except (ValueError, OSError) as error:
        return _Outcome(job.result.id, None, str(error))
    finally:
        torch.set_num_threads(threads)
