"""Words and connectives as they are compared: case, inflection, and families within a sense.

Families follow the explicit connectives of the PDTB-3 manual (Webber et al., 2019, appendix A):
within one sense they can stand for each other without changing what the hands would do.
"""

from functools import lru_cache

from retrieval.context import key_word

_FAMILIES: dict[str, tuple[str, ...]] = {
    "Comparison.Contrast": (
        "on the other hand|on the one hand on the other hand|by contrast|in contrast|conversely|"
        "by comparison|on the contrary|in comparison",
        "whereas|while|when",
        "but|however|yet|still",
    ),
    "Comparison.Concession": (
        "but|however|yet|still|nevertheless|nonetheless|though|even so",
        "although|even though|though|even if|while|despite|in spite of|much as",
    ),
    "Comparison.Similarity": ("similarly|likewise|in the same way|just as|as if|as though",),
    "Contingency.Cause.Result": (
        "so|and so|therefore|thus|hence|as a result|consequently|accordingly|for this reason|"
        "that is why|that's why|thereby",
    ),
    "Contingency.Cause.Reason": (
        "because|since|as|for|cause|given that|now that|seeing that|in that",
    ),
    "Contingency.Condition": (
        "if|as long as|so long as|provided that|provided|assuming|assuming that|in case|if then|"
        "on condition that|once",
    ),
    "Contingency.Negative-condition": ("unless|or|otherwise|or else|lest|else",),
    "Contingency.Purpose": ("so that|so|in order to|in order that|to|so as to|for",),
    "Expansion.Conjunction": (
        "and|also|too|as well|in addition|additionally|moreover|furthermore|besides|plus",
        "first|second|third|fourth|firstly|secondly|thirdly|finally|lastly|next",
    ),
    "Expansion.Disjunction": ("or|either or|alternatively|or else|whether or",),
    "Expansion.Equivalence": ("in other words|that is|that is to say|i.e|namely|that means",),
    "Expansion.Instantiation": ("for example|for instance|e.g|such as|like",),
    "Expansion.Level-of-detail": (
        "in fact|indeed|actually|in short|overall|all in all|in sum",
        "in particular|particularly|specifically|especially|more specifically",
    ),
    "Expansion.Manner": ("by|without|thereby|as",),
    "Expansion.Substitution": ("instead|rather|rather than|instead of|on the contrary",),
    "Temporal.Asynchronous.Precedence": (
        "then|and then|afterwards|afterward|later|next|subsequently|thereafter|after that",
        "before|until|till|by the time",
    ),
    "Temporal.Asynchronous.Succession": (
        "after|since|once|as soon as|ever since|when",
        "previously|earlier|before that|beforehand",
    ),
    "Temporal.Synchronous": (
        "when|while|as|whenever|as long as",
        "meanwhile|at the same time|simultaneously|in the meantime|meantime",
    ),
}

_IRREGULAR = {
    form: base
    for base, forms in {
        "be": "is are was were am been being",
        "begin": "began begun",
        "break": "broke broken",
        "bring": "brought",
        "build": "built",
        "buy": "bought",
        "catch": "caught",
        "come": "came",
        "cut": "cutting",
        "draw": "drew drawn",
        "drink": "drank drunk",
        "drive": "drove driven",
        "eat": "ate eaten",
        "fall": "fell fallen",
        "feel": "felt",
        "fly": "flew flown",
        "forget": "forgot forgotten",
        "give": "gave given",
        "go": "went gone goes",
        "grow": "grew grown",
        "have": "has had having",
        "hide": "hid hidden",
        "hit": "hitting",
        "hold": "held",
        "keep": "kept",
        "know": "knew known",
        "leave": "left",
        "make": "made",
        "put": "putting",
        "ride": "rode ridden",
        "rise": "rose risen",
        "run": "ran",
        "say": "said",
        "see": "saw seen",
        "shake": "shook shaken",
        "sit": "sat",
        "speak": "spoke spoken",
        "spin": "spun",
        "stand": "stood",
        "swim": "swam swum",
        "swing": "swung",
        "take": "took taken",
        "tell": "told",
        "think": "thought",
        "throw": "threw thrown",
        "write": "wrote written",
        "child": "children",
        "foot": "feet",
        "man": "men",
        "person": "people",
        "woman": "women",
    }.items()
    for form in forms.split()
}
_VOWELS = "aeiouy"
_KEPT_DOUBLE = ("ll", "ss", "zz")


def same_word(first: str, second: str) -> bool:
    """Whether two words or phrases differ in case, punctuation and inflection at most."""
    one, other = key_word(first).split(), key_word(second).split()
    return len(one) == len(other) and all(
        not bases(a).isdisjoint(bases(b)) for a, b in zip(one, other, strict=True)
    )


@lru_cache(maxsize=1 << 16)
def bases(word: str) -> frozenset[str]:
    """What a lower-case word may be an inflected form of, itself among it."""
    if word in _IRREGULAR:
        return frozenset((word, _IRREGULAR[word]))
    return frozenset((word, *_without_ing_or_ed(word), *_without_s(word)))


def _without_ing_or_ed(word: str) -> tuple[str, ...]:
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 3 or not any(letter in _VOWELS for letter in stem):
            continue
        if stem[-1] == stem[-2] and not stem.endswith(_KEPT_DOUBLE):
            return (stem[:-1],)
        short = len(stem) == 3 and [letter in _VOWELS for letter in stem] == [False, True, False]
        return (f"{stem}e",) if short else (stem, f"{stem}e")
    return ()


def _without_s(word: str) -> tuple[str, ...]:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return ()
    if word.endswith("ies"):
        return (f"{word[:-3]}y", word[:-1])
    return (word[:-1], word[:-2]) if word.endswith("es") else (word[:-1],)


@lru_cache(maxsize=1 << 12)
def family_of(connective: str, label: str) -> tuple[str, int] | None:
    """The family of a connective within a sense; ``None`` where it is in none."""
    asked = key_word(connective)
    for sense, families in _FAMILIES.items():
        if label == sense or label.startswith(f"{sense}."):
            for number, family in enumerate(families):
                if asked in family.split("|"):
                    return sense, number
    return None


def same_family(first: str, second: str, label: str) -> bool:
    """Whether two connectives can stand for each other in a sense."""
    family = family_of(first, label)
    return family is not None and family == family_of(second, label)
