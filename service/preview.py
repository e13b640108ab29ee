"""Pictures of a generation: a video with sound, words and exemplars, and a contact sheet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from motion.clip import Motion
from motion.preview import Caption, Highlight, Overlay, Sound, contact_sheet, write_video
from speech.transcript import SAMPLE_RATE, Speech

EVEN_MOMENTS = 12
"""Pictures on a contact sheet where nothing was inserted."""


@dataclass(frozen=True)
class Insertion:
    """Where an exemplar lies, for the eye."""

    start_seconds: float
    end_seconds: float
    stroke_seconds: float
    label: str

    @classmethod
    def of_match(cls, match: Mapping[str, Any]) -> Self:
        """From a match of a result's provenance."""
        return cls(
            match["start_seconds"],
            match["end_seconds"],
            match["time_seconds"] + match["offset_seconds"],
            f"{match['word']}: {match['label']}, from {match['recording']}",
        )


def write_preview(
    motion: Motion,
    speech: Speech,
    inserted: Sequence[Insertion],
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write preview.mp4 and contact-sheet.png; the sheet shows the strokes of the exemplars."""
    overlay = Overlay(
        captions=[Caption(w.interval.start, w.interval.end, w.text) for w in speech.words],
        highlights=[
            Highlight(each.start_seconds, each.end_seconds, each.label) for each in inserted
        ],
    )
    contact_sheet(
        motion, folder / "contact-sheet.png", _moments(motion, inserted), columns=4, overlay=overlay
    )
    sound = Sound(speech.samples, SAMPLE_RATE)
    write_video(motion, folder / "preview.mp4", sound, overlay, progress=progress)


def _moments(motion: Motion, inserted: Sequence[Insertion]) -> list[float] | None:
    """Each stroke, filled up with even moments to full lines."""
    strokes = [each.stroke_seconds for each in inserted]
    spread = [(i + 0.5) * motion.seconds / EVEN_MOMENTS for i in range(EVEN_MOMENTS)]
    distance = {at: min((abs(at - s) for s in strokes), default=0.0) for at in spread}
    missing = max(EVEN_MOMENTS - len(strokes), -len(strokes) % 4)
    between = sorted(spread, key=lambda at: -distance[at])[:missing]
    return sorted([*strokes, *between])
