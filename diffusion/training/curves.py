"""Pictures of training runs; needs matplotlib (extra ``train``)."""

from pathlib import Path

import numpy as np

from diffusion.training.checkpoint import losses_of

_SMOOTHING_STEPS = 50


def plot_losses(run: Path, target: Path) -> tuple[str, ...]:
    """Draw the loss of every network in ``run`` into one PNG; returns their names.

    Thin lines are single steps, thick ones means over 50 of them; the scale is logarithmic.
    """
    from matplotlib.figure import Figure

    folders = sorted(path.parent for path in run.glob("*/training_state.pt"))
    if not folders:
        raise ValueError(f"{run} holds no training runs; expected vae_<part>/ or denoiser/ in it")
    figure = Figure(figsize=(3.6 * len(folders), 3.2), layout="constrained")
    for axes, folder in zip(
        figure.subplots(1, len(folders), squeeze=False)[0], folders, strict=True
    ):
        losses = np.array(losses_of(folder))
        width = min(_SMOOTHING_STEPS, len(losses))
        smooth = np.convolve(losses, np.ones(width) / width, mode="valid")
        axes.plot(losses, linewidth=0.3, alpha=0.4)
        axes.plot(np.arange(width - 1, len(losses)), smooth, linewidth=1.5)
        axes.set(title=folder.name, xlabel="step", ylabel="loss", yscale="log")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=110)
    return tuple(folder.name for folder in folders)
