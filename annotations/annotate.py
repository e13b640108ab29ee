"""Annotating speech: the same for a recording of the corpus and for a query."""

from dataclasses import dataclass, field

from annotations.discourse import annotate_discourse
from annotations.gesture_types import Triggers, annotate_gesture_types, shipped_triggers
from annotations.lexicon import Lexicon, shipped_lexicon
from annotations.prominence import annotate_prominence, is_audible
from annotations.types import AnnotatedSpeech
from speech.transcript import Speech

NO_WORDS = "no words given: only rhythm drives the motion"
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
        return AnnotatedSpeech(
            speech=speech,
            relations=annotate_discourse(speech.words, self.lexicon),
            gestures=annotate_gesture_types(speech.words, prominences, self.triggers),
            prominences=prominences,
            notes=() if is_audible(speech) else (NO_SOUND,),
        )
