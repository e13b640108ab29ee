"""How many windows one estimate may hold where memory has run out before."""

from dataclasses import dataclass

import torch

TICKS_A_WINDOW = 64
"""After so many ticks that fitted one window more is tried."""


@dataclass
class Room:
    """Halves when memory runs out and grows again slowly: others may have used it for a while."""

    most: int
    """Without any trouble."""
    lost: int = 0
    _fitted: int = 0

    @property
    def now(self) -> int:
        """Most windows of all lanes."""
        return self.most - self.lost

    def shrink(self, held: int) -> bool:
        """So many windows did not fit; whether fewer can be tried."""
        self.lost, self._fitted = max(self.lost, self.most - max(1, held // 2)), 0
        return held > 1

    def fitted(self) -> None:
        """A tick had memory enough."""
        self._fitted = (self._fitted + 1) % TICKS_A_WINDOW if self.lost else 0
        self.lost -= bool(self.lost) and not self._fitted


def out_of_memory(error: Exception) -> bool:
    """Whether memory ran out, the processor's or the GPU's."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # the processor's allocator and what allocates beside torch's have no type of their own
    told = str(error)
    if isinstance(error, torch.AcceleratorError):
        return "out of memory" in told
    return isinstance(error, RuntimeError) and "can't allocate memory" in told
