"""The published scores against the released code's own answers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from annotations.types import GestureLabel, Source
from retrieval.published import (
    Item,
    Method,
    Scored,
    items_of,
    method_of,
    ranked,
    score_window,
    text_similarity,
)
from retrieval.published_text import (
    answer_points,
    mapped_prominence,
    parse_answer,
    word_similarity,
)
from tests.parity import load, load_json
from tests.retrieval.parity_cases import prominences, window_of, words_of

METHODS: tuple[Method, ...] = ("discourse", "gesture_type", "llm")
SCORE_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Cases:
    """The golden database and its queries."""

    json: dict[str, Any]
    tensors: dict[str, Any]

    def features(self, kind: str, row: int) -> np.ndarray:
        tokens = int(self.tensors[f"in/{kind}_tokens"][row])
        return self.tensors[f"in/{kind}_features"][row, :tokens].numpy()

    @property
    def rows(self) -> dict[str, int]:
        return {sample["name"]: row for row, sample in enumerate(self.json["samples"])}

    @property
    def order(self) -> list[str]:
        return self.json["db_order"]


@cache
def cases() -> Cases:
    return Cases(load_json("retrieval"), load("retrieval_text")[0])


@cache
def database_items(method: Method) -> list[tuple[int, tuple[Item, ...]]]:
    rows, samples = cases().rows, cases().json["samples"]
    windows = [window_of(samples[rows[name]]) for name in cases().order]
    return [(window.speaker, items_of(window, method)) for window in windows]


def asked_items(query: dict[str, Any], method: Method) -> tuple[Item, ...]:
    if method != "llm":
        return items_of(window_of(query), method)
    if not query["text"].strip():
        return ()
    points = answer_points(parse_answer(query["llm_answer"]), words_of(query))
    found = mapped_prominence([p.word for p in points], prominences(query["prominence"]))
    labels = [GestureLabel(p.type, p.word, p.interval, source=Source.LLM) for p in points]
    return tuple(
        Item(label, item.value if item else None) for label, item in zip(labels, found, strict=True)
    )


def scores(asked: Item, speaker: int, method: Method) -> list[Scored]:
    return [
        score_window(asked, items, own == speaker, method) for own, items in database_items(method)
    ]


def likeness(features: np.ndarray) -> Callable[[int], float]:
    rows = cases().rows
    return lambda i: text_similarity(features, cases().features("sample", rows[cases().order[i]]))


def test_the_golden_database_is_every_fifteenth_sample_in_byte_order():
    every = cases().json["stratification_interval"]
    names = [s["name"] for s in cases().json["samples"]]
    kept = [name for name in names if int(name.partition("/")[2]) % every == 0]

    assert sorted(kept, key=str.encode) == cases().order


@pytest.mark.parametrize("method", METHODS)
def test_parity_every_query_finds_the_published_windows_with_the_published_scores(method):
    worst = 0.0
    for number, query in enumerate(cases().json["queries"]):
        asked = asked_items(query, method)
        expected = query["expected"][method]
        assert [str(i) for i in range(len(asked))] == list(expected), f"query {number}"
        for item, answer in zip(asked, expected.values(), strict=True):
            found = scores(item, query["speaker"], method)
            totals = [one.score.total for one in found]
            best = ranked(totals, likeness(cases().features("query", number)), len(answer["ids"]))
            assert [cases().order[i] for i in best] == answer["ids"], f"query {number}"
            errors = [abs(totals[i] - s) for i, s in zip(best, answer["scores"], strict=True)]
            worst = max(worst, *errors)
            used = [found[i].item for i in best]
            assert [bound(one) for one in used] == [rounded(b) for b in answer["bounds"]]
            assert bound(item, digits=12, lower=True) == rounded(answer["query_bound"], 12)
    print(f"{method}: worst score error {worst:.1e}")  # noqa: T201
    assert worst <= SCORE_TOLERANCE


def bound(item: Item | None, digits: int = 3, lower: bool = False) -> list[Any] | None:
    if item is None:
        return None
    focus, word = item.annotation.focus, item.annotation.word
    row = [word.lower() if lower else word, item.annotation.label, focus.start, focus.end]
    return rounded(row, digits)


def rounded(row: list[Any] | None, digits: int = 3) -> list[Any] | None:
    return row and [*row[:2], *(round(time, digits) for time in row[2:])]


def test_parity_words_are_found_in_the_prominence_tier_as_published():
    for case in cases().json["prominence_mapping"]:
        found = mapped_prominence(case["words"], prominences(case["prominence"]))
        assert_same_mapping(found, case["expected"])


@pytest.mark.parametrize(
    ("table", "tier"), [("db_prominence", "discourse"), ("db_gesture_prominence", "gesture_labels")]
)
def test_parity_the_database_has_the_published_prominences(table, tier):
    samples = {sample["name"]: sample for sample in cases().json["samples"]}
    for name, expected in cases().json[table].items():
        rows = samples[name][tier]
        words = [row["word"] if isinstance(row, dict) else row[0] for row in rows]
        found = mapped_prominence(words, prominences(samples[name]["prominence"]))
        assert_same_mapping(found, [expected.get(str(i)) for i in range(len(words))])


def assert_same_mapping(found: tuple[Any, ...], expected: list[Any]) -> None:
    assert [one and one.phrase for one in found] == [one and one[0] for one in expected]
    values = [(one.value, other[1]) for one, other in zip(found, expected, strict=True) if one]
    assert all(abs(one - other) <= SCORE_TOLERANCE for one, other in values)


def test_parity_words_are_as_alike_as_published():
    table = cases().json["word_similarity"]
    errors = [abs(word_similarity(first, second) - value) for first, second, value in table]
    print(f"word similarity: worst error {max(errors):.1e}")  # noqa: T201
    assert max(errors) <= SCORE_TOLERANCE


def test_parity_answers_of_a_language_model_are_read_as_published():
    answers = [(case["text"], case["labels"]) for case in cases().json["llm_parse"]]
    answers += [(q["llm_answer"], q["llm_labels"]) for q in cases().json["queries"]]
    for text, expected in answers:
        found = [{"word": one.word, "name": one.type.value} for one in parse_answer(text)]
        assert found == expected, text


def test_parity_equal_scores_are_ordered_by_text_as_published():
    rows = cases().rows
    for case in cases().json["text_similarity_order"]:
        features = cases().features("query", case["query"])
        alike = [
            text_similarity(features, cases().features("sample", rows[name]))
            for name in case["ids"]
        ]
        best = ranked([0.0] * len(alike), alike.__getitem__, len(alike))
        assert [case["ids"][i] for i in best] == case["order"]


def test_parity_a_query_from_the_database_finds_itself_and_takes_the_next():
    rows, samples = cases().rows, cases().json["samples"]
    for case in cases().json["self_exclusion"]:
        row = rows[case["sample"]]
        asked = items_of(window_of(samples[row]), "discourse")
        for point, expected in case["top10"].items():
            found = scores(asked[int(point)], samples[row]["speaker"], "discourse")
            totals = [one.score.total for one in found]
            best = ranked(totals, likeness(cases().features("sample", row)), len(expected))
            names = [cases().order[i] for i in best]
            assert names == expected
            assert [n for n in names if n != case["sample"]][:1] == case["chosen"][point]


def test_the_published_word_term_falls_as_words_grow_more_alike():
    """The defect that the default scorer leaves behind."""
    query = window_of({**EMPTY, "gesture_labels": [label("gardens")]})
    windows = [window_of({**EMPTY, "gesture_labels": [label(w)]}) for w in ("garden", "bus")]
    asked = items_of(query, "gesture_type")[0]
    near, far = (
        score_window(asked, items_of(w, "gesture_type"), False, "gesture_type") for w in windows
    )

    assert near.score.total < far.score.total


def test_a_label_written_by_a_language_model_is_scored_by_the_llm_method():
    window = window_of({**EMPTY, "gesture_labels": [label("house")]})

    assert method_of(window.gestures[0]) == "gesture_type"
    assert method_of(replace(window.gestures[0], source=Source.LLM)) == "llm"


EMPTY = {"speaker": 0, "text": "", "discourse": [], "gesture_labels": [], "prominence": []}


def label(word: str) -> dict[str, Any]:
    return {"name": "iconic", "word": word, "start": 1.0, "end": 1.5}
