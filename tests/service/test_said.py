"""What words and texts of a request may be."""

import json

import pytest

from service.errors import InvalidInputError
from service.failures import failure_of
from service.intake import SpeechInput, examine, glance, take
from service.said import MOST_AT_ONCE
from service.settings import Settings
from speech.token_vectors import TooManyTokensError, minilm_folder
from tests.service.world import spoken


@pytest.fixture
def limits(tmp_path):
    return Settings(home=tmp_path / "home", weights="/nowhere", tts="off")


def words(count: int, seconds: float, start: float = 0.0) -> list[dict]:
    """So many words on so many seconds."""
    step = seconds / count
    return [
        {"word": "on", "start": start + n * step, "end": start + (n + 0.9) * step}
        for n in range(count)
    ]


def given(*parts: list[dict], **more) -> SpeechInput:
    return SpeechInput(words=json.dumps([word for part in parts for word in part]).encode(), **more)


def test_three_pieces_a_word_fit_the_text_model():
    config = json.loads((minilm_folder() / "config.json").read_text())
    assert config["max_position_embeddings"] >= MOST_AT_ONCE * 3 + 2


@pytest.mark.parametrize("check", [take, examine, glance])
def test_more_words_in_ten_seconds_than_anybody_says_are_refused(limits, check):
    with pytest.raises(InvalidInputError) as caught:
        check(given(words(40, 20.0), words(2_000, 2.0, 20.0)), limits)
    refused = caught.value.body
    assert (refused.code, refused.field) == ("words_too_dense", "words")
    assert refused.limit == "170 words in ten seconds"
    assert refused.found == "2016 words from 12.00 s to 22.00 s"


def test_a_quick_talk_of_any_length_is_taken(limits):
    assert len(take(given(words(16 * 60, 60.0)), limits).words) == 16 * 60
    assert len(take(given(words(MOST_AT_ONCE, 3.0)), limits).words) == MOST_AT_ONCE


@pytest.mark.parametrize("check", [take, examine, glance])
def test_a_text_that_its_sound_cannot_hold_is_refused(limits, check):
    assert check(SpeechInput(sound=spoken(), text="on " * MOST_AT_ONCE), limits).untimed
    with pytest.raises(InvalidInputError) as caught:
        check(SpeechInput(sound=spoken(), text="on " * 3_000), limits)
    refused = caught.value.body
    assert (refused.code, refused.field) == ("words_too_dense", "text")
    assert refused.found == "3000 words in 3.00 s"


@pytest.mark.parametrize("wrong", ["\ud800", "\0"], ids=["half a character", "a zero"])
@pytest.mark.parametrize("check", [take, examine, glance])
def test_a_text_that_cannot_be_stored_is_refused(limits, check, wrong):
    with pytest.raises(InvalidInputError) as caught:
        check(SpeechInput(sound=spoken(), text=f"on the {wrong} hand"), limits)
    assert (caught.value.body.code, caught.value.body.field) == ("text_unusable", "text")
    assert "\0" not in caught.value.body.message
    assert "\0" not in (caught.value.body.found or "")
    caught.value.body.message.encode()
    (caught.value.body.found or "").encode()


def test_words_of_too_many_pieces_are_no_fault_of_ours():
    told = failure_of(TooManyTokensError(200, 2_002, 512))
    assert (told["type"], told["code"], told["retryable"]) == (
        *("invalid_input", "words_too_dense", False),
    )
    assert "200 words make 2002 tokens, over the 512" in str(told["message"])
