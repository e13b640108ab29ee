"""Annotating speech: the same for a recording of the corpus and for a query."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from annotations.discourse import annotate_discourse
from annotations.enumeration import annotate_enumeration
from annotations.gesture_types import Triggers, annotate_gesture_types, shipped_triggers
from annotations.lexicon import Lexicon, shipped_lexicon
from annotations.prominence import annotate_prominence, is_audible
from annotations.types import AnnotatedSpeech, DiscourseRelation
from speech.transcript import Speech, Word

NO_WORDS = "no words given: only rhythm drives the motion, and nothing can be retrieved"
NO_SOUND = "no sound given: prominence is guessed from the words"


@dataclass(frozen=True)
class Annotator:
    """Finds relations, gesture types and prominence in the words and the sound; works offline."""

    lexicon: Lexicon = field(default_factory=shipped_lexicon)
    triggers: Triggers = field(default_factory=shipped_triggers)

    def __call__(self, speech: Speech) -> AnnotatedSpeech:
        """Every tier of ``speech``; the notes say what was missing."""
        if not speech.words:
            return AnnotatedSpeech(speech, notes=(NO_WORDS,))
        prominences = annotate_prominence(speech)
        relations = self._relations(speech.words)
        connectives = frozenset(token for relation in relations for token in relation.tokens)
        return AnnotatedSpeech(
            speech=speech,
            relations=relations,
            gestures=annotate_gesture_types(
                speech.words, prominences, self.triggers, taken=connectives
            ),
            prominences=prominences,
            notes=() if is_audible(speech) else (NO_SOUND,),
        )

    def _relations(self, words: Sequence[Word]) -> tuple[DiscourseRelation, ...]:
        """Connectives of the lexicon, and the items of spoken lists."""
        found = annotate_discourse(words, self.lexicon)
        taken = frozenset(token for relation in found for token in relation.tokens)
        items = annotate_enumeration(words, taken)
        return tuple(sorted((*found, *items), key=lambda relation: relation.tokens))
