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
