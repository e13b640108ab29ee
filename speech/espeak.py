"""espeak-ng as a library, in a process of its own: WAV and the time of every word.

python -m speech.espeak VOICE OUT.wav reads UTF-8 text and prints JSON: ``events``, each
``[kind, character, milliseconds]``. The library keeps global state and is not safe to share.
"""

import ctypes
import ctypes.util
import json
import sys
import wave
from dataclasses import dataclass
from typing import Any

_RETRIEVAL, _PHONEME_EVENTS, _NO_EXIT = 1, 0x0001, 0x8000
_BY_CHARACTER, _UTF8 = 1, 1
_END_OF_LIST, _WORD, _SENTENCE, _END, _PHONEME = 0, 1, 2, 5, 7
NAMES = {_WORD: "word", _SENTENCE: "sentence", _END: "end", _PHONEME: "phoneme"}
_PAUSES = (b"", b"_", b"_:")


class _Id(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("reserved", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass
class Heard:
    """What the library has said so far."""

    pcm: bytearray
    events: list[tuple[str, int, int]]

    def take(self, samples: Any, count: int, events: Any) -> int:
        """Keep a piece; the library goes on while this returns 0."""
        if samples:
            self.pcm += ctypes.string_at(samples, count * 2)
        place = 0
        while events[place].type != _END_OF_LIST:
            self._note(events[place])
            place += 1
        return 0

    def _note(self, event: _Event) -> None:
        name = NAMES.get(event.type)
        if event.type == _PHONEME and event.id.string in _PAUSES:
            name = "pause"
        if name is not None:
            self.events.append((name, event.text_position, event.audio_position))


def library() -> str | None:
    """The shared library, where it is installed."""
    return ctypes.util.find_library("espeak-ng")


def spoken(text: str, voice: str) -> tuple[int, Heard]:
    """Sample rate, samples and events of a text."""
    name = library()
    if name is None:
        raise SystemExit("espeak-ng is not installed; install the package espeak-ng")
    espeak = ctypes.CDLL(name)
    rate = espeak.espeak_Initialize(_RETRIEVAL, 0, None, _PHONEME_EVENTS | _NO_EXIT)
    if rate <= 0:
        raise SystemExit("espeak-ng cannot be used: its data files are missing")
    if not _voice_set(espeak, voice):
        raise SystemExit(f"espeak-ng knows no voice {voice!r}; `espeak-ng --voices` lists them")
    heard = Heard(bytearray(), [])
    callback = _Callback(heard.take)
    espeak.espeak_SetSynthCallback(callback)
    content = text.encode() + b"\0"
    status = espeak.espeak_Synth(content, len(content), 0, _BY_CHARACTER, 0, _UTF8, None, None)
    if status != 0 or espeak.espeak_Synchronize() != 0:
        raise SystemExit("espeak-ng could not speak the text")
    return rate, heard


def _voice_set(espeak: ctypes.CDLL, voice: str) -> bool:
    """Take a voice by its name or, as the program does too, by its language."""
    if espeak.espeak_SetVoiceByName(voice.encode()) == 0:
        return True
    wanted = _Voice(languages=voice.encode())
    if espeak.espeak_SetVoiceByProperties(ctypes.byref(wanted)) != 0:
        return False
    espeak.espeak_GetCurrentVoice.restype = ctypes.POINTER(_Voice)
    found = espeak.espeak_GetCurrentVoice().contents.languages or b""
    # a priority byte stands before the language
    return found[1:].decode(errors="replace").casefold() == voice.casefold()


def main(voice: str, path: str) -> None:
    """Speak what comes in, and tell when each word is said."""
    rate, heard = spoken(sys.stdin.buffer.read().decode(), voice)
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(heard.pcm))
    sys.stdout.write(json.dumps({"events": heard.events}))


if __name__ == "__main__":
    main(*sys.argv[1:])
