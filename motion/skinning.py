"""The mannequin's surface, moved by a motion: linear blend skinning of every frame."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor

from motion.body import default_skeleton
from motion.clip import Motion
from motion.figure.expression import morph_weights
from motion.figure.shapes import Array
from motion.mannequin import mannequin
from motion.parts import JOINTS


@dataclass(frozen=True)
class PosedMesh:
    """The mannequin's surface in every frame of a motion."""

    vertices: Float[Array, "frame vertex 3"]
    normals: Float[Array, "frame vertex 3"]


def posed(motion: Motion, morphs: Float[Tensor, "frame morph"] | None = None) -> PosedMesh:
    """Linear blend skinning of every frame; morphs from the expression unless given."""
    body = mannequin()
    rotations, positions = default_skeleton().transforms(motion.poses, motion.translation)
    turn = rotations.numpy()
    shift = positions.numpy() - np.einsum("fjab,jb->fja", turn, body.joints)
    frames = len(motion)
    moves = np.concatenate((turn, shift[..., None]), axis=-1).transpose(1, 0, 2, 3)
    blended = (body.dense_weights @ moves.reshape(JOINTS, -1)).reshape(-1, frames, 3, 4)
    strength = morph_weights(motion.expression) if morphs is None else morphs
    shape = body.vertices + np.tensordot(strength.numpy(), body.morphs, 1)
    turned = (blended[..., :3] @ shape.transpose(1, 0, 2)[..., None])[..., 0]
    normals = (blended[..., :3] @ body.normals[:, None, :, None])[..., 0]
    return PosedMesh(
        vertices=(turned + blended[..., 3]).transpose(1, 0, 2),
        normals=normals.transpose(1, 0, 2),
    )


def posed_vertices(motion: Motion) -> Float[Array, "frame vertex 3"]:
    """World positions of the mannequin's vertices, metres."""
    return posed(motion).vertices
