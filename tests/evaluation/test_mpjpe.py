import math
from dataclasses import replace

import numpy as np
import pytest

from evaluation.mpjpe import COMPARED_JOINTS, exemplar_error, exemplar_errors, mpjpe
from evaluation.positions import MeasuringBody
from motion.parts import joint
from tests.evaluation.changes import frozen, mirrored, noisy, shifted, warped
from tests.motion.motions import random_motion
from tests.parity import load, load_json

BODY = MeasuringBody()


@pytest.fixture(scope="module")
def motion():
    return random_motion(90, reach=0.3)


def test_parity_mpjpe():
    tensors, _ = load("metrics")
    expected = load_json("metrics")["mpjpe"]
    mask = tensors["in/mpjpe_mask"].numpy() > 0
    shape = (-1, *mask.shape, 3)
    pairs = zip(
        tensors["in/joints_pred"].numpy().reshape(shape),
        tensors["in/joints_gt"].numpy().reshape(shape),
        strict=True,
    )

    found = [mpjpe(generated, exemplar, mask) for generated, exemplar in pairs]

    errors = np.abs(np.subtract(found, expected["per_sequence"]))
    worst = max(errors.max(), abs(np.mean(found) - expected["average"]))
    print(f"MPJPE: worst error {worst:.1e}, allowed 1e-5")  # noqa: T201
    assert worst <= 1e-5


def test_a_verbatim_copy_has_no_error(motion):
    assert exemplar_error(motion, motion, BODY) == 0.0


def test_noise_raises_the_error_the_more_of_it_there_is(motion):
    found = [exemplar_error(noisy(motion, size), motion, BODY) for size in (0.05, 0.1, 0.3)]
    assert 0 < found[0] < found[1] < found[2]


@pytest.mark.parametrize("change", [frozen, mirrored, warped, lambda m: shifted(m, 20)])
def test_freezing_mirroring_warping_and_shifting_raise_the_error(motion, change):
    assert exemplar_error(change(motion), motion, BODY) > 0.02


def test_legs_face_place_and_turning_do_not_count(motion):
    poses = motion.poses.clone()
    for name in ("pelvis", "left_knee", "right_hip", "jaw"):
        poses[:, joint(name)] += 0.5
    moved = replace(motion, poses=poses, translation=motion.translation + 1)
    assert exemplar_error(moved, motion, BODY) == pytest.approx(0.0, abs=1e-6)


def test_published_errors_are_diluted_by_the_joints_not_compared():
    ours, theirs = np.zeros((2, 4, 3)), np.zeros((2, 4, 3))
    ours[:, 1, 0] = 0.4
    mask = np.zeros((2, 4), dtype=bool)
    mask[:, 1] = True

    assert mpjpe(ours, theirs, mask) == pytest.approx(0.1)
    assert mpjpe(ours, theirs, mask, "compared") == pytest.approx(0.4)
    with pytest.raises(ValueError, match="mask is empty"):
        mpjpe(ours, theirs, ~mask & mask, "compared")


def test_upper_body_and_hands_are_compared():
    assert len(COMPARED_JOINTS) == 43
    assert joint("left_knee") not in COMPARED_JOINTS


def test_spans_of_another_length_or_rate_are_refused(motion):
    with pytest.raises(ValueError, match="same frames"):
        exemplar_error(motion, random_motion(89), BODY)
    with pytest.raises(ValueError, match="90 at 15"):
        exemplar_error(motion, random_motion(90, fps=15), BODY)


def test_few_exemplars_are_flagged():
    found = exemplar_errors([0.1, 0.3], BODY)
    assert found.value == pytest.approx(0.2)
    assert found.why == "2 exemplars, 10 are needed"
    assert exemplar_errors([0.1] * 10, BODY).reliable
    assert math.isnan(exemplar_errors([], BODY).value)
