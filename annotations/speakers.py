"""BEAT2's speakers: the numbers at the head of recording ids, and the rows they stand for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

ID_FORM = "<speaker number>_<name>_<type>_<start>_<end>, e.g. 2_scott_0_201_201"
_ID = re.compile(r"\d{1,4}_[a-z0-9]{1,80}(_\d{1,20}){3}")


@dataclass(frozen=True)
class Speaker:
    """One of BEAT2's 25 speakers."""

    index: int
    """Row of the speaker embedding, 0 to 24."""
    number: int
    """Number at the head of recording ids, 1 to 30 with gaps."""
    name: str


_NAMES = (
    "1 wayne, 2 scott, 3 solomon, 4 lawrence, 5 stewart, 6 carla, 7 sophie, 9 miranda, 10 kieks, "
    "11 nidal, 12 zhao, 13 lu, 15 carlos, 16 jorge, 17 itoi, 18 daiki, 20 li, 21 ayana, 22 luqi, "
    "23 hailing, 24 kexin, 25 goto, 27 yingqing, 28 tiffnay, 30 katya"
)
_MOVED = {28: 13, 30: 7, 27: 18}
"""Speakers numbered beyond 25 take the rows of numbers that do not exist."""


def _speakers() -> Iterator[Speaker]:
    for entry in _NAMES.split(", "):
        number, name = entry.split(" ")
        yield Speaker(_MOVED.get(int(number), int(number) - 1), int(number), name)


SPEAKERS: tuple[Speaker, ...] = tuple(sorted(_speakers(), key=lambda speaker: speaker.index))
"""Every speaker, by index."""
BY_NUMBER = {speaker.number: speaker for speaker in SPEAKERS}
"""The same, by number."""


def speaker_index(recording: str | int) -> int:
    """Embedding row of a recording id (``2_scott_0_1_1``) or of a speaker number (2)."""
    head = recording.split("_", 1)[0] if isinstance(recording, str) else str(recording)
    speaker = BY_NUMBER.get(int(head)) if head.isdecimal() else None
    if speaker is None:
        known = ", ".join(map(str, sorted(BY_NUMBER)))
        raise ValueError(f"no BEAT2 speaker in {recording!r}; speaker numbers are {known}")
    return speaker.index


def check_recording_id(recording_id: str) -> None:
    """Raise where a new recording may not be called so: its name tells who speaks."""
    if not _ID.fullmatch(recording_id):
        raise ValueError(f"{recording_id[:200]!r} is no recording id; expected {ID_FORM}")
    speaker_index(recording_id)
