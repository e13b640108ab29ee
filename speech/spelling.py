"""Rough sounds of a written word: what an aligner expects to hear, and for how long."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Broad classes of sounds, told apart by loudness and by where their energy lies."""

    VOWEL = "vowel"
    LONG_VOWEL = "long vowel"
    NASAL = "nasal"
    LIQUID = "liquid"
    FRICATIVE = "fricative"
    STOP = "stop"
    OTHER = "other"
    """A letter of another script, or a word without letters."""


SECONDS = {
    Kind.VOWEL: 0.085,
    Kind.LONG_VOWEL: 0.12,
    Kind.NASAL: 0.065,
    Kind.LIQUID: 0.06,
    Kind.FRICATIVE: 0.085,
    Kind.STOP: 0.065,
    Kind.OTHER: 0.09,
}
"""How long a sound of each class lasts in fluent English; only the ratios matter."""
_SHORT_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the of to in on at and or but is was i it he she we they you that this for with as my"
        " me so be are were have had his her their our your from by not do if",
    )
)
FUNCTION_WORD_PACE = 0.8
"""Function words are said this much shorter."""


@dataclass(frozen=True)
class Sound:
    """One expected sound; equal names are heard as the same sound."""

    name: str
    kind: Kind


_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_CONSONANTS = {
    **dict.fromkeys(("m", "n", "ng"), Kind.NASAL),
    **dict.fromkeys(("l", "r", "w", "y"), Kind.LIQUID),
    **dict.fromkeys(("s", "sh", "ch", "f", "v", "th", "h"), Kind.FRICATIVE),
    **dict.fromkeys(("p", "t", "k", "b", "d", "g"), Kind.STOP),
}
_SPELT = {
    "ph": "f",
    "z": "s",
    "sch": "sh",
    **dict.fromkeys(("ck", "c", "q", "qu"), "k"),
    **dict.fromkeys(("tch", "j", "dge"), "ch"),
    "wh": "w",
    "wr": "r",
    "kn": "n",
}
_GROUPS = re.compile(
    r"^y(?=[aeiou])|[ea]?igh|[ao]ugh|tch|sch|dge|sh|ch|th|ph|wh|ck|ng|qu|kn(?=[aeiou])|wr"
    r"|[aeiouy]+[wr]?(?![aeiouy])|[aeiouy]+|([^aeiouy])\1|."
)
_SILENT_E = re.compile(r"(?<=[aeiouy])([b-df-hj-np-tvz]|[a-z]{2})e(?=s?$)")
_SHORT_ED = re.compile(r"(?<=[^aeiouytd])ed$")


def sounds_of(word: str) -> tuple[Sound, ...]:
    """Sounds of a word by English spelling; at least one, whatever the script."""
    sounds: list[Sound] = []
    for group in _GROUPS.finditer(_letters(word)):
        sounds.extend(_heard(group.group(), first=not sounds))
    return tuple(sounds) or (Sound("?", Kind.OTHER),)


def expected_seconds(word: str, sounds: tuple[Sound, ...]) -> tuple[float, ...]:
    """How long each sound of a word lasts at an ordinary pace."""
    plain = re.sub(r"\W", "", word.lower())
    pace = FUNCTION_WORD_PACE if plain in _SHORT_WORDS else 1.0
    return tuple(pace * SECONDS[sound.kind] for sound in sounds)


def _letters(word: str) -> str:
    """Lower case without accents, marks and silent letters; digits as words."""
    decomposed = unicodedata.normalize("NFKD", word.lower())
    spoken = (_DIGITS[int(c)] if c.isdecimal() else c for c in decomposed if c.isalnum())
    letters = "".join(spoken)
    if len(letters) > 3:
        letters = _SILENT_E.sub(r"\1", letters)
    return _SHORT_ED.sub("d", letters)


def _heard(group: str, first: bool) -> tuple[Sound, ...]:
    if group == "y" and first:
        return (Sound("y", Kind.LIQUID),)
    if group.endswith("gh") and len(group) > 2:
        return (Sound(f"{group[0]}:", Kind.LONG_VOWEL),)
    if group[0] in "aeiouy":
        return _vowel(group)
    if group == "x":
        return (Sound("k", Kind.STOP), Sound("s", Kind.FRICATIVE))
    single = group[0] if group == group[0] * len(group) else group
    name = _SPELT.get(single, single)
    if name in _CONSONANTS:
        return (Sound(name, _CONSONANTS[name]),)
    return (Sound("?", Kind.OTHER),) if name.isalpha() else ()


def _vowel(group: str) -> tuple[Sound, ...]:
    letters = group.rstrip("wr")
    quality = "i" if letters[0] == "y" else letters[0]
    long = len(letters) > 1 or group.endswith("w")
    name, kind = (f"{quality}:", Kind.LONG_VOWEL) if long else (quality, Kind.VOWEL)
    tail = (Sound("r", Kind.LIQUID),) if group.endswith("r") else ()
    return (Sound(name, kind), *tail)
