"""What each term of the default score is worth: the one record that holds every weight."""

import math
from dataclasses import asdict, dataclass, fields


def limits_of(weight: str) -> tuple[float, float]:
    """Least and most of a weight."""
    return (1.0, 3600.0) if weight == "recent_seconds" else (0.0, 100.0)


@dataclass(frozen=True)
class Weights:
    """Weights of the default score, per server or per call; all are at least 0.

    Likenesses are about 0..1 and are multiplied by their weight; penalties are taken away.
    """

    label: float = 8.0
    """All levels of the sense in common, or the gesture type."""
    label_two_levels: float = 4.0
    """Two levels only: the same word in another sense must not outweigh the sense."""
    label_one_level: float = 1.5
    """One level only."""
    same_word: float = 1.0
    """The same word or connective, whatever its case and inflection."""
    same_family: float = 0.6
    """A connective of the same family within the sense ("however" for "but"), or a word that
    points the same way ("enormous" for "huge")."""
    opposite: float = 2.0
    """Taken away where a gesture's word points the other way ("tiny" for "huge")."""
    word: float = 4.0
    """Meaning of the word."""
    context: float = 1.0
    """Meaning of the sentence."""
    text: float = 1.0
    """The sentence word by word in its order."""
    speaker: float = 1.0
    """The same speaker."""
    prominence: float = 0.75
    """Spoken as strongly."""
    contour: float = 4.0
    """Rise and fall of prominence; only of moments that prosody asks for."""
    stroke: float = 0.5
    """The exemplar's stroke is known."""
    overshadowed: float = 3.0
    """Taken away where a stronger word stands so near that the hands may have gone with it."""
    still_hands: float = 1.5
    """Taken away where the hands hardly move."""
    short_motion: float = 0.25
    """Taken away where the recording ends within the window."""
    curator_flag: float = 0.75
    """Taken away for every other quality flag."""
    recent: float = 2.0
    """Taken away where the gesture was shown just now; less the longer ago."""
    recent_seconds: float = 60.0
    """After this time a gesture counts as fresh again."""

    def __post_init__(self) -> None:
        for each in fields(self):
            found = getattr(self, each.name)
            low, high = limits_of(each.name)
            if not (math.isfinite(found) and low <= found <= high):
                raise ValueError(f"{each.name} must be within {low:g}..{high:g}, found {found}")

    def as_json(self) -> dict[str, float]:
        """Every weight by its name."""
        return {name: float(value) for name, value in asdict(self).items()}
