"""Documents in the relations-file layout: read, filled with relations, written back."""

import gzip
import json

import pytest

from annotations.fields import AnnotationFileError
from annotations.relation_documents import (
    RelationsDocument,
    annotated,
    read_relation_documents,
    write_relation_documents,
)
from annotations.relations import TokenRelation


def finds(tokens, sentence_starts=None, given=None):  # noqa: ARG001
    """Sees a connective at every "but" or "because", one token of argument on each side."""
    spans = given
    if spans is None:
        spans = [(i,) for i, token in enumerate(tokens) if token in ("but", "because")]
    return tuple(
        TokenRelation("x", span, "Comparison.Contrast", (span[0] - 1,), (span[-1] + 1,), 0.5)
        for span in spans
    )


def document(*sentences: str, **more):
    listed = [{"tokens": [{"surface": word} for word in text.split("|")]} for text in sentences]
    return {"sentences": listed, **more}


def relation(*tokens: int, **more):
    spans = {"Arg1": {"TokenList": []}, "Arg2": {"TokenList": []}, "Sense": ["Temporal"]}
    return {"Connective": {"RawText": "x", "TokenList": list(tokens)}, **spans, **more}


def test_relations_are_replaced_by_ours_and_everything_else_is_kept():
    entry = document("We|swam", "but|it|rained", docID="a", relations=[relation(0)])
    entry["sentences"][0]["speaker"] = "Ann"
    entry["sentences"][0]["tokens"][0]["startSec"] = 1.5
    filled = annotated(RelationsDocument.of(entry), finds)
    assert {**filled, "relations": []} == {**entry, "relations": []}
    assert filled["relations"] == [
        {
            "Type": "Explicit",
            "Connective": {"RawText": "but", "TokenList": [2]},
            "Arg1": {"RawText": "swam", "TokenList": [1]},
            "Arg2": {"RawText": "it", "TokenList": [3]},
            "Sense": ["Comparison.Contrast"],
            "Probability": 0.5,
        }
    ]


def test_given_explicit_connectives_are_kept_in_their_order():
    given = [relation(3, Type="Explicit"), relation(4, Type="Implicit"), relation(), relation(1, 2)]
    entry = document("a|b|c|but|e", relations=given)
    filled = annotated(RelationsDocument.of(entry), finds, given_connectives=True)
    spans = [each["Connective"]["TokenList"] for each in filled["relations"]]
    assert spans == [[3], [1, 2]]
    assert [each["Sense"] for each in filled["relations"]] == [["Comparison.Contrast"]] * 2


@pytest.mark.parametrize(
    "entry",
    [
        document("_|_|_", relations=[relation(1)]),
        document("one|but|two", meta={"has_text": False}, relations=[relation(1)]),
        document(),
    ],
)
@pytest.mark.parametrize("given", [False, True])
def test_a_document_without_words_gets_no_relations(entry, given):
    assert annotated(RelationsDocument.of(entry), finds, given)["relations"] == []


def test_sentences_are_believed_only_where_they_can_be_sentences():
    assert RelationsDocument.of(document("a|b", "c")).sentence_starts == (True, False, True)
    assert RelationsDocument.of(document("a|b|c")).sentence_starts is None
    long = "|".join(["word"] * 80)
    assert RelationsDocument.of(document(long, long)).sentence_starts is None


def test_blanks_inside_a_surface_are_dropped():
    assert RelationsDocument.of(document("how ever|x")).tokens == ("however", "x")


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
@pytest.mark.parametrize("listed", [False, True])
def test_files_are_written_as_they_were_read(tmp_path, name, listed):
    entries = [document("a|but|b", docID="né"), document("c", docID=2)][: 2 if listed else 1]
    path = tmp_path / name
    write_relation_documents(path, entries, listed)
    documents, was_listed = read_relation_documents(path)
    assert ([each.entry for each in documents], was_listed) == (entries, listed)
    assert path.read_bytes().startswith(b"\x1f\x8b") == name.endswith(".gz")
    assert [each.name for each in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("{", "json"),
        ("[" * 100_000, "json"),
        ("{}", "sentences"),
        ("[3]", r"\[0\]"),
        ('{"sentences": 3}', "sentences"),
        ('{"sentences": [{"tokens": [{"word": "a"}]}]}', r"sentences\[0\].tokens\[0\]"),
        ('{"sentences": [{"tokens": [{"surface": 1}]}]}', "surface"),
        (json.dumps(document("a", relations=[3])), r"relations\[0\]"),
        (json.dumps(document("a", relations=[relation(7)])), r"relations\[0\].*found 7"),
        (json.dumps(document("a", relations=[relation(True)])), "found True"),
        (json.dumps(document(" |a", relations=[relation(0)])), "empty ones"),
    ],
)
def test_an_error_names_file_and_field(tmp_path, content, field):
    path = tmp_path / "wrong.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(AnnotationFileError, match=field) as raised:
        read_relation_documents(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    "content", [gzip.compress(b"[]" * 99, mtime=0)[:-5], b"\x1f\x8bno", b"\xff\xfe\xff"]
)
def test_a_broken_file_is_named(tmp_path, content):
    path = tmp_path / "broken.json.gz"
    path.write_bytes(content)
    with pytest.raises(AnnotationFileError, match=r"broken\.json\.gz"):
        read_relation_documents(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(AnnotationFileError, match="cannot be read"):
        read_relation_documents(tmp_path / "absent.json")
