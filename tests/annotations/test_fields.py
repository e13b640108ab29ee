"""JSON of annotation files that nobody wrote by hand: every trouble names the file."""

import pytest

from annotations.fields import AnnotationFileError, json_of


@pytest.mark.parametrize(
    ("content", "line", "told"),
    [
        ("[1,\n2", 2, "Expecting"),
        ("[" * 100_000, None, "nested too deep"),
        ('{"a":' * 100_000, None, "nested too deep"),
        (f"[1{'0' * 5_000}]", None, "4300 digits"),
    ],
    ids=["no end", "lists without end", "objects without end", "a huge number"],
)
def test_json_that_cannot_be_read_is_told_with_its_file(tmp_path, content, line, told):
    path = tmp_path / "words.json"
    path.write_text(content)
    with pytest.raises(AnnotationFileError, match=told) as caught:
        json_of(path)
    assert (caught.value.path, caught.value.line, caught.value.field) == (path, line, "json")


def test_a_file_that_is_no_text_is_told_as_such(tmp_path):
    path = tmp_path / "words.json"
    path.write_bytes(b"\xff")
    with pytest.raises(AnnotationFileError, match="expected UTF-8 text") as caught:
        json_of(path)
    assert caught.value.field == "encoding"
