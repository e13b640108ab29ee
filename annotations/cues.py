"""Surface cues of words: spelling, punctuation, pauses and small closed classes."""

from collections.abc import Sequence

from speech.words import Word

PAUSE_SECONDS = 0.25
"""Silence between words that is heard as a comma."""
SENTENCE_PAUSE_SECONDS = 0.7
"""Silence between words that is heard as a full stop."""
END_MARKS = (".", "!", "?", ";", ":")
PAUSE_MARKS = (*END_MARKS, ",", "—", "–", "-")
_CLOSERS = "\"'”’)]"


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
_NEGATIONS = words_in("no not the a an")
_LATIN_SHARE, _FUNCTION_SHARE, _FEW_WORDS = 0.5, 0.2, 12


def plain(word: str) -> str:
    """A word for comparing: lower case, straight apostrophes, no marks around it."""
    return word.lower().replace("’", "'").strip('.,;:!?"“”()[]…—–- ')


def ends_with(word: str, marks: tuple[str, ...]) -> bool:
    """Whether a word ends with one of the marks, closing quotes and brackets aside."""
    return word.rstrip(_CLOSERS).endswith(marks)


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


def looks_english(texts: Sequence[str]) -> bool:
    """Whether words may be English: Latin letters, and function words as often as talk has them.

    Few words are believed to be, for nothing can be counted in them.
    """
    words = [word for word in map(plain, texts) if any(letter.isalpha() for letter in word)]
    letters = [letter for word in words for letter in word if letter.isalpha()]
    latin = sum(letter.isascii() for letter in letters)
    if latin < _LATIN_SHARE * len(letters):
        return False
    known = sum(word in FUNCTION_WORDS or word in _NEGATIONS for word in words)
    return len(words) < _FEW_WORDS or known >= _FUNCTION_SHARE * len(words)
