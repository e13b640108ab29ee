import numpy as np
import pytest

from speech.segmentation import IMPOSSIBLE, Evidence, Expectation, segment


def expected(names: list[int], pauses: list[float], longest: int = 20) -> Expectation:
    durations = np.full((len(names), longest), -np.log(longest))
    return Expectation(np.array(names), durations, np.array(pauses))


def heard(labels: list[int], names: int) -> Evidence:
    """Clear evidence of one name a frame; -1 is a pause."""
    sounds = np.full((len(labels), names), -5.0)
    for frame, label in enumerate(labels):
        if label >= 0:
            sounds[frame, label] = 0.0
    pause = np.where(np.array(labels) < 0, 0.0, -5.0)
    return Evidence(sounds, pause)


def test_sounds_are_found_where_they_are_heard():
    labels = [-1] * 4 + [0] * 5 + [1] * 3 + [-1] * 6 + [0] * 7 + [-1] * 2
    found = segment(heard(labels, 2), expected([0, 1, 0], [IMPOSSIBLE, -1.0, -1.0]))
    assert found.starts.tolist() == [4, 9, 18]
    assert found.ends.tolist() == [9, 12, 25]


def test_no_pause_is_put_inside_a_word():
    labels = [0] * 5 + [-1] * 3 + [1] * 5
    found = segment(heard(labels, 2), expected([0, 1], [IMPOSSIBLE, -1.0]))
    assert found.ends[0] == found.starts[1]


@pytest.mark.parametrize("frames", [1, 2])
def test_more_sounds_than_frames_do_not_fit(frames):
    assert segment(heard([0] * frames, 1), expected([0] * 3, [-1.0] * 3)) is None


def test_equal_evidence_is_divided_by_the_expected_durations():
    durations = np.full((2, 20), -50.0)
    durations[0, 3], durations[1, 7] = 0.0, 0.0
    sounds = Evidence(np.zeros((12, 1)), np.full(12, -5.0))
    found = segment(sounds, Expectation(np.array([0, 0]), durations, np.array([-1.0, -1.0])))
    assert found.ends.tolist() == [4, 12]
