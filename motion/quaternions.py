"""Rotations as unit quaternions, in numpy alone, for those who hold no tensors."""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def quaternions_of(axis_angle: Float[Array, "*batch 3"]) -> Float[Array, "*batch 4"]:
    """Unit quaternions ``w x y z`` of rotation vectors in radians."""
    angle = np.linalg.norm(axis_angle, axis=-1, keepdims=True)
    # numpy's sinc is that of pi times its argument, and 1 at 0
    vector = axis_angle * (0.5 * np.sinc(angle / (2.0 * np.pi)))
    return np.concatenate((np.cos(angle / 2.0), vector), axis=-1)


def smooth_signs(quaternions: Float[Array, "frame *batch 4"]) -> Float[Array, "frame *batch 4"]:
    """The same rotations with signs chosen so that neighbours in time are near each other."""
    dots = (quaternions[1:] * quaternions[:-1]).sum(axis=-1, keepdims=True)
    signs = np.where(dots < 0, -1.0, 1.0).cumprod(axis=0)
    return np.concatenate((quaternions[:1], quaternions[1:] * signs))


def turned(wxyz: Float[Array, "*batch 4"], vector: Float[Array, "*batch 3"]) -> Array:
    """Vectors after a rotation."""
    w, axis = wxyz[..., :1], wxyz[..., 1:]
    twice = 2.0 * np.cross(axis, vector)
    moved: Array = vector + w * twice + np.cross(axis, twice)
    return moved


def product(left: Float[Array, "*batch 4"], right: Float[Array, "*batch 4"]) -> Array:
    """The rotation ``right``, then ``left``."""
    w1, v1, w2, v2 = left[..., :1], left[..., 1:], right[..., :1], right[..., 1:]
    real = w1 * w2 - (v1 * v2).sum(axis=-1, keepdims=True)
    return np.concatenate((real, w1 * v2 + w2 * v1 + np.cross(v1, v2)), axis=-1)
