"""The commands `annotate discourse` and `evaluate discourse`, with the shipped models."""

import json
import sys

import pytest

from service import cli

PAGE = (
    "We stayed inside because it rained .",
    "I like tea , but my brother drinks coffee .",
    "If you see her , then tell her the news .",
)
CONNECTIVES = {"because": "Contingency", "but": "Comparison", "if then": "Contingency"}


@pytest.fixture
def page(tmp_path):
    tokens = [[{"surface": word} for word in line.split()] for line in PAGE]
    path = tmp_path / "page.json"
    path.write_text(
        json.dumps([{"docID": "a", "sentences": [{"tokens": each} for each in tokens]}])
    )
    return path


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["chironomia", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert not left.value.code


def relations(path):
    [entry] = json.loads(path.read_text())
    words = " ".join(PAGE).split()
    return {
        " ".join(words[i] for i in each["Connective"]["TokenList"]).lower(): each
        for each in entry["relations"]
    }


def test_the_connectives_of_a_page_get_senses_arguments_and_probabilities(
    page, tmp_path, monkeypatch
):
    run(monkeypatch, "annotate", "discourse", page, tmp_path / "out.json")

    found = relations(tmp_path / "out.json")
    assert {name: each["Sense"][0].split(".")[0] for name, each in found.items()} == CONNECTIVES
    for each in found.values():
        assert each["Arg1"]["TokenList"]
        assert each["Arg2"]["TokenList"]
        assert 0.45 <= each["Probability"] <= 1


def test_given_connectives_keep_their_places_and_get_new_senses(page, tmp_path, monkeypatch):
    run(monkeypatch, "annotate", "discourse", page, tmp_path / "gold.json")
    [entry] = json.loads((tmp_path / "gold.json").read_text())
    for each in entry["relations"]:
        each["Sense"] = ["Temporal.Asynchronous"]
    (tmp_path / "given.json").write_text(json.dumps([entry]))

    given = ("annotate", "discourse", "--given-connectives", tmp_path / "given.json")
    run(monkeypatch, *given, tmp_path / "out.json")

    found = relations(tmp_path / "out.json")
    assert {name: each["Sense"][0].split(".")[0] for name, each in found.items()} == CONNECTIVES


def test_evaluating_our_own_answers_as_gold_finds_every_one(page, tmp_path, monkeypatch, capsys):
    run(monkeypatch, "annotate", "discourse", page, tmp_path / "gold.json")
    run(monkeypatch, "evaluate", "discourse", tmp_path / "gold.json", "--out", tmp_path / "f.json")

    shown = capsys.readouterr().out
    assert "floor" in shown
    figures = json.loads((tmp_path / "f.json").read_text())["as written"]
    assert figures["detection F1"]["value"] == figures["sense level 2"]["value"] == 100.0
