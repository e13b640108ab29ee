"""Strict reading of weights in our own format: every tensor is named, nothing is made up."""

import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import torch
from diffusers.models.modeling_utils import ModelMixin
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "diffusion_pytorch_model.safetensors"

Model = TypeVar("Model", bound=ModelMixin)


class WeightsError(ValueError):
    """A weights folder or checkpoint does not hold what its network needs."""


def load_strict(network: type[Model], folder: Path, device: torch.device | str = "cpu") -> Model:
    """A network from its folder (``config.json`` and safetensors), ready to answer.

    Unlike ``from_pretrained``, a tensor that is missing, unexpected or of another shape is an
    error, and nothing is ever fetched. On a CPU, what is stored in the network's own precision is
    mapped: processes share its memory, and what is never used is never read. A file that is in use
    must be replaced by renaming, as safetensors writes, not overwritten.
    """
    model = _built(network, folder / CONFIG_FILE)
    expected = model.state_dict()
    found = read_tensors(folder / WEIGHTS_FILE)
    check_tensors(found, expected, str(folder))
    own = {name: tensor.to(expected[name].dtype) for name, tensor in found.items()}
    model.load_state_dict(own, assign=True)
    ready: Model = model.to(device).eval()
    return ready


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a safetensors file."""
    if not path.is_file():
        raise WeightsError(f"{path} is missing; a weights folder must hold it")
    try:
        return load_file(path)
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a readable safetensors file: {error}") from error


def digest_of(told: Mapping[str, object], networks: Sequence[nn.Module]) -> str:
    """Sixteen hex digits over what is told of networks and every tensor of theirs."""
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for network in networks:
        for name, tensor in sorted(network.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def check_tensors(found: Mapping[str, Tensor], expected: Mapping[str, Tensor], where: str) -> None:
    """Raise an error that names every missing, unexpected and misshapen tensor."""
    wrong = [
        f"{name} has shape {tuple(found[name].shape)}, expected {tuple(expected[name].shape)}"
        for name in sorted(expected.keys() & found.keys())
        if found[name].shape != expected[name].shape
    ]
    complaints = [
        *_listed("missing", expected.keys() - found.keys()),
        *_listed("unexpected", found.keys() - expected.keys()),
        *wrong,
    ]
    if complaints:
        raise WeightsError(f"the weights of {where} do not fit: {'; '.join(complaints)}")


def _listed(what: str, names: Iterable[str]) -> list[str]:
    """One complaint about all ``names``; none if there are none."""
    ordered = sorted(names)
    return [f"{what} tensors: {', '.join(ordered)}"] if ordered else []


def _built(network: type[Model], path: Path) -> Model:
    """The network that a config file describes, without memory for its weights."""
    if not path.is_file():
        raise WeightsError(f"{path} is missing; a weights folder must hold it")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{path} is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise WeightsError(f"{path} must hold one object, found {type(config).__name__}")
    known = set(inspect.signature(network.__init__).parameters) - {"self"}
    given = {name: value for name, value in config.items() if not name.startswith("_")}
    if unknown := sorted(given.keys() - known):
        raise WeightsError(f"{path} has unknown entries {unknown}; known are {sorted(known)}")
    try:
        with torch.device("meta"):
            model: Model = network(**given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise WeightsError(f"{path} does not describe a {network.__name__}: {error}") from error
    return model
