"""Reports of a small world: what is in them, that they repeat, and which way they point."""

import json
import math
from dataclasses import replace

import pytest
import torch

from evaluation.fgd_network import FgdNetwork
from evaluation.fgd_weights import TrainedOn, save_encoder
from evaluation.match_network import MatchOptions
from evaluation.match_test import train_scorer
from evaluation.report.document import as_json, write_json
from evaluation.report.page import write_page
from evaluation.report.quantities import BY_NAME, QUANTITIES
from evaluation.report.run import Asked, evaluate
from evaluation.report.sources import ReportError
from evaluation.report.tools import Kit
from evaluation.report.videos import Showing, videos
from evaluation.trained_on import Lesson, write_lesson
from motion.files import write_npz
from speech.features import DefaultEncoder
from tests.evaluation.changes import frozen, mirrored, noisy
from tests.evaluation.report.worlds import (
    IDS,
    cut,
    motion_of,
    write_reference,
    write_system,
)
from tests.evaluation.test_match_test import pair


def quiet(*_):
    """No bar."""


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return write_reference(tmp_path_factory.mktemp("reference") / "corpus")


def alone(folder, change=lambda motion: motion):
    """A system that made something for one recording only."""
    return write_system(folder, change, IDS[:1])


def report_of(reference, results, kit=None, jobs=1):
    return evaluate(Asked(results, reference, kit or Kit(), jobs), quiet).report


@pytest.fixture(scope="module")
def perfect(reference, tmp_path_factory):
    return report_of(reference, write_system(tmp_path_factory.mktemp("perfect")))


@pytest.fixture(scope="module")
def shaken(reference, tmp_path_factory):
    folder = write_system(tmp_path_factory.mktemp("shaken"), lambda motion: noisy(motion, 0.05))
    return report_of(reference, folder)


def row(report, name):
    return next(each for each in report.summaries if each.quantity.name == name)


def test_the_reference_itself_is_as_good_as_real(perfect):
    for name in ("face vertex MSE", "face LVD"):
        assert row(perfect, name).generated.value == pytest.approx(0.0, abs=1e-9)
    for each in perfect.summaries:
        if (
            each.quantity.of_real
            and "spectrum" not in each.quantity.name
            and "5 Hz" not in each.quantity.name
        ):
            assert each.real.value == each.generated.value, each.quantity.name


def test_noise_moves_every_measure_the_way_that_is_written_down(perfect, shaken):
    for name in (
        "wrist jerk median",
        "foot sliding median",
        "acceleration above 5 Hz",
        "L1 diversity",
        "face vertex MSE",
        "face LVD",
    ):
        assert row(shaken, name).generated.value > row(perfect, name).generated.value, name
    near = "SRGR within 0.1 m"
    assert row(shaken, near).generated.value < row(perfect, near).generated.value


def test_still_and_mirrored_motion_are_told_from_real(reference, tmp_path, perfect):
    still = report_of(reference, write_system(tmp_path / "still", frozen))
    other = report_of(reference, write_system(tmp_path / "other", mirrored))

    assert row(still, "wrist speed median").generated.value == 0
    assert row(still, "L1 diversity").generated.value == pytest.approx(0, abs=1e-3)
    assert row(still, "strokes on time").generated.value == 0
    assert row(other, "wrist speed median").generated.value == pytest.approx(
        row(perfect, "wrist speed median").generated.value, rel=0.01
    )
    near = "SRGR within 0.3 m"
    assert row(other, near).generated.value < row(perfect, near).generated.value


def test_two_runs_and_two_processes_write_the_same_bytes(reference, tmp_path):
    write_system(tmp_path / "system", lambda motion: noisy(motion, 0.02), IDS[:2])
    written = [
        write_json(report_of(reference, tmp_path / "system", jobs=jobs), tmp_path / f"{place}")
        for place, jobs in enumerate((1, 1, 2))
    ]

    first, again, in_processes = (path.read_bytes() for path in written)
    assert first == again == in_processes


def test_a_small_set_is_flagged_everywhere(perfect):
    assert perfect.summaries
    for each in perfect.summaries:
        assert not each.reliable, each.quantity.name
        assert "recordings" in "; ".join(each.cautions) or "pairs" in "; ".join(each.cautions)


def test_what_was_not_given_is_named_and_not_measured(perfect):
    told = "\n".join(perfect.missing)

    for lacking in ("SMPL-X", "FGD", "match test", "semantic recall"):
        assert lacking in told
    measured = {each.quantity.name for each in perfect.summaries}
    assert not measured & {"FGD", "match accuracy", "semantic recall"}
    assert perfect.made_with["joints"] == "chironomia skeleton"


def test_recordings_that_cannot_be_measured_are_left_out_and_named(reference, tmp_path):
    results = write_system(tmp_path, names=IDS[:1])
    write_system(tmp_path, cut, names=IDS[1:2])
    (tmp_path / f"{IDS[2]}.npz").write_bytes(b"no npz")
    (tmp_path / "stranger.npz").write_bytes(b"no npz")

    report = report_of(reference, results)

    assert [each.id for each in report.measured] == [IDS[0]]
    left_out = dict(report.left_out)
    assert "3 are needed" in left_out[IDS[1]]
    assert "not a readable npz" in left_out[IDS[2]]
    assert report.unmatched == ("stranger.npz",)


