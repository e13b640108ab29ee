"""Our annotators as spaCy components, for any English pipeline that tags and parses.

``nlp.add_pipe("chironomia_discourse")`` sets ``doc._.discourse_relations``;
``nlp.add_pipe("chironomia_gesture_types")`` sets ``doc._.gesture_labels``. Both are found through
the entry points of the installed package.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spacy.language import Language
from spacy.tokens import Doc

if TYPE_CHECKING:
    from annotations.discourse import DiscourseAnnotator
    from annotations.relations import TokenRelation
    from annotations.types import GestureLabel

RELATIONS, GESTURES = "discourse_relations", "gesture_labels"
SECONDS_PER_WORD = 0.3
"""How long a word of a text without times is supposed to last."""


@dataclass(frozen=True)
class DiscourseComponent:
    """Sets ``doc._.discourse_relations`` to relations on the tokens of the text."""

    annotator: "DiscourseAnnotator"

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one text."""
        from annotations.language import Parsed

        found: tuple[TokenRelation, ...] = self.annotator.of_doc(
            Parsed(doc, tuple(range(len(doc))))
        )
        doc._.set(RELATIONS, found)
        return doc


class GestureTypesComponent:
    """Sets ``doc._.gesture_labels``: types on the tokens, timed as if each lasted 0.3 s."""

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one text."""
        from annotations.gesture_seeds import word_vectors
        from annotations.gesture_types import Evidence, annotate_gesture_types
        from annotations.language import Parsed
        from annotations.prominence import annotate_prominence
        from speech.transcript import Interval, Word, silent_speech

        words = [
            Word(token.text, Interval(i * SECONDS_PER_WORD, (i + 1) * SECONDS_PER_WORD))
            for i, token in enumerate(doc)
        ]
        labels: tuple[GestureLabel, ...] = ()
        if words:
            speech = silent_speech(words, len(words) * SECONDS_PER_WORD)
            parsed = Parsed(doc, tuple(range(len(doc))))
            evidence = Evidence(parsed, word_vectors([word.text for word in words]))
            labels = annotate_gesture_types(words, annotate_prominence(speech), evidence=evidence)
        doc._.set(GESTURES, labels)
        return doc


@Language.factory("chironomia_discourse", default_config={"threshold": None})
def make_discourse(nlp: Language, name: str, threshold: float | None) -> DiscourseComponent:  # noqa: ARG001
    """The component with the shipped network; ``threshold`` is the least probability kept."""
    from annotations.discourse import shipped_discourse

    _extend(RELATIONS)
    shipped = shipped_discourse()
    return DiscourseComponent(
        shipped if threshold is None else replace(shipped, threshold=threshold)
    )


@Language.factory("chironomia_gesture_types")
def make_gesture_types(nlp: Language, name: str) -> GestureTypesComponent:  # noqa: ARG001
    """The component with the shipped table and seeds."""
    _extend(GESTURES)
    return GestureTypesComponent()


def _extend(name: str) -> None:
    if not Doc.has_extension(name):
        Doc.set_extension(name, default=())
