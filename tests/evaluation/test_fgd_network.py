import numpy as np
import pytest
import torch

from evaluation.fgd_network import FgdConfig, FgdNetwork
from tests.parity import assert_close, below, load, load_json

SMALL = FgdConfig(parents=(-1, 0, 1, 2, 2, 1, 5, 5, 5, 5), growth=(1, 2))


def hashed(shape, place, rule_offset, scale):
    """Weights by the integer hash that skconv.json describes."""
    count = np.arange(np.prod(shape, dtype=int), dtype=np.uint64)
    h = (count + np.uint64(1 + (place + rule_offset) * 1000003)) % np.uint64(2**32)
    for _ in range(2):
        h ^= h >> np.uint64(16)
        h = h * np.uint64(0x45D9F3B) % np.uint64(2**32)
    h ^= h >> np.uint64(16)
    values = 0.1 * (h / 2.0**31 - 1.0) + scale
    return torch.from_numpy(values.reshape(shape)).float()


def network_of(case):
    return FgdNetwork(FgdConfig(tuple(case["parents"]), tuple(case["vae_grow"]))).eval()


def test_parity_names_and_shapes_of_the_released_checkpoint():
    published = {name: tuple(shape) for name, shape in load_json("skconv")["real"]["state_dict"]}
    ours = {name: tuple(t.shape) for name, t in FgdNetwork().state_dict().items()}

    assert ours == {n: s for n, s in published.items() if not n.startswith(("fc_mu", "fc_logvar"))}


@torch.no_grad()
def test_parity_features_of_the_whole_skeleton():
    tensors, _ = load("skconv")
    case = load_json("skconv")["real"]
    network = network_of(case)
    state = network.state_dict()
    for place, (name, shape) in enumerate(case["state_dict"]):
        if name in state and name not in case["structural_keys"]:
            scale = 1.0 if name.endswith("residual.1.weight") else 0.0
            state[name] = hashed(shape, place, case["hash_tensor_offset"], scale)
    network.load_state_dict(state)

    found = network.encoder(tensors["real/in/rotation_6d"])

    assert_close(found, tensors["real/out/latent"], 1e-5, "features of the whole skeleton")


@torch.no_grad()
def test_parity_features_of_a_small_skeleton():
    tensors, _ = load("skconv")
    network = network_of(load_json("skconv")["small"])
    weights = below(tensors, "small/weights/")
    masks = {name: network.state_dict()[name] for name in weights if name.endswith("mask")}
    assert masks
    assert all(torch.equal(mask, weights[name]) for name, mask in masks.items())
    network.load_state_dict(weights, strict=False)

    found = network.encoder(tensors["small/in/rotation_6d"])

    assert_close(found, tensors["small/out/latent"], 1e-5, "features of a small skeleton")


def test_the_published_shape_is_240_features_for_every_16_frames():
    network = FgdNetwork()
    assert network.config.stride == 16
    assert network.encoder.features == 240


@torch.no_grad()
def test_the_decoder_gives_back_the_frames_that_went_in():
    assert FgdNetwork(SMALL)(torch.zeros(2, 32, 60)).shape == (2, 32, 60)


def test_an_edge_sees_only_its_neighbours():
    network = FgdNetwork(SMALL)
    convolution = network.encoder.layers[0][0].residual[0]
    rotations = torch.zeros(1, 60, 8, requires_grad=True)

    # the edge between joints 2 and 3 lies three steps from those that end in 6 to 9
    convolution(rotations)[0, 3 * 6 : 4 * 6].sum().backward()

    seen = rotations.grad.abs().sum(dim=-1).reshape(10, 6).sum(dim=-1) > 0
    assert seen.nonzero()[:, 0].tolist() == [1, 2, 3, 4, 5]


def test_masked_weights_stay_without_effect_whatever_they_hold():
    network = FgdNetwork(SMALL)
    convolution = network.encoder.layers[0][0].residual[0]
    x = torch.randn(1, 60, 8, generator=torch.Generator().manual_seed(0))
    before = convolution(x)

    with torch.no_grad():
        convolution.weight += 1.0 - convolution.mask

    torch.testing.assert_close(convolution(x), before)


@pytest.mark.parametrize("frames", [32, 64])
@torch.no_grad()
def test_features_do_not_depend_on_the_other_clips_of_a_batch(frames):
    network = FgdNetwork(SMALL)
    clips = torch.randn(3, frames, 60, generator=torch.Generator().manual_seed(0))

    alone = torch.cat([network.encoder(clip[None]) for clip in clips])

    torch.testing.assert_close(network.encoder(clips), alone)
