"""Sentences whose relations and gesture words are known because they were written with them.

A pattern is a line of marked words:

* ``{thing}`` is filled from the topic; ``this_big`` is a group of words that belongs together;
* ``[because]`` is the connective of the sentence's relation;
* ``^`` and ``^^`` ask for prominence; a comma pauses, a lone full stop ends a sentence;
* ``huge:m.wide`` labels the group (d deictic, i iconic, m metaphoric) and names its movement;
* ``cheap@item_left`` names a movement without a label: it belongs to the relation.
"""

import re
from dataclasses import dataclass

import numpy as np

from annotations.types import GestureType
from indexing.demo.topics import TOPICS, Topic

_TOKEN = re.compile(
    r"^(?P<open>\[)?(?P<body>[^\]\^:@,]+)\]?(?P<carets>\^*)"
    r"(?::(?P<type>[dim])\.(?P<labelled>\w+))?(?:@(?P<movement>\w+))?(?P<comma>,)?$"
)
_SLOT = re.compile(r"\{(\w+?)(\d?)\}")
_TYPES = {"d": GestureType.DEICTIC, "i": GestureType.ICONIC, "m": GestureType.METAPHORIC}
_WEAK_TEXT = (
    "a an the of to in on at by and or is was are were be been it he she they we you i my our "
    "your that this these with for from as but so if had has have not do did will would can could "
    "its their them him her us me there than then when while who which into about up out all"
)
WEAK_WORDS = frozenset(_WEAK_TEXT.split())
"""Words that are unstressed unless something asks for stress."""


@dataclass(frozen=True)
class Mark:
    """A movement asked for by some words; with a type, it is also a gesture label."""

    start: int
    stop: int
    movement: str
    type: GestureType | None = None


@dataclass(frozen=True)
class Relation:
    """The sentence's discourse relation, as word positions within it."""

    sense: str
    connective: tuple[int, ...]
    arg1: tuple[int, ...]
    arg2: tuple[int, ...]


@dataclass(frozen=True)
class Sentence:
    """Words with prominence, breaks, relation and movements."""

    words: tuple[str, ...]
    strengths: tuple[float, ...]
    """Intended prominence of each word."""
    boundaries: tuple[float, ...]
    """Break behind each word: 0 none, 1 comma, 2 full stop."""
    marks: tuple[Mark, ...] = ()
    relation: Relation | None = None


@dataclass(frozen=True)
class Pattern:
    """One way to say something; the sense is empty where no relation is marked."""

    text: str
    sense: str = ""


@dataclass
class _Draft:
    """A sentence while its tokens are read."""

    words: list[str]
    strengths: list[float]
    boundaries: list[float]
    marks: list[Mark]
    connective: list[int]


def written(pattern: Pattern, topic: Topic, rng: np.random.Generator) -> Sentence:
    """Fill the pattern's slots from a topic and read its marks."""
    draft = _Draft([], [], [], [], [])
    for token in filled(pattern.text, topic, rng).split():
        _read(token, draft, rng)
    draft.boundaries[-1] = 2.0
    relation = _relation(pattern, draft) if draft.connective else None
    return Sentence(
        tuple(draft.words),
        tuple(draft.strengths),
        tuple(draft.boundaries),
        tuple(draft.marks),
        relation,
    )


def filled(text: str, topic: Topic, rng: np.random.Generator) -> str:
    """Replace each ``{slot}`` by one of the topic's phrases, never the same phrase twice."""
    used: set[str] = set()

    def choose(match: re.Match[str]) -> str:
        fillers = topic.fillers(match[1])
        fresh = [filler for filler in fillers if filler not in used] or list(fillers)
        filler = fresh[int(rng.integers(len(fresh)))]
        used.add(filler)
        return filler.replace(" ", "_")

    return _SLOT.sub(choose, text)


def any_topic(rng: np.random.Generator) -> Topic:
    """One of the topics."""
    return TOPICS[int(rng.integers(len(TOPICS)))]


def _read(token: str, draft: _Draft, rng: np.random.Generator) -> None:
    """Append one group of words."""
    if token == ".":
        draft.boundaries[-1] = 2.0
        return
    match = _TOKEN.match(token)
    assert match is not None, f"unreadable token {token!r} in a pattern of the demo script"
    group = match["body"].split("_")
    start = len(draft.words)
    draft.words += group
    draft.strengths += [_strength(word, rng) for word in group]
    draft.boundaries += [0.0] * len(group)
    stop = len(draft.words)
    if match["open"]:
        draft.connective += range(start, stop)
        draft.strengths[start:stop] = [float(rng.uniform(0.5, 1.6)) for _ in group]
    if match["carets"]:
        strong = _last_content(group)
        draft.strengths[start + strong] = 0.9 + 0.8 * len(match["carets"])
    if match["labelled"]:
        draft.marks.append(Mark(start, stop, match["labelled"], _TYPES[match["type"]]))
        strong = start + _last_content(group)
        draft.strengths[strong] = max(draft.strengths[strong], float(rng.uniform(1.7, 2.6)))
    if match["movement"]:
        draft.marks.append(Mark(start, stop, match["movement"]))
    if match["comma"]:
        draft.boundaries[-1] = 1.0


def _last_content(group: list[str]) -> int:
    """Place of the last word of a group that can bear stress."""
    content = [place for place, word in enumerate(group) if word not in WEAK_WORDS]
    return content[-1] if content else len(group) - 1


def _strength(word: str, rng: np.random.Generator) -> float:
    """Everyday prominence: function words weak, content words middling, some strong."""
    if word in WEAK_WORDS:
        return float(rng.uniform(0.0, 0.4))
    return float(rng.choice((0.7, 1.1, 1.6), p=(0.4, 0.4, 0.2)) + rng.uniform(0.0, 0.3))


def _relation(pattern: Pattern, draft: _Draft) -> Relation:
    """Arguments by position.

    A leading connective's own clause ends at the comma; one in a later sentence has the sentence
    before as its first argument; otherwise the arguments lie on its two sides.
    """
    first, last = draft.connective[0], draft.connective[-1]
    everything = range(len(draft.words))
    if first == 0:
        breaks = [place for place in everything if draft.boundaries[place] >= 1 and place > last]
        own = breaks[0] if len(breaks) > 1 else len(draft.words) - 1
        arg2, arg1 = range(last + 1, own + 1), range(own + 1, len(draft.words))
    else:
        stops = [place for place in range(first) if draft.boundaries[place] >= 2]
        border = stops[-1] + 1 if stops else first
        arg1, arg2 = range(border), range(border, len(draft.words))
    outside = set(draft.connective)
    return Relation(
        pattern.sense,
        tuple(draft.connective),
        tuple(place for place in arg1 if place not in outside),
        tuple(place for place in arg2 if place not in outside),
    )
