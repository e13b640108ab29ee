"""Reads the golden cases of the published implementation.

The folder comes from ``CHIRONOMIA_PARITY``; without it, from ``../shared/parity`` beside the
project. Sizes are always read from the files: more than one set of cases exists.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open
from torch import Tensor


def parity_folder() -> Path:
    """Folder of the cases; skips the test where there is none."""
    default = Path(__file__).resolve().parents[2] / "shared" / "parity"
    folder = Path(os.environ.get("CHIRONOMIA_PARITY", default))
    if not folder.is_dir():
        pytest.skip(f"no parity cases at {folder}; set CHIRONOMIA_PARITY to their folder")
    return folder


def load(name: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and configuration of ``name.safetensors``."""
    with safe_open(parity_folder() / f"{name}.safetensors", "pt") as archive:
        tensors = {key: archive.get_tensor(key) for key in archive.keys()}  # noqa: SIM118
        return tensors, json.loads(archive.metadata()["config"])


def load_json(name: str) -> Any:
    """Content of ``name.json``."""
    return json.loads((parity_folder() / f"{name}.json").read_text())


def below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names start with ``prefix``, without it."""
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def assert_close(found: Tensor, expected: Tensor, tol: float, what: str) -> None:
    """Compare as the cases define it: max|a-b| <= tol * max(1, max|expected|)."""
    assert found.shape == expected.shape, f"{what}: shape {found.shape} against {expected.shape}"
    worst = (found - expected).abs().max().item() if expected.numel() else 0.0
    bound = tol * max(1.0, expected.abs().max().item() if expected.numel() else 0.0)
    print(f"{what}: worst error {worst:.2e}, allowed {bound:.2e}")  # noqa: T201
    assert worst <= bound, f"{what}: worst error {worst:.2e} is over {bound:.2e}"
