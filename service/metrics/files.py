"""The folder through which the processes of one machine share their metrics.

``prometheus_client`` decides when it is imported whether values are shared; `share_metrics` must
run before that, and is all that this module may import of it.
"""

import os
import socket
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where ``prometheus_client`` looks for the folder."""


def share_metrics(home: Path) -> Path:
    """Share values with the other processes of this machine; removes what dead ones left.

    Machines have folders of their own: on a shared disk their process ids would collide.
    """
    folder = (home / "metrics" / socket.gethostname()).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        if not _alive(file):
            file.unlink(missing_ok=True)
    os.environ[VARIABLE] = str(folder)
    return folder


def forget_process(pid: int) -> None:
    """Drop the gauges of a process that has ended; its counters stay, or they would run back."""
    folder = os.environ.get(VARIABLE)
    if folder is not None:
        for file in Path(folder).glob(f"gauge_live*_{pid}.db"):
            file.unlink(missing_ok=True)


def _alive(file: Path) -> bool:
    """Whether the process that wrote a file still runs, and is not this one."""
    digits = file.stem.rpartition("_")[2]
    if not digits.isdigit() or int(digits) == os.getpid():
        return False
    try:
        os.kill(int(digits), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
