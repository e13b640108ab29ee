"""Three arm movements, a recogniser that learns them in a second, and what it sees of changes."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from annotations.types import (
    AnnotatedSpeech,
    Exemplar,
    GestureLabel,
    GestureType,
    PlacedExemplar,
    Window,
)
from evaluation.gesture_network import MARGIN_FRAMES, GestureRecogniser, TrainingOptions
from evaluation.motion_features import FEATURE_WIDTH
from evaluation.semantic_recall import (
    ceiling,
    examples_of,
    recall,
    recognitions,
    train_recogniser,
    wanted_by_annotations,
    wanted_by_insertion,
)
from motion.clip import Motion
from motion.parts import joint
from motion.timeline import ChunkSpan
from speech.transcript import Interval, Speech
from tests.evaluation.changes import frozen, mirrored, noisy, shifted

MOVES = {
    "up": ("left_shoulder", 2, 0.9),
    "across": ("left_shoulder", 1, -0.9),
    "fold": ("left_elbow", 1, -1.2),
}
WORDS = tuple(MOVES)
CHOREOGRAPHY = {("iconic", word): word for word in WORDS}
PERIOD = 2.4
TINY = TrainingOptions(epochs=12, width=32, batch=16)


def performed(words, seed: int) -> Motion:
    """Each word's movement to and fro, fastest at its own time, a little different each time."""
    rng = np.random.default_rng(seed)
    frames = round(30 * PERIOD * (len(words) + 1))
    time = torch.arange(frames) / 30
    motion = Motion.rest(frames, 30.0)
    motion.poses[:, joint("left_shoulder"), 2] = -1.1
    for place, word in enumerate(words):
        name, axis, size = MOVES[word]
        since = (time - PERIOD * (place + 1)) * rng.uniform(0.9, 1.1)
        there = torch.sigmoid(since / 0.06) - torch.sigmoid((since - 0.9) / 0.2)
        motion.poses[:, joint(name), axis] += size * rng.uniform(0.8, 1.2) * there
    return motion


def spoken(words) -> AnnotatedSpeech:
    seconds = PERIOD * (len(words) + 1)
    labels = []
    for place, word in enumerate(words):
        at = PERIOD * (place + 1)
        labels.append(GestureLabel(GestureType.ICONIC, word, Interval(at - 0.05, at + 0.3)))
    return AnnotatedSpeech(Speech(np.zeros(round(16_000 * seconds), np.float32)), (), tuple(labels))


def said(seed: int, count: int = 12):
    return [WORDS[i] for i in np.random.default_rng(seed).integers(0, len(WORDS), count)]


def recording(name: str, seed: int):
    words = said(seed)
    wanted = wanted_by_annotations(spoken(words), CHOREOGRAPHY)
    return words, performed(words, seed), wanted, name


@pytest.fixture(scope="module")
def recogniser():
    every = [recording(f"train {seed}", seed) for seed in range(8)]
    return train_recogniser(
        [
            example
            for _, motion, wanted, name in every
            for example in examples_of(name, motion, wanted)
        ],
        TINY,
    )


@pytest.fixture(scope="module")
def held_out():
    return [recording(f"test {seed}", 100 + seed) for seed in range(8)]


def seen(recogniser, held_out, change=lambda motion: motion):
    return recall(
        {name: recognitions(recogniser, change(m), wanted) for _, m, wanted, name in held_out}
    )


def test_real_movements_of_new_recordings_are_recognised(recogniser, held_out):
    examples = [
        e for _, motion, wanted, name in held_out for e in examples_of(name, motion, wanted)
    ]
    found = ceiling(recogniser, examples)

    assert found.estimate.value > 0.95
    assert found.reliable
    assert found.gestures == 96
    assert found.chance < 0.5
    assert seen(recogniser, held_out).estimate.value == found.estimate.value


