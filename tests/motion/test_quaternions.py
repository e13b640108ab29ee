"""Quaternions without tensors agree with those of roma."""

import numpy as np
import torch

from motion.quaternions import product, quaternions_of, smooth_signs, turned
from motion.rotation import continuous, matrix_from_axis_angle, quaternion_from_axis_angle

TURNS = np.random.default_rng(3).normal(size=(40, 5, 3)) * 2.0
TURNS[0, 0] = 0.0
TURNS[1, 0] = (1e-9, 0.0, 0.0)


def matrices(turns):
    return matrix_from_axis_angle(torch.from_numpy(turns)).numpy()


def test_they_are_unit_and_the_same_rotations():
    found = quaternions_of(TURNS)
    wanted = quaternion_from_axis_angle(torch.from_numpy(TURNS)).numpy()
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1.0, atol=1e-12)
    np.testing.assert_allclose(np.abs((found * wanted).sum(-1)), 1.0, atol=1e-9)


def test_signs_never_jump():
    rough = quaternions_of(TURNS)
    smooth = smooth_signs(rough)
    assert ((smooth[1:] * smooth[:-1]).sum(-1) >= 0).all()
    np.testing.assert_allclose(smooth, continuous(torch.from_numpy(rough)).numpy())


def test_vectors_turn_and_rotations_follow_each_other():
    one, two = TURNS[:20], TURNS[20:]
    vector = np.array([0.3, -1.0, 2.0])
    found = turned(quaternions_of(one), vector)
    np.testing.assert_allclose(found, matrices(one) @ vector, atol=1e-9)
    both = turned(product(quaternions_of(one), quaternions_of(two)), vector)
    np.testing.assert_allclose(both, matrices(one) @ matrices(two) @ vector, atol=1e-9)
