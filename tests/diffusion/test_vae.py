"""The part VAE: parity with the published one, and what every form of it must keep."""

import pytest
import torch

from diffusion.published_names import VAE_NAMES, PublishedWeightsError, vae_of
from diffusion.vae import PartVAE, Posterior
from diffusion.weights import WeightsError, load_strict
from tests import parity

WIDTH = 7
FORMS = [
    {"decoder": decoder, "position": position, "posterior": posterior, "norm_first": norm_first}
    for decoder in ("all_encoder", "encoder_decoder")
    for position, posterior, norm_first in (
        ("learned", "normal", False),
        ("sine", "multivariate_normal", True),
    )
]


def small(form, layers=2):
    torch.manual_seed(0)
    return PartVAE(WIDTH, latent_dim=16, layers=layers, heads=1, ff_size=24, **form).eval()


@pytest.fixture
def features():
    return torch.randn(3, 150, WIDTH, generator=torch.Generator().manual_seed(1))


def test_parity_vae_posterior_and_decoding():
    """Mean, logvar, std and decoded features of every published variant, to 1e-5."""
    tensors, configs = parity.load("vae")
    for name, entries in configs.items():
        case = parity.below(tensors, f"{name}/")
        vae = vae_of(entries, parity.below(case, "weights/"))
        with torch.no_grad():
            posterior = vae.encode(case["in/features"])
            decoded = vae.decode(case["in/z"])
        parity.assert_close(posterior.mean, case["out/mu"], 1e-5, f"{name} mean")
        parity.assert_close(posterior.logvar, case["out/logvar"], 1e-5, f"{name} logvar")
        parity.assert_close(posterior.std, case["out/std"], 1e-5, f"{name} std")
        parity.assert_close(decoded, case["out/decode_z"], 1e-5, f"{name} decoded")


def test_parity_released_names_lead_to_ours_and_back():
    """Every released tensor name of every variant, exact."""
    tensors, configs = parity.load("vae")
    for name in configs:
        for released in parity.below(tensors, f"{name}/weights/"):
            assert VAE_NAMES.published(VAE_NAMES.ours(released)) == released


