"""The text of a TextGrid: its words tier read, and written; long or short form."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speech.words import TimedText, TranscriptError, Word

_MINUS = ".."  # stands for it in an interval's time while praatio reads: it drops a "-"
_TIME = re.compile(r"(?<![^\s=])-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?=\s*$)", re.MULTILINE)
_QUOTED = r'"[^"]*+(?:""[^"]*+)*+"'
_LONG_HEAD = r'(?:intervals|points) ?\[[^"\n]*|name ?= ?".*'
_SHORT_HEAD = rf'"(?:Interval|Text)Tier"\s+{_QUOTED}.*'
_HEADED_ROWS = re.compile(rf'((?:{_LONG_HEAD}|{_SHORT_HEAD})\n)((?:[^"\[\n]*\n)*)')
_ANNOUNCED = re.compile(
    rf'(?:^[^"\n]*intervals: ?size ?= ?|"IntervalTier"\s+{_QUOTED}.*\n(?:[^"\n]*\n){{2}}\s*)(\d+)',
    re.MULTILINE,
)


@dataclass(frozen=True)
class _Tier:
    name: str
    entries: tuple[TimedText, ...]


def words_tier(text: str) -> tuple[TimedText, ...]:
    """What the one interval tier named "words" says, not yet believed; raises if it is cut short.

    The tier's name may be "word" too, or end so.
    """
    if "ooTextFile" not in text[:200]:
        raise TranscriptError("file", f"{text[:20]!r}", "a TextGrid that starts with ooTextFile")
    tiers = _interval_tiers(_readable(text))
    for suffix in ("words", "word"):
        named = [tier for tier in tiers if tier.name.lower().endswith(suffix)]
        if len(named) == 1:
            return named[0].entries
    names = ", ".join(repr(tier.name) for tier in tiers) or "none"
    raise TranscriptError("tier", f"interval tiers {names}", "exactly one tier named 'words'")


def textgrid_text(words: Sequence[Word], seconds: float) -> str:
    """A long TextGrid with one tier "words" that tiles ``seconds``."""
    tiles = _tiled(words, seconds)
    whole = f"xmin = 0 \n{{}}xmax = {_decimal(seconds)} "
    tier = " " * 8
    lines = [
        'File type = "ooTextFile"\nObject class = "TextGrid"\n',
        whole.format("") + "\ntiers? <exists> \nsize = 1 \nitem []: ",
        f'    item [1]:\n{tier}class = "IntervalTier" \n{tier}name = "words" ',
        tier + whole.format(tier) + f"\n{tier}intervals: size = {len(tiles)} ",
    ]
    for number, tile in enumerate(tiles, 1):
        text = tile.text.replace('"', '""')
        lines += [
            f"{tier}intervals [{number}]:",
            f"{tier}    xmin = {_decimal(tile.start)} \n{tier}    xmax = {_decimal(tile.end)} ",
            f'{tier}    text = "{text}" ',
        ]
    return "\n".join(lines) + "\n"


def _readable(text: str) -> str:
    """The same TextGrid with the line ends and numbers that praatio knows, labels untouched."""
    old_mac = "\n" not in text.rstrip()
    lines = text.replace("\r", "\n") if old_mac else re.sub(r"\r{1,2}\n", "\n", text)
    return _HEADED_ROWS.sub(_with_plain_times, lines + "\n")


def _with_plain_times(headed: re.Match[str]) -> str:
    head, rows = headed.groups()
    minus = _MINUS if head.startswith("intervals") else "-"
    return head + _TIME.sub(lambda time: _plain(time[0], minus), rows)


def _plain(time: str, minus: str) -> str:
    """Digits and a point, without exponent; the sign as ``minus``, none for zero."""
    seconds = float(time)
    digits = _decimal(abs(seconds)) if "e" in time.lower() else time.removeprefix("-")
    return minus + digits if seconds < 0 else digits


def _seconds(time: str) -> float:
    return float(time.replace(_MINUS, "-")) + 0.0  # the short form's -0 is 0


def _interval_tiers(text: str) -> list[_Tier]:
    """The interval tiers; raises where a tier has fewer intervals than it announces."""
    from praatio.utilities import errors, textgrid_io

    try:
        tiers = [
            _Tier(
                str(tier["name"]).strip(),
                tuple(
                    TimedText(str(e[2]), _seconds(e[0]), _seconds(e[1])) for e in tier["entries"]
                ),
            )
            for tier in textgrid_io.parseTextgridStr(text, includeEmptyIntervals=True)["tiers"]
            if tier["class"] == "IntervalTier"
        ]
        announced = [int(size) for size in _ANNOUNCED.findall(text)]
    except (errors.PraatioException, LookupError, ValueError, TypeError, AttributeError) as error:
        raise TranscriptError("file", f"a broken TextGrid ({error})", "a whole one") from error
    found = sum(len(tier.entries) for tier in tiers)
    if found < sum(announced):
        expected = f"the {sum(announced)} that it announces"
        raise TranscriptError("file", f"{found} intervals", expected)
    if len(announced) < len(tiers) and not tiers[-1].entries:
        raise TranscriptError("file", "a last tier without intervals", "a whole TextGrid")
    return tiers


def _tiled(words: Sequence[Word], seconds: float) -> list[TimedText]:
    """The words and the silences between them."""
    tiles: list[TimedText] = []
    time = 0.0
    for index, word in enumerate(words):
        start, end = max(word.interval.start, time), min(word.interval.end, seconds)
        if end <= start:
            raise TranscriptError("end", f"{word.text!r} of no length", "a TextGrid tile", index)
        if start > time:
            tiles.append(TimedText("", time, start))
        tiles.append(TimedText(word.text, start, end))
        time = end
    if seconds > time:
        tiles.append(TimedText("", time, seconds))
    return tiles


def _decimal(seconds: float) -> str:
    """Every digit, never an exponent: Praat's readers know none."""
    return np.format_float_positional(seconds, trim="-")
