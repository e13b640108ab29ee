import pytest

from speech.spelling import Kind, Sound, expected_seconds, sounds_of


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("ship", "sh i p"),
        ("Phone,", "f o n"),
        ("night", "n i: t"),
        ("walked", "w a l k d"),
        ("wanted", "w a n t e d"),
        ("taxi", "t a k s i"),
        ("yes", "y e s"),
        ("happy", "h a p i"),
        ("naïve", "n a: v"),
        ("far", "f a r"),
        ("7", "s e v e n"),
    ],
)
def test_words_are_spelt_out_as_sounds(word, names):
    assert " ".join(sound.name for sound in sounds_of(word)) == names


@pytest.mark.parametrize("word", ["", "—", "🎉", "…", "_"])
def test_a_word_without_letters_is_one_unknown_sound(word):
    assert sounds_of(word) == (Sound("?", Kind.OTHER),)


@pytest.mark.parametrize("word", ["Привет", "你好", "مرحبا", "ไทย", "²", "٣"])
def test_every_script_has_sounds(word):
    assert len(sounds_of(word)) >= 1


def test_function_words_are_expected_to_be_short():
    assert sum(expected_seconds("that", sounds_of("that"))) < sum(
        expected_seconds("chat", sounds_of("chat"))
    )
