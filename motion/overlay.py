"""What is written onto preview pictures: words as they are spoken, highlights, a time line."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from motion.figure.shapes import Array
from motion.render import Canvas, opencv

_ACCENT = (60, 130, 235)
"""Blue, green, red of the current word and of highlights: orange."""
_LINE_LETTERS = 38
_PAUSE_SECONDS = 0.7


@dataclass(frozen=True)
class Caption:
    """A word with its time."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Highlight:
    """A stretch to point out, such as an inserted exemplar."""

    start: float
    end: float
    label: str


@dataclass(frozen=True)
class CaptionLine:
    """Words that are shown together."""

    words: tuple[Caption, ...]

    @property
    def start(self) -> float:
        """When the first word begins."""
        return self.words[0].start

    @property
    def end(self) -> float:
        """When the last word ends."""
        return self.words[-1].end


def caption_lines(captions: Sequence[Caption]) -> tuple[CaptionLine, ...]:
    """Group words into lines, broken at pauses and when a line is full."""
    lines: list[list[Caption]] = []
    for caption in captions:
        if not caption.text.strip():
            continue
        words = lines[-1] if lines else []
        letters = sum(len(word.text) + 1 for word in words) + len(caption.text)
        if words and caption.start - words[-1].end < _PAUSE_SECONDS and letters <= _LINE_LETTERS:
            words.append(caption)
        else:
            lines.append([caption])
    return tuple(CaptionLine(tuple(words)) for words in lines)


def draw_label(canvas: Canvas, text: str) -> int:
    """A name or a time in the upper left corner; the pixel column where it ends."""
    scale = _scale(canvas)
    left, size = round(14 * scale), 0.66 * scale
    _write(canvas, text, (left, round(32 * scale)), size, (70, 62, 55))
    return left + _width(_plain(text), size)


def draw_overlay(  # noqa: PLR0913  what is written, when, and where there is room
    canvas: Canvas,
    at: float,
    lines: Sequence[CaptionLine],
    highlights: Sequence[Highlight],
    seconds: float,
    labelled: int = 0,
) -> None:
    """Words, time line and active highlights at ``at`` seconds.

    ``labelled``: the pixel column where the label of the upper left corner ends.
    """
    active = [item for item in highlights if item.start <= at < item.end]
    if active:
        _draw_active(canvas, active, labelled)
    if highlights:
        _draw_time_line(canvas, at, highlights, seconds)
    line = _line_at(lines, at)
    if line is not None:
        _draw_words(canvas, line, at)


def _line_at(lines: Sequence[CaptionLine], at: float) -> CaptionLine | None:
    shown = [line for line in lines if line.start - 0.05 <= at < line.end + 0.35]
    return shown[-1] if shown else None


def _draw_words(canvas: Canvas, line: CaptionLine, at: float) -> None:
    scale, tall, wide = _scale(canvas), *canvas.shape[:2]
    size = 0.72 * scale
    texts = [_plain(word.text) for word in line.words]
    widths = [_width(text + " ", size) for text in texts]
    size *= min(1.0, 0.94 * wide / sum(widths))
    widths = [_width(text + " ", size) for text in texts]
    base = tall - round(34 * scale)
    top, bottom = base - round(30 * scale), base + round(14 * scale)
    canvas[top:bottom] = (canvas[top:bottom] * 0.38).astype(np.uint8)
    left = (wide - sum(widths)) // 2
    for word, text, width in zip(line.words, texts, widths, strict=True):
        spoken = word.start <= at < word.end
        _write(canvas, text, (left, base), size, (90, 190, 255) if spoken else (240, 240, 240))
        left += width


def _draw_active(canvas: Canvas, active: Sequence[Highlight], labelled: int) -> None:
    """A bar at the edge, and labels in the upper right corner, above the head."""
    scale, wide = _scale(canvas), canvas.shape[1]
    canvas[:, : round(7 * scale)] = _ACCENT
    inset, right = round(8 * scale), wide - round(10 * scale)
    room = max(right - labelled - round(10 * scale) - 2 * inset, wide // 4)
    for row, item in enumerate(active):
        text, size = _plain(item.label), 0.5 * scale
        size *= min(1.0, room / max(_width(text, size), 1))
        left = right - _width(text, size) - 2 * inset
        top = round((8 + 23 * row) * scale)
        bottom = top + round(21 * scale)
        opencv().rectangle(canvas, (left, top), (right, bottom), _ACCENT, -1, 16)
        _write(canvas, text, (left + inset, bottom - round(6 * scale)), size, (255,) * 3)


def _draw_time_line(
    canvas: Canvas, at: float, highlights: Sequence[Highlight], seconds: float
) -> None:
    tall, wide = canvas.shape[:2]
    thick = max(4, round(8 * _scale(canvas)))
    canvas[tall - thick :] = (canvas[tall - thick :] * 0.55).astype(np.uint8)
    for item in highlights:
        left, right = (round(wide * min(max(x / seconds, 0), 1)) for x in (item.start, item.end))
        canvas[tall - thick :, left : max(right, left + 2)] = _ACCENT
    here = min(round(wide * at / seconds), wide - 3)
    canvas[tall - thick - 3 :, here : here + 3] = 255


def _scale(canvas: Array) -> float:
    return float(canvas.shape[1]) / 640


def _plain(text: str) -> str:
    """The built-in font knows ASCII only."""
    common = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
    return text.translate(common).encode("ascii", "replace").decode()


def _width(text: str, size: float) -> int:
    cv2 = opencv()
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, size, 1)
    return int(width)


def _write(
    canvas: Canvas, text: str, at: tuple[int, int], size: float, colour: tuple[int, ...]
) -> None:
    cv2 = opencv()
    cv2.putText(canvas, _plain(text), at, cv2.FONT_HERSHEY_DUPLEX, size, colour, 1, cv2.LINE_AA)
