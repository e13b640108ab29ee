"""What a caller sent, checked and turned into speech: the same for REST and command line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from service.errors import InvalidInputError, NotSoundError, TooLargeError
from service.said import check_holds, check_text, check_words
from service.settings import Settings
from speech.audio import (
    AudioError,
    Sound,
    examined,
    load_audio,
    read_header,
    size_of,
)
from speech.loudness import is_silent
from speech.transcript import (
    SAMPLE_RATE,
    Speech,
    TranscriptError,
    Word,
    check_fits,
    read_textgrid,
    read_words_json,
    silent_speech,
)

SPOKEN_WORD_SECONDS = 0.4
"""What a word of a text takes, before anybody has spoken it."""


@dataclass(frozen=True)
class SpeechInput:
    """What a caller may send: a sound, timed words, a plain text, in any sensible combination."""

    sound: Sound | None = None
    words: bytes | None = None
    """Timed words: a TextGrid or JSON file."""
    text: str | None = None
    """Plain words without times, of the sound or to be spoken."""


def take(given: SpeechInput, settings: Settings) -> Speech:
    """Check and read what was sent; raise a `GestureError` naming field, limit, found, remedy."""
    words, text = _said(given, settings)
    if given.sound is None:
        alone = without_sound(words, text, settings)
        return silent_speech(alone.words, alone.seconds)
    samples = _samples(given.sound, settings)
    _check_fits(words, len(samples) / SAMPLE_RATE)
    check_holds(text, len(samples) / SAMPLE_RATE)
    return Speech(samples, words, untimed=text)


@dataclass(frozen=True)
class Examined:
    """A speech that can be used, its sound left where it is."""

    seconds: float
    words: tuple[Word, ...] = ()
    untimed: str = ""


def examine(given: SpeechInput, settings: Settings) -> Examined:
    """Every check of `take`, holding no more of the sound than a piece at a time.

    A text alone is let through: whether anybody can speak it is for `service.speaking`.
    """
    return _examined(given, settings, hear)


def glance(given: SpeechInput, settings: Settings) -> Examined:
    """The checks of `examine` that need no decoding of the sound; `hear` does the others."""
    return _examined(given, settings, _seen)


def _seen(sound: Sound, words: tuple[Word, ...], settings: Settings) -> float:
    """Seconds of a sound by its header."""
    seconds = _header_seconds(sound, settings)
    _check_seconds(seconds, "sound", settings)
    _check_fits(words, seconds)
    return seconds


def _examined(
    given: SpeechInput,
    settings: Settings,
    seconds_of: Callable[[Sound, tuple[Word, ...], Settings], float],
) -> Examined:
    words, text = _said(given, settings)
    if given.sound is None and text:
        seconds = len(text.split()) * SPOKEN_WORD_SECONDS
        _check_longest(seconds, "text", settings)
        return Examined(seconds, untimed=text)
    if given.sound is None:
        return without_sound(words, text, settings)
    seconds = seconds_of(given.sound, words, settings)
    check_holds(text, seconds)
    return Examined(seconds, words, text)


def hear(sound: Sound, words: tuple[Word, ...], settings: Settings) -> float:
    """Seconds of a sound that can be used and is as long as its words; nothing of it is kept."""
    _header_seconds(sound, settings)
    with _usable():
        found = examined(sound)
    _check_heard(found.seconds, found.silent, settings)
    _check_fits(words, found.seconds)
    return found.seconds


def _said(given: SpeechInput, settings: Settings) -> tuple[tuple[Word, ...], str]:
    """Timed words or a plain text, never both."""
    text = (given.text or "").strip()
    if given.words is None:
        check_text(text, settings)
        return (), text
    if text:
        raise InvalidInputError(
            "text_beside_words",
            "there is a text as well as words with times",
            field="text",
            found=text[:200],
            remedy="send one of the two",
        )
    return _words(given.words, settings), ""


def without_sound(words: tuple[Word, ...], text: str, settings: Settings) -> Examined:
    """Words alone: half a second longer than the last of them, in whole samples."""
    if not words:
        found = "a text without word times" if text else "neither sound nor words"
        raise InvalidInputError(
            "speech_missing",
            f"there is no speech to gesture to: found {found}",
            field="sound",
            found=found,
            remedy="send a sound file, or words with times as TextGrid or JSON",
        )
    seconds = words[-1].interval.end + 0.5
    _check_seconds(seconds, "words", settings)
    return Examined(round(seconds * SAMPLE_RATE) / SAMPLE_RATE, words)


def _samples(content: Sound, settings: Settings) -> np.ndarray:
    """Decode a sound after its cheap checks."""
    _header_seconds(content, settings)
    with _usable():
        samples = load_audio(content)
    _check_heard(len(samples) / SAMPLE_RATE, is_silent(samples), settings)
    return samples


@contextmanager
def _usable() -> Iterator[None]:
    """A sound that breaks while it is decoded is the caller's."""
    try:
        yield
    except AudioError as error:
        raise InvalidInputError(
            "sound_unusable", str(error), field="sound", found=error.found, remedy=error.remedy
        ) from error


