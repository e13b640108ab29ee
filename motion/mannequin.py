"""The default body: a skinned low-poly human of our own.

Origin: every vertex is computed by `motion.figure` from hand-written tables of proportions, on the
skeleton of `motion.body.default_skeleton`; no scan, no licensed model and no foreign mesh is
involved. The mannequin and its exports are Apache-2.0 like the rest of the project. It has the 55
joints of SMPL-X by name and order, so SMPL-X motion drives it directly.

The face: the jaw is a joint. FLAME expression coefficients have no counterpart in a hand-made
face, so a few morph targets are driven from the first coefficients by the linear map
of `motion.figure.strengths`. The map is approximate: it makes speech readable, not exact.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float, Int

from motion.figure.arms import arms
from motion.figure.eyes import eyes
from motion.figure.head import head
from motion.figure.shapes import MORPHS, Array, Material, Patch, rest_positions
from motion.figure.trunk import trunk
from motion.parts import JOINTS

INFLUENCES = 4
"""Joints that may move one vertex."""

COLOURS: dict[Material, tuple[float, float, float]] = {
    Material.SKIN: (0.86, 0.66, 0.54),
    Material.SHIRT: (0.24, 0.44, 0.56),
    Material.TROUSERS: (0.24, 0.26, 0.32),
    Material.SHOES: (0.88, 0.87, 0.84),
    Material.SOLES: (0.55, 0.54, 0.52),
    Material.HAIR: (0.23, 0.16, 0.12),
    Material.LIPS: (0.72, 0.43, 0.40),
    Material.MOUTH: (0.20, 0.06, 0.07),
    Material.TEETH: (0.95, 0.93, 0.88),
    Material.EYES: (0.96, 0.96, 0.95),
    Material.IRIS: (0.26, 0.40, 0.46),
    Material.PUPIL: (0.05, 0.05, 0.06),
}
"""Red, green and blue in sRGB, 0 to 1."""


@dataclass(frozen=True)
class Mannequin:
    """A skinned mesh in the rest pose, root at its SMPL-X place; metres, y up, facing +z."""

    vertices: Float[Array, "vertex 3"]
    normals: Float[Array, "vertex 3"]
    quads: Int[Array, "quad 4"]
    """Corners counter-clockwise from outside; a repeated last corner makes a triangle."""
    materials: Int[Array, " quad"]
    """Places in `MATERIALS`."""
    lift: Float[Array, " quad"]
    """Metres by which a renderer that only sorts faces should bring each forward."""
    joint_indices: Int[Array, "vertex 4"]
    joint_weights: Float[Array, "vertex 4"]
    """Sum to one for each vertex."""
    morphs: Float[Array, "morph vertex 3"]
    """Displacements at full strength, in the order of `MORPHS`."""
    joints: Float[Array, "55 3"]
    """Rest positions; the inverse bind matrices are translations by their negatives."""

    @property
    def faces(self) -> Int[Array, "face 3"]:
        """Triangles, in the order of the quads' materials."""
        return self.faces_of(np.arange(len(self.quads)))

    def faces_of(self, quads: Int[Array, " chosen"]) -> Int[Array, "face 3"]:
        """Triangles of some quads."""
        corners = self.quads[quads]
        second = corners[corners[:, 2] != corners[:, 3]][:, [0, 2, 3]]
        return np.concatenate((corners[:, :3], second))

    @property
    def dense_weights(self) -> Float[Array, "vertex 55"]:
        """Weights of all joints, zeros included."""
        dense = np.zeros((len(self.vertices), JOINTS), dtype=np.float32)
        rows = np.arange(len(dense))
        for column in range(INFLUENCES):
            dense[rows, self.joint_indices[:, column]] += self.joint_weights[:, column]
        return dense


def _merged(patches: tuple[Patch, ...]) -> Mannequin:
    counts = [len(patch.vertices) for patch in patches]
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    vertices = np.concatenate([patch.vertices for patch in patches])
    quads = np.concatenate([patch.quads + at for patch, at in zip(patches, starts, strict=True)])
    weights = np.concatenate([patch.weights for patch in patches])
    indices = np.argsort(-weights, axis=1, kind="stable")[:, :INFLUENCES]
    kept = np.take_along_axis(weights, indices, axis=1)
    morphs = np.zeros((len(MORPHS), len(vertices), 3), dtype=np.float32)
    for patch, at, count in zip(patches, starts, counts, strict=True):
        for morph, moved in patch.morphs.items():
            morphs[MORPHS.index(morph), at : at + count] = moved
    used, renumbered = np.unique(quads, return_inverse=True)
    return Mannequin(
        vertices=vertices[used].astype(np.float32),
        normals=_normals(vertices, quads)[used].astype(np.float32),
        quads=renumbered.reshape(quads.shape).astype(np.int32),
        materials=np.concatenate([patch.materials for patch in patches]),
        lift=np.concatenate([np.full(len(patch.quads), patch.lift) for patch in patches]),
        joint_indices=np.where(kept > 0, indices, 0)[used].astype(np.int64),
        joint_weights=(kept / kept.sum(axis=1, keepdims=True))[used].astype(np.float32),
        morphs=morphs[:, used],
        joints=rest_positions().astype(np.float32),
    )


def _normals(vertices: Array, quads: Array) -> Array:
    """Vertex normals, weighted by area."""
    corners = vertices[quads]
    normal = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    total = np.zeros_like(vertices)
    for corner in range(4):
        np.add.at(total, quads[:, corner], normal)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(length > 1e-12, total / np.maximum(length, 1e-12), (0.0, 0.0, 1.0))


@cache
def mannequin() -> Mannequin:
    """The one body, built once; its arrays cannot be written."""
    built = _merged((*trunk(), *arms(), *head(), *eyes()))
    for name in built.__dataclass_fields__:
        getattr(built, name).flags.writeable = False
    return built
