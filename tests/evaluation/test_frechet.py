import numpy as np
import pytest

from evaluation.frechet import FeatureStatistics, frechet_distance
from tests.parity import load, load_json

FEW_ROWS = 40
"""Of both sets in the published case of that name."""


def distance(left, right):
    return frechet_distance(FeatureStatistics.of(left), FeatureStatistics.of(right))


def cloud(rows=400, features=6, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, features))


def test_parity_frechet():
    tensors, _ = load("metrics")
    left, right = tensors["in/latents_a"].numpy(), tensors["in/latents_b"].numpy()
    expected = load_json("metrics")["frechet"]
    found = {
        "a_b": distance(left, right),
        "a_a": distance(left, left),
        "few_rows": distance(left[:FEW_ROWS], right[:FEW_ROWS]),
        "mean_term": float(np.square(left.mean(0) - right.mean(0)).sum()),
    }

    errors = {
        name: abs(value - expected[name]) / max(1, expected[name]) for name, value in found.items()
    }

    print(f"Frechet distance: worst error {max(errors.values()):.1e}, allowed 1e-5")  # noqa: T201
    assert max(errors.values()) <= 1e-5


def test_a_set_has_no_distance_to_itself():
    assert distance(cloud(), cloud()) == pytest.approx(0.0, abs=1e-9)


def test_a_shift_counts_by_its_square():
    moved = cloud() + np.array([3.0, 4.0, 0.0, 0.0, 0.0, 0.0])
    assert distance(cloud(), moved) == pytest.approx(25.0)


def test_a_scaled_set_is_as_far_as_gaussians_of_those_widths_are():
    variances = cloud().var(axis=0, ddof=1).sum()
    assert distance(cloud(), cloud() * 3 - 2 * cloud().mean(axis=0)) == pytest.approx(4 * variances)


def test_clips_merged_are_the_same_as_all_their_steps_together():
    rows = cloud(90) + 100.0
    pieces = (rows[:1], rows[1:1], rows[1:60], rows[60:])

    merged = FeatureStatistics.merged(FeatureStatistics.of(piece) for piece in pieces)

    assert merged.count == 90
    np.testing.assert_allclose(merged.mean, rows.mean(axis=0))
    np.testing.assert_allclose(merged.covariance, np.cov(rows, rowvar=False))


def test_clips_redrawn_are_the_same_as_their_steps_repeated():
    clips = [cloud(20, seed=1), cloud(30, seed=2) + 3, cloud(9, seed=3), cloud(0)]
    statistics = [FeatureStatistics.of(clip) for clip in clips]
    together = np.concatenate((clips[0], clips[0], clips[2]))

    redrawn = FeatureStatistics.redrawn(statistics, np.array([2, 0, 1, 3]))

    assert redrawn.count == 49
    np.testing.assert_allclose(redrawn.mean, together.mean(axis=0))
    np.testing.assert_allclose(redrawn.covariance, np.cov(together, rowvar=False))


def test_sets_without_full_rank_still_have_a_distance():
    few, flat = cloud(3), np.tile(cloud(1), (5, 1))
    assert np.isfinite(distance(few, cloud()))
    assert distance(flat, flat) == pytest.approx(0.0, abs=1e-9)


def test_one_step_has_no_covariance():
    with pytest.raises(ValueError, match="at least 2 feature steps"):
        distance(cloud(1), cloud())
