"""Sampling: the published cases, and what our default promises."""

from dataclasses import replace

import pytest
import torch

from diffusion.config import SamplingOptions
from diffusion.denoiser import Denoiser
from diffusion.insertions import InsertedSpan, Insertions
from diffusion.inversion import InversionOptions, invert
from diffusion.sampling import Noise, Sampler, SamplingStoppedError, Watch
from diffusion.schedule import Schedule
from diffusion.windows import SeedTokens
from motion.timeline import ChunkSpan
from tests.diffusion.test_denoiser import some_conditions, woken

MIDDLE = ChunkSpan(3, 6)


@pytest.fixture(scope="module")
def denoiser():
    return woken(Denoiser.tiny())


@pytest.fixture(scope="module")
def schedule():
    return Schedule.scaled_linear().thinned(8)


def exemplar(denoiser, schedule, seed=3):
    layout, width = denoiser.layout, denoiser.config.latent_dim
    generator = torch.Generator().manual_seed(seed)
    clean = torch.randn(1, layout.tokens, width, generator=generator)
    prepared = denoiser.prepare(some_conditions(denoiser, batch=1, seed=seed))
    return invert(denoiser, schedule, clean, prepared, InversionOptions(iterations=1), "w")[0]


def guided(denoiser, schedule, strength, target=MIDDLE):
    span = InsertedSpan(exemplar(denoiser, schedule), target, ChunkSpan(5, 8), strength)
    return Insertions.of([span], denoiser.layout, schedule, denoiser.config.latent_dim)


def noise_of(denoiser, windows=(0,), seed=0, bank=0):
    size = (denoiser.layout.tokens, denoiser.config.latent_dim)
    return Noise.stacked([Noise.drawn(seed, window, *size, bank) for window in windows])


def prepared_for(denoiser, batch=1):
    return denoiser.prepare(some_conditions(denoiser, batch=batch))


@pytest.mark.parametrize("solver", ["ddim", "dpm"])
@pytest.mark.parametrize("schedule_name", ["constant", "early", "late"])
def test_a_full_dial_gives_the_exemplar_s_own_latents(denoiser, schedule, schedule_name, solver):
    insertions = guided(denoiser, schedule, 1.0)
    options = SamplingOptions(strength_schedule=schedule_name, solver=solver)
    sampler = Sampler(denoiser, schedule, options)
    found = sampler.sample(noise_of(denoiser), prepared_for(denoiser), insertions)
    clean = exemplar(denoiser, schedule).clean[:, 5:8].flatten(0, 1).float()
    torch.testing.assert_close(found[insertions.mask], clean, rtol=0, atol=0)


def test_an_empty_dial_leaves_the_hint_in_the_start_noise(denoiser, schedule):
    insertions = guided(denoiser, schedule, 0.0)
    noise, prepared = noise_of(denoiser), prepared_for(denoiser)
    hint = Sampler(denoiser, schedule, SamplingOptions(mode="initialise"))
    guide = Sampler(denoiser, schedule, SamplingOptions(mode="guide"))
    plain = Sampler(denoiser, schedule, SamplingOptions(mode="none"))
    hinted = hint.sample(noise, prepared, insertions)
    torch.testing.assert_close(guide.sample(noise, prepared, insertions), hinted)
    assert not torch.allclose(plain.sample(noise, prepared, insertions), hinted, atol=1e-3)


def test_turning_the_dial_up_brings_the_exemplar_nearer(denoiser, schedule):
    gaps = []
    for strength in (0.0, 0.25, 0.5, 0.75, 0.95, 1.0):
        insertions = guided(denoiser, schedule, strength)
        sampler = Sampler(denoiser, schedule, SamplingOptions())
        found = sampler.sample(noise_of(denoiser), prepared_for(denoiser), insertions)
        gaps.append((found - insertions.clean)[insertions.mask].norm().item())
    assert gaps == sorted(gaps, reverse=True), gaps
    assert gaps[0] > 0.1
    assert gaps[-1] == 0.0


def test_exemplars_in_one_window_may_have_dials_of_their_own(denoiser, schedule):
    path = exemplar(denoiser, schedule)
    spans = [
        InsertedSpan(path, ChunkSpan(0, 2), ChunkSpan(5, 7), 1.0),
        InsertedSpan(path, ChunkSpan(6, 8), ChunkSpan(5, 7), 0.1),
    ]
    width = denoiser.config.latent_dim
    insertions = Insertions.of(spans, denoiser.layout, schedule, width)
    sampler = Sampler(denoiser, schedule, SamplingOptions())
    found = sampler.sample(noise_of(denoiser), prepared_for(denoiser), insertions)
    gap = (found - insertions.clean).norm(dim=-1)
    assert gap[insertions.mask & (insertions.strength == 1.0)].max() == 0.0
    assert gap[insertions.mask & (insertions.strength < 1.0)].min() > 1e-3


def batch_of_two(denoiser, schedule):
    layout = denoiser.layout
    seed = SeedTokens.following(noise_of(denoiser, seed=9).start, layout)
    seeds = SeedTokens.stacked([SeedTokens.nothing(noise_of(denoiser).start), seed])
    insertions = Insertions.stacked(
        [guided(denoiser, schedule, 0.6), guided(denoiser, schedule, 0.3, ChunkSpan(0, 3))]
    )
    return noise_of(denoiser, (0, 1)), prepared_for(denoiser, 2), insertions, seeds


