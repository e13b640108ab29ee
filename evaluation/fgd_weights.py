"""Trained weights of the FGD network: the published file, or a folder that we trained.

A folder holds ``config.json`` (the skeleton, and what the network was trained on) and
``model.safetensors``. The published file (``AESKConv_240_100.bin``) is a torch archive; only
tensors and plain values are read from it, never code.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from evaluation.fgd_network import FgdConfig, FgdNetwork

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
_STATE = "model_state"
_PREFIX = "module."
_UNUSED = ("fc_mu.", "fc_logvar.")
"""Of the variational form, which the published encoder is not."""
_HOW_TO_GET = (
    "give the published AESKConv_240_100.bin (of EMAGE's evaluation tools), or a folder written by "
    "`chironomia train fgd CORPUS OUT`"
)


class FgdWeightsError(ValueError):
    """A file or folder holds no weights of the FGD network."""


@dataclass(frozen=True)
class TrainedOn:
    """What an encoder of ours has seen."""

    corpus: str
    recordings: int
    frames: int
    epochs: int
    seed: int


@dataclass(frozen=True)
class FgdEncoder:
    """A network ready to compare with; two numbers are comparable if their ``id`` is the same."""

    network: FgdNetwork
    name: str
    checksum: str
    """SHA-256 of the file of weights."""

    @property
    def id(self) -> str:
        """Name and the head of the checksum."""
        return f"{self.name}, sha256 {self.checksum[:12]}"


def load_encoder(path: Path) -> FgdEncoder:
    """The network of a published file or of a folder of ours."""
    if path.is_dir():
        return _own(path)
    if path.is_file():
        return _published(path)
    raise FgdWeightsError(f"no weights at {path}; {_HOW_TO_GET}")


def save_encoder(network: FgdNetwork, trained_on: TrainedOn, folder: Path) -> FgdEncoder:
    """Write a folder that `load_encoder` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {"format": 1, "network": asdict(network.config), "trained_on": asdict(trained_on)}
    tensors = {name: tensor.contiguous().cpu() for name, tensor in network.state_dict().items()}
    save_file(tensors, folder / WEIGHTS_FILE)
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return _own(folder)


def _own(folder: Path) -> FgdEncoder:
    config, weights = folder / CONFIG_FILE, folder / WEIGHTS_FILE
    try:
        content = json.loads(config.read_text(encoding="utf-8"))
        shape, trained_on = content["network"], TrainedOn(**content["trained_on"])
        network = FgdNetwork(FgdConfig(tuple(shape["parents"]), tuple(shape["growth"])))
        tensors = load_file(weights)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        why = f"{type(error).__name__}: {error}"
        raise FgdWeightsError(f"{folder} holds no encoder ({why}); {_HOW_TO_GET}") from error
    _load(network, tensors, folder)
    name = f"own encoder of {trained_on.corpus}, {trained_on.epochs} epochs"
    return _ready(network, name, weights)


def _published(file: Path) -> FgdEncoder:
    network = FgdNetwork()
    _load(network, _published_tensors(file), file)
    return _ready(network, f"published network {file.name}", file)


def _published_tensors(file: Path) -> dict[str, Tensor]:
    """Tensors by the names of our modules."""
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        why = str(error).splitlines()[0]
        raise FgdWeightsError(
            f"{file} is no torch archive of plain tensors ({why}). If you trust it, save it again "
            f"by torch.save({{'{_STATE}': ...}}, ...) with tensors alone; else {_HOW_TO_GET}"
        ) from error
    state = content.get(_STATE) if isinstance(content, Mapping) else None
    if not isinstance(state, Mapping):
        raise FgdWeightsError(f"{file} has no entry '{_STATE}'; {_HOW_TO_GET}")
    named = {name.removeprefix(_PREFIX): tensor for name, tensor in state.items()}
    return {name: tensor for name, tensor in named.items() if not name.startswith(_UNUSED)}


def _load(network: FgdNetwork, tensors: Mapping[str, Tensor], where: Path) -> None:
    """Load all tensors; masks and pools must be those of the network's own skeleton."""
    expected = network.state_dict()
    wrong = sorted(expected.keys() ^ tensors.keys()) + [
        name for name in expected if name in tensors and not _fits(tensors[name], expected[name])
    ]
    fixed = [name for name, _ in network.named_buffers() if name not in wrong]
    wrong += [name for name in fixed if not torch.allclose(tensors[name], expected[name])]
    if wrong:
        shown = ", ".join(wrong[:4]) + (", ..." if len(wrong) > 4 else "")
        raise FgdWeightsError(
            f"{len(wrong)} tensors of {where} do not fit this network of "
            f"{len(network.config.parents)} joints: {shown}; {_HOW_TO_GET}"
        )
    network.load_state_dict(dict(tensors))


def _fits(found: Any, expected: Tensor) -> bool:
    return isinstance(found, Tensor) and found.shape == expected.shape


def _ready(network: FgdNetwork, name: str, weights: Path) -> FgdEncoder:
    checksum = sha256(weights.read_bytes()).hexdigest()
    return FgdEncoder(network.requires_grad_(False).eval(), name, checksum)
