import numpy as np
import pytest

from annotations.beat2 import SemLabel
from evaluation.positions import MeasuredOn, MeasuringBody, Positions
from evaluation.srgr import MEAN_SCORE, RAG_GESTURE_METRES, clip_recall, doubled, frame_scores, srgr
from speech.words import Interval
from tests.evaluation.changes import frozen, mirrored, noisy, shifted, warped
from tests.motion.motions import random_motion
from tests.parity import load, load_json

BODY = MeasuringBody()
AVERAGE = np.full(600, MEAN_SCORE)


@pytest.fixture(scope="module")
def motion():
    return random_motion(600, reach=0.3)


def recall(generated, real, semantic=AVERAGE):
    return clip_recall(BODY.positions(generated), BODY.positions(real), semantic).rate


def test_parity_srgr():
    tensors, sizes = load("metrics")
    expected = load_json("metrics")["srgr"]
    threshold = expected["threshold"]
    clips, errors = [], []
    for index, rate in enumerate(expected["rates"]):
        generated, real = (
            Positions(
                tensors[f"in/joints_{which}"][index].reshape(-1, sizes["joints"], 3).numpy(), 30, ""
            )
            for which in ("pred", "gt")
        )
        semantic = doubled(tensors["in/semantic_15fps"][index].numpy())
        np.testing.assert_allclose(semantic, tensors[f"out/semantic_30fps_{index}"], atol=1e-6)
        clips.append(clip_recall(generated, real, semantic, threshold))
        errors.append(abs(clips[-1].rate - rate))
    errors.append(abs(srgr(clips, threshold, "").value - expected["average"]))
    perfect = clip_recall(real, real, np.ones(len(real)), threshold).rate
    errors.append(abs(perfect - expected["all_success_semantic_one"]))

    print(f"SRGR: worst error {max(errors):.1e}, allowed 1e-5")  # noqa: T201
    assert max(errors) <= 1e-5


def test_a_perfect_copy_of_average_meaning_scores_one(motion):
    assert recall(motion, motion) == pytest.approx(1.0)


def test_noise_lowers_recall_the_more_of_it_there_is(motion):
    found = [recall(noisy(motion, size), motion) for size in (0.05, 0.2, 0.8)]
    assert 1.0 >= found[0] > found[1] > found[2]


@pytest.mark.parametrize("change", [frozen, mirrored, warped, lambda m: shifted(m, 40)])
def test_freezing_mirroring_warping_and_shifting_lower_recall(motion, change):
    assert recall(change(motion), motion) < 0.9


def test_only_frames_that_mean_something_count(motion):
    semantic = np.zeros(600)
    semantic[:300] = 1.0
    late = motion.poses.clone()
    late[300:] = 2.0
    changed = type(motion)(late, motion.translation, motion.expression, motion.fps)

    assert recall(changed, motion, semantic) == pytest.approx(0.5 / MEAN_SCORE)


def test_frames_take_the_score_of_the_first_label_they_lie_in():
    labels = [
        SemLabel("07_iconic_h", Interval(0.1, 0.2), 0.7),
        SemLabel("01_beat_align", Interval(0.2, 0.3), 0.1),
    ]
    scores = frame_scores(labels, 5, 10.0)
    assert scores.tolist() == [0.0, 0.7, 0.7, 0.1, 0.0]


def test_small_sets_are_flagged_with_the_frames_that_mean_something(motion):
    semantic = np.zeros(600)
    semantic[:40] = 0.5
    place = BODY.positions(motion)

    found = srgr([clip_recall(place, place, semantic)], RAG_GESTURE_METRES, BODY.skeleton)

    assert found.why == (
        "1 recordings, 10 are needed; 40 frames that mean something, 300 are needed"
    )
    assert found.made_with == "within 0.3 m, chironomia skeleton"


def test_unequal_lengths_are_refused():
    place = Positions(np.zeros((5, 55, 3)), 30, MeasuredOn.SKELETON)
    with pytest.raises(ValueError, match=r"equally long, found \(5, 5, 4\)"):
        clip_recall(place, place, np.zeros(4))
