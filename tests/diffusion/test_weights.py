"""Weights are mapped where they are stored as they are used, and no copy is made of them."""

from pathlib import Path

import pytest
import torch

from diffusion.denoiser import Denoiser
from diffusion.weights import WEIGHTS_FILE, load_strict

MAPS = Path("/proc/self/maps")


@pytest.fixture
def stored(tmp_path: Path) -> Denoiser:
    denoiser = Denoiser.tiny()
    denoiser.save_pretrained(tmp_path)
    return denoiser


def assert_same(found: Denoiser, expected: Denoiser) -> None:
    named = dict(expected.named_parameters())
    assert {name for name, _ in found.named_parameters()} == named.keys()
    for name, parameter in found.named_parameters():
        torch.testing.assert_close(parameter, named[name], rtol=0.0, atol=0.0)
        assert parameter.requires_grad


@pytest.mark.skipif(not MAPS.exists(), reason="only /proc tells what is mapped")
def test_loaded_weights_lie_in_their_file(stored, tmp_path: Path):
    loaded = load_strict(Denoiser, tmp_path)
    assert_same(loaded, stored)
    ranges = [
        [int(end, 16) for end in line.split()[0].split("-")]
        for line in MAPS.read_text().splitlines()
        if line.endswith(str(tmp_path / WEIGHTS_FILE))
    ]
    for name, tensor in loaded.state_dict().items():
        assert any(low <= tensor.data_ptr() < high for low, high in ranges), name


def test_training_them_on_leaves_the_file_as_it_was(stored, tmp_path: Path):
    loaded = load_strict(Denoiser, tmp_path)
    with torch.no_grad():
        for parameter in loaded.parameters():
            parameter += 1.0

    assert_same(load_strict(Denoiser, tmp_path), stored)


def test_what_is_loaded_outlives_a_file_that_is_saved_again(stored, tmp_path: Path):
    loaded = load_strict(Denoiser, tmp_path)
    other = Denoiser.tiny(seed=1, layers=1)
    other.save_pretrained(tmp_path)

    assert_same(loaded, stored)
    (tmp_path / WEIGHTS_FILE).unlink()
    assert_same(loaded, stored)
