"""Which speakers a request may name, told from the weights folder without loading a network."""

import json
from pathlib import Path

from service.errors import InvalidInputError, UnavailableError
from service.settings import Settings

SPEAKERS = 25
"""Rows of the speaker embedding."""


def known_speakers(settings: Settings) -> tuple[int, ...] | None:
    """Speaker indices that the weights were trained on; ``None`` where they lie on a hub."""
    path = Path(settings.weights) / "pipeline.json"
    if not path.is_file():
        return None
    try:
        return tuple(int(each) for each in json.loads(path.read_text(encoding="utf-8"))["speakers"])
    except (ValueError, RecursionError, LookupError, TypeError) as error:
        raise UnavailableError(
            "weights_unusable",
            f"{path} is damaged or incomplete ({type(error).__name__}: {error})",
            field="CHIRONOMIA_WEIGHTS",
            found=settings.weights,
            remedy="write the weights folder again, or name another one",
        ) from error


def checked_speaker(speaker: int | None, settings: Settings) -> int:
    """The speaker asked for, or the first one known; refuse one that the weights do not know."""
    known = known_speakers(settings) or tuple(range(SPEAKERS))
    if speaker is None:
        return known[0]
    if speaker not in known:
        raise InvalidInputError(
            "speaker_unknown",
            f"speaker {speaker} is unknown to these weights",
            field="speaker",
            limit=f"one of {list(known)}",
            found=str(speaker),
            remedy="name a speaker that the weights were trained on",
        )
    return speaker
