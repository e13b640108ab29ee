"""The closed inventory of discourse senses: PDTB-3 names, and how PDTB-2 names map to them.

Sources: Webber et al., *The Penn Discourse Treebank 3.0 Annotation Manual* (2019); Prasad et al.,
*The PDTB 2.0 Annotation Manual* (2007).
"""

from functools import lru_cache

SENSES: tuple[str, ...] = (
    "Comparison.Concession.Arg1-as-denier",
    "Comparison.Concession.Arg2-as-denier",
    "Comparison.Concession+SpeechAct.Arg2-as-denier+SpeechAct",
    "Comparison.Contrast",
    "Comparison.Similarity",
    "Contingency.Cause.Reason",
    "Contingency.Cause.Result",
    "Contingency.Cause.NegResult",
    "Contingency.Cause+Belief.Reason+Belief",
    "Contingency.Cause+Belief.Result+Belief",
    "Contingency.Cause+SpeechAct.Reason+SpeechAct",
    "Contingency.Cause+SpeechAct.Result+SpeechAct",
    "Contingency.Condition.Arg1-as-cond",
    "Contingency.Condition.Arg2-as-cond",
    "Contingency.Condition+SpeechAct",
    "Contingency.Negative-cause.NegResult",
    "Contingency.Negative-condition.Arg1-as-negcond",
    "Contingency.Negative-condition.Arg2-as-negcond",
    "Contingency.Negative-condition+SpeechAct",
    "Contingency.Purpose.Arg1-as-goal",
    "Contingency.Purpose.Arg2-as-goal",
    "Expansion.Conjunction",
    "Expansion.Disjunction",
    "Expansion.Equivalence",
    "Expansion.Exception.Arg1-as-except",
    "Expansion.Exception.Arg2-as-except",
    "Expansion.Instantiation.Arg1-as-instance",
    "Expansion.Instantiation.Arg2-as-instance",
    "Expansion.Level-of-detail.Arg1-as-detail",
    "Expansion.Level-of-detail.Arg2-as-detail",
    "Expansion.Manner.Arg1-as-manner",
    "Expansion.Manner.Arg2-as-manner",
    "Expansion.Substitution.Arg1-as-subst",
    "Expansion.Substitution.Arg2-as-subst",
    "Temporal.Asynchronous.Precedence",
    "Temporal.Asynchronous.Succession",
    "Temporal.Synchronous",
)
"""Every full PDTB-3 sense; shorter prefixes of them are senses as well."""

_PDTB2 = {
    "Comparison.Concession.contra-expectation": "Comparison.Concession.Arg2-as-denier",
    "Comparison.Concession.expectation": "Comparison.Concession.Arg1-as-denier",
    "Comparison.Contrast.juxtaposition": "Comparison.Contrast",
    "Comparison.Contrast.opposition": "Comparison.Contrast",
    "Comparison.Pragmatic concession": "Comparison.Concession+SpeechAct",
    "Comparison.Pragmatic contrast": "Comparison.Contrast",
    "Contingency.Condition.factual past": "Contingency.Condition",
    "Contingency.Condition.factual present": "Contingency.Condition",
    "Contingency.Condition.general": "Contingency.Condition",
    "Contingency.Condition.hypothetical": "Contingency.Condition",
    "Contingency.Condition.unreal past": "Contingency.Condition",
    "Contingency.Condition.unreal present": "Contingency.Condition",
    "Contingency.Pragmatic cause": "Contingency.Cause+Belief",
    "Contingency.Pragmatic cause.justification": "Contingency.Cause+Belief.Reason+Belief",
    "Contingency.Pragmatic condition": "Contingency.Condition+SpeechAct",
    "Contingency.Pragmatic condition.implicit assertion": "Contingency.Condition+SpeechAct",
    "Contingency.Pragmatic condition.relevance": "Contingency.Condition+SpeechAct",
    "Expansion.Alternative": "Expansion.Disjunction",
    "Expansion.Alternative.chosen alternative": "Expansion.Substitution.Arg2-as-subst",
    "Expansion.Alternative.conjunctive": "Expansion.Disjunction",
    "Expansion.Alternative.disjunctive": "Expansion.Disjunction",
    "Expansion.List": "Expansion.Conjunction",
    "Expansion.Restatement": "Expansion.Level-of-detail",
    "Expansion.Restatement.equivalence": "Expansion.Equivalence",
    "Expansion.Restatement.generalization": "Expansion.Level-of-detail.Arg1-as-detail",
    "Expansion.Restatement.specification": "Expansion.Level-of-detail.Arg2-as-detail",
    "Temporal.Synchrony": "Temporal.Synchronous",
}


def _key(name: str) -> str:
    """Spelling without case, blanks, hyphens and underscores."""
    return "".join(letter for letter in name.lower() if letter.isalnum() or letter in ".+")


def _known_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for sense in SENSES:
        levels = sense.split(".")
        for depth in range(1, len(levels) + 1):
            prefix = ".".join(levels[:depth])
            names[_key(prefix)] = prefix
    names.update({_key(old): found for old, found in _PDTB2.items()})
    return names


_NAMES = _known_names()
_DIRECTED = ("Contingency.Cause.", "Temporal.Asynchronous.", "Contingency.Negative-cause.")
"""Senses whose third level changes the gesture: a cause pushes on, a reason comes back."""


def pdtb3_sense(name: str) -> str | None:
    """The PDTB-3 name of a sense written in PDTB-2 or PDTB-3; ``None`` for anything else.

    A wrong or unknown last level is cut off: ``Contingency.Cause.Foo`` is a ``Contingency.Cause``.
    """
    levels = name.strip().split(".")
    for depth in range(len(levels), 1, -1):
        found = _NAMES.get(_key(".".join(levels[:depth])))
        if found is not None:
            return found
    return _NAMES.get(_key(name)) if len(levels) == 1 else None


@lru_cache(maxsize=1 << 10)
def matching_sense(sense: str) -> str:
    """What two relations must share to match: level 2, and level 3 where it says which way.

    Cause and Asynchronous keep their third level; which argument holds a condition or a detail,
    and belief and speech-act variants, make no difference to the gesture.
    """
    levels = [level.split("+")[0] for level in sense.split(".")]
    whole = ".".join(levels)
    return whole if whole.startswith(_DIRECTED) else ".".join(levels[:2])
