"""A weights folder: its ``pipeline.json``, and where it is found."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from diffusion.guidance import PUBLISHED_GUIDANCE, ClassifierFreeGuidance
from diffusion.schedule import Schedule
from diffusion.weights import WeightsError

PIPELINE_FILE = "pipeline.json"
DENOISER_FOLDER = "denoiser"
_FORMAT = 1


@dataclass(frozen=True)
class PipelineConfig:
    """What ``pipeline.json`` holds beside the networks' own configurations."""

    schedule: Schedule = field(default_factory=Schedule.scaled_linear)
    speech_encoder: Mapping[str, Any] = field(default_factory=lambda: {"kind": "default"})
    speakers: tuple[int, ...] = tuple(range(25))
    """Speaker indices that the weights were trained on."""
    guidance: ClassifierFreeGuidance | None = PUBLISHED_GUIDANCE
    """How these weights are best sampled, and how clips are inverted by them; ``None`` takes the
    conditional estimate alone."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for the file; the published guidance is left out, as in older folders."""
        content: dict[str, Any] = {
            "format": _FORMAT,
            "schedule": self.schedule.to_dict(),
            "speech_encoder": dict(self.speech_encoder),
            "speakers": list(self.speakers),
        }
        if self.guidance != PUBLISHED_GUIDANCE:
            content["guidance"] = None if self.guidance is None else asdict(self.guidance)
        return content

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The configuration in a weights folder."""
        path = folder / PIPELINE_FILE
        if not path.is_file():
            raise WeightsError(
                f"{path} is missing; expected a folder with {PIPELINE_FILE}, {DENOISER_FOLDER}/, "
                "statistics.safetensors and vae_<part>/ for four parts. Published checkpoints are "
                "converted by `chironomia import-published`"
            )
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != _FORMAT:
                raise WeightsError(f"{path} has format {content['format']}; this is {_FORMAT}")
            return cls(
                Schedule.from_dict(content["schedule"]),
                content["speech_encoder"],
                tuple(content["speakers"]),
                _guidance(content),
            )
        except WeightsError:
            raise
        except (ValueError, RecursionError, KeyError, TypeError) as error:
            # bytes that are no text, broken JSON, numbers of thousands of digits, impossible ones
            why = f"{type(error).__name__}: {error}"
            raise WeightsError(f"{path} is damaged or incomplete ({why})") from error

    def write(self, folder: Path) -> None:
        """Write the file into a weights folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PIPELINE_FILE).write_text(json.dumps(self.to_json(), indent=2) + "\n")


def _guidance(content: Mapping[str, Any]) -> ClassifierFreeGuidance | None:
    """The weights' own guidance; the published one for folders that name none."""
    if "guidance" not in content:
        return PUBLISHED_GUIDANCE
    found = content["guidance"]
    return None if found is None else ClassifierFreeGuidance(**found)


def local_folder(source: str | Path) -> Path:
    """The folder itself, or a local copy of the hub repository of that name."""
    if Path(source).is_dir():
        return Path(source)
    if str(source).count("/") != 1 or Path(source).is_absolute():
        raise WeightsError(f"there are no weights at {source}: no such folder, and no hub id")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(str(source)))
    except (HfHubHTTPError, LocalEntryNotFoundError) as error:
        raise WeightsError(f"no folder {source}, and the hub did not give it: {error}") from error
