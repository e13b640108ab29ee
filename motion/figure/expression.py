"""The morphs that expression coefficients ask for, as tensors; see `motion.figure.strengths`."""

import torch
from jaxtyping import Float
from torch import Tensor

from motion.figure.strengths import morph_strengths


def morph_weights(expression: Float[Tensor, "frame 100"]) -> Float[Tensor, "frame morph"]:
    """Strength of each morph, 0 to 1, in every frame; all zero for a face that never moves."""
    return torch.from_numpy(morph_strengths(expression.numpy()))
