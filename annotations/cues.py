"""Surface cues of words: spelling, punctuation, pauses and small closed classes."""

from collections.abc import Sequence
from dataclasses import dataclass

from speech.words import Word

PAUSE_SECONDS = 0.25
"""Silence between words that is heard as a comma."""
SENTENCE_PAUSE_SECONDS = 0.7
"""Silence between words that is heard as a full stop."""
END_MARKS = (".", "!", "?", ";", ":")
PAUSE_MARKS = (*END_MARKS, ",", "—", "–", "-")
UNMARKED = ("start", "comma", "middle")
"""Places that cannot be told apart without punctuation."""
_CLOSERS = "\"'”’)]"
_AHEAD = 6
"""Words in which a clause must show its subject or its auxiliary."""


def words_in(text: str) -> frozenset[str]:
    """A closed class, written out blank-separated."""
    return frozenset(text.split())


PRONOUNS = words_in(
    "i you he she it we they there this that these those who what one everyone nobody people "
    "i'm i've i'll i'd you're you've he's she's it's we're we've they're that's there's"
)
DETERMINERS = words_in("a an the my your his her its our their some any no each every")
AUXILIARIES = words_in(
    "is are was were be been am has have had do does did can could will would shall should may "
    "might must isn't aren't wasn't weren't don't doesn't didn't can't couldn't won't"
)
PREPOSITIONS = words_in(
    "of in on at from by with for about into through during over under between against than "
    "without within among to up down off out"
)
FUNCTION_WORDS = (
    PRONOUNS
    | DETERMINERS
    | AUXILIARIES
    | PREPOSITIONS
    | words_in(
        "me him us them my mine and or but so because if when while as then also just very really "
        "not being got get gets um uh er erm hm oh well like okay yeah which whom whose how why "
        "where however although though since after before until than too such same other another "
        "let's gonna wanna"
    )
)
"""Words that carry no pitch accent as a rule."""


def plain(word: str) -> str:
    """A word for comparing: lower case, straight apostrophes, no marks around it."""
    return word.lower().replace("’", "'").strip('.,;:!?"“”()[]…—–- ')


def ends_with(word: str, marks: tuple[str, ...]) -> bool:
    """Whether a word ends with one of the marks, closing quotes and brackets aside."""
    return word.rstrip(_CLOSERS).endswith(marks)


def is_punctuated(words: Sequence[str]) -> bool:
    """Whether the transcript has marks at all; what a recogniser writes often has none."""
    return any(ends_with(word, PAUSE_MARKS) for word in words)


def pause_before(words: Sequence[Word], index: int) -> float:
    """Seconds of silence before a word."""
    if index == 0:
        return 0.0
    return words[index].interval.start - words[index - 1].interval.end


def closed(words: Sequence[Word], index: int) -> str:
    """The word, with a full stop where only a long pause marks the end of its sentence."""
    text = words[index].text
    last = index + 1 == len(words)
    silent = not last and pause_before(words, index + 1) >= SENTENCE_PAUSE_SECONDS
    return f"{text}." if silent and not ends_with(text, PAUSE_MARKS) else text


@dataclass(frozen=True)
class Context:
    """What surrounds a string: the cues by which a connective is told from the same words."""

    before: str
    """``start`` of a sentence, ``comma`` (or a pause), ``determiner`` (the word before is one),
    ``middle``; ``?`` for start, comma or middle where there is no punctuation."""
    after: str
    """Class of the next word."""
    clause: bool
    """Whether a subject or an auxiliary follows before the next mark."""

    @property
    def key(self) -> str:
        """Name of its count."""
        return f"{self.before}|{self.following}"

    @property
    def following(self) -> str:
        """What comes after, in one word."""
        return f"{self.after}|{'clause' if self.clause else 'phrase'}"


def context_at(
    words: Sequence[str], start: int, stop: int, pause: bool, punctuated: bool
) -> Context:
    """Cues around ``words[start:stop]``; words carry their punctuation, if there is any."""
    last = words[start - 1] if start else "."
    if start == 0 or ends_with(last, END_MARKS):
        before = "start"
    elif ends_with(last, PAUSE_MARKS) or pause:
        before = "comma"
    elif plain(last) in DETERMINERS:
        before = "determiner"
    else:
        before = "middle" if punctuated else "?"
    return Context(before, _class_after(words, stop), _clause_ahead(words, stop))


def _class_after(words: Sequence[str], stop: int) -> str:
    if ends_with(words[stop - 1], PAUSE_MARKS) or stop == len(words):
        return "mark"
    following = plain(words[stop])
    if following == "to":
        return "to"
    classes = {
        "pronoun": PRONOUNS,
        "determiner": DETERMINERS,
        "auxiliary": AUXILIARIES,
        "preposition": PREPOSITIONS,
    }
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
