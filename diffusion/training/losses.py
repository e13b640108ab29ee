"""What training minimises."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import l1_loss, mse_loss

from diffusion.vae import Posterior


@dataclass(frozen=True)
class VAELoss:
    """Terms of a part VAE's loss; ``total`` is what gets minimised."""

    reconstruction: Tensor
    velocity: Tensor
    divergence: Tensor
    total: Tensor


def vae_loss(
    decoded: Float[Tensor, "batch frame width"],
    features: Float[Tensor, "batch frame width"],
    posterior: Posterior,
    divergence_weight: float,
) -> VAELoss:
    """Mean square and absolute error, the same of frame-to-frame steps, and the KL divergence.

    Features are normalised. The divergence is the mean over latent channels of
    ``KL(N(mean, std) || N(0, 1))`` (Kingma and Welling, 2014); a small weight keeps the latents
    smooth without costing accuracy.
    """
    reconstruction = mse_loss(decoded, features) + 0.1 * l1_loss(decoded, features)
    velocity = mse_loss(decoded.diff(dim=1), features.diff(dim=1))
    variance = posterior.std.square()
    divergence = 0.5 * (posterior.mean.square() + variance - 1.0 - variance.log()).mean()
    total = reconstruction + velocity + divergence_weight * divergence
    return VAELoss(reconstruction, velocity, divergence, total)


def denoising_loss(
    predicted: Float[Tensor, "batch token channel"],
    clean: Float[Tensor, "batch token channel"],
    mask: Bool[Tensor, "batch token"],
    weight: Float[Tensor, "batch"] | None = None,
) -> Tensor:
    """Mean square error of the clean tokens over real tokens (spec: masked mean over channels).

    ``weight`` tells how much each sample's error counts.
    """
    error = (predicted - clean).square().mean(dim=-1)
    if weight is not None:
        error = error * weight[:, None]
    counted = mask.to(error.dtype)
    total: Tensor = torch.sum(error * counted) / counted.sum()
    return total


def signal_weight(
    alpha_bar: Float[Tensor, "batch"], least: float, most: float
) -> Float[Tensor, "batch"]:
    """Signal to noise of each sample's level, within bounds: what the error of its x_0 counts.

    ``least`` 1 is the truncated weighting of Salimans and Ho (2022), ``most`` 5 the bound of Hang
    et al. (2023); equal bounds weigh all levels alike.
    """
    return (alpha_bar / (1.0 - alpha_bar)).clamp(least, most)
