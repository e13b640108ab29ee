"""How much memory a piece of work needs at once, as the kernel counts it."""

from collections.abc import Callable
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"


def peak_megabytes(work: Callable[[], object]) -> float:
    """The most that the process held during ``work`` beyond what it held before."""
    _CLEAR.write_text(_RESET_PEAK)
    before = _status("VmRSS")
    result = work()
    peak = _status("VmHWM") - before
    del result
    return peak


def _status(name: str) -> float:
    [line] = [each for each in _STATUS.read_text().splitlines() if each.startswith(f"{name}:")]
    return int(line.split()[1]) * 1024 / 1e6
