"""Texts that are spoken: by espeak-ng where it is, by commands and endpoints of our own."""

import io
import json
import sys
import wave

import numpy as np
import pytest

from speech.espeak import library
from speech.loudness import is_silent
from speech.transcript import SAMPLE_RATE
from speech.tts import (
    Command,
    Endpoint,
    Espeak,
    SynthesizerError,
    synthesizer_from,
    words_at,
)
from tests.chironomia.nasty import DROP, Say, nasty

TEXT = 'We stayed inside, because it rained. But the huge river — rose; "why?" she asked.'
EVIL = "$(touch owned) `touch owned`; touch owned | touch owned\n' \" -w owned --help"
SAY = """
import sys, wave
text = sys.stdin.buffer.read().decode()
assert "--loud" in sys.argv
with wave.open(sys.argv[1], "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(8000)
    file.writeframes(bytes(range(256)) * 16 * len(text.split()))
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "say.py"
    path.write_text(SAY)
    return path


def beep(seconds: float = 1.0) -> bytes:
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        samples = 8000 * np.sin(np.arange(round(seconds * 22_050)) / 10)
        file.writeframes(samples.astype("<i2").tobytes())
    return content.getvalue()


espeak = pytest.mark.skipif(library() is None, reason="espeak-ng is not installed")


@espeak
def test_espeak_tells_when_each_word_is_said():
    said = Espeak().speak(TEXT)
    seconds = len(said.samples) / SAMPLE_RATE

    assert [word.text for word in said.words] == [each for each in TEXT.split() if each != "—"]
    starts = [word.interval.start for word in said.words]
    ends = [word.interval.end for word in said.words]
    assert starts == sorted(starts)
    assert all(end <= following + 1e-6 for end, following in zip(ends, starts[1:], strict=False))
    assert ends[-1] <= seconds
    assert 3.0 < seconds < 12.0
    # where a comma makes a pause, there is no word and hardly any sound
    gap = said.samples[int((ends[2] + 0.03) * SAMPLE_RATE) : int((starts[3]) * SAMPLE_RATE)]
    spoken = said.samples[int(starts[3] * SAMPLE_RATE) : int(ends[3] * SAMPLE_RATE)]
    assert len(gap) > 0.05 * SAMPLE_RATE
    assert np.abs(gap).mean() < 0.1 * np.abs(spoken).mean()
    assert said.wav[:4] == b"RIFF"
    assert said.voice == "espeak-ng:en-us"


@espeak
def test_espeak_says_the_same_twice_and_never_runs_the_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one, two = (Espeak("en-gb").speak(EVIL) for _ in range(2))
    assert one.wav == two.wav
    assert list(tmp_path.iterdir()) == []


@espeak
def test_an_unknown_voice_is_told():
    with pytest.raises(SynthesizerError, match="no voice 'volapuk'"):
        Espeak("volapuk").speak("hello there")


def test_words_of_events_end_at_pauses_and_join_what_stands_together():
    events = [
        ("sentence", 1, 0),
        ("word", 1, 0),
        ("phoneme", 1, 50),
        ("word", 4, 200),
        ("pause", 9, 500),
        ("end", 9, 700),
        ("word", 10, 700),
        ("word", 12, 900),
        ("phoneme", 12, 1000),
        ("end", 15, 1200),
    ]
    words = words_at("We stay, 27.5m", events)
    assert [(word.text, word.interval.start, word.interval.end) for word in words] == [
        ("We", 0.0, 0.2),
        ("stay,", 0.2, 0.5),
        ("27.5m", 0.7, 1.2),
    ]


def test_a_command_gets_the_text_on_its_input_and_no_shell_sees_it(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = synthesizer_from(f"{sys.executable} {script} {{wav}} --loud")
    said = command.speak(EVIL)
    assert len(said.samples) == pytest.approx(0.256 * len(EVIL.split()) * SAMPLE_RATE, rel=0.01)
    assert said.words == ()
    assert not (tmp_path / "owned").exists()
    assert "say.py" in said.voice


def test_a_command_may_write_the_sound_to_its_output():
    program = "import sys,wave; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))"
    said = Command((sys.executable, "-c", program, beep(0.3).hex())).speak("hello")
    assert said.wav == beep(0.3)


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("/nowhere/piper {wav}", "No such file"),
        (f"{sys.executable} -c 'import sys; sys.exit(\"no model\")' {{wav}}", "no model"),
        (f"{sys.executable} -c pass {{wav}}", "no sound file was written"),
        (f"{sys.executable} -c pass", "an empty file"),
        (f"{sys.executable} -c 'print(1)'", "no sound file"),
    ],
)
def test_a_command_that_fails_is_told(command, found):
    with pytest.raises(SynthesizerError, match=found) as caught:
        synthesizer_from(command).speak("hello")
    assert caught.value.remedy


def test_an_endpoint_is_asked_as_openai_is():
    with nasty(Say(200, beep(), {"content-type": "audio/wav"})) as server:
        url = f"{server.url}/v1/audio/speech"
        voice = synthesizer_from(url, "alloy", "tts-1", "secret")
        said = voice.speak(EVIL)
    [seen] = server.seen
    assert seen.path == "/v1/audio/speech"
    assert seen.headers["authorization"] == "Bearer secret"
    assert json.loads(seen.body) == {
        "model": "tts-1",
        "voice": "alloy",
        "input": EVIL,
        "response_format": "wav",
    }
    assert (said.wav, said.voice) == (beep(), "127.0.0.1:tts-1:alloy")
    assert not is_silent(said.samples)
    assert "secret" not in said.voice


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Say(401, b"who are you"), "status 401: who are you"),
        (DROP, "127.0.0.1"),
        (Say(200, b"no sound"), "no sound file"),
    ],
)
def test_an_endpoint_that_fails_is_told(answer, found):
    with nasty(answer) as server, pytest.raises(SynthesizerError, match=found):
        Endpoint(server.url).speak("hello")


def test_settings_name_who_speaks():
    assert synthesizer_from("off") is None
    assert synthesizer_from("espeak-ng", "en-gb") == Espeak("en-gb")
    assert isinstance(synthesizer_from("https://a.example/v1/audio/speech"), Endpoint)
    assert synthesizer_from("piper --model 'a b' {wav}").template == (
        "piper",
        "--model",
        "a b",
        "{wav}",
    )
    assert (synthesizer_from("auto") is None) == (library() is None)
