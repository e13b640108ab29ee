"""The real worker in a process of its own, with one fault at a time, named by a file in its home.

    python -m tests.service.faulty_worker     with the settings in the environment

    stage    retrieval raises              nan      the network's estimates are no numbers
    oom N    no batch above N windows      memory   the processor's memory does not suffice
             fits into the GPU's memory    kill     the kernel ends the process, once
    index    a new version does not open   beside   what is done between two signs of life raises
    launch   the GPU refuses one operation
    house    housekeeping raises           device   the GPU refuses everything, once

Files of more than `MOST_BYTES` cannot be written at all, as on a disk that is nearly full.
"""

import os
import resource
import signal
import time
from pathlib import Path
from unittest.mock import Mock

import torch

from diffusion.timed import TimedDenoiser
from retrieval.retriever import Retriever
from service import failures
from service.commands.serve import worker
from service.loading import Loader
from service.metrics.engine import EngineWatch
from service.settings import Settings
from service.takeover import Takeover

FAULT = "fault"
MOST_BYTES = 6_000_000
"""More than the databases of a few jobs need."""


class Faults:
    """Stands between the worker and some of its parts."""

    def __init__(self, told: Path) -> None:
        self._told = told
        self._estimate, self._retrieve = TimedDenoiser.weighed, Retriever.retrieve
        self._refreshed, self._look, self._act = Loader.refreshed, EngineWatch.look, Takeover.act

    def put_in(self) -> None:
        """From here on every estimate and every retrieval looks for its fault."""
        faults = self
        TimedDenoiser.weighed = lambda network, *given: faults.weighed(network, *given)
        Retriever.retrieve = lambda retriever, *given: faults.retrieve(retriever, *given)
        Loader.refreshed = lambda loader, *given: faults.refreshed(loader, *given)
        EngineWatch.look = lambda watch, *given: faults.raising("beside", self._look, watch, *given)
        Takeover.act = lambda takeover: faults.raising("house", self._act, takeover)

    def weighed(self, network, x, *given):
        """An estimate, unless memory runs out or its numbers do."""
        name, most = self._named()
        if name == "oom" and len(x) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        if name == "device":
            self._told.unlink(missing_ok=True)
            failures._answers = Mock(return_value=False)
            raise torch.AcceleratorError("CUDA error: device-side assert triggered")
        if name == "launch":
            raise torch.AcceleratorError("CUDA error: too many resources requested for launch")
        found = self._estimate(network, x, *given)
        return found * float("nan") if name == "nan" else found

    def retrieve(self, retriever, *given):
        """Matches, unless something happens on the way."""
        name, _ = self._named()
        if name == "stage":
            raise KeyError("a stage met what it did not expect")
        if name == "memory":
            torch.empty(1 << 50)
        if name == "kill":
            self._told.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return self._retrieve(retriever, *given)

    def refreshed(self, loader, *given):
        """Another version, once nothing holds it up."""
        while self._named()[0] == "index":
            time.sleep(0.1)
        return self._refreshed(loader, *given)

    def raising(self, name: str, done, *given):
        """What is done, unless it has the fault of that name."""
        if self._named()[0] == name:
            raise KeyError("a bug of ours")
        return done(*given)

    def _named(self) -> tuple[str, int]:
        try:
            name, _, number = self._told.read_text().partition(" ")
        except FileNotFoundError:
            return "", 0
        return name, int(number or 0)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))
    Faults(Settings().home / FAULT).put_in()
    worker()
