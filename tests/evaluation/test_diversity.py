import math
from dataclasses import replace

import numpy as np
import pytest

from evaluation.diversity import (
    clip_spread,
    feature_diversity,
    l1_diversity,
    pairwise_diversity,
)
from evaluation.positions import MeasuredOn, MeasuringBody, Positions
from tests.evaluation.changes import frozen, mirrored, noisy, shifted, warped
from tests.motion.motions import random_motion
from tests.parity import load, load_json

BODY = MeasuringBody()
LATENTS = "calc_diversity_latents_a_first_"


@pytest.fixture(scope="module")
def motion():
    return random_motion(600, reach=0.3)


def clips_of(rows):
    return [
        Positions(row.reshape(len(row), -1, 3), 30, MeasuredOn.SKELETON) for row in rows.numpy()
    ]


def spread(*motions):
    return l1_diversity([clip_spread(BODY.positions(m)) for m in motions], BODY.skeleton)


def apart(*motions):
    return pairwise_diversity([BODY.positions(m) for m in motions], BODY.skeleton)


def test_parity_l1_diversity():
    tensors, _ = load("metrics")
    expected = load_json("metrics")["l1div_running_average"]
    spreads = [clip_spread(clip) for clip in clips_of(tensors["in/joints_pred"])]

    found = [l1_diversity(spreads[: n + 1], "").value for n in range(len(spreads))]

    errors = np.abs(np.subtract(found, expected)) / np.abs(expected)
    print(f"L1 diversity: worst error {errors.max():.1e}, allowed 1e-4")  # noqa: T201
    assert errors.max() <= 1e-4


def test_parity_pairwise_and_feature_diversity():
    tensors, _ = load("metrics")
    expected = load_json("metrics")["diversity"]
    generated, real = clips_of(tensors["in/joints_pred"]), clips_of(tensors["in/joints_gt"])
    latents = tensors["in/latents_a"].numpy()
    found = {
        "calculate_avg_distance_pred2_gt2": pairwise_diversity([*generated, *real], "").value,
        "calculate_avg_distance_pred": pairwise_diversity(generated, "").value,
    }
    for name in expected.keys() - found.keys():
        found[name] = feature_diversity(latents[: int(name.removeprefix(LATENTS))])

    errors = [abs(found[name] - value) / max(1, value) for name, value in expected.items()]

    print(f"pairwise diversity: worst error {max(errors):.1e}, allowed 1e-5")  # noqa: T201
    assert max(errors) <= 1e-5


def test_a_frozen_body_has_no_l1_diversity(motion):
    assert spread(frozen(motion)).value == pytest.approx(0.0, abs=1e-3)


def test_noise_and_larger_movement_raise_l1_diversity(motion):
    wider = replace(motion, poses=1.5 * motion.poses)
    assert spread(motion).value < spread(wider).value
    assert (
        spread(motion).value < spread(noisy(motion, 0.3)).value < spread(noisy(motion, 0.6)).value
    )


def test_l1_diversity_does_not_see_mirroring_shifting_and_hardly_warping(motion):
    for changed in (mirrored(motion), shifted(motion, 40)):
        assert spread(changed).value == pytest.approx(spread(motion).value, rel=1e-4)
    assert spread(warped(motion)).value == pytest.approx(spread(motion).value, rel=0.05)


def test_identical_clips_have_no_pairwise_diversity_and_every_change_gives_some(motion):
    assert apart(motion, motion).value == pytest.approx(0.0, abs=1e-9)
    for changed in (noisy(motion, 0.1), mirrored(motion), warped(motion), shifted(motion, 40)):
        assert apart(motion, changed).value > 0.01


def test_more_noise_sets_clips_further_apart(motion):
    found = [apart(*(noisy(motion, size, seed) for seed in range(3))).value for size in (0.1, 0.2)]
    assert 1.5 * found[0] < found[1] < 2.5 * found[0]


def test_pairs_are_cut_to_the_shortest_clip():
    still, moved = random_motion(50), random_motion(20)
    assert apart(still, moved).made_with == "chironomia skeleton, 20 frames"


def test_small_sets_are_flagged_and_no_pair_is_no_number(motion):
    few = spread(motion, random_motion(100))
    assert not few.reliable
    assert few.why == (
        "2 recordings, 10 are needed; 100 frames in the shortest recording, 300 are needed"
    )
    assert "1 pairs of clips" in apart(motion, motion).why
    assert math.isnan(apart(motion).value)
    assert math.isnan(spread().value)
    with pytest.raises(ValueError, match="at least 2 rows"):
        feature_diversity(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="without frames"):
        clip_spread(BODY.positions(random_motion(0)))
