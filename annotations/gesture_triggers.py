"""The table of words that ask for a gesture of a type."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from annotations.types import GestureType

_FILE = Path(__file__).with_name("triggers.json")


@dataclass(frozen=True)
class Trigger:
    """Words that ask for a gesture of a type."""

    type: GestureType
    group: str
    words: tuple[str, ...]
    weight: float
    """0 to 1: how surely, when the words are prominent."""
    parts: tuple[str, ...] = ()
    """Parts of speech that the words must have to mean it; any, where there are none."""


@dataclass(frozen=True)
class Triggers:
    """The table."""

    entries: tuple[Trigger, ...]

    @cached_property
    def by_first_word(self) -> Mapping[str, tuple[Trigger, ...]]:
        """Triggers by the word they begin with, longest first."""
        found: dict[str, tuple[Trigger, ...]] = {}
        for entry in sorted(self.entries, key=lambda e: (-len(e.words), -e.weight, e.words)):
            found[entry.words[0]] = (*found.get(entry.words[0], ()), entry)
        return found

    @classmethod
    def load(cls, path: Path = _FILE) -> "Triggers":
        """Read the table; groups marked ``inflect`` get the regular forms of their words."""
        table = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            tuple(
                entry
                for kind, groups in table.items()
                for group in groups
                for entry in _group(GestureType(kind), group)
            )
        )


@lru_cache(maxsize=1)
def shipped_triggers() -> Triggers:
    """The table that comes with the package."""
    return Triggers.load()


def _group(kind: GestureType, group: Mapping[str, Any]) -> Iterator[Trigger]:
    parts = tuple(group.get("parts", ()))
    for phrase in group["phrases"]:
        forms = inflected(phrase) if group.get("inflect") else (phrase,)
        for form in forms:
            yield Trigger(kind, group["name"], tuple(form.split(" ")), group["weight"], parts)


def inflected(phrase: str) -> tuple[str, ...]:
    """A word and its regular forms in -s, -ed and -ing; of a phrase, those of its first word."""
    head, _, rest = phrase.partition(" ")
    stem = head.removesuffix("e")
    if head.endswith("y") and head[-2:-1] not in ("a", "e", "o", "u"):
        forms = [f"{head[:-1]}ies", f"{head[:-1]}ied", f"{head}ing"]
    else:
        doubled = f"{head}{head[-1]}" if _doubles(head) else stem
        plural = "es" if head.endswith(("s", "sh", "ch", "x", "z")) else "s"
        forms = [f"{head}{plural}", f"{doubled}ed", f"{doubled}ing"]
    return tuple(f"{form} {rest}".strip() for form in (head, *forms))


def _doubles(word: str) -> bool:
    """Whether the last letter is doubled before a vowel: one short vowel, one consonant."""
    vowels = "aeiou"
    return (
        sum(letter in vowels for letter in word) == 1
        and len(word) >= 3
        and word[-1] not in f"{vowels}wxy"
        and word[-2] in vowels
        and word[-3] not in vowels
    )
