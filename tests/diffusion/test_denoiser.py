"""The denoiser: the published one, and what must hold for any weights."""

import pytest
import torch

from diffusion.denoiser import Conditions, Denoiser
from diffusion.guidance import ClassifierFreeGuidance
from diffusion.schedule import Schedule
from diffusion.training.losses import denoising_loss
from tests.diffusion.golden import Golden
from tests.parity import assert_close

ROUNDED_TOKEN_ERROR = 0.4
"""Mean error of a token whose attention the reference rounds to 1/16, against its mean size."""


@pytest.fixture(scope="module")
def golden():
    return Golden.load("denoiser")


@pytest.fixture(scope="module")
def training():
    return Golden.load("pipeline")


@pytest.fixture(scope="module")
def denoiser():
    return woken(Denoiser.tiny())


def woken(network):
    """The network with numbers in the layers that start at zero, as if it had been trained."""
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for parameter in network.parameters():
            if not parameter.any():
                parameter.copy_(0.2 * torch.randn(parameter.shape, generator=generator))
    return network.requires_grad_(False)


def some_conditions(denoiser, batch=2, repeat=1, seed=0):
    generator = torch.Generator().manual_seed(seed)
    config = denoiser.config
    return Conditions(
        torch.randn(batch, config.window_frames, config.text_width, generator=generator),
        torch.randn(batch, 17, config.audio_width, generator=generator),
        torch.arange(batch)[:, None].expand(-1, repeat),
    )


def some_tokens(denoiser, batch=2, seed=1):
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, denoiser.layout.tokens, denoiser.config.latent_dim)
    return torch.randn(shape, generator=generator)


def answers(golden, mask):
    """Pairs of (name, found, expected) for every case of a query mask."""
    prefix = f"out/{mask}/"
    x, prepared = golden.tensors["in/x"], golden.prepared()
    valid = golden.tensors["in/motion_mask"].bool()
    for name, expected in golden.tensors.items():
        if not name.startswith(prefix):
            continue
        kind, _, step = name.removeprefix(prefix).partition("_t")
        timestep = torch.tensor([999, 37] if step == "mixed" else [int(step)] * len(x))
        if kind == "mix":
            found = golden.denoiser.mixed(x, timestep, prepared, ClassifierFreeGuidance(), valid)
        else:
            given = prepared if kind == "cond" else None
            found = golden.denoiser.estimate(x, timestep, given, valid)
        yield kind, name, found, expected


def test_parity_denoiser_estimates_match_with_and_without_conditions_and_mixed(golden):
    """Compare every estimate without a query mask; 1e-5, mixtures 2e-5."""
    compared = 0
    for kind, name, found, expected in answers(golden, "none"):
        assert_close(found, expected, 2e-5 if kind == "mix" else 1e-5, name)
        compared += 1
    assert compared, "no case was found"


@pytest.mark.parametrize("mask", ["ref", "sep"])
def test_parity_denoiser_a_query_mask_only_rounds_the_masked_tokens(golden, mask):
    """Compare with the masked cases, whose masked tokens the reference rounds to 1/16.

    We have no such mask. The other tokens stay within 0.02 a unit of guidance weight; of the
    rounded ones the mean error is bounded.
    """
    masked = golden.tensors[f"in/query_mask_{mask}"][0] == 0
    for kind, name, found, expected in answers(golden, mask):
        weight = golden.config["w"][name.rpartition("_t")[2]] if kind == "mix" else 1.0
        assert_close(found[:, ~masked], expected[:, ~masked], 0.02 * max(1.0, weight), name)
        error = (found - expected)[:, masked].abs().mean() / expected[:, masked].abs().mean()
        assert error < ROUNDED_TOKEN_ERROR * max(1.0, weight), (name, error)


def test_parity_denoiser_weights_of_classifier_free_guidance(golden):
    """Compare w(t) at every timestep of the cases; exact to 1e-12."""
    guidance = ClassifierFreeGuidance()
    for step, expected in golden.config["w"].items():
        found = guidance.weight(torch.tensor([int(step)]))
        assert_close(found, torch.tensor([expected], dtype=torch.float64), 1e-12, f"w({step})")


