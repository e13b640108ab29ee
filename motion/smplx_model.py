"""Exact SMPL-X joints and vertices, where a user has the model file. The only file using smplx.

SMPL-X (https://smpl-x.is.tue.mpg.de) is licensed for non-commercial use and may not be passed on,
so it is never part of this project: install the extra ``smplx`` and name your own copy of the file.
BEAT2 is fitted to the 2020 neutral model with 300 shape and 100 expression coefficients; its poses
are full axis-angle with hands counted from the flat hand.
"""

from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from motion.clip import Motion
from motion.parts import BETAS, EXPRESSIONS, EYES, JOINTS, LEFT_HAND, RIGHT_HAND, joint

FILE_NAME = "SMPLX_NEUTRAL_2020.npz"
"""Name under which the model comes with BEAT2's tools."""

_BODY = slice(1, 22)
_FRAMES_AT_ONCE = 256
_KEYS = (
    *("v_template", "f", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table"),
    *("hands_componentsl", "hands_componentsr", "hands_meanl", "hands_meanr"),
    *("lmk_faces_idx", "lmk_bary_coords"),
)
_UNREADABLE = (ValueError, OSError, EOFError, KeyError, TypeError, BadZipFile, UnpicklingError)
_HOW_TO_GET = (
    "download the SMPL-X 2020 neutral model (npz, 'removed head bun' or FLAME-expression version) "
    "from https://smpl-x.is.tue.mpg.de after accepting its licence, then give the path of "
    f"{FILE_NAME} or of its folder"
)


class BodyModelError(ValueError):
    """The SMPL-X model cannot be used."""


@dataclass(frozen=True)
class Body:
    """What the model makes of a motion, world coordinates in metres."""

    joints: Float[Tensor, "frame 55 3"]
    vertices: Float[Tensor, "frame vertex 3"]


class SmplxModel:
    """A user's SMPL-X model file, ready to be posed."""

    def __init__(self, layer: Any) -> None:
        """Wrap a loaded layer; use `SmplxModel.load`."""
        self._layer = layer
        self.faces: Int[np.ndarray, "face 3"] = np.asarray(layer.faces, dtype=np.int64)

    @classmethod
    def load(cls, path: Path) -> "SmplxModel":
        """Load the model npz, or the one called ``SMPLX_NEUTRAL_2020.npz`` in a folder."""
        file = _found(Path(path))
        _check(file)
        try:
            import smplx  # noqa: TID251
        except ImportError as error:
            raise BodyModelError(
                "the package smplx is not installed; run: pip install 'chironomia[smplx]'"
            ) from error
        layer = smplx.SMPLX(
            str(file),
            num_betas=BETAS,
            num_expression_coeffs=EXPRESSIONS,
            use_pca=False,
            flat_hand_mean=True,
            use_face_contour=False,
            ext="npz",
        )
        # Landmarks chosen by vertex number would tie us to one mesh; only joints are used.
        layer.vertex_joint_selector.extra_joints_idxs = torch.zeros(0, dtype=torch.long)
        return cls(layer.requires_grad_(False).eval())

    def body(self, motion: Motion) -> Body:
        """Joints and vertices of every frame; an unknown shape counts as the mean shape."""
        starts = range(0, len(motion), _FRAMES_AT_ONCE)
        blocks = [self._posed(motion, slice(start, start + _FRAMES_AT_ONCE)) for start in starts]
        return Body(
            torch.cat([block.joints for block in blocks]),
            torch.cat([block.vertices for block in blocks]),
        )

    def _posed(self, motion: Motion, frames: slice) -> Body:
        poses = motion.poses[frames].float()
        count = len(poses)
        betas = torch.zeros(BETAS) if motion.betas is None else motion.betas.float()

        def flat(joints: slice | list[int]) -> Tensor:
            return poses[:, joints].reshape(count, -1)

        output = self._layer(
            betas=betas.expand(count, -1),
            global_orient=flat([0]),
            body_pose=flat(_BODY),
            jaw_pose=flat([joint("jaw")]),
            leye_pose=flat([EYES[0]]),
            reye_pose=flat([EYES[1]]),
            left_hand_pose=flat(list(LEFT_HAND)),
            right_hand_pose=flat(list(RIGHT_HAND)),
            expression=motion.expression[frames].float(),
            transl=motion.translation[frames].float(),
        )
        return Body(output.joints[:, :JOINTS], output.vertices)


def _found(path: Path) -> Path:
    file = path / FILE_NAME if path.is_dir() else path
    if not file.is_file():
        raise BodyModelError(f"no SMPL-X model at {file}; {_HOW_TO_GET}")
    return file


def _check(file: Path) -> None:
    """Look at names and sizes before smplx does, whose messages are hard to read."""
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=True) as archive:
            missing = [key for key in _KEYS if key not in archive.files]
            shape = archive["shapedirs"].shape if "shapedirs" in archive.files else (0,)
    except _UNREADABLE as error:
        raise BodyModelError(
            f"{file} is not a readable npz file: {error}; {_HOW_TO_GET}"
        ) from error
    if missing:
        raise BodyModelError(f"{file} lacks {missing}, so it is no SMPL-X model; {_HOW_TO_GET}")
    needed = BETAS + EXPRESSIONS
    if len(shape) != 3 or shape[-1] < needed:
        raise BodyModelError(
            f"{file}: shapedirs must have at least {needed} columns ({BETAS} shape and "
            f"{EXPRESSIONS} expression), found {shape}; {_HOW_TO_GET}"
        )
