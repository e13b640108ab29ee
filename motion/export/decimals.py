"""Tables of numbers as decimal text, a block of rows at a time."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

BLOCK_ROWS = 2048
"""Rows that are text at once: an hour of motion needs no more memory than a minute."""
_UNUSED = 0
"""Fills a place that a shorter number leaves; taken out of the text at the end."""
_ZERO, _MINUS, _POINT = ord("0"), ord("-"), ord(".")

Table = Float[np.ndarray, "row column"]


def blocks(rows: int) -> Iterator[slice]:
    """Slices that cover so many rows."""
    for first in range(0, rows, BLOCK_ROWS):
        yield slice(first, min(first + BLOCK_ROWS, rows))


def decimal_lines(table: Table, decimals: int, between: str) -> list[bytes]:
    """Each row as its numbers with ``decimals`` digits behind the point, ``between`` between them.

    Digits are made for the whole table at once; one number at a time takes ten times as long.
    """
    if not np.isfinite(table).all():
        raise ValueError("only finite numbers can be written as text")
    scaled = np.rint(np.abs(table.astype(np.float64)) * 10.0**decimals).astype(np.int64)
    places = len(str(int(scaled.max(initial=0)) // 10**decimals))
    text = np.empty((*table.shape, 1 + places + 1 + decimals + len(between)), dtype=np.uint8)
    negative = (table < 0) & (scaled > 0)
    text[..., 0] = np.where(negative, _MINUS, _UNUSED)
    fraction = 1 + places
    rest = scaled
    for place in range(fraction + decimals, fraction, -1):
        rest, digit = np.divmod(rest, 10)
        text[..., place] = digit + _ZERO
    text[..., fraction] = _POINT
    for place in range(places, 0, -1):
        shown = rest > 0 if place < places else True
        rest, digit = np.divmod(rest, 10)
        text[..., place] = np.where(shown, digit + _ZERO, _UNUSED)
    text[..., fraction + decimals + 1 :] = np.frombuffer(between.encode(), dtype=np.uint8)
    return [_line(row, len(between)) for row in text]


def _line(row: np.ndarray, behind: int) -> bytes:
    whole = row.tobytes()
    return whole[: len(whole) - behind].translate(None, bytes([_UNUSED]))
