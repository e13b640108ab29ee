"""What every test stands on: passive OpenMP, one thread, patient property tests."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch  # noqa: E402  the variables above must be set first
from hypothesis import settings  # noqa: E402

torch.set_num_threads(1)
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
