"""A few gold trees in the relations-file layout."""

from typing import Any

_WORDS = "We/PRON/PRP/2/nsubj left/VERB/VBD/0/root because/SCONJ/IN/5/mark it/PRON/PRP/5/nsubj"
_WORDS += " rained/VERB/VBD/2/advcl ./PUNCT/./2/punct"


def token(written: str) -> dict[str, Any]:
    surface, upos, xpos, head, deprel = written.split("/")
    return {
        "surface": surface,
        "lemma": surface.lower(),
        "upos": upos,
        "xpos": xpos,
        "head": int(head),
        "deprel": deprel,
    }


def document(sentences: int = 3, genre: str = "news") -> dict[str, Any]:
    """The same sentence several times, each with its relation."""
    tokens = [token(word) for word in _WORDS.split(" ")]
    relations = [
        {
            "Type": "Explicit",
            "Sense": ["Contingency.Cause.Reason"],
            "Connective": {"RawText": "because", "TokenList": [6 * number + 2]},
            "Arg1": {"TokenList": [6 * number, 6 * number + 1]},
            "Arg2": {"TokenList": [6 * number + 3, 6 * number + 4]},
        }
        for number in range(sentences)
    ]
    return {
        "docID": genre,
        "meta": {"genre": genre, "has_text": True},
        "sentences": [{"tokens": tokens, "speaker": None} for _ in range(sentences)],
        "relations": relations,
    }
