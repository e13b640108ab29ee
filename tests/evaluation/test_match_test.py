"""A world in which motion follows sound: the test must see it, and must not see it elsewhere."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from evaluation.match_network import (
    SHORTEST_FRAMES,
    MatchOptions,
    MatchScorer,
    Pair,
    padded_to,
    segment_scores,
)
from evaluation.match_test import MatchTest, match_accuracy, pair_of, train_scorer
from evaluation.motion_features import FEATURE_WIDTH
from speech.features import DefaultEncoder, SpeechFeatures
from speech.transcript import Interval, Speech, Word
from tests.motion.motions import random_motion
from tests.speech.sounds import babble

SOUND, TEXT = 6, 4
TINY = MatchOptions(epochs=8, width=24)
FRAMES = 450


def slow(frames: int, width: int, generator: torch.Generator):
    """Noise that changes over a quarter of a second."""
    noise = torch.randn(frames + 3, width, generator=generator)
    return noise.unfold(0, 4, 1).mean(dim=-1) * 2


def pair(seed: int, lag_frames: int = 0, follows: bool = True, frames: int = FRAMES) -> Pair:
    """Motion whose first channels repeat the sound's, perhaps late, among others of its own."""
    generator = torch.Generator().manual_seed(seed)
    sound = slow(frames, SOUND, generator)
    motion = slow(frames, FEATURE_WIDTH, generator)
    if follows:
        motion[:, :SOUND] = 0.3 * motion[:, :SOUND] + sound.roll(lag_frames, dims=0)
    return Pair(f"r{seed}", sound, torch.zeros(frames, TEXT), motion)


def shifted(each: Pair, frames: int) -> Pair:
    return replace(each, motion=each.motion.roll(frames, dims=0))


HELD_OUT = [pair(seed) for seed in range(100, 110)]


@pytest.fixture(scope="module")
def scorer():
    return train_scorer([pair(seed) for seed in range(12)], TINY)


def test_motion_that_follows_its_sound_is_told_from_shifted_motion(scorer):
    found = match_accuracy(scorer, HELD_OUT)

    assert found.above_chance
    assert found.estimate.value > 0.9
    assert found.reliable
    assert found.lag_ms == pytest.approx(0, abs=40)


def test_unrelated_motion_is_at_chance(scorer):
    found = match_accuracy(scorer, [pair(seed, follows=False) for seed in range(200, 212)])

    assert not found.above_chance
    assert found.estimate.value == pytest.approx(0.5, abs=0.1)


def test_a_shift_of_seconds_is_below_chance_and_one_of_frames_is_a_lag(scorer):
    # the place that fits is now counted as a shift
    assert match_accuracy(scorer, [shifted(p, 90) for p in HELD_OUT]).estimate.value < 0.6
    late = match_accuracy(scorer, [shifted(p, 3) for p in HELD_OUT])
    assert late.lag_ms == pytest.approx(200, abs=40)


def test_frozen_motion_ties_and_a_tie_is_a_half(scorer):
    still = [replace(p, motion=p.motion[:1].expand(FRAMES, -1)) for p in HELD_OUT]

    found = match_accuracy(scorer, still)

    assert found.estimate.value == pytest.approx(0.5, abs=0.15)
    assert not found.above_chance


def test_noise_lowers_the_accuracy(scorer):
    generator = torch.Generator().manual_seed(0)
    noise = 6.0 * torch.randn(FRAMES, FEATURE_WIDTH, generator=generator)
    noisy = [replace(p, motion=p.motion + noise) for p in HELD_OUT]

    assert (
        match_accuracy(scorer, noisy).estimate.value
        < match_accuracy(scorer, HELD_OUT).estimate.value
    )


def test_longer_segments_are_easier(scorer):
    noise = torch.Generator().manual_seed(1)
    hard = [
        replace(p, motion=p.motion + 2.0 * torch.randn(p.motion.shape, generator=noise))
        for p in HELD_OUT
    ]
    short, long = (match_accuracy(scorer, hard, MatchTest(seconds=s)) for s in (1.0, 6.0))

    assert short.estimate.value < long.estimate.value


def test_few_recordings_and_comparisons_are_flagged(scorer):
    one = match_accuracy(scorer, HELD_OUT[:1])
    assert "1 recordings" in one.why_not
    short = match_accuracy(scorer, [pair(1, frames=120)])
    assert "100 needed" in short.why_not
    nothing = match_accuracy(scorer, [pair(1, frames=20)])
    assert math.isnan(nothing.estimate.value)
    assert not nothing.reliable


def test_training_is_repeatable_and_survives_saving(scorer, tmp_path):
    short = replace(TINY, epochs=1)
    first, again = (train_scorer([pair(0), pair(1)], short) for _ in range(2))
    torch.testing.assert_close(first.agreement(pair(2)), again.agreement(pair(2)), rtol=0, atol=0)

    scorer.save(tmp_path)
    loaded = MatchScorer.load(tmp_path)
    torch.testing.assert_close(loaded.agreement(pair(2)), scorer.agreement(pair(2)), rtol=0, atol=0)
    config = tmp_path / "config.json"
    config.write_text(config.read_text().replace(str(FEATURE_WIDTH), "58"))
    with pytest.raises(ValueError, match="train it again"):
        MatchScorer.load(tmp_path)


def test_recordings_too_short_to_shift_are_not_learned_from():
    with pytest.raises(ValueError, match="twelve seconds"):
        train_scorer([pair(0, frames=SHORTEST_FRAMES - 1)], TINY)


def test_scores_of_segments_are_mean_products():
    vectors = torch.eye(4).repeat_interleave(10, dim=0)

    scores = segment_scores(vectors, vectors, 10, 10)

    torch.testing.assert_close(scores, torch.eye(4))


def test_padding_cuts_or_adds_silence():
    values = torch.ones(5, 2)
    assert padded_to(values, 3).shape == (3, 2)
    assert padded_to(values, 7)[5:].abs().sum() == 0


def test_a_pair_lasts_as_long_as_the_shorter_of_speech_and_motion():
    words = (Word("because", Interval(0.5, 1.0)), Word("so", Interval(11.0, 11.4)))
    speech = Speech(babble(12.0), words)

    found = pair_of("a", speech, random_motion(330), DefaultEncoder())

    assert len(found) == 165
    assert found.sound.shape == (165, DefaultEncoder().audio_width)
    assert found.text[8:14].abs().sum() > 0
    assert found.text[20:100].abs().sum() == 0
    assert torch.isfinite(found.sound).all()


class SlowEncoder:
    """An encoder whose audio steps are no frames."""

    text_width, audio_width, audio_steps, id = 1, 1, 499, "slow"

    def config(self):
        return {}

    def encode(self, window: Speech) -> SpeechFeatures:
        return SpeechFeatures(torch.zeros(150, 1), torch.zeros(499, round(window.seconds) // 10))

    def encode_many(self, windows):
        return [self.encode(window) for window in windows]


def test_features_that_are_not_aligned_to_frames_are_refused():
    speech = Speech(np.zeros(160_000, np.float32))
    with pytest.raises(ValueError, match="499"):
        pair_of("a", speech, random_motion(300), SlowEncoder())