def test_a_folder_of_broken_files_is_refused(reference, tmp_path):
    (tmp_path / f"{IDS[0]}.npz").write_bytes(b"no npz")
    with pytest.raises(ReportError, match="no recording could be measured"):
        report_of(reference, tmp_path)


def test_without_sound_only_motion_is_measured_and_the_notes_say_so(tmp_path):
    reference = write_reference(tmp_path / "corpus", sound=False)
    report = report_of(reference, write_system(tmp_path / "system"))

    assert all("no sound" in each.notes[0] for each in report.measured)
    measured = {each.quantity.name for each in report.summaries}
    assert "wrist jerk median" in measured
    assert not any(name.startswith(("beat", "stroke")) for name in measured)


def test_seeds_are_compared_with_each_other(reference, tmp_path):
    for seed in range(3):
        write_system(tmp_path / f"seed{seed}", lambda motion, s=seed: noisy(motion, 0.05, seed=s))

    found = row(report_of(reference, tmp_path), "distance between seeds")

    assert found.generated.value > 0
    assert found.real is None


def test_slower_rates_and_longer_results_are_brought_to_the_recording(reference, tmp_path, perfect):
    half = write_system(tmp_path / "half", lambda motion: motion.resampled(15))

    speed = "wrist speed median"
    assert row(report_of(reference, half), speed).generated.value == pytest.approx(
        row(perfect, speed).generated.value, rel=0.02
    )


def test_trained_judges_are_used_named_and_held_to_what_they_have_seen(reference, tmp_path):
    torch.manual_seed(0)
    save_encoder(FgdNetwork(), TrainedOn("toy", 1, 1, 1, 0), tmp_path / "fgd")
    encoder = DefaultEncoder()
    wide = pair(0)
    learned = replace(
        wide,
        sound=torch.randn(450, encoder.audio_width),
        text=torch.zeros(450, encoder.text_width),
    )
    train_scorer([learned], MatchOptions(epochs=1, width=8)).save(tmp_path / "match")
    lesson = Lesson("toy", (IDS[0], "another"), (), "0.5 on nothing")
    write_lesson(lesson, tmp_path / "match")
    kit = Kit(fgd=tmp_path / "fgd", match=tmp_path / "match")

    report = report_of(reference, write_system(tmp_path / "system"), kit)

    assert row(report, "FGD").generated.value == pytest.approx(0.0, abs=1e-6)
    assert row(report, "FGD").real.value > 0
    assert "feature steps" in "; ".join(row(report, "FGD").cautions)
    assert row(report, "match accuracy").generated == row(report, "match accuracy").real
    assert report.made_with["FGD"].startswith("own encoder of toy")
    assert report.made_with["match test"].endswith("trained on toy; 0.5 on nothing")
    assert report.cautions == (
        "match test: 1 of these recordings were learned from; the real column flatters",
    )


def test_the_json_names_versions_recordings_and_seeds_and_has_no_nan(shaken):
    content = as_json(shaken)
    text = json.dumps(content, allow_nan=False)

    assert json.loads(text)["seeds"] == {"bootstrap": 0}
    assert {"python", "torch", "numpy", "librosa"} <= content["versions"].keys()
    assert [each["id"] for each in content["recordings"]] == list(IDS)
    assert all(len(each["sha256"]) == 64 for each in content["recordings"])
    assert all(name in BY_NAME for each in content["recordings"] for name in each["system"])
    assert {each["name"] for each in content["measures"]} <= {q.name for q in QUANTITIES}


def test_the_page_stands_alone(reference, tmp_path):
    evaluation = evaluate(Asked(write_system(tmp_path / "system"), reference, Kit()), quiet)
    filmed = list(videos(evaluation, Showing(1, 1.0), quiet))

    page = write_page(evaluation.report, filmed, tmp_path / "out").read_text()

    assert page.count("<video") == 1
    assert "data:video/mp4;base64," in page
    assert "<svg" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "src=" in page
    assert page.count('src="data:') == page.count("src=")
    for each in evaluation.report.summaries:
        assert each.quantity.name in page
    assert page.count("none of it is reliable: recordings: 3 of 10 needed") == 1
    assert "Unreliable: pairs of clips: 3 of 45 needed" in page


def test_names_from_outside_cannot_write_into_the_page(reference, tmp_path):
    results = write_system(tmp_path / "<b>evil")
    write_npz(motion_of(IDS[0]), results / "<script>.npz")

    page = write_page(report_of(reference, results), (), tmp_path / "out").read_text()

    assert "<script>" not in page
    assert "<b>evil" not in page


def test_videos_are_few_and_short():
    with pytest.raises(ValueError, match=r"0\.\.8"):
        Showing(9)
    with pytest.raises(ValueError, match=r"1\.\.20"):
        Showing(1, 60.0)


def test_every_value_of_a_report_is_finite_or_weightless(shaken):
    for each in shaken.measured:
        for side in (each.generated, each.real):
            for name, value in side.values.items():
                assert math.isfinite(value.total), name
                assert value.over >= 0, name
