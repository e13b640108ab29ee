"""What a trained measure has seen, beside its weights: it flatters what it was trained on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

_FILE = "trained_on.json"


@dataclass(frozen=True)
class Lesson:
    """Recordings that were learned from, and how well the measure does on others."""

    corpus: str
    recordings: tuple[str, ...]
    held_out: tuple[str, ...]
    ceiling: str
    """On the recordings held out, in words."""


def write_lesson(lesson: Lesson, folder: Path) -> None:
    """Write it beside the weights."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _FILE).write_text(json.dumps(asdict(lesson), indent=1) + "\n", encoding="utf-8")


def read_lesson(folder: Path) -> Lesson:
    """Read what `write_lesson` wrote."""
    try:
        content: Mapping[str, object] = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        recordings, held_out = content["recordings"], content["held_out"]
        assert isinstance(recordings, list)
        assert isinstance(held_out, list)
        return Lesson(
            str(content["corpus"]), tuple(recordings), tuple(held_out), str(content["ceiling"])
        )
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(
            f"{folder} does not say what it was trained on ({type(error).__name__}); "
            "write it by `chironomia train match` or `chironomia train gestures`"
        ) from error


def weights_id(folder: Path) -> str:
    """Name of the folder and the head of its weights' checksum."""
    checksum = sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    return f"{folder.name}, sha256 {checksum[:12]}"
