"""Words that cannot be stored, from transcripts of every form."""

import json

import pytest

from speech.transcript import (
    Interval,
    TranscriptError,
    Word,
    read_textgrid,
    read_words_json,
    write_textgrid,
)

ZERO, HALF = "the character U\\+0000", "half a character"


def textgrid(path, word: str) -> tuple[Word, ...]:
    write_textgrid(path, (Word("on", Interval(0, 1)), Word("hand", Interval(1, 2))), 3.0)
    # Praat writes what it keeps as UTF-16
    path.write_bytes(path.read_text().replace("hand", word).encode("utf-16"))
    return read_textgrid(path)


def words_json(path, word: str) -> tuple[Word, ...]:
    timed = [{"word": "on", "start": 0, "end": 1}, {"word": word, "start": 1, "end": 2}]
    path.write_text(json.dumps({"words": timed}))
    return read_words_json(path)


def whisper(path, word: str) -> tuple[Word, ...]:
    timed = [{"text": "on", "start": 0, "end": 1}, {"text": word, "start": 1, "end": 2}]
    path.write_text(json.dumps({"segments": [{"words": timed}]}))
    return read_words_json(path)


@pytest.mark.parametrize(
    ("read", "word", "told"),
    [
        (textgrid, "ha\0nd", ZERO),
        (textgrid, "\0", ZERO),
        (words_json, "ha\0nd", ZERO),
        (words_json, "\0", ZERO),
        (words_json, "ha\udc00nd", HALF),
        (whisper, "ha\0nd", ZERO),
        (whisper, "ha\ud800nd", HALF),
    ],
)
def test_a_word_that_cannot_be_stored_is_refused_with_its_place(tmp_path, read, word, told):
    assert read(tmp_path / "fine", "hand")[1].text == "hand"
    with pytest.raises(TranscriptError, match=f"expected a text without {told}") as refusal:
        read(tmp_path / "wrong", word)
    assert (refusal.value.index, refusal.value.field) == (1, "word")
    assert word not in str(refusal.value)
