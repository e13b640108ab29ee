"""What a caller may choose about the files of a motion; no numbers, no files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Format = Literal["npz", "glb", "json", "bvh", "vrma", "arkit.csv"]
Fps = Literal[24, 25, 30, 60]
Root = Literal["on", "in_place", "off"]
Feet = Literal["grounded", "free"]

FORMATS: tuple[Format, ...] = get_args(Format)
USUAL: tuple[Format, ...] = ("npz", "glb", "json", "bvh")
"""Made where nothing else is asked for."""


@dataclass(frozen=True)
class OutputOptions:
    """Which files are made of a motion, at which rate, and how it stands in the world."""

    formats: tuple[Format, ...] = USUAL
    fps: Fps = 30
    root: Root = "on"
    """``on``: the pelvis goes where the motion takes it. ``in_place``: the point between the
    ankles stays, the body sways and turns above it. ``off``: the pelvis neither moves nor turns."""
    feet: Feet = "grounded"
    """``grounded`` holds standing feet still on the ground, ``free`` leaves them as generated."""

    def __post_init__(self) -> None:
        known = ", ".join(FORMATS)
        if not self.formats:
            raise ValueError(f"formats must be one of {known}, or several; found none")
        if len(set(self.formats)) < len(self.formats):
            twice = ", ".join(self.formats)
            raise ValueError(f"formats must be one of {known}, each once; found {twice}")


def file_name(kind: Format) -> str:
    """Name of a result file."""
    return f"motion.{kind}"


def format_of(path: Path) -> Format:
    """The format that a file's name asks for."""
    for kind in FORMATS:
        if path.name.lower().endswith((f".{kind}", f".{kind.rpartition('.')[2]}")):
            return kind
    known = ", ".join(f".{kind}" for kind in FORMATS)
    raise ValueError(f"{path.name} names no format that is known here; there are {known}")
