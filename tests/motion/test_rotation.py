"""Rotations are a group, survive their hard places, and agree with the published forms."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from motion.rotation import (
    axis_angle_from_matrix,
    axis_angle_from_sixd,
    continuous,
    geodesic,
    matrix_from_axis_angle,
    matrix_from_sixd,
    quaternion_from_axis_angle,
    sixd_from_axis_angle,
    sixd_from_matrix,
)
from tests.parity import assert_close, load

AT_PI = 3
"""Group of the published cases in which the sign of the axis is undefined."""

calm = settings(deadline=None, max_examples=40)
component = st.floats(-3.0, 3.0, allow_nan=False, width=32)
vector = st.tuples(component, component, component).map(
    lambda xyz: torch.tensor(xyz, dtype=torch.float64)
)


def _random(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, 3, generator=torch.Generator().manual_seed(0), dtype=dtype)


@calm
@given(vector)
def test_a_matrix_is_a_rotation(axis_angle):
    matrix = matrix_from_axis_angle(axis_angle)

    torch.testing.assert_close(matrix @ matrix.mT, torch.eye(3, dtype=matrix.dtype))
    assert torch.linalg.det(matrix).item() == pytest.approx(1.0)


@calm
@given(vector)
def test_the_opposite_vector_is_the_inverse(axis_angle):
    product = matrix_from_axis_angle(axis_angle) @ matrix_from_axis_angle(-axis_angle)

    torch.testing.assert_close(product, torch.eye(3, dtype=product.dtype))


@calm
@given(vector, vector, vector)
def test_composition_is_associative(a, b, c):
    a, b, c = (matrix_from_axis_angle(each) for each in (a, b, c))

    torch.testing.assert_close((a @ b) @ c, a @ (b @ c))


@calm
@given(vector)
def test_every_form_leads_back_to_the_same_matrix(axis_angle):
    matrix = matrix_from_axis_angle(axis_angle)
    back = axis_angle_from_matrix(matrix)

    torch.testing.assert_close(matrix_from_axis_angle(back), matrix, atol=1e-6, rtol=0)
    torch.testing.assert_close(matrix_from_sixd(sixd_from_matrix(matrix)), matrix)
    assert back.norm() <= math.pi + 1e-9


@pytest.mark.parametrize("angle", [0.0, 1e-30, 1e-12, 1e-8, 1e-5, 1e-3])
def test_near_the_identity_small_angles_survive(angle):
    axis_angle = angle * torch.nn.functional.normalize(_random(20), dim=-1)
    back = axis_angle_from_matrix(matrix_from_axis_angle(axis_angle))

    torch.testing.assert_close(back, axis_angle, atol=1e-9, rtol=1e-6)


@pytest.mark.parametrize("below", [1e-2, 1e-4, 1e-6, 0.0])
def test_near_half_a_turn_the_rotation_survives(below):
    axis_angle = (math.pi - below) * torch.nn.functional.normalize(_random(50), dim=-1)
    matrix = matrix_from_axis_angle(axis_angle)
    back = matrix_from_axis_angle(axis_angle_from_matrix(matrix))

    torch.testing.assert_close(back, matrix, atol=1e-6, rtol=0)


@pytest.mark.parametrize("shape", [(), (1,), (4,), (2, 3), (2, 0, 55)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_batch_shapes_and_types_are_kept(shape, dtype):
    axis_angle = _random(*shape, dtype=dtype)

    for form, tail in (
        (matrix_from_axis_angle(axis_angle), (3, 3)),
        (sixd_from_axis_angle(axis_angle), (6,)),
        (quaternion_from_axis_angle(axis_angle), (4,)),
        (axis_angle_from_sixd(sixd_from_axis_angle(axis_angle)), (3,)),
    ):
        assert form.shape == (*shape, *tail)
        assert form.dtype == dtype


def test_gradients_are_finite_at_rest():
    axis_angle = torch.zeros(5, 3, requires_grad=True)
    sixd_from_axis_angle(axis_angle).sum().backward()

    assert axis_angle.grad is not None
    assert axis_angle.grad.isfinite().all()


def test_the_geodesic_distance_is_the_angle_between():
    axis_angle = 1.2 * torch.nn.functional.normalize(_random(10), dim=-1)
    turned = matrix_from_axis_angle(axis_angle)

    torch.testing.assert_close(
        geodesic(turned, torch.eye(3, dtype=turned.dtype).expand_as(turned)),
        torch.full((10,), 1.2, dtype=turned.dtype),
    )


def test_continuous_quaternions_stay_the_same_rotations_and_never_jump():
    angle = torch.linspace(0, 4 * math.pi, 200, dtype=torch.float64)[:, None]
    turning = angle * torch.tensor([[0.0, 0.6, 0.8]])
    wrapped = axis_angle_from_matrix(matrix_from_axis_angle(turning))
    plain = quaternion_from_axis_angle(wrapped)
    smooth = continuous(plain)

    assert (plain[1:] - plain[:-1]).norm(dim=-1).max() > 1.0
    assert (smooth[1:] - smooth[:-1]).norm(dim=-1).max() < 0.1
    torch.testing.assert_close(smooth.abs(), plain.abs())


def test_parity_forms_of_rotation_vectors():
    tensors, _ = load("rotations")
    axis_angle = tensors["in/axis_angle"]
    quaternion = quaternion_from_axis_angle(axis_angle)
    sign = (quaternion * tensors["out/quaternion"]).sum(-1, keepdim=True).sign()

    assert_close(quaternion * sign, tensors["out/quaternion"], 1e-5, "quaternions up to sign")
    assert_close(matrix_from_axis_angle(axis_angle), tensors["out/matrix"], 1e-5, "matrices")
    assert_close(sixd_from_axis_angle(axis_angle), tensors["out/rotation_6d"], 1e-5, "6D")


def test_parity_rotation_vectors_back_from_sixd():
    tensors, _ = load("rotations")
    kept = tensors["in/group"] != AT_PI
    back = axis_angle_from_sixd(tensors["out/rotation_6d"])
    found, expected = (matrix_from_axis_angle(x) for x in (back, tensors["out/axis_angle_back"]))

    assert kept.any()
    assert_close(found[kept], expected[kept], 2e-3, "rotations back from 6D")
    assert_close(found, tensors["out/matrix"], 2e-3, "rotations back, those at half a turn too")


def test_parity_sixd_that_is_not_orthonormal():
    tensors, _ = load("rotations")
    sixd = tensors["in/free_6d"]
    matrix = matrix_from_sixd(sixd)

    assert not sixd[-1].any(), "the last row is the degenerate one"
    assert_close(matrix, tensors["out/free_matrix"], 1e-5, "Gram-Schmidt, an all-zero row included")
    found = matrix_from_axis_angle(axis_angle_from_sixd(sixd))
    for name in ("out/free_axis_angle", "out/free_matrix_from_axis_angle"):
        form = tensors[name]
        expected = form if form.shape[-2:] == (3, 3) else matrix_from_axis_angle(form)
        assert_close(found, expected, 2e-3, f"rotations of free 6D against {name}")
