"""A report of another system's output on a real recording."""

from evaluation.report.run import Asked, evaluate
from evaluation.report.tools import Kit
from tests.speech.sounds import real_folder


def test_a_jittery_system_is_seen_beside_a_real_recording_and_one_recording_is_flagged():
    folder = real_folder()
    asked = Asked(folder / "generated", folder / "beat2-mini", Kit())

    report = evaluate(asked, lambda *_: None).report

    rows = {row.quantity.name: row for row in report.summaries}
    for name in ("wrist jerk median", "foot sliding median", "root drift"):
        assert rows[name].generated.value > 3 * rows[name].real.value, name
    # what jitter does to a measure that people trust
    beats = rows["beat consistency, RAG-Gesture"]
    assert beats.generated.value > beats.real.value + 0.1
    assert not any(row.reliable for row in report.summaries)
