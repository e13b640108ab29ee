"""Rotations between the forms that files, mathematics and networks use.

Axis-angle ``[..., 3]`` in radians at file edges, matrices ``[..., 3, 3]`` for composition, 6D
``[..., 6]`` (first two ROWS of the matrix, flattened; Zhou et al., CVPR 2019, transposed as in
PyTorch3D) inside networks, quaternions ``[..., 4]`` as ``w x y z`` for exports.
"""

import math

import roma
import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

_OF_ZERO = 2.0 * math.pi / 3.0 / math.sqrt(3.0)
"""Each component of the rotation vector that stands for a zero matrix."""


def matrix_from_axis_angle(axis_angle: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """Rotation matrices of rotation vectors."""
    matrix: Tensor = roma.rotvec_to_rotmat(axis_angle)
    return matrix


def axis_angle_from_matrix(matrix: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch 3"]:
    """Rotation vectors of rotation matrices, angles in ``[0, pi]``.

    A zero matrix, which Gram-Schmidt makes of zeros and which is no rotation, becomes a third of a
    turn about (1, 1, 1) as published.
    """
    axis_angle: Tensor = roma.rotmat_to_rotvec(matrix)
    nothing = (matrix == 0).flatten(-2).all(dim=-1, keepdim=True)
    return torch.where(nothing, _OF_ZERO, axis_angle)


def sixd_from_matrix(matrix: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch 6"]:
    """First two rows, flattened."""
    return rearrange(matrix[..., :2, :], "... row column -> ... (row column)")


def matrix_from_sixd(sixd: Float[Tensor, "*batch 6"]) -> Float[Tensor, "*batch 3 3"]:
    """Gram-Schmidt on the two rows; the third is their cross product."""
    first, second = sixd[..., :3], sixd[..., 3:]
    row_1 = normalize(first, dim=-1)
    row_2 = normalize(second - (row_1 * second).sum(-1, keepdim=True) * row_1, dim=-1)
    return torch.stack((row_1, row_2, torch.linalg.cross(row_1, row_2)), dim=-2)


def sixd_from_axis_angle(axis_angle: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 6"]:
    """6D form of rotation vectors."""
    return sixd_from_matrix(matrix_from_axis_angle(axis_angle))


def axis_angle_from_sixd(sixd: Float[Tensor, "*batch 6"]) -> Float[Tensor, "*batch 3"]:
    """Rotation vectors of 6D rotations."""
    return axis_angle_from_matrix(matrix_from_sixd(sixd))


def quaternion_from_axis_angle(axis_angle: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 4"]:
    """Unit quaternions ``w x y z``; the sign is arbitrary."""
    quaternion: Tensor = roma.quat_xyzw_to_wxyz(roma.rotvec_to_unitquat(axis_angle))
    return quaternion


def geodesic(
    left: Float[Tensor, "*batch 3 3"], right: Float[Tensor, "*batch 3 3"]
) -> Float[Tensor, "*batch"]:
    """Angle between two rotations in radians."""
    angle: Tensor = roma.rotmat_geodesic_distance(left, right)
    return angle


def continuous(quaternions: Float[Tensor, "frame *batch 4"]) -> Float[Tensor, "frame *batch 4"]:
    """The same rotations with signs chosen so that neighbours in time are near each other."""
    dots = (quaternions[1:] * quaternions[:-1]).sum(-1, keepdim=True)
    signs = torch.where(dots < 0, -1.0, 1.0).to(quaternions).cumprod(dim=0)
    return torch.cat((quaternions[:1], quaternions[1:] * signs))
