"""Long motions take no more memory on their way out than short ones."""

import sys
import tracemalloc

import pytest

from motion.clip import Motion
from motion.export.options import Format
from motion.export.output import write_motion
from tests.memory import peak_megabytes
from tests.motion.motions import random_motion


@pytest.fixture(scope="module")
def five_minutes() -> Motion:
    return random_motion(9_000)


@pytest.mark.parametrize(("kind", "most"), [("bvh", 55e6), ("glb", 20e6), ("npz", 5e6)])
def test_a_file_is_written_as_it_is_made(five_minutes, tmp_path, kind: Format, most):
    """The angles of five minutes at once take 80 MB, the quaternions 60, the npz's arrays 7."""
    write_motion(random_motion(60), tmp_path / f"warm.{kind}", kind)
    tracemalloc.start()
    write_motion(five_minutes, tmp_path / f"motion.{kind}", kind)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < most


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own count is asked")
def test_another_rate_is_made_in_stretches(five_minutes):
    """The rows of five minutes that a spline needs at once are 330 MB, the motion is 19."""
    random_motion(60).resampled(60.0)
    assert peak_megabytes(lambda: five_minutes.resampled(60.0)) < 150.0
