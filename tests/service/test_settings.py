"""Settings that are more than a word or a number."""

import pytest

from service.errors import InvalidInputError
from service.settings import Settings, environment_of, settings_with

NAME = "CHIRONOMIA_RETRIEVAL_WEIGHTS"


def test_weights_of_retrieval_are_named_one_by_one_and_the_others_stay(monkeypatch):
    monkeypatch.setenv(NAME, '{"speaker": 2.5}')

    found = settings_with(port=8001)

    assert found.retrieval_weights.speaker == 2.5
    assert found.retrieval_weights.word == Settings().retrieval_weights.word


def test_another_process_gets_the_same_weights(monkeypatch):
    monkeypatch.setenv(NAME, '{"speaker": 2.5}')
    settings = Settings()

    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    assert Settings() == settings


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('{"speakr": 2}', f"{NAME}: speakr"),
        ('{"speaker": -1}', "speaker must be within 0..100, found -1"),
        ("loud", "not the JSON it should be"),
    ],
)
def test_weights_that_cannot_be_used_are_refused_by_name(monkeypatch, given, told):
    monkeypatch.setenv(NAME, given)

    with pytest.raises(InvalidInputError, match=told):
        settings_with()


@pytest.mark.parametrize("found", ["nan", "inf", "-1"])
@pytest.mark.parametrize(
    "name",
    [name for name, field in Settings.model_fields.items() if field.annotation is float],
)
def test_no_number_of_seconds_hours_or_days_is_endless_or_less_than_none(monkeypatch, name, found):
    variable = f"CHIRONOMIA_{name.upper()}"
    monkeypatch.setenv(variable, found)

    with pytest.raises(InvalidInputError, match=f"{variable}: Input should be"):
        settings_with()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        *(("result_days", "0"), ("result_days", "1e6"), ("queue_hours", "1e9")),
        *(("max_seconds", "0"), ("queue_seconds", "0"), ("max_upload_bytes", "0")),
        ("max_words", "0"),
    ],
)
def test_a_limit_that_lets_nothing_through_or_no_calendar_holds_is_refused(
    monkeypatch, name, found
):
    variable = f"CHIRONOMIA_{name.upper()}"
    monkeypatch.setenv(variable, found)

    with pytest.raises(InvalidInputError, match=f"{variable}: Input should be"):
        settings_with()


@pytest.mark.parametrize(("name", "found"), [("min_seconds", "8000"), ("max_seconds", "0.25")])
def test_a_least_length_above_the_greatest_is_refused_with_both(monkeypatch, name, found):
    variable = f"CHIRONOMIA_{name.upper()}"
    monkeypatch.setenv(variable, found)

    with pytest.raises(InvalidInputError) as caught:
        settings_with()

    assert caught.value.body.code == "setting_invalid"
    assert caught.value.body.field == "CHIRONOMIA_MAX_SECONDS"
    least, most = (found, "7200.0") if name == "min_seconds" else ("0.5", f"'{found}'")
    assert str(caught.value) == (
        f"CHIRONOMIA_MAX_SECONDS: must be at least CHIRONOMIA_MIN_SECONDS, {least}, found {most}"
    )


def test_one_length_alone_may_be_accepted():
    assert settings_with(min_seconds=10.0, max_seconds=10.0).max_seconds == 10.0
