"""MPJPE: mean distance of joints to those of the exemplar that was inserted."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Literal, assert_never

import numpy as np
from jaxtyping import Bool, Float

from evaluation.measurement import Measurement, shortages
from evaluation.positions import MeasuringBody
from motion.clip import Motion
from motion.parts import INSERTED_PARTS, joint

Array = np.ndarray
Over = Literal["all", "compared"]
"""What the sum is divided by: all joints of all frames, as published, or only the compared ones."""
COMPARED_JOINTS = tuple(number for part in INSERTED_PARTS for number in part.layout.joints)
"""Upper body and hands."""
FEWEST_EXEMPLARS = 10
_ROOT = joint("pelvis")


def exemplar_error(generated: Motion, exemplar: Motion, body: MeasuringBody) -> float:
    """Metres between an inserted span and its exemplar, on the generated motion's body.

    Both must be cut to the same span, at one rate; upper body and hands are compared, over a
    pelvis held straight, which no insertion turns.
    """
    if len(generated) != len(exemplar) or generated.fps != exemplar.fps:
        raise ValueError(
            f"span and exemplar must have the same frames, found {len(generated)} at "
            f"{generated.fps} fps and {len(exemplar)} at {exemplar.fps} fps"
        )
    ours = body.positions(generated).joints
    theirs = body.positions(replace(exemplar, betas=generated.betas)).joints
    mask = np.zeros(ours.shape[:2], dtype=bool)
    mask[:, list(COMPARED_JOINTS)] = True
    return mpjpe(ours, theirs, mask, "compared")


def exemplar_errors(errors: Sequence[float], body: MeasuringBody) -> Measurement:
    """Mean over inserted exemplars, each counting alike."""
    return Measurement(
        "MPJPE to the exemplar",
        fmean(errors) if errors else float("nan"),
        "m",
        "lower",
        body.skeleton,
        shortages(("exemplars", len(errors), FEWEST_EXEMPLARS)),
    )


def mpjpe(
    generated: Float[Array, "frame joint 3"],
    exemplar: Float[Array, "frame joint 3"],
    mask: Bool[Array, "frame joint"],
    over: Over = "all",
) -> float:
    """Mean distance where ``mask`` is true, both counted from the root's place in frame 0."""
    ours, theirs = generated - generated[0, _ROOT], exemplar - exemplar[0, _ROOT]
    apart = np.where(mask, np.linalg.norm(ours - theirs, axis=-1), 0.0)
    match over:
        case "all":
            return float(apart.mean())
        case "compared":
            if not mask.any():
                raise ValueError("no joint is compared: the mask is empty")
            return float(apart.sum() / mask.sum())
        case _:
            assert_never(over)
