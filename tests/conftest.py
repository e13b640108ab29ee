"""What every test stands on: passive OpenMP, one thread, patient property tests."""

import os
from pathlib import Path

_ALONE = os.environ.get("PYTEST_XDIST_WORKER", "alone")
_CACHE = Path(__file__).resolve().parents[1] / "build" / "numba" / _ALONE

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# processes that fill one cache of numba's at once crash (`evaluation.onsets.compile_detector`)
os.environ["NUMBA_CACHE_DIR"] = str(_CACHE)

import torch  # noqa: E402  the variables above must be set first
from hypothesis import settings  # noqa: E402

torch.set_num_threads(1)
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

LONGEST = ("test_takeover", "test_chaos", "test_operations", "test_faults")
"""Files that take longest: where several processes share the tests, none must come last."""


def pytest_collection_modifyitems(items):
    """Begin with the longest files; within them and after them the order stays."""
    items.sort(key=lambda item: not item.path.name.startswith(LONGEST))
