"""The people of the demo corpus: voice, handedness, size and tempo of their gestures."""

from dataclasses import dataclass
from typing import Literal

Side = Literal["left", "right"]
Rest = Literal["belly", "sides", "clasped"]


@dataclass(frozen=True)
class Speaker:
    """One invented person; only the number is BEAT2's."""

    number: int
    name: str
    voice: str
    """espeak-ng voice and variant."""
    pitch: int
    """espeak-ng pitch, 0 to 99."""
    words_per_minute: int
    lead: Side
    """The preferred hand."""
    amplitude: float
    """Size of gestures; 1 is middling."""
    tempo: float
    """Speed of strokes; above 1 is quicker."""
    rest: Rest
    """Where the hands wait."""
    two_hands: float
    """Probability that the other hand joins a one-handed gesture."""
    stance_metres: float
    """Distance between the feet."""

    @property
    def other(self) -> Side:
        """The hand that is not preferred."""
        return "left" if self.lead == "right" else "right"


SPEAKERS: tuple[Speaker, ...] = (
    Speaker(1, "alva", "en-us+f3", 52, 178, "right", 1.0, 1.0, "belly", 0.35, 0.34),
    Speaker(4, "bruno", "en-us+m3", 38, 168, "right", 1.15, 1.1, "sides", 0.45, 0.40),
    Speaker(5, "cyril", "en-gb+m7", 44, 184, "left", 0.9, 1.1, "belly", 0.3, 0.36),
    Speaker(7, "doris", "en-gb+f2", 50, 172, "right", 1.05, 0.95, "clasped", 0.55, 0.30),
    Speaker(10, "emil", "en-us+m1", 46, 190, "right", 0.95, 1.15, "sides", 0.3, 0.38),
    Speaker(11, "fiona", "en-gb-scotland+f4", 55, 176, "left", 1.1, 1.05, "belly", 0.4, 0.33),
)
"""Six speakers, two of them left-handed."""


def speaker_of(number: int) -> Speaker:
    """The speaker with BEAT2 number ``number``."""
    for speaker in SPEAKERS:
        if speaker.number == number:
            return speaker
    known = ", ".join(str(speaker.number) for speaker in SPEAKERS)
    raise ValueError(f"the demo corpus has no speaker {number}; it has {known}")
