"""A plain text into sound: by espeak-ng, by any command, by any HTTP endpoint.

The text is data wherever it goes: on a program's standard input or in a request's body, never in
a command line, and no shell is involved.
"""

import json
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from speech.audio import AudioError, load_audio
from speech.espeak import library
from speech.loudness import Samples
from speech.transcript import SAMPLE_RATE, Interval, Word

PATIENCE_SECONDS = 900.0
"""How long a text may take to be spoken."""
LARGEST_BYTES = 1_500_000_000
"""Of a sound that comes back."""
WAV = "{wav}"
"""Stands in a command for the file that it is to write."""
ESPEAK = "espeak-ng"
_TOKEN = re.compile(r"\S+")


@dataclass(frozen=True)
class Utterance:
    """A text that was spoken."""

    wav: bytes
    """The sound as it was made."""
    samples: Samples
    words: tuple[Word, ...]
    """Empty where whoever spoke did not say when."""
    voice: str


class SynthesizerError(ValueError):
    """The text could not be spoken: what was found, what to do."""

    def __init__(self, found: str, remedy: str) -> None:
        self.found, self.remedy = found, remedy
        super().__init__(f"the text could not be spoken: {found}; {remedy}")


class Synthesizer(Protocol):
    """Speaks."""

    @property
    def voice(self) -> str:
        """Who speaks, for the provenance."""

    def speak(self, text: str) -> Utterance:
        """Sound of a text; raises `SynthesizerError`."""


@dataclass(frozen=True)
class Espeak:
    """The library espeak-ng, which also tells when each word is said."""

    name: str = "en-us"

    @property
    def voice(self) -> str:
        """espeak-ng and its voice."""
        return f"{ESPEAK}:{self.name}"

    def speak(self, text: str) -> Utterance:
        """Sound and words in a process of its own."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "speech.wav"
            command = [sys.executable, "-m", "speech.espeak", self.name, str(path)]
            told = json.loads(_run(command, text))
            wav = _written(path)
        return Utterance(wav, _heard(wav), words_at(text, told["events"]), self.voice)


@dataclass(frozen=True)
class Command:
    """Any program that reads a text and writes a sound file, or the sound to its output."""

    template: tuple[str, ...]

    @property
    def voice(self) -> str:
        """The command as it was configured."""
        return shlex.join(self.template)

    def speak(self, text: str) -> Utterance:
        """What the program makes of the text on its standard input."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "speech.wav"
            output = _run([part.replace(WAV, str(path)) for part in self.template], text)
            named = any(WAV in part for part in self.template)
            wav = _written(path) if named else output
        return Utterance(wav, _heard(wav), (), self.voice)


@dataclass(frozen=True)
class Endpoint:
    """An OpenAI-compatible ``/v1/audio/speech``."""

    url: str
    model: str = ""
    name: str = ""
    key: str | None = None

    @property
    def voice(self) -> str:
        """Host, model and voice; never the key."""
        return ":".join(filter(None, (urlsplit(self.url).hostname, self.model, self.name)))

    def speak(self, text: str) -> Utterance:
        """What the endpoint answers with."""
        asked = {"model": self.model, "voice": self.name, "input": text, "response_format": "wav"}
        headers = {} if self.key is None else {"Authorization": f"Bearer {self.key}"}
        given = {name: value for name, value in asked.items() if value}
        try:
            with httpx.stream(
                "POST", self.url, json=given, headers=headers, timeout=PATIENCE_SECONDS
            ) as answer:
                wav = _bounded(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            found = f"{urlsplit(self.url).hostname}: {error or type(error).__name__}"
            raise SynthesizerError(found, "check CHIRONOMIA_TTS and the endpoint") from error
        return Utterance(wav, _heard(wav), (), self.voice)


def synthesizer_from(
    setting: str, voice: str = "", model: str = "", key: str | None = None
) -> Synthesizer | None:
    """What a setting names: ``auto``, ``off``, ``espeak-ng``, an address, or a command."""
    match setting.strip():
        case "off" | "":
            return None
        case "auto":
            return None if library() is None else Espeak(voice or Espeak.name)
        case "espeak-ng":
            return Espeak(voice or Espeak.name)
        case url if url.startswith(("http://", "https://")):
            return Endpoint(url, model, voice, key)
        case command:
            return Command(tuple(shlex.split(command)))


def words_at(text: str, events: Sequence[tuple[str, int, int]]) -> tuple[Word, ...]:
    """Words between blanks, from their first event to what comes behind their last.

    An event is ``(kind, character from 1, milliseconds)``; a pause ends the word before it.
    """
    tokens = [(found.start() + 1, found.end(), found[0]) for found in _TOKEN.finditer(text)]
    spans: dict[int, list[float]] = {}
    place, current = 0, None
    for kind, character, milliseconds in events:
        seconds = milliseconds / 1000.0
        if current is not None:
            spans[current][1] = max(spans[current][1], seconds)
        if kind == "word":
            while place + 1 < len(tokens) and tokens[place][1] < character:
                place += 1
            current = place
            spans.setdefault(current, [seconds, seconds])
        elif kind != "phoneme":
            current = None
    return tuple(
        Word(tokens[at][2], Interval(start, end))
        for at, (start, end) in sorted(spans.items())
        if end > start
    )


def _run(command: Sequence[str], text: str) -> bytes:
    """Output of a program that reads the text."""
    try:
        ended = subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=PATIENCE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SynthesizerError(str(error), "check CHIRONOMIA_TTS") from error
    if ended.returncode != 0:
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        found = f"{Path(command[0]).name} ended with {ended.returncode}: {(said or [''])[-1][:300]}"
        raise SynthesizerError(found, "check CHIRONOMIA_TTS")
    return ended.stdout


def _written(path: Path) -> bytes:
    if not path.is_file():
        raise SynthesizerError("no sound file was written", f"the command must write {WAV}")
    return path.read_bytes()


def _bounded(answer: httpx.Response) -> bytes:
    content = bytearray()
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > LARGEST_BYTES:
            raise SynthesizerError(f"more than {LARGEST_BYTES} bytes", "send a shorter text")
    if answer.status_code != 200:
        said = bytes(content[:300]).decode(errors="replace")
        raise SynthesizerError(
            f"status {answer.status_code}: {said}", "check CHIRONOMIA_TTS and the endpoint"
        )
    return bytes(content)


def _heard(wav: bytes) -> Samples:
    try:
        samples = load_audio(wav)
    except AudioError as error:
        raise SynthesizerError(error.found, "it must make a WAV, MP3, FLAC or OGG file") from error
    if len(samples) < SAMPLE_RATE // 10:
        raise SynthesizerError("hardly any sound came of it", "send words that can be spoken")
    return samples
