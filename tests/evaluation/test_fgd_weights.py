import os

import pytest
import torch

from evaluation.fgd_network import FgdConfig, FgdNetwork
from evaluation.fgd_weights import FgdWeightsError, TrainedOn, load_encoder, save_encoder

SMALL = FgdConfig(parents=(-1, 0, 1, 2, 2, 1, 5, 5, 5, 5), growth=(1, 2))
TRAINED_ON = TrainedOn("demo", 7, 12000, 30, 3)


class Code:
    """Runs something when it is unpickled."""

    def __reduce__(self):
        return os.system, ("exit 0",)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return FgdNetwork()


@pytest.fixture
def released(network, tmp_path):
    """A file as released: prefixed names, and heads that the encoder does not use."""
    state = {f"module.{name}": tensor for name, tensor in network.state_dict().items()}
    state["module.fc_mu.weight"] = torch.zeros(240, 240)
    state["module.fc_logvar.bias"] = torch.zeros(240)
    path = tmp_path / "AESKConv_240_100.bin"
    torch.save({"model_state": state, "epoch": 100}, path)
    return path


def test_a_released_file_is_loaded_whole_and_named(network, released):
    encoder = load_encoder(released)

    for name, tensor in encoder.network.state_dict().items():
        assert torch.equal(tensor, network.state_dict()[name])
    assert encoder.name == "published network AESKConv_240_100.bin"
    assert len(encoder.checksum) == 64
    assert encoder.checksum[:12] in encoder.id
    assert not encoder.network.training


def test_a_folder_of_ours_is_read_back_as_it_was_written(tmp_path):
    torch.manual_seed(1)
    network = FgdNetwork(SMALL)

    written = save_encoder(network, TRAINED_ON, tmp_path / "fgd")
    read = load_encoder(tmp_path / "fgd")

    assert read.id == written.id
    assert read.name == "own encoder of demo, 30 epochs"
    assert read.network.config == SMALL
    x = torch.randn(1, 16, 60)
    assert torch.equal(read.network.encoder(x), network.encoder(x))


def test_other_weights_have_another_checksum(tmp_path):
    ids = {save_encoder(FgdNetwork(SMALL), TRAINED_ON, tmp_path / name).id for name in "ab"}
    assert len(ids) == 2


def test_a_file_that_would_run_code_is_refused(tmp_path):
    path = tmp_path / "AESKConv_240_100.bin"
    torch.save({"model_state": {}, "code": Code()}, path)

    with pytest.raises(FgdWeightsError, match="no torch archive of plain tensors"):
        load_encoder(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"state": {}}, "no entry 'model_state'"),
        ([1], "no entry"),
        ({"model_state": {}}, "tensors"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, content, message):
    torch.save(content, tmp_path / "other.bin")

    with pytest.raises(FgdWeightsError, match=message):
        load_encoder(tmp_path / "other.bin")


def test_a_network_of_another_skeleton_is_refused_by_its_masks(network, tmp_path):
    state = network.state_dict()
    state["encoder.layers.0.0.residual.0.mask"] = torch.ones(330, 330, 4)
    torch.save({"model_state": state}, tmp_path / "other.bin")

    with pytest.raises(
        FgdWeightsError,
        match=r"^1 tensors of [^ ]+ do not fit .*: encoder\.layers\.0\.0\.residual\.0\.mask;",
    ):
        load_encoder(tmp_path / "other.bin")


def test_no_weights_at_all_say_where_to_get_some(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "noise.bin").write_bytes(b"no archive")
    for name in ("absent.bin", "empty", "noise.bin"):
        with pytest.raises(FgdWeightsError, match="chironomia train fgd"):
            load_encoder(tmp_path / name)
