"""Words of a sound: speech recognition, and an aligner for a plain text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from jaxtyping import Bool, Float

from speech.alignment import align_words
from speech.audio import AudioError
from speech.loudness import Samples, is_silent, mean_power
from speech.transcript import SAMPLE_RATE, Interval, TimedText, TranscriptError, Word, words_of

LOUD_WITHIN_DB = 30.0
"""Speech is at most this far below its loud parts (the 95th percentile of its energy) ..."""
ABOVE_NOISE = 0.4
"""... and at least this share of the way up from the noise floor (5th percentile)."""
SHORTEST_PAUSE_SECONDS = 0.15
"""A shorter dip is a stop consonant, not a pause."""
SHORTEST_VOICE_SECONDS = 0.06
"""A shorter burst is a click."""

_HUB_ID = re.compile(r"[\w][\w.-]*(/[\w][\w.-]*)?")
_STEP_SECONDS = 0.01
_BLOCK_SECONDS = 0.025


class Transcriber(Protocol):
    """Finds the words of a sound."""

    def transcribe(self, samples: Samples) -> tuple[Word, ...]:
        """Words in order of time; none where nobody speaks."""


class TranscriberError(ValueError):
    """A recogniser that cannot be loaded: what was asked for, what was found, what to do."""

    def __init__(self, source: str, found: str) -> None:
        self.source, self.found = source, found
        super().__init__(
            f"transcriber {source!r}: {found}; expected a folder or hub id of a Whisper model for "
            "transformers, or no transcriber"
        )


class WhisperTranscriber:
    """Whisper through transformers, with word times from its cross attention."""

    def __init__(
        self, source: str | Path, device: str = "cpu", language: str | None = None
    ) -> None:
        """``source`` is a folder or a hub id; ``language`` such as "en", found if not given."""
        self._source, self._device, self._language = source, device, language
        self._lock = Lock()

    def transcribe(self, samples: Samples) -> tuple[Word, ...]:
        """Words in order of time; sound of any length, silence gives none; one sound at a time."""
        if is_silent(samples):
            return ()
        options = {} if self._language is None else {"language": self._language}
        sound = {"raw": samples, "sampling_rate": SAMPLE_RATE}
        with self._lock:
            heard = self._pipeline(sound, return_timestamps="word", generate_kwargs=options)
        return words_of_chunks(heard["chunks"], len(samples) / SAMPLE_RATE)

    @cached_property
    def _pipeline(self) -> Any:
        from transformers import (
            AutomaticSpeechRecognitionPipeline,
            AutoProcessor,
            WhisperForConditionalGeneration,
        )

        try:
            model = WhisperForConditionalGeneration.from_pretrained(self._source)
            processor = AutoProcessor.from_pretrained(self._source)
        except (OSError, ValueError, RuntimeError) as error:
            raise TranscriberError(str(self._source), str(error)) from error
        return AutomaticSpeechRecognitionPipeline(
            model=model,
            tokenizer=processor.tokenizer,
            feature_extractor=processor.feature_extractor,
            device=self._device,
        )


def transcriber_from(
    source: str | Path | None, device: str = "cpu", language: str | None = None
) -> Transcriber | None:
    """The recogniser of a folder or hub id, loaded at its first use; ``None`` for no source.

    A path that cannot be a hub id must be a folder with a model; this is seen at once.
    """
    name = "" if source is None else str(source).strip()
    if not name:
        return None
    folder = Path(name).expanduser()
    if (folder / "config.json").is_file():
        return WhisperTranscriber(folder, device, language)
    if folder.exists() or isinstance(source, Path) or not _HUB_ID.fullmatch(name):
        found = "a folder without config.json" if folder.is_dir() else "no such folder"
        raise TranscriberError(name, found)
    return WhisperTranscriber(name, device, language)


def words_of_chunks(chunks: Iterable[Mapping[str, Any]], seconds: float) -> tuple[Word, ...]:
    """Words of a recogniser's ``{"text", "timestamp": (start, end)}`` chunks.

    An open end is the sound's end; times are kept inside the sound and in order, for a recogniser
    that is unsure may step back.
    """
    timed: list[TimedText] = []
    last = 0.0
    for chunk in chunks:
        start, end = chunk["timestamp"]
        begin = min(max(last, start if start is not None else last), seconds)
        last = max(begin, min(end if end is not None else seconds, seconds))
        timed.append(TimedText(chunk["text"], begin, last))
    return words_of(timed)


def spread_words(text: str, samples: Samples) -> tuple[Word, ...]:
    """Estimate when each word of a plain text is said in a sound.

    `speech.alignment` learns the sounds of the words from the recording itself; where the sound
    cannot hold so many, the words are spread over the voiced stretches by syllable count and no
    word crosses a pause. Either way the times are estimates: say so to the user, and prefer the
    times of an aligner or recogniser that has a model.
    """
    words = text.split()
    if not words:
        raise TranscriptError("text", "no words", "what is said in the sound")
    if is_silent(samples):
        raise AudioError(
            "silence, although a text says that somebody speaks", "send the sound of this text"
        )
    return align_words(words, samples) or spread_by_syllables(words, samples)


def spread_by_syllables(words: Sequence[str], samples: Samples) -> tuple[Word, ...]:
    """Lay words on the voiced stretches, every syllable as long as any other."""
    stretches = voiced_stretches(samples)
    syllables = np.array([syllable_count(word) for word in words], dtype=np.float64)
    voiced = sum(stretch.duration for stretch in stretches)
    middles = (np.cumsum(syllables) - syllables / 2) * voiced / syllables.sum()
    borders = np.cumsum([stretch.duration for stretch in stretches])
    home = np.minimum(np.searchsorted(borders, middles, side="right"), len(stretches) - 1)
    return tuple(
        word
        for index, stretch in enumerate(stretches)
        for word in _within(
            stretch,
            [word for word, place in zip(words, home, strict=True) if place == index],
            syllables[home == index],
        )
    )


def syllable_count(word: str) -> int:
    """Syllables of an English word, estimated from its vowel groups; at least 1."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    digits = sum(letter.isdigit() for letter in word)
    spoken = re.sub(r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$|(?<=[^aeiouytd])ed$", "", letters)
    return max(1, len(re.findall(r"[aeiouy]+", spoken)) + digits)


def voiced_stretches(samples: Samples) -> tuple[Interval, ...]:
    """Times at which somebody speaks, by energy; at least one for a sound that is not silent."""
    energy = _energy_db(samples)
    floor, loud = np.percentile(energy, [5, 95])
    threshold = max(loud - LOUD_WITHIN_DB, floor + ABOVE_NOISE * (loud - floor))
    pause, voice = (
        round(seconds / _STEP_SECONDS)
        for seconds in (SHORTEST_PAUSE_SECONDS, SHORTEST_VOICE_SECONDS)
    )
    runs = _runs(energy >= threshold)
    joined: list[tuple[int, int]] = []
    for start, stop in runs:
        if joined and start - joined[-1][1] < pause:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    kept = [run for run in joined if run[1] - run[0] >= voice] or joined
    seconds = len(samples) / SAMPLE_RATE
    return tuple(
        Interval(start * _STEP_SECONDS, min(stop * _STEP_SECONDS, seconds)) for start, stop in kept
    )


def _within(
    stretch: Interval, words: Sequence[str], syllables: Float[np.ndarray, "word"]
) -> list[Word]:
    if not words:
        return []
    edges = np.concatenate([[0.0], np.cumsum(syllables) / syllables.sum()])
    times = [float(time) for time in stretch.start + edges * stretch.duration]
    return [
        Word(word, Interval(start, end))
        for word, start, end in zip(words, times, times[1:], strict=False)
    ]


def _energy_db(samples: Samples) -> Float[np.ndarray, "step"]:
    """Power in dB of 25 ms around the middle of every 10 ms."""
    step, half = round(_STEP_SECONDS * SAMPLE_RATE), round(_BLOCK_SECONDS * SAMPLE_RATE / 2)
    middles = np.arange(step // 2, max(len(samples), step // 2 + 1), step)
    starts, ends = np.maximum(middles - half, 0), np.minimum(middles + half, len(samples))
    power = mean_power(samples, starts, ends)
    energy: Float[np.ndarray, step] = 10.0 * np.log10(power + 1e-8)
    return energy


def _runs(mask: Bool[np.ndarray, "step"]) -> list[tuple[int, int]]:
    """Half-open ranges in which the mask holds."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