def test_parity_training_numbers_match(training):
    """Compare x_t, prediction, loss, gradient norm and one gradient; 1e-5."""
    given = training.tensors
    schedule = Schedule.scaled_linear(range(1000))
    level = given["in/train_timesteps"] + 1
    x_t = schedule.noised(given["in/train_x0"], level, given["in/train_noise"])
    denoiser, mask = training.denoiser, given["in/train_mask"].bool()
    denoiser.requires_grad_(True)
    unconditional = given["in/train_cond_type"] % 10 == 0
    predicted = denoiser(
        x_t, given["in/train_timesteps"], training.conditions(), unconditional, mask
    )
    loss = denoising_loss(predicted, given["in/train_x0"], mask)
    loss.backward()
    gradients = [p.grad.double().square().sum() for p in denoiser.parameters()]
    norm = torch.stack(gradients).sum().sqrt()[None]
    denoiser.requires_grad_(False)

    assert_close(x_t, given["out/train_x_t"], 1e-5, "x_t")
    assert_close(predicted, given["out/train_pred"], 1e-5, "prediction")
    assert_close(loss[None], given["out/train_loss"], 1e-5, "loss")
    assert_close(norm, given["out/train_grad_norm"].double(), 1e-5, "gradient norm")
    first = denoiser.embed.weight.grad
    assert_close(first, given["out/train_grad_joint_embed"], 1e-5, "gradient of the embedding")
    # the query mask rounds three tokens of the reference
    rounded = given["out/with_query_mask/train_loss"]
    assert_close(loss[None], rounded, 1e-2, "loss with query mask")


def test_one_speaker_token_says_the_same_as_one_a_frame(denoiser):
    x, timestep = some_tokens(denoiser), torch.tensor([400, 20])
    once = denoiser(x, timestep, some_conditions(denoiser, repeat=1))
    often = denoiser(x, timestep, some_conditions(denoiser, repeat=150))
    torch.testing.assert_close(once, often, atol=1e-5, rtol=0)


def test_a_batch_of_two_equals_two_batches_of_one(denoiser):
    x, timestep = some_tokens(denoiser), torch.tensor([999, 3])
    conditions = some_conditions(denoiser)
    together = denoiser(x, timestep, conditions)
    for row in range(2):
        alone = denoiser(x[[row]], timestep[[row]], conditions.at(torch.tensor([row])))
        torch.testing.assert_close(alone[0], together[row], atol=1e-5, rtol=0)


def test_dropping_conditions_of_one_sample_equals_having_none(denoiser):
    x, timestep = some_tokens(denoiser), torch.tensor([500, 50])
    conditions = some_conditions(denoiser)
    mixed = denoiser(x, timestep, conditions, torch.tensor([True, False]))
    nothing = denoiser.estimate(x, timestep, None)
    everything = denoiser(x, timestep, conditions)
    torch.testing.assert_close(mixed[0], nothing[0], atol=1e-5, rtol=0)
    torch.testing.assert_close(mixed[1], everything[1], atol=1e-5, rtol=0)
    assert (nothing[0] - everything[0]).abs().max() > 1e-3


def test_every_condition_and_the_timestep_change_the_estimate(denoiser):
    x, timestep = some_tokens(denoiser), torch.tensor([500, 50])
    given, other = some_conditions(denoiser), some_conditions(denoiser, seed=5)
    before = denoiser(x, timestep, given)
    for changed in (
        denoiser(x, timestep, Conditions(other.text, given.audio, given.speaker)),
        denoiser(x, timestep, Conditions(given.text, other.audio, given.speaker)),
        denoiser(x, timestep, Conditions(given.text, given.audio, given.speaker + 3)),
        denoiser(x, timestep + 100, given),
    ):
        assert (changed - before).abs().amax(dim=(1, 2)).min() > 1e-4


def test_what_stands_at_a_separator_changes_no_latent(denoiser):
    x, timestep, latent = some_tokens(denoiser), torch.tensor([500, 50]), denoiser.layout.is_latent
    conditions = some_conditions(denoiser)
    before = denoiser(x, timestep, conditions)
    after = denoiser(torch.where(latent[:, None], x, 100.0), timestep, conditions)
    torch.testing.assert_close(before[:, latent], after[:, latent])


def test_a_saved_denoiser_answers_the_same(denoiser, tmp_path):
    denoiser.save_pretrained(tmp_path)
    again = Denoiser.from_pretrained(tmp_path)
    x, timestep, conditions = some_tokens(denoiser), torch.tensor([9, 8]), some_conditions(denoiser)
    torch.testing.assert_close(
        again(x, timestep, conditions), denoiser(x, timestep, conditions), rtol=0, atol=0
    )


def test_features_of_another_speech_encoder_are_refused(denoiser):
    given = some_conditions(denoiser)
    with pytest.raises(ValueError, match="text features"):
        denoiser.prepare(Conditions(given.text[:, :-1], given.audio, given.speaker))
    with pytest.raises(ValueError, match="audio features"):
        denoiser.prepare(Conditions(given.text, given.audio[..., :-1], given.speaker))
