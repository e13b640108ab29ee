"""The text of a TextGrid: its words tier read, and written; long or short form."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speech.words import TimedText, TranscriptError, Word

# Nothing is tried twice (++, *+): a file of one long line is read in the time of many short ones.
# A text ends at its first quote that is not doubled and ends the line or goes before another token.
# Where programs forget to double a label's own quotes that finds none: then it ends with its line.
_TOKEN = re.compile(
    r"""
    !.*                                                                       # a remark
    | "(?P<text> (?:[^"]|"")*+ (?="[^\S\n]*(?:$|["!<\d.+-])) | .*(?="[^\S\n]*$) )"
    | (?P<open> ".* )
    | (?<![^\s=]) (?P<number> [-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)? )
      (?![^\s"!])
    | [^\s="]+                                                                # any other word
    """,
    re.MULTILINE | re.VERBOSE,
)
_ENTRIES = {"IntervalTier": "intervals", "TextTier": "points"}


@dataclass(frozen=True)
class _Tier:
    kind: str
    name: str
    entries: tuple[TimedText, ...]


def words_tier(text: str) -> tuple[TimedText, ...]:
    """What the one interval tier named "words" says, not yet believed; raises if it is cut short.

    The tier's name may be "word" too, or end so.
    """
    if "ooTextFile" not in text[:200]:
        raise TranscriptError("file", f"{text[:20]!r}", "a TextGrid that starts with ooTextFile")
    tiers = [tier for tier in _tiers(text) if tier.kind == "IntervalTier"]
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


class _Tokens:
    """The numbers and quoted texts, one by one: short and long form have the same in one order.

    All else (``xmin =``, ``intervals [2]:``, ``<exists>``, remarks after ``!``) is for the eye.
    """

    def __init__(self, text: str) -> None:
        lines = re.sub(r"\r+\n?", "\n", text)
        self._found = (token for token in _TOKEN.finditer(lines) if token.lastgroup)
        self._next = next(self._found, None)

    @property
    def next_is(self) -> str | None:
        """Whether a number or a text comes next; nothing at the end."""
        return self._next.lastgroup if self._next else None

    def number(self) -> float:
        return float(self._taken("number", "a number")) + 0.0  # -0 is 0

    def text(self) -> str:
        return self._taken("text", "a text in quotes").replace('""', '"')

    def _taken(self, kind: str, expected: str) -> str:
        token = self._next
        if token is None or token.lastgroup != kind:
            raise TranscriptError("file", _described(token), f"a whole TextGrid, here {expected}")
        self._next = next(self._found, None)
        return str(token[kind])


def _described(token: re.Match[str] | None) -> str:
    if token is None:
        return "its end"
    line = token.string.count("\n", 0, token.start()) + 1
    return f"{token[0][:40]!r} in line {line}"


def _tiers(text: str) -> list[_Tier]:
    """The tiers; raises where one has fewer intervals or points than it announces."""
    tokens = _Tokens(text)
    _file_type, _class = tokens.text(), tokens.text()
    _xmin, _xmax, announced = tokens.number(), tokens.number(), tokens.number()
    tiers = []
    while tokens.next_is is not None:
        tiers.append(_tier(tokens))
    _check_count("tiers", len(tiers), announced)
    return tiers


def _tier(tokens: _Tokens) -> _Tier:
    kind, name, entries = tokens.text(), tokens.text(), []
    if kind not in _ENTRIES:
        raise TranscriptError("file", f"the tier class {kind[:40]!r}", " or ".join(_ENTRIES))
    _xmin, _xmax, announced = tokens.number(), tokens.number(), tokens.number()
    while tokens.next_is == "number":
        start = tokens.number()
        end = tokens.number() if kind == "IntervalTier" else start
        entries.append(TimedText(tokens.text(), start, end))
    _check_count(_ENTRIES[kind], len(entries), announced)
    return _Tier(kind, name.strip(), tuple(entries))


def _check_count(what: str, found: int, announced: float) -> None:
    if found < announced:
        expected = f"the {announced:.15g} that it announces"
        raise TranscriptError("file", f"{found} {what}", expected)


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
