"""Released checkpoints and YAML files of RAG-Gesture (CVPR 2025) into a weights folder of ours."""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
import yaml
from torch import Tensor

from diffusion.codec import Codec
from diffusion.denoiser import Denoiser
from diffusion.published_denoiser import PUBLISHED_HEADS, denoiser_of
from diffusion.published_names import PublishedWeightsError, vae_of
from diffusion.schedule import Schedule
from diffusion.vae import PartVAE
from diffusion.weights import WeightsError
from diffusion.weights_folder import DENOISER_FOLDER, PipelineConfig
from motion.parts import PARTS, Part

__all__ = ["PublishedWeightsError", "import_published", "published_codec", "published_denoiser"]

EXPECTED_LAYOUT = """expected below the source folder, at any depth:
  <a name with "upper">/*.yaml and its checkpoint (*.pt, *.pth, *.ckpt, *.bin; key `model_state`)
  <a name with "hands">/ likewise
  <a name with "face">/ likewise
  <a name with "lower">/ likewise (lower body with translation)
  <any other name>/ one diffusion checkpoint (key `state_dict`)"""
_log = logging.getLogger(__name__)
_CHECKPOINTS = (".pt", ".pth", ".ckpt", ".bin")
_HEADS = re.compile(r"\bnum_heads\b['\"]?\s*[:=]\s*(\d+)")


def import_published(source: Path, target: Path) -> None:
    """Turn the released folders below ``source`` into a weights folder ``target`` of ours.

    ``source`` holds, at any depth, four VAE folders whose names contain "upper", "hands", "face"
    and "lower", each with a YAML file and the checkpoint that its ``test_ckpt`` names (or its only
    one; the tensors lie under ``model_state``), and one diffusion checkpoint elsewhere (tensors
    under ``state_dict``). Names may begin with ``module.`` or ``model.``. Nothing pickled but
    tensors and plain values is ever loaded, and nothing is written unless all fits.
    """
    codec = published_codec(source)
    denoiser = published_denoiser(source)
    if denoiser.config.latent_dim != codec.latent_dim:
        _log.warning(
            "the denoiser's tokens are %d wide, the VAEs' latents %d: these checkpoints do not "
            "belong together, and no pipeline will load them",
            denoiser.config.latent_dim,
            codec.latent_dim,
        )
    _save(codec, denoiser, target)


def _save(codec: Codec, denoiser: Denoiser, target: Path) -> None:
    """Write the folder that the pipeline loads."""
    codec.save(target)
    denoiser.save_pretrained(target / DENOISER_FOLDER)
    encoder = {
        "kind": "published",
        "text_width": denoiser.config.text_width,
        "audio_width": denoiser.config.audio_width,
    }
    speakers = tuple(range(denoiser.config.speakers))
    PipelineConfig(Schedule.scaled_linear(), encoder, speakers).write(target)


def published_codec(source: Path) -> Codec:
    """The four released VAEs, without statistics."""
    configs = _vae_configs(source)
    vaes = {part: _published_vae(part, configs[part]) for part in PARTS}
    try:
        return Codec(vaes).eval()
    except WeightsError as error:
        raise PublishedWeightsError(str(error)) from error


def published_denoiser(source: Path) -> Denoiser:
    """The released denoiser.

    Its number of heads is read from a configuration file beside the checkpoint (``num_heads``);
    without one it is the published 16.
    """
    vae_folders = {path.parent for path in _vae_configs(source).values()}
    found = [path for path in _checkpoints(source) if not vae_folders & set(path.parents)]
    named = [path for path in found if "diffusion" in str(path.relative_to(source)).lower()]
    path = _only(named or found, "diffusion checkpoint", source)
    tensors = _read_checkpoint(path, "state_dict")
    try:
        return denoiser_of(tensors, _heads_beside(path))
    except WeightsError as error:
        raise PublishedWeightsError(f"{path} does not fit: {error}") from error


def _published_vae(part: Part, config_path: Path) -> PartVAE:
    """One released VAE from its YAML file and the checkpoint beside it."""
    config = _read_yaml(config_path)
    path = _vae_checkpoint(config_path, config)
    tensors = _read_checkpoint(path, "model_state")
    try:
        return vae_of(config, tensors)
    except WeightsError as error:
        raise PublishedWeightsError(
            f"{path} does not fit {config_path.name} ({part}): {error}"
        ) from error


