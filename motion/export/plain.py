"""A motion as plain JSON, for web tools: axis-angle per joint, radians and metres."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from torch import Tensor

from motion.clip import Motion
from motion.export.decimals import blocks, decimal_lines
from motion.parts import JOINT_NAMES


def write_json(motion: Motion, path: Path, beside: Mapping[str, Any]) -> None:
    """Write a motion, with what else belongs to it before it: readers may stop at the poses."""
    head = {"fps": motion.fps, "frames": len(motion), "joints": list(JOINT_NAMES)} | dict(beside)
    with path.open("wb") as file:
        file.write(json.dumps(head).removesuffix("}").encode())
        _write_rows(file, "poses", motion.poses.flatten(1), 5)
        _write_rows(file, "translation", motion.translation, 5)
        _write_rows(file, "expression", motion.expression, 4)
        file.write(b"}")


def _write_rows(file: BinaryIO, name: str, values: Tensor, decimals: int) -> None:
    """One more field: a list for each frame."""
    file.write(f', "{name}": ['.encode())
    for part in blocks(len(values)):
        if part.start:
            file.write(b", ")
        lines = decimal_lines(values[part].detach().cpu().numpy(), decimals, ", ")
        file.write(b", ".join(b"[" + line + b"]" for line in lines))
    file.write(b"]")
