"""What a client is told of an exception, and when a whole process is of no use any more."""

from unittest.mock import Mock

import pytest
import torch

from service import failures
from service.failures import device_lost, failure_of

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    "told", ["out of memory", "operation not permitted when stream is capturing"]
)
def test_a_device_that_still_answers_is_not_lost(told):
    assert not device_lost(torch.AcceleratorError(f"CUDA error: {told}"), CPU)


def test_a_device_that_answers_nothing_more_is_lost(monkeypatch):
    error = torch.AcceleratorError("CUDA error: an illegal memory access was encountered")
    monkeypatch.setattr(failures.torch, "ones", Mock(side_effect=error))
    assert device_lost(error, CPU)
    assert not device_lost(RuntimeError("a bug of ours"), CPU)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        torch.AcceleratorError("CUDA error: out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
    ],
)
def test_memory_that_ran_out_may_suffice_another_time(error):
    told = failure_of(error)
    assert (told["code"], told["retryable"]) == ("out_of_memory", True)
