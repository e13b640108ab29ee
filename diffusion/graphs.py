"""The denoiser in batches of a few sizes, each recorded once as a CUDA graph.

A GPU is done with a small batch before Python has launched the hundreds of operations of a step. A
graph launches them at once, for the shapes it was recorded with: a batch is filled up to the next
power of two with copies of its last window, whose answers are dropped.
"""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from diffusion.denoiser import PreparedConditions
from diffusion.timed import TimedDenoiser

Tokens = Float[Tensor, "batch token width"]
Recorder = Callable[[Callable[[], Tokens]], tuple[Callable[[], None], Tokens]]
"""Makes of some work on fixed tensors a way to repeat it, and the tensor that then holds its
answer."""
WARM_UPS = 3
"""Runs before a recording: libraries choose their kernels in the first ones."""


def as_cuda_graph(work: Callable[[], Tokens]) -> tuple[Callable[[], None], Tokens]:
    """Record some work on the current device.

    Other threads may go on launching theirs meanwhile. The stream is left even where a recording
    fails.
    """
    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(WARM_UPS):
            work()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=beside, capture_error_mode="thread_local"):
            answer = work()
    torch.cuda.current_stream().wait_stream(beside)
    return graph.replay, answer


@dataclass(frozen=True, eq=False)
class _Inputs:
    """What an estimate is made of."""

    x: Tokens
    timestep: Int[Tensor, "batch"]
    weight: Float[Tensor, "batch"] | None
    conditions: PreparedConditions

    @property
    def kind(self) -> tuple[object, ...]:
        """What a recording is good for, beside its size."""
        return (self.x.shape[1:], self.weight is None, self.conditions.local is None)

    def enlarged(self, rows: int) -> "_Inputs":
        """Copies, filled up to so many rows."""
        weight, local = self.weight, self.conditions.local
        return _Inputs(
            _enlarged(self.x, rows),
            _enlarged(self.timestep, rows),
            None if weight is None else _enlarged(weight, rows),
            PreparedConditions(
                _enlarged(self.conditions.products, rows),
                None if local is None else _enlarged(local, rows),
            ),
        )


def _enlarged(given: Tensor, rows: int) -> Tensor:
    copies = (rows - len(given), *(-1 for _ in given.shape[1:]))
    return torch.cat((given, given[-1:].expand(copies)))


def _fill(held: Tensor | None, given: Tensor | None) -> None:
    """Hold the same rows, and the last one again in those that are left."""
    if held is not None and given is not None:
        held[: len(given)] = given
        held[len(given) :] = given[-1]


@dataclass(eq=False)
class _Recording:
    """Fixed tensors, and work on them that can be repeated."""

    held: _Inputs
    repeat: Callable[[], None]
    answer: Tokens
    conditions: PreparedConditions | None = None
    """Those that are held now; they mostly stay for all steps of a window."""

    def answered(self, given: _Inputs) -> Tokens:
        """Estimates for other numbers of the same kind, a tensor of their own."""
        held = self.held
        _fill(held.x, given.x)
        _fill(held.timestep, given.timestep)
        _fill(held.weight, given.weight)
        if self.conditions is not given.conditions:
            _fill(held.conditions.products, given.conditions.products)
            _fill(held.conditions.local, given.conditions.local)
            self.conditions = given.conditions
        self.repeat()
        return self.answer[: len(given.x)].clone()


class GraphedDenoiser:
    """Answers as the denoiser it is given; any number of threads may ask, one is answered."""

    def __init__(self, denoiser: TimedDenoiser, record: Recorder = as_cuda_graph) -> None:
        self._denoiser, self._record = denoiser, record
        self._recorded: dict[tuple[object, ...], _Recording] = {}
        self._asked = threading.Lock()

    @torch.no_grad()
    def weighed(
        self,
        x: Tokens,
        timestep: Int[Tensor, "batch"],
        prepared: PreparedConditions,
        weight: Float[Tensor, "batch"] | None,
    ) -> Tokens:
        """Predict x_0 with a weight of the conditional estimate for each sample."""
        given, rows = _Inputs(x, timestep, weight, prepared), 1 << (len(x) - 1).bit_length()
        # streams and recordings belong to the current device, which may be another GPU
        with self._asked, torch.cuda.device(x.device) if x.is_cuda else nullcontext():
            recording = self._recorded.get((rows, *given.kind))
            if recording is None:
                recording = self._recorded[rows, *given.kind] = self._recording(given, rows)
            return recording.answered(given)

    def _recording(self, given: _Inputs, rows: int) -> _Recording:
        held = given.enlarged(rows)

        def work() -> Tokens:
            return self._denoiser.weighed(held.x, held.timestep, held.conditions, held.weight)

        return _Recording(held, *self._record(work))
