import json

import pytest

from evaluation.report.comparing import compare
from evaluation.report.document import EVALUATOR_VERSION, REPORT_FILE, read_report
from evaluation.report.sources import ReportError

REAL_SPEED = 0.3


def written(folder, values, evaluator=EVALUATOR_VERSION, **made_with):
    """A report with one value a recording of each quantity, and one real quantity."""
    folder.mkdir()
    names = sorted({name for each in values.values() for name in each})
    recordings = [
        {
            "id": name,
            "system": {q: [each[name], 1.0, 60.0] for q, each in values.items() if name in each},
            "real": {"wrist speed median": [REAL_SPEED, 1.0, 60.0]},
        }
        for name in names
    ]
    content = {
        "system": folder.name,
        "evaluator": evaluator,
        "made_with": {"joints": "ours", **made_with},
        "recordings": recordings,
    }
    (folder / REPORT_FILE).write_text(json.dumps(content))
    return folder


def test_a_report_nested_too_deep_is_no_report(tmp_path):
    (tmp_path / REPORT_FILE).write_text("[" * 100_000)
    with pytest.raises(ReportError, match="RecursionError"):
        read_report(tmp_path)


def twelve(value):
    return {f"r{i:02}": value(i) for i in range(12)}


def verdicts(left, right):
    return {each.quantity.name: each.verdict for each in compare(left, right)}


def test_the_better_side_is_named_by_what_is_good_for_the_measure(tmp_path):
    left = written(
        tmp_path / "a",
        {
            "match accuracy": twelve(lambda i: 60 + i),
            "foot sliding median": twelve(lambda i: 9.0 + i % 3),
            "wrist speed median": twelve(lambda i: 0.35 + 0.01 * i),
            "root drift": twelve(lambda i: 10.0 + i),
            "semantic recall": twelve(lambda i: 50 + (-1) ** i),
        },
    )
    right = written(
        tmp_path / "b",
        {
            "match accuracy": twelve(lambda i: 50 + i + 0.5 * (i % 2)),
            "foot sliding median": twelve(lambda i: 2.0 + i % 2),
            "wrist speed median": twelve(lambda i: 0.1 - 0.005 * i),
            "root drift": twelve(lambda i: 90.0 + i),
            "semantic recall": twelve(lambda i: 50 + (-1) ** (i // 2)),
        },
    )

    assert verdicts(left, right) == {
        "match accuracy": "A",
        "foot sliding median": "B",
        "wrist speed median": "A",  # nearer to the real 0.3
        "semantic recall": "no difference seen",
    }
    assert verdicts(right, left)["match accuracy"] == "B"


def test_a_report_does_not_differ_from_itself(tmp_path):
    left = written(tmp_path / "a", {"match accuracy": twelve(lambda i: 60 + i)})

    (found,) = compare(left, left / REPORT_FILE)

    assert found.difference.estimate.value == 0
    assert found.verdict == "no difference seen"


def test_only_shared_recordings_are_compared_and_few_are_too_few(tmp_path):
    left = written(tmp_path / "a", {"match accuracy": {"x": 60.0, "y": 70.0}})
    right = written(tmp_path / "b", {"match accuracy": {"y": 50.0, "z": 0.0}})

    (found,) = compare(left, right)

    assert (found.left, found.right) == (70.0, 50.0)
    assert found.difference.estimate.recordings == 1
    assert found.verdict == "too few"


def test_p_values_are_corrected_for_the_number_of_measures(tmp_path):
    one = {"match accuracy": twelve(lambda i: 60 + i)}
    other = {"match accuracy": twelve(lambda i: 59 + i + (i % 3))}
    more = ("semantic recall", "stroke offset", "foot sliding mean")
    many_left = one | {name: twelve(float) for name in more}
    many_right = other | {name: twelve(lambda i: i + (-1) ** i) for name in more}

    (alone,) = compare(written(tmp_path / "a", one), written(tmp_path / "b", other))
    among = compare(written(tmp_path / "c", many_left), written(tmp_path / "d", many_right))

    assert alone.corrected_p == alone.difference.p_value
    smallest = min(among, key=lambda each: each.difference.p_value)
    assert smallest.corrected_p == pytest.approx(min(1.0, 4 * smallest.difference.p_value))
    assert all(each.corrected_p >= each.difference.p_value for each in among)


def test_controls_and_what_has_nothing_real_beside_it_are_not_compared(tmp_path):
    values = {
        "match accuracy": twelve(float),
        "strokes on time, shifted": twelve(float),
        "upper body, unrelated spans": twelve(float),
        "root drift": twelve(float),
    }
    report = written(tmp_path / "a", values)

    assert [each.quantity.name for each in compare(report, report)] == ["match accuracy"]


def test_reports_that_mean_different_things_are_refused(tmp_path):
    values = {"match accuracy": twelve(float)}
    plain = written(tmp_path / "a", values)

    with pytest.raises(ReportError, match="evaluator versions"):
        compare(plain, written(tmp_path / "b", values, evaluator=EVALUATOR_VERSION + 1))
    with pytest.raises(ReportError, match="other tools.*FGD"):
        compare(written(tmp_path / "c", values, FGD="x"), written(tmp_path / "d", values, FGD="y"))
    with pytest.raises(ReportError, match="no recording in common"):
        compare(plain, written(tmp_path / "e", {"match accuracy": {"elsewhere": 1.0}}))
    with pytest.raises(ReportError, match="is no report"):
        compare(plain, tmp_path)
