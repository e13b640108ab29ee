"""Rows of a benchmark as a small table."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any


def write_table(rows: Sequence[Any]) -> None:
    """One line a row, a dataclass, under the names of its values."""
    entries = [asdict(row) for row in rows]
    width = max(12, *(len(name) for name in entries[0]))
    sys.stdout.write(" ".join(f"{name:>{width}}" for name in entries[0]) + "\n")
    for entry in entries:
        shown = (f"{v:.4g}" if isinstance(v, float) else str(v) for v in entry.values())
        sys.stdout.write(" ".join(f"{each:>{width}}" for each in shown) + "\n")