@pytest.mark.parametrize("form", FORMS)
def test_a_batch_of_two_is_two_batches_of_one(form, features):
    vae = small(form)
    with torch.no_grad():
        mean = vae.encode(features).mean
        decoded = vae.decode(mean)
        for row in range(len(features)):
            alone = vae.encode(features[row : row + 1]).mean
            torch.testing.assert_close(alone, mean[row : row + 1], rtol=0, atol=1e-5)
            again = vae.decode(mean[row : row + 1])
            torch.testing.assert_close(again, decoded[row : row + 1], rtol=0, atol=1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_each_chunk_is_encoded_alone(form, features):
    vae = small(form)
    changed = features.clone()
    changed[:, 45:60] += 1.0
    with torch.no_grad():
        before, after = vae.encode(features).mean, vae.encode(changed).mean
        single = vae.encode(features[:, 30:45]).mean
    differs = (before - after).abs().amax(dim=(0, 2)) > 1e-4
    assert differs.tolist() == [chunk == 3 for chunk in range(10)]
    torch.testing.assert_close(single[:, 0], before[:, 2], rtol=0, atol=1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_saving_then_loading_gives_the_same_answer(form, features, tmp_path):
    vae = small(form)
    vae.save_pretrained(tmp_path)
    loaded = load_strict(PartVAE, tmp_path)
    with torch.no_grad():
        assert torch.equal(vae.encode(features).std, loaded.encode(features).std)
        latents = vae.encode(features).mean
        assert torch.equal(vae.decode(latents), loaded.decode(latents))


@pytest.mark.parametrize("form", FORMS)
def test_every_parameter_learns_from_the_reconstruction(form, features):
    vae = small(form).train()
    decoded, posterior = vae(features, torch.Generator().manual_seed(0))
    (decoded.square().mean() + posterior.std.mean()).backward()
    assert [name for name, p in vae.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
def test_an_even_number_of_layers_is_rounded_up(layers):
    stack = small(FORMS[0], layers).encoder_stack
    assert len(stack.entering) + 1 + len(stack.leaving) == layers + 1 - layers % 2


def test_a_posterior_draws_the_same_latents_for_the_same_seed():
    posterior = Posterior(
        torch.full((400, 10, 8), 2.0), torch.full((400, 10, 8), 0.5), torch.zeros(1)
    )
    first = posterior.sample(torch.Generator().manual_seed(3))
    assert torch.equal(first, posterior.sample(torch.Generator().manual_seed(3)))
    assert first.mean().item() == pytest.approx(2.0, abs=0.02)
    assert first.std().item() == pytest.approx(0.5, abs=0.02)


def test_features_and_latents_of_another_shape_are_refused():
    vae = PartVAE.tiny(WIDTH)
    with pytest.raises(ValueError, match=r"expected \(batch, a multiple of 15, 7\)"):
        vae.encode(torch.zeros(1, 149, WIDTH))
    with pytest.raises(ValueError, match=r"expected \(batch, 10, 16\)"):
        vae.decode(torch.zeros(1, 9, 16))


def test_strict_loading_names_what_is_wrong(tmp_path):
    PartVAE.tiny(WIDTH).save_pretrained(tmp_path)
    config = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(config.replace('"layers": 2', '"layers": 4'))
    with pytest.raises(WeightsError, match=r"missing tensors: .*decoder_stack\.entering\.1\."):
        load_strict(PartVAE, tmp_path)
    (tmp_path / "config.json").write_text(config.replace('"gelu"', '"swish"'))
    with pytest.raises(WeightsError, match="activation must be one of gelu, relu; found 'swish'"):
        load_strict(PartVAE, tmp_path)
    (tmp_path / "config.json").write_text(config.replace('"layers"', '"depth"'))
    with pytest.raises(WeightsError, match="unknown entries.*depth"):
        load_strict(PartVAE, tmp_path)
    (tmp_path / "config.json").write_text(config.replace('"width": 7', '"width": 8'))
    with pytest.raises(
        WeightsError, match=r"embed\.weight has shape \(16, 7\), expected \(16, 8\)"
    ):
        load_strict(PartVAE, tmp_path)


def test_a_damaged_or_absent_weights_file_is_named(tmp_path):
    PartVAE.tiny(WIDTH).save_pretrained(tmp_path)
    (weights,) = tmp_path.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:200])
    with pytest.raises(WeightsError, match="not a readable safetensors file"):
        load_strict(PartVAE, tmp_path)
    weights.unlink()
    with pytest.raises(WeightsError, match="is missing"):
        load_strict(PartVAE, tmp_path)


def test_an_incomplete_yaml_file_is_named():
    with pytest.raises(PublishedWeightsError, match="lacks the entries decoder_arch"):
        vae_of({"nfeats": 3, "latent_dim": 16}, {})


def test_a_linear_path_starts_as_principal_components():
    """Latents of rank-deficient chunks lose nothing, whatever the transformers' random weights."""
    torch.manual_seed(0)
    vae = PartVAE(6, latent_dim=16, layers=2, heads=2, ff_size=16, dropout=0.0, linear_path=True)
    basis = torch.randn(10, 15 * 6)
    chunks = torch.randn(400, 10) @ basis
    assert vae.linear is not None

    vae.linear.start_from(chunks)
    windows = chunks[:20].reshape(2, 150, 6)
    posterior = vae.eval().encode(windows)

    torch.testing.assert_close(vae.decode(posterior.mean), windows, atol=1e-3, rtol=1e-3)
    whole = vae.encode(chunks.reshape(40, 150, 6)).mean
    assert whole.square().sum(dim=-1).mean().item() == pytest.approx(16.0, rel=1e-3)


def test_a_linear_path_is_learned_on_and_saved(tmp_path):
    vae = PartVAE(6, latent_dim=16, layers=2, heads=2, ff_size=16, dropout=0.0, linear_path=True)
    vae.decode(vae.encode(torch.randn(1, 150, 6)).mean).square().mean().backward()
    assert vae.head.weight.grad is not None
    assert vae.head.weight.grad.abs().max() > 0

    vae.save_pretrained(tmp_path)

    loaded = load_strict(PartVAE, tmp_path)
    features = torch.randn(1, 150, 6)
    assert torch.equal(loaded.encode(features).mean, vae.eval().encode(features).mean)


def test_a_part_that_never_moves_has_a_linear_path_all_the_same():
    vae = PartVAE(6, latent_dim=16, layers=2, heads=2, ff_size=16, linear_path=True)
    assert vae.linear is not None

    vae.linear.start_from(torch.zeros(40, 15 * 6))

    assert torch.isfinite(vae.encode(torch.zeros(1, 150, 6)).mean).all()
