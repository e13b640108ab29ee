"""The lexicon of connectives: how often each string is one, where, and in which senses.

``connectives.json`` is derived from the training part of GUM (Zeldes, 2017), from documents whose
genre carries no non-commercial clause; `annotations.gum.build_lexicon` makes it again.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from annotations.cues import END_MARKS, UNMARKED, Context, ends_with, plain
from annotations.senses import matching_sense

_FILE = Path(__file__).with_name("connectives.json")
GAP = " ... "
"""Stands in a name where other words come between."""
_SPAN_WORDS = 30
"""How far apart the first words of the parts of one connective may lie."""
_PRIOR, _PRIOR_WEIGHT = 0.2, 1.0
"""A string never seen is a connective this often; worth one observation."""
_WEIGHT = 6.0
"""How many observations a coarser count is worth when a finer one is smoothed by it."""


@dataclass(frozen=True)
class Count:
    """How often a string is a connective, of how many occurrences."""

    uses: int
    occurrences: int

    def __add__(self, other: "Count") -> "Count":
        return Count(self.uses + other.uses, self.occurrences + other.occurrences)

    def smoothed(self, prior: float, weight: float = _WEIGHT) -> float:
        """Share of uses, drawn towards ``prior`` where there are few occurrences."""
        return (self.uses + weight * prior) / (self.occurrences + weight)


@dataclass(frozen=True)
class Connective:
    """One string of the lexicon."""

    parts: tuple[tuple[str, ...], ...]
    """Its words; two parts or more where others stand between them."""
    total: Count
    senses: tuple[tuple[str, int], ...]
    """Full PDTB-3 senses with their counts, most frequent first."""
    contexts: Mapping[str, Count]

    @property
    def text(self) -> str:
        """The words, blank-separated."""
        return " ".join(word for part in self.parts for word in part)

    def probability(self, context: Context) -> float:
        """How likely the string is a connective here.

        The odds of the string, changed by what stands before and by what follows as if the two
        were independent, then drawn towards the counts of just this context.
        """
        prior = self.total.smoothed(_PRIOR, _PRIOR_WEIGHT)
        places = UNMARKED if context.before == "?" else (context.before,)
        before = self._sum(places)
        following = self._sum((context.following,))
        here = self._sum(f"{place}|{context.following}" for place in places)
        odds = _log_odds(before.smoothed(prior)) + _log_odds(following.smoothed(prior))
        return here.smoothed(1.0 / (1.0 + math.exp(_log_odds(prior) - odds)))

    def _sum(self, names: Iterable[str]) -> Count:
        return sum((self._margins.get(name, Count(0, 0)) for name in names), Count(0, 0))

    @cached_property
    def _margins(self) -> Mapping[str, Count]:
        """Counts by context, by what stands before alone, and by what follows alone."""
        margins = dict(self.contexts)
        for name, count in self.contexts.items():
            before, _, following = name.partition("|")
            for part in (before, following):
                margins[part] = margins.get(part, Count(0, 0)) + count
        return margins

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


def _log_odds(probability: float) -> float:
    return math.log(probability / (1.0 - probability))


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
        "contexts": {k: [c.uses, c.occurrences] for k, c in sorted(connective.contexts.items())},
    }


def _read(name: str, entry: Mapping[str, Any]) -> Connective:
    return Connective(
        parts=tuple(tuple(part.split(" ")) for part in name.split(GAP)),
        total=Count(entry["uses"], entry["occurrences"]),
        senses=tuple(entry["senses"].items()),
        contexts={key: Count(*counts) for key, counts in entry["contexts"].items()},
    )