def test_frozen_mirrored_or_shifted_motion_does_not_show_the_gesture(recogniser, held_out):
    still = seen(recogniser, held_out, frozen)

    assert (still.estimate.value, still.still) == (0.0, 96)
    assert seen(recogniser, held_out, mirrored).estimate.value < 0.7
    # one period later another word's movement is there
    other = seen(recogniser, held_out, lambda motion: shifted(motion, round(30 * PERIOD)))
    assert other.estimate.value < 0.6


def test_noise_lowers_recall(recogniser, held_out):
    shares = [
        seen(recogniser, held_out, lambda m, size=size: noisy(m, size)).estimate.value
        for size in (0.0, 0.3, 1.0)
    ]
    assert shares[0] > shares[1] > shares[2] - 0.05
    assert shares[2] < 0.6


def test_small_sets_are_flagged(recogniser, held_out):
    few = seen(recogniser, held_out[:2])

    assert not few.reliable
    assert "24 gestures, 50 needed" in few.why_not
    assert "2 recordings" in few.why_not


def test_errors_are_named_with_what_was_seen_instead(recogniser, held_out):
    confused = seen(recogniser, held_out, frozen).confused

    assert {wanted for wanted, found, _ in confused} == set(WORDS)
    assert {found for _, found, _ in confused} == {""}


def test_words_without_a_choreography_want_nothing():
    assert wanted_by_annotations(spoken(["up", "up"]), {("iconic", "down"): "x"}) == ()


@dataclass(frozen=True)
class NoClip:
    key: str = "a@0.000"
    speaker: int = 1

    def motion(self) -> Motion:
        raise AssertionError("where a gesture is wanted is known without its motion")

    def speech(self) -> Speech:
        raise AssertionError("where a gesture is wanted is known without its speech")


def test_an_inserted_gesture_is_wanted_where_its_stroke_was_laid():
    label = GestureLabel(GestureType.ICONIC, "Up.", Interval(4.0, 4.4))
    exemplar = Exemplar(1, Window("a", 1, 0.0), label, stroke_seconds=4.2)
    placed = PlacedExemplar(exemplar, NoClip(), ChunkSpan(12, 14), ChunkSpan(3, 5))
    strokeless = replace(placed, exemplar=replace(exemplar, stroke_seconds=None))

    (wanted,) = wanted_by_insertion([placed], CHOREOGRAPHY)
    (guessed,) = wanted_by_insertion([strokeless], CHOREOGRAPHY)

    assert wanted.gesture == "up"
    assert wanted.earliest_seconds < 13.2 < wanted.latest_seconds
    middle = (guessed.earliest_seconds + guessed.latest_seconds) / 2
    assert middle == pytest.approx(13.16)


def test_a_recogniser_is_the_same_from_the_same_seed_and_after_saving(recogniser, tmp_path):
    _, motion, wanted, name = recording("a", 7)
    windows = torch.stack([e.window for e in examples_of(name, motion, wanted)])
    named = [each.gesture for each in wanted]
    first, again = (GestureRecogniser.trained(windows, named, TINY) for _ in range(2))
    for name, tensor in first.network.state_dict().items():
        torch.testing.assert_close(tensor, again.network.state_dict()[name], rtol=0, atol=0)

    recogniser.save(tmp_path)
    loaded = GestureRecogniser.load(tmp_path)

    assert loaded.gestures == recogniser.gestures == tuple(sorted(WORDS))
    assert loaded.recognise(windows) == recogniser.recognise(windows)


def test_training_leaves_the_global_generator_alone():
    windows = torch.zeros(4, 2 * MARGIN_FRAMES + 1, FEATURE_WIDTH)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    GestureRecogniser.trained(windows, list("abab"), replace(TINY, epochs=1))

    torch.testing.assert_close(torch.rand(3), expected)


def test_nothing_to_learn_from_is_refused(tmp_path, recogniser):
    with pytest.raises(ValueError, match="needs examples"):
        train_recogniser([])
    recogniser.save(tmp_path)
    config = tmp_path / "config.json"
    config.write_text(config.read_text().replace(str(FEATURE_WIDTH), "58"))
    with pytest.raises(ValueError, match="train it again"):
        GestureRecogniser.load(tmp_path)
