"""A small network that names the gesture in two seconds of motion.

Convolutions over time on `evaluation.motion_features`, mean and largest value of each channel, one
linear layer. It judges, it does not generate: nothing of it is used by the pipeline.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from jaxtyping import Float, Int
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from evaluation.motion_features import FEATURE_WIDTH

HALF_FRAMES = 15
"""Frames at 15 fps that are seen on either side of a stroke."""
JITTER_FRAMES = 4
"""Frames by which training moves the window either way: strokes are not found to the frame."""
MARGIN_FRAMES = HALF_FRAMES + JITTER_FRAMES

_CONFIG, _WEIGHTS = "config.json", "model.safetensors"


class GestureNetwork(nn.Module):
    """Scores of every gesture for windows around a stroke."""

    def __init__(self, gestures: int, width: int = 96, dropout: float = 0.3) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv1d(FEATURE_WIDTH, width, 5, padding=2),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Conv1d(width, width, 5, padding=2, stride=2),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Conv1d(width, width, 3, padding=1),
            nn.GELU(),
        )
        self.head = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(2 * width + FEATURE_WIDTH, gestures)
        )

    def forward(self, windows: Float[Tensor, "batch frame 59"]) -> Float[Tensor, "batch gesture"]:
        seen = self.convolutions(windows.transpose(1, 2))
        middle = windows[:, windows.shape[1] // 2]
        scores: Tensor = self.head(torch.cat((seen.mean(-1), seen.amax(-1), middle), dim=1))
        return scores


@dataclass(frozen=True)
class TrainingOptions:
    """How a network is fitted."""

    epochs: int = 60
    batch: int = 64
    rate: float = 2e-3
    noise: float = 0.1
    width: int = 96
    seed: int = 0


@dataclass(frozen=True, eq=False)
class GestureRecogniser:
    """A trained network with the names of its classes."""

    network: GestureNetwork
    gestures: tuple[str, ...]

    @classmethod
    def trained(
        cls,
        windows: Float[Tensor, "example frame 59"],
        named: Sequence[str],
        options: TrainingOptions,
    ) -> Self:
        """Fit to windows of ``2 * MARGIN_FRAMES + 1`` frames and their gestures."""
        gestures = tuple(sorted(set(named)))
        truth = torch.tensor([gestures.index(name) for name in named])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            network = GestureNetwork(len(gestures), options.width)
            _fit(network, windows, truth, options)
        return cls(network.eval(), gestures)

    @torch.no_grad()
    def recognise(self, windows: Float[Tensor, "example frame 59"]) -> tuple[str, ...]:
        """The most likely gesture of each window, read around its middle."""
        spare = (windows.shape[1] - 2 * HALF_FRAMES - 1) // 2
        seen = windows[:, spare : spare + 2 * HALF_FRAMES + 1]
        return tuple(self.gestures[place] for place in self.network(seen).argmax(dim=1).tolist())

    def save(self, folder: Path) -> None:
        """Write ``config.json`` and ``model.safetensors``."""
        folder.mkdir(parents=True, exist_ok=True)
        width = self.network.convolutions[0].out_channels
        content = {"gestures": self.gestures, "width": width, "features": FEATURE_WIDTH}
        (folder / _CONFIG).write_text(json.dumps(content, indent=1) + "\n")
        save_file(self.network.state_dict(), folder / _WEIGHTS)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; every tensor must fit."""
        content = json.loads((folder / _CONFIG).read_text())
        if content["features"] != FEATURE_WIDTH:
            raise ValueError(
                f"{folder} was trained on {content['features']} features a frame, "
                f"this version has {FEATURE_WIDTH}; train it again"
            )
        network = GestureNetwork(len(content["gestures"]), content["width"])
        network.load_state_dict(load_file(folder / _WEIGHTS))
        return cls(network.eval(), tuple(content["gestures"]))


def _fit(
    network: GestureNetwork,
    windows: Float[Tensor, "example frame 59"],
    truth: Int[Tensor, "example"],
    options: TrainingOptions,
) -> None:
    """AdamW with one cycle of the rate; windows are moved in time and given noise."""
    steps = options.epochs * -(-len(windows) // options.batch)
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=steps)
    network.train()
    for _ in range(options.epochs):
        for chosen in torch.randperm(len(windows)).split(options.batch):
            seen = _moved(windows[chosen])
            seen = seen + options.noise * torch.randn_like(seen)
            loss = cross_entropy(network(seen), truth[chosen], label_smoothing=0.05)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()


def _moved(windows: Float[Tensor, "batch frame 59"]) -> Float[Tensor, "batch frame 59"]:
    """Cut each window at a place of its own."""
    starts = torch.randint(0, 2 * JITTER_FRAMES + 1, (len(windows), 1))
    frames = starts + torch.arange(2 * HALF_FRAMES + 1)
    return windows[torch.arange(len(windows))[:, None], frames]
