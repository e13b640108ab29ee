"""The lexicon of connectives: how often each string is one, and in which senses.

``connectives.json`` is derived from the training part of GUM (Zeldes, 2017), from documents whose
genre carries no non-commercial clause; `annotations.gum.build_lexicon` makes it again.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from annotations.cues import END_MARKS, ends_with, plain
from annotations.senses import matching_sense

_FILE = Path(__file__).parent / "models" / "connectives.json"
GAP = " ... "
"""Stands in a name where other words come between."""
_SPAN_WORDS = 30
"""How far apart the first words of the parts of one connective may lie."""


@dataclass(frozen=True)
class Count:
    """How often a string is a connective, of how many occurrences."""

    uses: int
    occurrences: int


@dataclass(frozen=True)
class Connective:
    """One string of the lexicon."""

    parts: tuple[tuple[str, ...], ...]
    """Its words; two parts or more where others stand between them."""
    total: Count
    senses: tuple[tuple[str, int], ...]
    """Full PDTB-3 senses with their counts, most frequent first."""

    @property
    def text(self) -> str:
        """The words, blank-separated."""
        return " ".join(word for part in self.parts for word in part)

    @property
    def sense(self) -> tuple[str, float]:
        """The most frequent sense, as far down as it changes the gesture first, and its share."""
        shares: Counter[str] = Counter()
        for sense, count in self.senses:
            shares[matching_sense(sense)] += count
        best, uses = shares.most_common(1)[0]
        full = next(sense for sense, _ in self.senses if matching_sense(sense) == best)
        return full, uses / sum(shares.values())


@dataclass(frozen=True)
class Lexicon:
    """Every known connective, longest first."""

    connectives: tuple[Connective, ...]

    def __post_init__(self) -> None:
        ordered = sorted(self.connectives, key=lambda c: (-len(c.text.split()), c.text))
        object.__setattr__(self, "connectives", tuple(ordered))

    @cached_property
    def by_first_word(self) -> Mapping[str, tuple[Connective, ...]]:
        """Connectives by the word they begin with, longest first."""
        found: dict[str, tuple[Connective, ...]] = {}
        for connective in self.connectives:
            first = connective.parts[0][0]
            found[first] = (*found.get(first, ()), connective)
        return found

    def candidates(self, words: Sequence[str]) -> Iterator[tuple[Connective, tuple[int, ...]]]:
        """Every place where the words of a connective stand, with their indices."""
        plains = [plain(word) for word in words]
        for start, first in enumerate(plains):
            for connective in self.by_first_word.get(first, ()):
                found = _match(connective.parts, words, plains, start)
                if found is not None:
                    yield connective, found

    def save(self, path: Path = _FILE) -> None:
        """Write it as JSON."""
        entries = sorted(((_name(c), c) for c in self.connectives), key=lambda entry: entry[0])
        lines = (f"{json.dumps(name)}: {json.dumps(_written(c))}" for name, c in entries)
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path = _FILE) -> "Lexicon":
        """Read what `save` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(tuple(_read(name, entry) for name, entry in content.items()))


def _match(
    parts: Sequence[tuple[str, ...]], words: Sequence[str], plains: Sequence[str], start: int
) -> tuple[int, ...] | None:
    """Indices of the parts, the first of them at ``start``, the others soon after it."""
    head, *rest = parts
    stop = start + len(head)
    if tuple(plains[start:stop]) != head:
        return None
    if not rest:
        return tuple(range(start, stop))
    for place in range(stop, min(start + _SPAN_WORDS, len(words))):
        if ends_with(words[place - 1], END_MARKS):
            return None
        found = _match(rest, words, plains, place)
        if found is not None:
            return (*range(start, stop), *found)
    return None


@lru_cache(maxsize=1)
def shipped_lexicon() -> Lexicon:
    """The lexicon that comes with the package."""
    return Lexicon.load()


def _name(connective: Connective) -> str:
    return GAP.join(" ".join(part) for part in connective.parts)


def _written(connective: Connective) -> dict[str, Any]:
    return {
        "uses": connective.total.uses,
        "occurrences": connective.total.occurrences,
        "senses": dict(connective.senses),
    }


def _read(name: str, entry: Mapping[str, Any]) -> Connective:
    return Connective(
        parts=tuple(tuple(part.split(" ")) for part in name.split(GAP)),
        total=Count(entry["uses"], entry["occurrences"]),
        senses=tuple(entry["senses"].items()),
    )
