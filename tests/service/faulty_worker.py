"""The real worker in a process of its own, with one fault at a time, named by a file in its home.

    python -m tests.service.faulty_worker     with the settings in the environment

    stage    retrieval raises              nan      the network's estimates are no numbers
    oom N    no batch above N windows      memory   the processor's memory does not suffice
             fits into the GPU's memory    kill     the kernel ends the process, once

Files of more than `MOST_BYTES` cannot be written at all, as on a disk that is nearly full.
"""

import os
import resource
import signal
from pathlib import Path

import torch

from diffusion.timed import TimedDenoiser
from retrieval.retriever import Retriever
from service.commands.serve import worker
from service.settings import Settings

FAULT = "fault"
MOST_BYTES = 6_000_000
"""More than the databases of a few jobs need."""


class Faults:
    """Stands between the worker and two of its parts."""

    def __init__(self, told: Path) -> None:
        self._told = told
        self._estimate, self._retrieve = TimedDenoiser.weighed, Retriever.retrieve

    def put_in(self) -> None:
        """From here on every estimate and every retrieval looks for its fault."""
        faults = self
        TimedDenoiser.weighed = lambda network, *given: faults.weighed(network, *given)
        Retriever.retrieve = lambda retriever, *given: faults.retrieve(retriever, *given)

    def weighed(self, network, x, *given):
        """An estimate, unless memory runs out or its numbers do."""
        name, most = self._named()
        if name == "oom" and len(x) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
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
