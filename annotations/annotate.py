"""Annotating speech: the same for a recording of the corpus and for a query."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from annotations.cues import (
    END_MARKS,
    SENTENCE_PAUSE_SECONDS,
    ends_with,
    looks_english,
    pause_before,
    plain,
)
from annotations.discourse import DiscourseAnnotator, DiscourseReading, shipped_discourse
from annotations.enumeration import annotate_enumeration
from annotations.gesture_types import (
    Evidence,
    Triggers,
    annotate_gesture_types,
    shipped_triggers,
)
from annotations.prominence import annotate_prominence, is_audible
from annotations.relations import TokenRelation
from annotations.types import AnnotatedSpeech, DiscourseRelation, Source
from speech.asr import Transcriber, spread_words
from speech.transcript import Interval, Speech, Word, WordTimes

if TYPE_CHECKING:
    from annotations.llm import LLMLabeller

NO_WORDS = "no words given: only rhythm drives the motion, and nothing can be retrieved"
HEARD_WORDS = "no words given: a recogniser found them in the sound; it may have misheard"
GUESSED_TIMES = "word times are estimated from the sound; send a TextGrid for exact ones"
NO_SOUND = "no sound given: prominence is guessed from the words"
NOT_ENGLISH = (
    "the words do not look English, the only language supported: only beats are annotated, "
    "from the sound's prominence"
)


@dataclass(frozen=True)
class Annotator:
    """Finds relations, gesture types and prominence in the words and the sound; works offline."""

    discourse: DiscourseAnnotator = field(default_factory=shipped_discourse)
    triggers: Triggers = field(default_factory=shipped_triggers)
    llm: "LLMLabeller | None" = None
    """Labels gesture types in place of the built-in rules, which answer where it fails."""
    transcriber: Transcriber | None = None
    """Finds the words of a sound that comes without any."""

    def __call__(self, speech: Speech) -> AnnotatedSpeech:
        """Every tier of ``speech``; the notes say what was missing."""
        if speech.words:
            return self._annotated(speech, () if is_audible(speech) else (NO_SOUND,))
        if speech.untimed:
            found = spread_words(speech.untimed, speech.samples)
            timed_speech = Speech(speech.samples, found, WordTimes.ESTIMATED)
            return self._annotated(timed_speech, (GUESSED_TIMES,))
        words = () if self.transcriber is None else self.transcriber.transcribe(speech.samples)
        if not words:
            return AnnotatedSpeech(speech, notes=(NO_WORDS,))
        heard = Speech(speech.samples, words, WordTimes.RECOGNISED)
        return self._annotated(heard, (HEARD_WORDS,))

    def _annotated(self, speech: Speech, notes: tuple[str, ...]) -> AnnotatedSpeech:
        prominences = annotate_prominence(speech)
        texts = [word.text for word in speech.words]
        if not looks_english(texts):
            beats = annotate_gesture_types(speech.words, prominences, Triggers(()))
            return AnnotatedSpeech(speech, (), beats, prominences, (*notes, NOT_ENGLISH))
        reading = self._read(speech.words)
        relations = self._relations(speech.words, reading)
        taken = frozenset(token for relation in relations for token in relation.tokens)
        evidence = Evidence(reading.parsed, reading.vectors)
        gestures = annotate_gesture_types(
            speech.words, prominences, self.triggers, taken=taken, evidence=evidence
        )
        if self.llm is not None:
            outcome = self.llm(speech.words, prominences, gestures, taken)
            gestures = outcome.labels
            notes += (outcome.note,) if outcome.note else ()
        return AnnotatedSpeech(speech, relations, gestures, prominences, notes)

    def _read(self, words: Sequence[Word]) -> DiscourseReading:
        pauses = [i for i in range(len(words)) if _begins_sentence(words, i)]
        return self.discourse.read([word.text for word in words], pauses=pauses)

    def _relations(
        self, words: Sequence[Word], reading: DiscourseReading
    ) -> tuple[DiscourseRelation, ...]:
        """Connectives that the network found, and the items of spoken lists."""
        taken = frozenset(token for relation in reading.relations for token in relation.tokens)
        items = annotate_enumeration(words, taken)
        relations = (*(timed(relation, words) for relation in reading.relations), *items)
        return tuple(sorted(relations, key=lambda relation: relation.tokens))


def _begins_sentence(words: Sequence[Word], index: int) -> bool:
    """Whether a full stop or a long silence stands before a word."""
    silent = pause_before(words, index) >= SENTENCE_PAUSE_SECONDS
    return index == 0 or silent or ends_with(words[index - 1].text, END_MARKS)


def timed(relation: TokenRelation, words: Sequence[Word]) -> DiscourseRelation:
    """A relation on tokens as one on the timeline of the words that the tokens are."""
    every = (*relation.tokens, *relation.arg1, *relation.arg2)
    return DiscourseRelation(
        connective=" ".join(plain(words[token].text) for token in relation.tokens),
        sense=relation.sense,
        interval=_extent(words, every),
        connective_interval=_extent(words, relation.tokens),
        arg1=" ".join(words[token].text for token in relation.arg1),
        arg2=" ".join(words[token].text for token in relation.arg2),
        tokens=relation.tokens,
        probability=relation.probability,
        source=Source.MODEL,
        arg1_tokens=relation.arg1,
        arg2_tokens=relation.arg2,
    )


def _extent(words: Sequence[Word], tokens: Sequence[int]) -> Interval:
    start = words[min(tokens)].interval.start
    return Interval(start, max(start, words[max(tokens)].interval.end))
