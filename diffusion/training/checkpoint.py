"""State of an interrupted training run, so that the same command goes on where it stopped."""

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

_FILE = "training_state.pt"

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class RunState(Generic[Network]):
    """Everything besides the weights folder that a run needs to go on."""

    network: Network
    average: Network
    """Exponential moving average of the network: what gets used."""
    optimizer: Optimizer
    generator: torch.Generator

    def descend(self, loss: Tensor, step: int, rate: float) -> float:
        """One step of gradient descent at a learning rate, and the average after it."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        follow(self.average, self.network, step)
        return loss.item()

    def save(self, folder: Path, step: int, losses: list[float]) -> None:
        """Write aside, then replace."""
        aside = folder / f"{_FILE}.part"
        torch.save(
            {
                "step": step,
                "losses": losses,
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "generator": self.generator.get_state(),
            },
            aside,
        )
        aside.replace(folder / _FILE)

    def load(self, folder: Path) -> tuple[int, list[float]]:
        """Step reached and losses so far; ``(0, [])`` where nothing was saved."""
        path = folder / _FILE
        if not path.exists():
            return 0, []
        kept = torch.load(path, weights_only=True)
        self.network.load_state_dict(kept["network"])
        self.average.load_state_dict(kept["average"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self.generator.set_state(kept["generator"])
        return kept["step"], kept["losses"]


def losses_of(folder: Path) -> list[float]:
    """Loss of every step that a run in ``folder`` has saved."""
    path = folder / _FILE
    if not path.exists():
        raise ValueError(f"{folder} holds no training run; expected {_FILE} in it")
    losses: list[float] = torch.load(path, weights_only=True)["losses"]
    return losses


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, step: int, decay: float = 0.999) -> None:
    """Move the moving average towards the network; early steps follow faster."""
    weight = 1.0 - min(decay, (1 + step) / (10 + step))
    for slow, fast in zip(average.parameters(), network.parameters(), strict=True):
        slow.lerp_(fast, weight)
    for kept, current in zip(average.buffers(), network.buffers(), strict=True):
        kept.copy_(current)


def learning_rate(step: int, steps: int, peak: float, warmup: int = 100) -> float:
    """Linear warm-up, then a cosine to a hundredth of the peak."""
    if step < warmup:
        return peak * (step + 1) / warmup
    place = (step - warmup) / max(1, steps - warmup)
    cosine = 0.5 * (1.0 + torch.cos(torch.tensor(place * torch.pi)).item())
    return peak * (0.01 + 0.99 * cosine)
