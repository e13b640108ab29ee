"""A motion as it was asked for, and its file in any format."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, assert_never

import torch
from jaxtyping import Float
from torch import Tensor

from motion.body import default_skeleton
from motion.clip import Motion
from motion.export.arkit import write_arkit
from motion.export.bvh import write_bvh
from motion.export.glb import write_glb
from motion.export.options import Format, OutputOptions, Root
from motion.export.plain import write_json
from motion.export.vrma import STANDING, write_vrma
from motion.files import write_npz
from motion.ground import grounded
from motion.legs import LEGS, stance


def as_chosen(motion: Motion, options: OutputOptions, fps: float | None = None) -> Motion:
    """The motion with the root and feet that were asked for, at their rate unless told another.

    Feet are grounded first, in the world as generated; the root is taken out last.
    """
    standing = grounded(motion) if options.feet == "grounded" else motion
    rate = float(options.fps if fps is None else fps)
    return with_root(standing.resampled(rate), options.root)


def with_root(motion: Motion, root: Root) -> Motion:
    """The motion with its pelvis as it is, over one spot of the ground, or still."""
    match root:
        case "on":
            return motion
        case "in_place":
            return replace(motion, translation=motion.translation - _ground_path(motion))
        case "off":
            poses = motion.poses.clone()
            poses[:, 0] = 0.0
            pelvis = default_skeleton().offsets[0].to(motion.translation)
            still = torch.tensor([0.0, STANDING, 0.0]).to(pelvis) - pelvis
            return replace(motion, poses=poses, translation=still.expand(len(motion), 3).clone())
        case _:
            assert_never(root)


def _ground_path(motion: Motion) -> Float[Tensor, "frame 3"]:
    """The point between the ankles in every frame, on the ground."""
    left, right = (stance(motion, leg).ankles.positions for leg in LEGS)
    along = torch.tensor([0.5, 0.0, 0.5]).double()
    return ((left + right) * along).to(motion.translation)


def write_motion(
    motion: Motion, path: Path, kind: Format, provenance: Mapping[str, Any] | None = None
) -> None:
    """Write a motion; provenance goes into GLB, VRMA and JSON, the others have no room for it."""
    match kind:
        case "npz":
            write_npz(motion, path)
        case "glb":
            write_glb(motion, path, provenance)
        case "vrma":
            write_vrma(motion, path, provenance)
        case "json":
            write_json(motion, path, {} if provenance is None else {"provenance": provenance})
        case "bvh":
            write_bvh(motion, path)
        case "arkit.csv":
            write_arkit(motion, path)
        case _:
            assert_never(kind)
