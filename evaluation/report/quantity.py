"""What a quantity of a report is, and the groups they stand in."""

from dataclasses import dataclass
from typing import Literal

from evaluation.measurement import Better

Group = Literal["speech", "insertion", "naturalness", "variety", "published"]
GROUP_TITLES: dict[Group, str] = {
    "speech": "Does it belong to the speech?",
    "insertion": "Did the inserted gestures arrive?",
    "naturalness": "Could a person move like this?",
    "variety": "Is it varied?",
    "published": "Published measures",
}
"""In the order of the page."""


@dataclass(frozen=True)
class Quantity:
    """One number a recording, and how it is read."""

    name: str
    group: Group
    unit: str
    better: Better
    says: str
    evidence: str = "seconds"
    """What its reliability is counted in."""
    least: int = 60
    """Of the evidence, over all recordings."""
    of_real: bool = True
    """Whether real recordings have it too."""
    control: bool = False
    """Whether it only stands beside another one, and no system is better by it."""
    paired: bool = True
    """Whether each recording has a value of its own."""
