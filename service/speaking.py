"""Speech of what was sent; a text alone is spoken first."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from service.errors import GestureError, InvalidInputError, UnavailableError
from service.intake import SpeechInput, take
from service.settings import Settings
from service.storage import write_durably
from speech.audio import load_audio
from speech.loudness import is_silent
from speech.transcript import SAMPLE_RATE, Interval, Speech, Word
from speech.tts import Synthesizer, SynthesizerError, Utterance, synthesizer_from

FILE_NAME = "speech.wav"
"""Of the sound that comes back."""
SPOKEN = "spoken"
"""Beside the windows of a job: what its text was spoken as, a line of JSON, then the sound."""


@dataclass(frozen=True)
class Uttered:
    """A speech, and how it came to be spoken where nobody had."""

    speech: Speech
    voice: str | None = None
    wav: bytes | None = None


def uttered(given: SpeechInput, settings: Settings) -> Uttered:
    """What was sent, checked; a text alone is spoken by the synthesizer of the settings."""
    text = (given.text or "").strip()
    if given.sound is None and given.words is None and text:
        return spoken(text, settings)
    return Uttered(take(given, settings))


def spoken(text: str, settings: Settings) -> Uttered:
    """A text, spoken; its words have times, or get them when it is annotated."""
    utterance = _utterance(text, settings)
    untimed = "" if utterance.words else text
    speech = Speech(utterance.samples, utterance.words, untimed=untimed)
    return Uttered(speech, utterance.voice, utterance.wav)


def spoken_once(text: str, settings: Settings, kept: Path) -> Uttered:
    """A text as it was spoken for the first time; who speaks it again may do it otherwise."""
    if not kept.exists():
        utterance = _utterance(text, settings)
        write_durably(kept, _encoded(utterance))
    told, _, wav = kept.read_bytes().partition(b"\n")
    content = json.loads(told)
    words = tuple(Word(said, Interval(start, end)) for said, start, end in content["words"])
    speech = Speech(load_audio(wav), words, untimed="" if words else text)
    return Uttered(speech, content["voice"], wav)


def _encoded(utterance: Utterance) -> bytes:
    words = [[each.text, each.interval.start, each.interval.end] for each in utterance.words]
    told = {"voice": utterance.voice, "words": words}
    return json.dumps(told).encode() + b"\n" + utterance.wav


def _utterance(text: str, settings: Settings) -> Utterance:
    synthesizer = synthesizer_of(settings)
    if synthesizer is None:
        raise no_voice(text)
    try:
        utterance = synthesizer.speak(text)
    except SynthesizerError as error:
        raise _failed(error) from error
    _check(utterance, settings)
    return utterance


def synthesizer_of(settings: Settings) -> Synthesizer | None:
    """Who speaks, if anybody."""
    key = None if settings.tts_key is None else settings.tts_key.get_secret_value()
    return _made(settings.tts, settings.tts_voice, settings.tts_model, key)


@cache
def _made(setting: str, voice: str, model: str, key: str | None) -> Synthesizer | None:
    return synthesizer_from(setting, voice, model, key)


def no_voice(text: str) -> InvalidInputError:
    """A text alone, and nobody to speak it."""
    return InvalidInputError(
        "voice_missing",
        "there is a text without a sound, and no synthesizer to speak it",
        field="text",
        limit="a text beside a sound, as long as CHIRONOMIA_TTS names no synthesizer",
        found=text[:200],
        remedy="send a sound or words with times; or install espeak-ng where the service runs, or "
        "name a command or an address in CHIRONOMIA_TTS",
    )


def _failed(error: SynthesizerError) -> GestureError:
    return UnavailableError(
        "synthesizer_failed",
        str(error),
        field="text",
        found=error.found,
        remedy=error.remedy,
    )


def _check(utterance: Utterance, settings: Settings) -> None:
    seconds = len(utterance.samples) / SAMPLE_RATE
    if seconds > settings.max_seconds:
        raise InvalidInputError(
            "speech_too_long",
            f"the text takes {seconds:.0f} s to say",
            field="text",
            limit=f"{settings.max_seconds:g} s",
            found=f"{seconds:.0f} s",
            remedy="send it in parts",
        )
    if is_silent(utterance.samples):
        raise InvalidInputError(
            "speech_silent",
            f"{utterance.voice} says nothing to this text",
            field="text",
            found="silence",
            remedy="send words of the voice's language",
        )
