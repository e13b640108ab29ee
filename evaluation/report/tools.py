"""What a report may measure with beyond motion itself; what is not given is named as missing."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from annotations.types import AnnotatedSpeech
from evaluation.fgd_weights import FgdEncoder, load_encoder
from evaluation.gesture_network import GestureRecogniser
from evaluation.match_network import MatchScorer
from evaluation.positions import MeasuringBody
from evaluation.trained_on import read_lesson, weights_id
from motion.smplx_model import SmplxModel
from speech.features import DefaultEncoder
from speech.transcript import Speech

CHOREOGRAPHY_FILE = "choreography.json"


@dataclass(frozen=True)
class Kit:
    """Where the tools lie; small enough to send to a process."""

    smplx: Path | None = None
    """A user's SMPL-X model."""
    fgd: Path | None = None
    """Network of FGD."""
    match: Path | None = None
    """Scorer of the match test."""
    gestures: Path | None = None
    """Recogniser of gestures, with the choreography it knows."""
    annotate: Callable[[Speech], AnnotatedSpeech] | None = None
    """Fills tiers that the reference lacks."""


@dataclass(frozen=True, eq=False)
class Recall:
    """A recogniser and what should be seen."""

    recogniser: GestureRecogniser
    choreography: Mapping[tuple[str, str], str]


@dataclass(frozen=True, eq=False)
class Tools:
    """The tools of a kit, loaded."""

    body: MeasuringBody
    fgd: FgdEncoder | None
    match: MatchScorer | None
    recall: Recall | None
    encoder: DefaultEncoder
    annotate: Callable[[Speech], AnnotatedSpeech] | None


@lru_cache(maxsize=2)
def loaded(kit: Kit) -> Tools:
    """Open every tool once a process."""
    return Tools(
        MeasuringBody(None if kit.smplx is None else SmplxModel.load(kit.smplx)),
        None if kit.fgd is None else load_encoder(kit.fgd),
        None if kit.match is None else MatchScorer.load(kit.match),
        None if kit.gestures is None else _recall(kit.gestures),
        DefaultEncoder(),
        kit.annotate,
    )


def write_choreography(choreography: Mapping[tuple[str, str], str], folder: Path) -> None:
    """Write which gesture each label and word should show, beside the recogniser."""
    rows = sorted([*key, gesture] for key, gesture in choreography.items())
    (folder / CHOREOGRAPHY_FILE).write_text(json.dumps(rows, indent=0) + "\n", encoding="utf-8")


def _recall(folder: Path) -> Recall:
    rows = json.loads((folder / CHOREOGRAPHY_FILE).read_text(encoding="utf-8"))
    choreography = {(label, word): gesture for label, word, gesture in rows}
    return Recall(GestureRecogniser.load(folder), choreography)


def made_with(kit: Kit) -> Mapping[str, str]:
    """Names and checksums of the tools at hand."""
    tools = loaded(kit)
    named = {"joints": str(tools.body.skeleton), "faces": str(tools.body.surface)}
    if tools.fgd is not None:
        named["FGD"] = tools.fgd.id
    for name, folder in (("match test", kit.match), ("gesture recogniser", kit.gestures)):
        if folder is not None:
            lesson = read_lesson(folder)
            named[name] = f"{weights_id(folder)}, trained on {lesson.corpus}; {lesson.ceiling}"
    return named


def missing(kit: Kit) -> tuple[str, ...]:
    """What was not given, what that leaves out, and how to get it."""
    told = []
    if kit.smplx is None:
        told.append(
            "no SMPL-X model (--smplx): joints are measured on our skeleton and faces on our "
            "mannequin; numbers compare with each other, not with published ones"
        )
    if kit.fgd is None:
        told.append(
            "no network for FGD (--fgd): not measured; give AESKConv_240_100.bin or train one by "
            "`chironomia train fgd`"
        )
    if kit.match is None:
        told.append(
            "no scorer for the match test (--match): not measured; train one by "
            "`chironomia train match`"
        )
    if kit.gestures is None:
        told.append(
            "no gesture recogniser (--gestures): semantic recall not measured; train one on a "
            "corpus of known choreography by `chironomia train gestures`"
        )
    return tuple(told)


def learned_from(kit: Kit, recordings: frozenset[str]) -> tuple[str, ...]:
    """Which trained measures have seen the recordings that they now judge."""
    told = []
    for name, folder in (("match test", kit.match), ("semantic recall", kit.gestures)):
        if folder is not None:
            seen = recordings & set(read_lesson(folder).recordings)
            if seen:
                told.append(
                    f"{name}: {len(seen)} of these recordings were learned from; the real column "
                    "flatters"
                )
    return tuple(told)
