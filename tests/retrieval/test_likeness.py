"""The likeness depends on the two vectors alone, and fast products stay within the slack."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.likeness import best, likenesses, slack


@pytest.mark.parametrize("width", [1, 2, 7, 8, 127, 128, 129, 795, 2048])
@pytest.mark.parametrize("told", [1.0, 0.7, 0.2, 0.0])
def test_a_likeness_does_not_depend_on_the_rows_around_it(width, told):
    rng = np.random.default_rng(width)
    vectors = rng.normal(size=(2100, width)).astype(np.float32)
    query = rng.normal(size=width).astype(np.float32) * (rng.uniform(size=width) < told)

    together = likenesses(query, vectors)

    alone = np.concatenate([likenesses(query, vectors[row : row + 1]) for row in range(60)])
    assert alone.tobytes() == together[:60].tobytes()
    assert likenesses(query, vectors[1000:2100]).tobytes() == together[1000:].tobytes()
    assert likenesses(query, vectors[::-2]).tobytes() == together[::-2].tobytes()


def test_a_likeness_is_the_inner_product_rounded_once():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, 795)).astype(np.float32)
    query = rng.normal(size=795).astype(np.float32)

    exact = [
        math.fsum(q * v for q, v in zip(query.tolist(), row, strict=True))
        for row in vectors.tolist()
    ]

    np.testing.assert_allclose(likenesses(query, vectors), exact, rtol=2**-23)


@given(
    seed=st.integers(0, 9999),
    width=st.integers(1, 900),
    scale=st.sampled_from([1e-30, 1e-20, 1.0, 1e8]),
    told=st.sampled_from([1.0, 0.5, 0.01]),
)
def test_float32_products_stay_within_half_the_slack(seed, width, scale, told):
    rng = np.random.default_rng(seed)
    vectors = (rng.normal(size=(20, width)) * scale).astype(np.float32)
    query = rng.normal(size=width).astype(np.float32) * (rng.uniform(size=width) < told)
    longest = float(np.linalg.norm(vectors.astype(np.float64), axis=1).max())

    off = np.abs((vectors @ query).astype(np.float64) - likenesses(query, vectors))

    assert off.max() <= slack(query, longest) / 2


def test_the_best_are_ordered_by_likeness_then_id():
    ids = np.array([4, 9, 2, 7])
    found = np.array([1.0, 2.0, 1.0, 1.0], np.float32)

    assert ids[best(ids, found, 3)].tolist() == [9, 2, 4]