def _vae_configs(source: Path) -> dict[Part, Path]:
    """The YAML file of each part's VAE."""
    if not source.is_dir():
        raise PublishedWeightsError(f"{source} is not a folder; {EXPECTED_LAYOUT}")
    found: dict[Part, list[Path]] = {part: [] for part in PARTS}
    for path in sorted((*source.rglob("*.yaml"), *source.rglob("*.yml"))):
        part = _part_named(path.relative_to(source))
        if part is not None and "nfeats" in _read_yaml(path):
            found[part].append(path)
    return {
        part: _only(paths, f"YAML file of the {part} VAE", source) for part, paths in found.items()
    }


def _part_named(relative: Path) -> Part | None:
    """The part in a path's name: the innermost folder or file that names exactly one decides."""
    for word in reversed(relative.parts):
        named = [part for part in PARTS if part in word.lower()]
        if len(named) == 1:
            return named[0]
    return None


def _vae_checkpoint(config_path: Path, config: Mapping[str, Any]) -> Path:
    """The checkpoint that a VAE's YAML file names, or the only one in its folder."""
    found = _checkpoints(config_path.parent)
    name = re.split(r"[/\\]", str(config.get("test_ckpt", "")))[-1]
    named = [path for path in found if path.name == name]
    return _only(named or found, f"checkpoint beside {config_path.name}", config_path.parent)


def _checkpoints(folder: Path) -> list[Path]:
    """Every checkpoint below ``folder``; links to the same file count once."""
    found = {path.resolve(): path for path in folder.rglob("*") if path.suffix in _CHECKPOINTS}
    return sorted(found.values())


def _only(paths: Sequence[Path], what: str, where: Path) -> Path:
    """The single one of ``paths``."""
    if len(paths) == 1:
        return paths[0]
    found = f"{len(paths)}: {', '.join(map(str, paths))}" if paths else "none"
    raise PublishedWeightsError(
        f"one {what} must be below {where}, found {found}; {EXPECTED_LAYOUT}"
    )


def _read_yaml(path: Path) -> dict[str, Any]:
    """All entries of a YAML file, those of nested sections too."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PublishedWeightsError(f"{path} is not plain YAML: {error}") from error
    return _flat(content) if isinstance(content, dict) else {}


def _flat(section: Mapping[str, Any]) -> dict[str, Any]:
    """Entries of a section and of the sections inside it; outer ones win."""
    entries: dict[str, Any] = {}
    for value in section.values():
        if isinstance(value, dict):
            entries |= _flat(value)
    return entries | {name: value for name, value in section.items() if not isinstance(value, dict)}


def _read_checkpoint(path: Path, key: str) -> dict[str, Tensor]:
    """The tensors under ``key`` of a checkpoint, in single precision."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise PublishedWeightsError(
            f"{path} cannot be read as tensors alone ({type(error).__name__}); it is damaged or "
            "holds other pickled objects, which are never loaded"
        ) from error
    if not isinstance(content, dict) or not isinstance(content.get(key), dict):
        found = sorted(map(str, content)) if isinstance(content, dict) else type(content).__name__
        raise PublishedWeightsError(f"{path} must hold tensors under `{key}`, found {found}")
    if strange := [name for name, value in content[key].items() if not isinstance(value, Tensor)]:
        raise PublishedWeightsError(f"{path}: `{key}` holds more than tensors: {strange}")
    return {name: tensor.float() for name, tensor in content[key].items()}


def _heads_beside(checkpoint: Path) -> int:
    """``num_heads`` in the configuration files beside a checkpoint, else the published number."""
    texts = [
        path.read_text(encoding="utf-8", errors="replace")
        for path in checkpoint.parent.iterdir()
        if path.suffix in (".py", ".yaml", ".yml", ".json")
    ]
    numbers = {int(number) for text in texts for number in _HEADS.findall(text)}
    if len(numbers) > 1:
        raise PublishedWeightsError(
            f"the files beside {checkpoint} name different num_heads: {sorted(numbers)}; keep one"
        )
    return numbers.pop() if numbers else PUBLISHED_HEADS
