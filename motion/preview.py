"""Previews of motion: contact sheets (PNG) and videos with sound and captions (MP4).

The mannequin is ours (see `motion.mannequin`). Pictures are painted with OpenCV on one core, videos
are encoded by the ffmpeg binary that comes with imageio-ffmpeg; both load at the first call.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float

from motion.clip import Motion
from motion.figure.shapes import Array
from motion.film import Film, encode
from motion.overlay import Caption, Highlight, caption_lines, draw_label, draw_overlay
from motion.render import Canvas, opencv
from motion.stage import Look, Stage

__all__ = [
    "Caption",
    "Highlight",
    "Labelled",
    "Look",
    "Overlay",
    "Sound",
    "contact_sheet",
    "side_by_side",
    "write_video",
]

Progress = Callable[[int, int], None]
"""Called with frames done and frames in all."""

_GAP = 6


@dataclass(frozen=True)
class Sound:
    """Mono sound of a video."""

    samples: Float[Array, " sample"]
    rate_hz: int = 16_000


@dataclass(frozen=True)
class Overlay:
    """What is written onto the pictures."""

    captions: Sequence[Caption] = ()
    """Spoken words in order."""
    highlights: Sequence[Highlight] = ()
    """Stretches of special interest, such as inserted exemplars."""
    title: str = ""


@dataclass(frozen=True)
class Labelled:
    """A motion with the name under which it is shown."""

    title: str
    motion: Motion
    highlights: Sequence[Highlight] = field(default=())


def contact_sheet(
    motion: Motion,
    path: Path,
    times: Sequence[float] | None = None,
    columns: int = 4,
    overlay: Overlay | None = None,
    look: Look | None = None,
) -> None:
    """Write a PNG grid of frames with time stamps and the words around each.

    Without ``times``, twelve moments spread evenly over the motion.
    """
    moments = _spread(motion.seconds, 12) if times is None else list(times)
    if not moments:
        raise ValueError("a contact sheet needs at least one time")
    frames = [min(max(round(at * motion.fps), 0), len(motion) - 1) for at in moments]
    written, shown = overlay or Overlay(), look or Look(width=400, height=450)
    cells, lines = [], caption_lines(written.captions)
    for picture, at in zip(Stage(motion, shown).frames(frames), moments, strict=True):
        end = draw_label(picture, f"{at:.2f} s")
        draw_overlay(picture, at, lines, written.highlights, motion.seconds, end)
        cells.append(picture)
    _save(_grid(cells, min(columns, len(cells))), path)


def write_video(
    motion: Motion,
    path: Path,
    sound: Sound | None = None,
    overlay: Overlay | None = None,
    look: Look | None = None,
    progress: Progress | None = None,
) -> None:
    """Write an MP4 (H.264, AAC) of a motion at its own rate, with words and highlights."""
    written = overlay or Overlay()
    labelled = Labelled(written.title, motion, written.highlights)
    side_by_side((labelled,), path, sound, written.captions, look, progress)


def side_by_side(
    motions: Sequence[Labelled],
    path: Path,
    sound: Sound | None = None,
    captions: Sequence[Caption] = (),
    look: Look | None = None,
    progress: Progress | None = None,
) -> None:
    """Write one MP4 with a pane for each motion, all on one clock; shorter ones stand still."""
    if not motions:
        raise ValueError("nothing to show: give at least one motion")
    fps = motions[0].motion.fps
    count = max(round(item.motion.seconds * fps) for item in motions)
    shown = look or Look()
    panes = [_pane(item, count, fps, captions, shown) for item in motions]
    width = (shown.width + _GAP) * len(motions) - _GAP
    film = Film(width, shown.height, fps, count)
    samples = None if sound is None else (sound.samples, sound.rate_hz)
    with closing(encode(film, path, samples)) as writer:
        next(writer)
        for done, pictures in enumerate(zip(*panes, strict=True), start=1):
            writer.send(_row(pictures))
            if progress is not None:
                progress(done, count)


def _pane(
    item: Labelled, count: int, fps: float, captions: Sequence[Caption], look: Look
) -> Iterator[Canvas]:
    last = len(item.motion) - 1
    frames = [min(round(i * item.motion.fps / fps), last) for i in range(count)]
    lines = caption_lines(captions)
    for index, picture in enumerate(Stage(item.motion, look).frames(frames)):
        end = draw_label(picture, item.title) if item.title else 0
        draw_overlay(picture, index / fps, lines, item.highlights, count / fps, end)
        yield picture


def _spread(seconds: float, count: int) -> list[float]:
    return [(i + 0.5) * seconds / count for i in range(count)]


def _row(pictures: Sequence[Canvas]) -> Canvas:
    gap = np.full((pictures[0].shape[0], _GAP, 3), 255, np.uint8)
    spaced = [part for picture in pictures for part in (gap, picture)][1:]
    return spaced[0] if len(spaced) == 1 else np.hstack(spaced)


def _grid(cells: Sequence[Canvas], columns: int) -> Canvas:
    tall, wide = cells[0].shape[:2]
    rows = math.ceil(len(cells) / columns)
    sheet = np.full((rows * (tall + _GAP) - _GAP, columns * (wide + _GAP) - _GAP, 3), 255, np.uint8)
    for place, cell in enumerate(cells):
        top, left = place // columns * (tall + _GAP), place % columns * (wide + _GAP)
        sheet[top : top + tall, left : left + wide] = cell
    return sheet


def _save(picture: Canvas, path: Path) -> None:
    encoded, content = opencv().imencode(".png", picture)
    assert encoded, "OpenCV could not encode a PNG"
    Path(path).write_bytes(content.tobytes())