def _check_heard(seconds: float, silent: bool, settings: Settings) -> None:
    _check_seconds(seconds, "sound", settings)
    if silent:
        raise InvalidInputError(
            "sound_silent",
            "the sound is silent from start to end",
            field="sound",
            found="no sample above the silence threshold",
            remedy="check the microphone or the channel, or send timed words without a sound",
        )


def _header_seconds(content: Sound, settings: Settings) -> float:
    """Seconds of a sound after its cheap checks: size, format, length."""
    _check_size(size_of(content), settings)
    try:
        header = read_header(content)
    except AudioError as error:
        raise NotSoundError(
            "not_sound",
            str(error),
            field="sound",
            found=error.found,
            remedy=error.remedy,
        ) from error
    _check_longest(header.seconds, "sound", settings)
    return header.seconds


def _check_size(size: int, settings: Settings) -> None:
    if not size:
        raise InvalidInputError(
            "sound_empty",
            "the sound file is empty",
            field="sound",
            found="0 bytes",
            remedy="send a WAV, MP3, FLAC or OGG file",
        )
    check_file_size("sound", size, settings.max_upload_bytes)


def check_file_size(field: str, size: int, limit: int) -> None:
    """Refuse a file over its limit."""
    if size > limit:
        raise TooLargeError(
            f"{field}_too_large",
            f"the {field} file is too large",
            field=field,
            limit=f"{limit} bytes",
            found=f"{size} bytes",
            remedy="send it in parts; a sound or a motion may be compressed",
        )


def _check_longest(seconds: float, field: str, settings: Settings) -> None:
    if seconds > settings.max_seconds:
        raise TooLargeError(
            "speech_too_long",
            f"the speech is {seconds:.1f} s long, over the limit of {settings.max_seconds:g} s",
            field=field,
            limit=f"{settings.max_seconds:g} s",
            found=f"{seconds:.1f} s",
            remedy="cut it into parts, or raise CHIRONOMIA_MAX_SECONDS on your own service",
        )


def _check_seconds(seconds: float, field: str, settings: Settings) -> None:
    _check_longest(seconds, field, settings)
    if seconds < settings.min_seconds:
        raise InvalidInputError(
            "speech_too_short",
            f"the speech is {seconds:.2f} s long, under the limit of {settings.min_seconds:g} s",
            field=field,
            limit=f"at least {settings.min_seconds:g} s",
            found=f"{seconds:.2f} s",
            remedy="send a whole phrase",
        )


def words_of(content: bytes) -> tuple[Word, ...]:
    """Timed words of a TextGrid or JSON file, told apart by its first character."""
    text = _text(content)
    reader = read_words_json if text.lstrip()[:1] in {"{", "["} else read_textgrid
    return reader(text)


def _text(content: bytes) -> str:
    """Text of a words file: UTF-8 or, as Praat writes it, UTF-16."""
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise TranscriptError("encoding", f"no {encoding} text ({error})", "UTF-8") from error


def _words(content: bytes, settings: Settings) -> tuple[Word, ...]:
    try:
        words = words_of(content)
    except TranscriptError as error:
        raise InvalidInputError(
            "words_unusable",
            str(error),
            field="words",
            found=str(error),
            remedy="send a Praat TextGrid with a tier `words`, or JSON as `/v1/info` describes",
        ) from error
    check_words(words, settings)
    return words


def _check_fits(words: tuple[Word, ...], seconds: float) -> None:
    try:
        check_fits(words, seconds)
    except TranscriptError as error:
        raise InvalidInputError(
            "words_longer_than_sound",
            str(error),
            field="words",
            limit=f"{seconds:.2f} s of sound",
            found=f"last word ends at {words[-1].interval.end:.2f} s",
            remedy="send the transcript that belongs to this sound",
        ) from error