@pytest.mark.parametrize("mode", ["none", "initialise", "guide", "outpaint"])
def test_a_batch_of_two_equals_two_batches_of_one(denoiser, schedule, mode):
    noise, prepared, insertions, seeds = batch_of_two(denoiser, schedule)
    sampler = Sampler(denoiser, schedule, SamplingOptions(mode=mode))
    together = sampler.sample(noise, prepared, insertions, seeds)
    for row in range(2):
        own = slice(row, row + 1)
        alone = sampler.sample(
            noise_of(denoiser, (row,)),
            prepared[own],
            Insertions(
                insertions.mask[own],
                insertions.targets[:, own],
                insertions.strength[own],
                insertions.starts[own],
            ),
            SeedTokens(seeds.mask[own], seeds.latents[own]),
        )
        torch.testing.assert_close(alone[0], together[row], rtol=1e-5, atol=1e-5)


def test_the_seed_owns_the_first_chunk_of_a_later_window_and_is_kept_as_it_is(denoiser, schedule):
    noise, prepared, insertions, seeds = batch_of_two(denoiser, schedule)
    insertions = replace(insertions, strength=torch.ones_like(insertions.strength))
    found = Sampler(denoiser, schedule, SamplingOptions()).sample(
        noise, prepared, insertions, seeds
    )
    torch.testing.assert_close(found[seeds.mask], seeds.latents[seeds.mask])
    inside = insertions.mask & ~seeds.mask
    torch.testing.assert_close(found[inside], insertions.clean[inside])


def test_the_same_seed_gives_the_same_tokens_and_another_one_does_not(denoiser, schedule):
    sampler, prepared = Sampler(denoiser, schedule, SamplingOptions()), prepared_for(denoiser)
    insertions = guided(denoiser, schedule, 0.5)
    first, again, other = (
        sampler.sample(noise_of(denoiser, seed=seed), prepared, insertions) for seed in (4, 4, 5)
    )
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert not torch.allclose(first, other, atol=1e-2)


def test_windows_of_one_request_have_noise_of_their_own(denoiser):
    together = noise_of(denoiser, (0, 1, 2)).start
    assert not torch.allclose(together[0], together[1])
    torch.testing.assert_close(noise_of(denoiser, (2,)).start[0], together[2], rtol=0, atol=0)
    banked = noise_of(denoiser, (2,), bank=3)
    torch.testing.assert_close(banked.start[0], together[2], rtol=0, atol=0)


def test_drawing_noise_leaves_the_global_generator_alone(denoiser):
    state = torch.random.get_rng_state()
    noise_of(denoiser, bank=2)
    Denoiser.tiny()
    assert torch.equal(torch.random.get_rng_state(), state)


def test_sampling_reports_every_step_and_stops_when_asked(denoiser, schedule):
    told = []
    watch = Watch(report=lambda done, total: told.append((done, total)))
    sampler, prepared = Sampler(denoiser, schedule, SamplingOptions()), prepared_for(denoiser)
    sampler.sample(noise_of(denoiser), prepared, watch=watch)
    assert told == [(done, schedule.steps) for done in range(1, schedule.steps + 1)]
    with pytest.raises(SamplingStoppedError, match="after 1 of"):
        sampler.sample(noise_of(denoiser), prepared, watch=Watch(should_stop=lambda: True))


def test_without_classifier_free_guidance_only_the_conditional_estimate_counts(denoiser, schedule):
    noise, prepared = noise_of(denoiser), prepared_for(denoiser)
    on = Sampler(denoiser, schedule, SamplingOptions(mode="none"))
    off = Sampler(denoiser, schedule, SamplingOptions(mode="none", classifier_free=False))
    assert not torch.allclose(on.sample(noise, prepared), off.sample(noise, prepared), atol=1e-4)
    first = next(off.steps(noise, prepared))
    timestep = torch.tensor([schedule.timestep(schedule.steps)])
    torch.testing.assert_close(first.x_0, denoiser.estimate(noise.start, timestep, prepared))


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"mode": "released"}, "published only"),
        ({"mode": "none", "strength": 0.5}, "strength acts only"),
        ({"behaviour": "published", "strength_schedule": "late"}, "strength_schedule acts only"),
        ({"guidance_rate": 1.0}, "guidance_rate acts only"),
        ({"classifier_free": False, "classifier_free_scale": 2.0}, "needs classifier_free"),
        ({"strength": 1.5}, "strength must be within"),
        ({"strength": float("nan")}, "strength must be within"),
        ({"behaviour": "published", "solver": "dpm"}, "solver dpm acts only"),
        ({"solver": "euler"}, "solver must be one of"),
        ({"steps": 1}, "steps must be within"),
        ({"seed": -1}, "seed must be within"),
        ({"mode": "magic"}, "mode must be one of"),
    ],
)
def test_contradictory_options_are_refused_with_a_reason(settings, complaint):
    with pytest.raises(ValueError, match=complaint):
        SamplingOptions(**settings)


def test_steps_and_solver_are_those_of_the_behaviour_unless_given():
    def chosen(**given):
        options = SamplingOptions(**given)
        return options.denoising_steps, options.chosen_solver

    assert chosen() == (20, "dpm")
    assert chosen(behaviour="published") == (50, "ddim")
    assert chosen(steps=7, solver="ddim") == (7, "ddim")
