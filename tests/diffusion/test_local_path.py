"""The local path: each second hears its own stretch of speech, and no more."""

from dataclasses import replace

import pytest
import torch

from diffusion.denoiser import Denoiser
from diffusion.local_path import MARGIN_FRAMES
from motion.parts import PARTS
from motion.timeline import CHUNK_FRAMES
from tests.diffusion.test_denoiser import some_conditions, some_tokens, woken

REACH_FRAMES = MARGIN_FRAMES + 14
"""Frames outside a chunk that it hears: its margin, and what the convolutions reach over."""
TIMESTEPS = torch.tensor([700, 40])


@pytest.fixture(scope="module")
def denoiser():
    return woken(Denoiser.tiny(local_channels=8))


def chunks_that_differ(denoiser, left, right):
    """For each sample, the chunks that the local path tells something else; all parts agree."""
    differ = (left.local != right.local).any(dim=-1).any(dim=1)
    by_part = torch.stack([differ[:, denoiser.layout.of(part)] for part in PARTS])
    assert (by_part == by_part[0]).all()
    return [set(row.nonzero()[:, 0].tolist()) for row in by_part[0]]


def chunks_that_hear(frame):
    """Chunks whose stretch holds a frame."""
    starts = range(0, 150, CHUNK_FRAMES)
    return {
        place
        for place, start in enumerate(starts)
        if start - REACH_FRAMES <= frame < start + CHUNK_FRAMES + REACH_FRAMES
    }


def test_before_training_it_adds_nothing():
    with_it, without = Denoiser.tiny(local_channels=8), Denoiser.tiny()
    x, conditions = some_tokens(without), some_conditions(without)

    assert with_it.prepare(conditions).local is not None
    torch.testing.assert_close(
        with_it(x, TIMESTEPS, conditions), without(x, TIMESTEPS, conditions), rtol=0, atol=0
    )


@pytest.mark.parametrize("frame", [0, 37, 74, 75, 149])
def test_a_word_is_heard_by_the_seconds_around_it_alone(denoiser, frame):
    given = some_conditions(denoiser)
    text = given.text.clone()
    text[0, frame] += 1.0

    before, after = denoiser.prepare(given), denoiser.prepare(replace(given, text=text))

    assert chunks_that_differ(denoiser, before, after) == [chunks_that_hear(frame), set()]


def test_a_sound_is_heard_near_its_place_whatever_the_rate_of_its_steps(denoiser):
    given = some_conditions(denoiser)
    audio = given.audio.clone()
    audio[1, 8] += 1.0  # the middle one of 17 steps

    before, after = denoiser.prepare(given), denoiser.prepare(replace(given, audio=audio))

    nothing, heard = chunks_that_differ(denoiser, before, after)
    assert nothing == set()
    assert {4, 5} <= heard
    assert not heard & {0, 1, 8, 9}


def test_speaker_is_heard_everywhere_and_separators_stay_empty(denoiser):
    given = some_conditions(denoiser)

    before = denoiser.prepare(given)
    after = denoiser.prepare(replace(given, speaker=given.speaker + 1))

    assert chunks_that_differ(denoiser, before, after) == [set(range(10))] * 2
    assert not before.local[:, :, ~denoiser.layout.is_latent].any()


@pytest.mark.parametrize("dropped", [0, 1, 2])
def test_of_a_dropped_condition_nothing_is_heard(denoiser, dropped):
    given, other = some_conditions(denoiser), some_conditions(denoiser, seed=9)
    fields = ("text", "audio", "speaker")
    other = replace(other, speaker=given.speaker + 2)
    flags = torch.zeros(2, 3, dtype=torch.bool)
    flags[:, dropped] = True
    x = some_tokens(denoiser)
    before = denoiser(x, TIMESTEPS, given, flags)

    for place, name in enumerate(fields):
        changed = replace(given, **{name: getattr(other, name)})
        moved = (denoiser(x, TIMESTEPS, changed, flags) - before).abs().amax(dim=(1, 2))
        if place == dropped:
            assert moved.max() == 0, name
        else:
            assert moved.min() > 1e-4, name


def test_dropping_every_condition_is_having_none(denoiser):
    x, given = some_tokens(denoiser), some_conditions(denoiser)
    nothing = denoiser.estimate(x, TIMESTEPS, None)

    for all_of_them in (torch.tensor([True, False]), torch.tensor([[True] * 3, [False] * 3])):
        found = denoiser(x, TIMESTEPS, given, all_of_them)
        torch.testing.assert_close(found[0], nothing[0], atol=1e-5, rtol=0)
        assert (found[1] - nothing[1]).abs().max() > 1e-3


def test_a_window_hears_the_same_in_any_company(denoiser):
    given = some_conditions(denoiser, batch=3)
    together = denoiser.prepare(given)

    for row in range(3):
        alone = denoiser.prepare(given.at(torch.tensor([row])))
        torch.testing.assert_close(together[row : row + 1].local, alone.local, atol=1e-6, rtol=0)
        torch.testing.assert_close(together.repeated(2)[3 + row : 4 + row].local[0], alone.local[0])


def test_a_saved_network_has_its_path_again(denoiser, tmp_path):
    denoiser.save_pretrained(tmp_path)
    again = Denoiser.from_pretrained(tmp_path)
    x, given = some_tokens(denoiser), some_conditions(denoiser)

    torch.testing.assert_close(
        again(x, TIMESTEPS, given), denoiser(x, TIMESTEPS, given), rtol=0, atol=0
    )
