import pytest

from evaluation.trained_on import Lesson, read_lesson, weights_id, write_lesson


def test_a_lesson_comes_back_as_it_was_written(tmp_path):
    lesson = Lesson("corpus", ("a", "b"), ("c",), "98 % of pairs")

    write_lesson(lesson, tmp_path / "new folder")

    assert read_lesson(tmp_path / "new folder") == lesson


def test_weights_are_named_by_folder_and_content(tmp_path):
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").write_bytes(content)

    first, again, other = (weights_id(tmp_path / name) for name in "abc")

    assert first.startswith("a, sha256 ")
    assert first[1:] == again[1:] != other[1:]


@pytest.mark.parametrize("content", ["", "{}", '{"corpus": "x", "recordings": 3}'])
def test_a_folder_that_does_not_say_is_refused(tmp_path, content):
    (tmp_path / "trained_on.json").write_text(content)
    with pytest.raises(ValueError, match="does not say what it was trained on"):
        read_lesson(tmp_path)
