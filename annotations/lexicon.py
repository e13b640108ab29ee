"""The lexicon of connectives: how often each string is one, where, and in which senses.

``connectives.json`` is derived from the training part of GUM (Zeldes, 2017), from documents whose
genre carries no non-commercial clause; `build_lexicon` makes it again from the same file.
"""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from annotations.senses import matching_sense, pdtb3_sense

FREE_GENRES = ("academic", "bio", "court", "interview", "news", "textbook", "voyage")
"""Genres of GUM that may be used for any purpose."""
_TRAINING = "gum_train.json.gz"
_FILE = Path(__file__).with_name("connectives.json")
_GAP = " ... "
_RARE = 8
"""Strings with fewer occurrences keep no counts by context."""
_WEIGHT = 6.0
"""How many observations a coarser count is worth when a finer one is smoothed by it."""

PRONOUNS = frozenset(
    "i you he she it we they there this that these those who what one everyone nobody people "
    "i'm i've i'll i'd you're you've he's she's it's we're we've they're that's there's".split()
)
DETERMINERS = frozenset("a an the my your his her its our their some any no each every".split())
AUXILIARIES = frozenset(
    "is are was were be been am has have had do does did can could will would shall should may "
    "might must isn't aren't wasn't weren't don't doesn't didn't can't couldn't won't".split()
)
PREPOSITIONS = frozenset(
    "of in on at from by with for about into through during over under between against than "
    "without within among".split()
)
END_MARKS = (".", "!", "?", ";", ":")
PAUSE_MARKS = (*END_MARKS, ",", "—", "–", "-")
_CLOSERS = "\"'”’)]"
_AHEAD = 6


@dataclass(frozen=True)
class Count:
    """How often a string is a connective, of how many occurrences."""

    uses: int
    occurrences: int

    def __add__(self, other: "Count") -> "Count":
        return Count(self.uses + other.uses, self.occurrences + other.occurrences)

    def smoothed(self, prior: float) -> float:
        """Share of uses, drawn towards ``prior`` where there are few occurrences."""
        return (self.uses + _WEIGHT * prior) / (self.occurrences + _WEIGHT)


@dataclass(frozen=True)
class Context:
    """What surrounds a string: the cues by which a connective is told from the same words."""

    before: str
    """``start`` of a sentence, ``comma`` (or a pause), ``middle``; ``?`` without punctuation."""
    after: str
    """Class of the next word."""
    clause: bool
    """Whether a subject or an auxiliary follows before the next mark."""

    @property
    def keys(self) -> tuple[str, str]:
        """Names of its counts, coarse and fine."""
        return self.before, f"{self.before}|{self.after}|{'clause' if self.clause else 'phrase'}"


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
        """How likely the string is a connective here."""
        coarse, fine = context.keys
        prior = self.total.smoothed(0.1)
        if context.before == "?":
            places = [f"{before}|{fine[2:]}" for before in ("start", "comma", "middle")]
            found = [self.contexts.get(place, Count(0, 0)) for place in places]
            return sum(found, Count(0, 0)).smoothed(prior)
        middle = self.contexts.get(coarse, Count(0, 0)).smoothed(prior)
        return self.contexts.get(fine, Count(0, 0)).smoothed(middle)

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

    def save(self, path: Path = _FILE) -> None:
        """Write it as JSON."""
        content = {_GAP.join(" ".join(p) for p in c.parts): _written(c) for c in self.connectives}
        text = json.dumps(dict(sorted(content.items())), ensure_ascii=False)
        path.write_text(text.replace('}, "', '},\n"') + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path = _FILE) -> "Lexicon":
        """Read what `save` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(tuple(_read(name, entry) for name, entry in content.items()))


@lru_cache(maxsize=1)
def shipped_lexicon() -> Lexicon:
    """The lexicon that comes with the package."""
    return Lexicon.load()


def _written(connective: Connective) -> dict[str, Any]:
    return {
        "uses": connective.total.uses,
        "occurrences": connective.total.occurrences,
        "senses": dict(connective.senses),
        "contexts": {k: [c.uses, c.occurrences] for k, c in sorted(connective.contexts.items())},
    }


def _read(name: str, entry: Mapping[str, Any]) -> Connective:
    return Connective(
        parts=tuple(tuple(part.split(" ")) for part in name.split(_GAP)),
        total=Count(entry["uses"], entry["occurrences"]),
        senses=tuple(entry["senses"].items()),
        contexts={key: Count(*counts) for key, counts in entry["contexts"].items()},
    )


def plain(word: str) -> str:
    """A word for comparing: lower case, straight apostrophes, no marks around it."""
    return word.lower().replace("’", "'").strip(".,;:!?\"“”()[]…—–- ")


def ends_with(word: str, marks: tuple[str, ...]) -> bool:
    """Whether a word ends with one of the marks, closing quotes and brackets aside."""
    return word.rstrip(_CLOSERS).endswith(marks)


def context_at(words: Sequence[str], start: int, stop: int, pause_before: bool) -> Context:
    """Cues around ``words[start:stop]``; words carry their punctuation, if there is any."""
    punctuated = any(ends_with(word, PAUSE_MARKS) for word in words)
    last = words[start - 1] if start else "."
    if start == 0 or ends_with(last, END_MARKS):
        before = "start"
    elif ends_with(last, PAUSE_MARKS) or pause_before:
        before = "comma"
    else:
        before = "middle" if punctuated else "?"
    return Context(before, _class_after(words, stop), _clause_ahead(words, stop))


def _class_after(words: Sequence[str], stop: int) -> str:
    if ends_with(words[stop - 1], PAUSE_MARKS) or stop == len(words):
        return "mark"
    following = plain(words[stop])
    classes = {"pronoun": PRONOUNS, "determiner": DETERMINERS, "auxiliary": AUXILIARIES}
    classes |= {"preposition": PREPOSITIONS, "to": frozenset(("to",))}
    for name, members in classes.items():
        if following in members:
            return name
    return next((end for end in ("ing", "ed", "ly") if following.endswith(end)), "other")


def _clause_ahead(words: Sequence[str], stop: int) -> bool:
    for word in words[stop : stop + _AHEAD]:
        if plain(word) in PRONOUNS or plain(word) in AUXILIARIES:
            return True
        if ends_with(word, PAUSE_MARKS):
            return False
    return False


def build_lexicon(folder: Path) -> Lexicon:
    """Count connectives in ``gum_train.json.gz`` of ``folder``; save it with `Lexicon.save`."""
    with gzip.open(Path(folder) / _TRAINING, "rt", encoding="utf-8") as file:
        documents = [GumDocument.of(entry) for entry in json.load(file)]
    free = [document for document in documents if document.genre in FREE_GENRES]
    return counted(document for document in free if document.words)
