"""Where joints and faces are, for measures: on SMPL-X where a model is supplied, else on our body.

Results on different bodies are not comparable, so every position carries the name of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, assert_never

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from motion.body import joint_positions
from motion.clip import Motion
from motion.figure.expression import morph_weights
from motion.mannequin import mannequin
from motion.parts import EYES, JOINTS, joint
from motion.rotation import matrix_from_axis_angle
from motion.smplx_model import SmplxModel
from motion.timeline import CORPUS_FPS, FrameSpan

FACE_JOINTS = (joint("jaw"), *EYES)
_FRAMES_AT_ONCE = 256

Orientation = Literal["upright", "kept"]
"""Whether the pelvis is held straight (EMAGE's evaluation tools) or turns as recorded."""


class MeasuredOn(StrEnum):
    """The body that positions belong to."""

    SMPLX = "SMPL-X"
    SKELETON = "chironomia skeleton"
    MANNEQUIN = "chironomia mannequin"


@dataclass(frozen=True)
class Positions:
    """Joint positions of one clip."""

    joints: Float[np.ndarray, "frame 55 3"]
    """Metres, y up."""
    fps: float
    body: MeasuredOn

    def __len__(self) -> int:
        return len(self.joints)


@dataclass(frozen=True)
class ClipPair:
    """What a system made for a recording, and the recording: same length, same rate, same shape."""

    id: str
    generated: Motion
    real: Motion

    @classmethod
    def matched(cls, recording_id: str, generated: Motion, real: Motion) -> "ClipPair":
        """Both at 30 fps, cut to the shorter one; the generated motion on the person's own body."""
        ours, theirs = generated.resampled(CORPUS_FPS), real.resampled(CORPUS_FPS)
        common = FrameSpan(0, min(len(ours), len(theirs)))
        if len(common) == 0:
            raise ValueError(f"{recording_id}: one of the two motions has no frames")
        return cls(recording_id, replace(ours[common], betas=real.betas), theirs[common])


@dataclass(frozen=True)
class MeasuringBody:
    """The body that measures are taken on."""

    smplx: SmplxModel | None = None
    """A user's own model; without it, our skeleton and mannequin."""

    @property
    def skeleton(self) -> MeasuredOn:
        """Whose joints they are."""
        return MeasuredOn.SKELETON if self.smplx is None else MeasuredOn.SMPLX

    @property
    def surface(self) -> MeasuredOn:
        """Whose face it is."""
        return MeasuredOn.MANNEQUIN if self.smplx is None else MeasuredOn.SMPLX

    def positions(self, motion: Motion, orientation: Orientation = "upright") -> Positions:
        """Joints over a fixed pelvis, the face at rest, in the motion's own body shape."""
        still = _still(motion, orientation)
        if self.smplx is None:
            joints = joint_positions(still)
        else:
            joints = torch.cat([self.smplx.body(block).joints for block in _blocks(still)])
        return Positions(joints.numpy(), motion.fps, self.skeleton)

    def face(self, motion: Motion) -> Iterator[Float[np.ndarray, "block vertex 3"]]:
        """Vertices in metres of the body at rest, moved by jaw and expression alone, in blocks.

        All vertices of SMPL-X; of the mannequin, those that the face can move.
        """
        if self.smplx is None:
            yield from _mannequin_face(motion)
        else:
            for block in _blocks(_talking(motion)):
                yield self.smplx.body(block).vertices.numpy()


def _blocks(motion: Motion) -> Iterator[Motion]:
    """Pieces short enough to hold the vertices of."""
    for start in range(0, len(motion), _FRAMES_AT_ONCE):
        yield motion[FrameSpan(start, min(start + _FRAMES_AT_ONCE, len(motion)))]


def _mannequin_face(motion: Motion) -> Iterator[Float[np.ndarray, "block vertex 3"]]:
    """Linear blend skinning where only the jaw turns, after the morphs of the whole clip."""
    body = mannequin()
    share = body.dense_weights[:, joint("jaw")]
    moved = (share > 0) | body.morphs.any(axis=(0, 2))
    rest, morphs, share = body.vertices[moved], body.morphs[:, moved], share[moved, None]
    strengths = morph_weights(motion.expression).numpy()
    turns = matrix_from_axis_angle(motion.poses[:, joint("jaw")]).numpy()
    for start in range(0, len(motion), _FRAMES_AT_ONCE):
        block = slice(start, start + _FRAMES_AT_ONCE)
        shape = rest + np.tensordot(strengths[block], morphs, 1)
        arm = shape - body.joints[joint("jaw")]
        turned = arm @ turns[block].swapaxes(1, 2)
        yield shape + share * (turned - arm)


def _still(motion: Motion, orientation: Orientation) -> Motion:
    """The body without its place in the room and without its face."""
    match orientation:
        case "upright":
            rest = [joint("pelvis"), *FACE_JOINTS]
        case "kept":
            rest = list(FACE_JOINTS)
        case _:
            assert_never(orientation)
    poses = motion.poses.index_fill(1, torch.tensor(rest), 0.0)
    return _placed(motion, poses, torch.zeros_like(motion.expression))


def _talking(motion: Motion) -> Motion:
    """The face without its body; the eyes at rest."""
    kept = torch.zeros(JOINTS, 1)
    kept[joint("jaw")] = 1.0
    return _placed(motion, motion.poses * kept, motion.expression)


def _placed(motion: Motion, poses: Tensor, expression: Tensor) -> Motion:
    """Other poses and expression, at the origin."""
    nowhere = torch.zeros_like(motion.translation)
    return replace(motion, poses=poses, expression=expression, translation=nowhere)
