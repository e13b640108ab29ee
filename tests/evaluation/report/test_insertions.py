"""Insertions as our own result files tell them."""

import json
import zipfile
from dataclasses import replace

import pytest

from annotations.tiers import TierFiles
from evaluation.positions import MeasuringBody
from evaluation.report.insertions import Inserted, insertion_values, insertions_of
from evaluation.report.sources import Take
from motion.files import write_npz
from motion.parts import INSERTED_PARTS
from motion.timeline import FrameSpan
from tests.evaluation.changes import noisy
from tests.motion.motions import random_motion

SOURCE = random_motion(600, seed=5, reach=0.2)
JOINTS = [number for part in INSERTED_PARTS for number in part.layout.joints]
MATCH = {
    "recording": "2_scott_0_1_1",
    "source_seconds": 7.0,
    "start_seconds": 4.0,
    "end_seconds": 6.0,
}
PROVENANCE = {"options": {"sampling": {"seed": 0}}, "matches": [MATCH]}


@pytest.fixture(scope="module")
def takes(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "2_scott_0_1_1.npz"
    write_npz(SOURCE, path)
    return {path.stem: Take(path.stem, path, None, TierFiles())}


def generated(verbatim=True):
    motion = random_motion(450, seed=6, reach=0.2)
    poses = motion.poses.clone()
    if verbatim:
        poses[120:180, JOINTS] = SOURCE.poses[210:270, JOINTS]
    return replace(motion, poses=poses)


def written(folder, motion, comment=None, beside=None):
    path = folder / "motion.npz"
    write_npz(motion, path)
    if comment is not None:
        with zipfile.ZipFile(path, "a") as archive:
            archive.comment = comment
    if beside is not None:
        path.with_suffix(".json").write_text(json.dumps({"provenance": beside}))
    return path


def measured(folder, motion, takes, without=None):
    path = written(folder, motion, json.dumps(PROVENANCE).encode())
    inserted = Inserted(motion, insertions_of(path), without)
    values = insertion_values(inserted, takes, MeasuringBody())
    return {name: value.mean for name, value in values.items()}


def test_insertions_are_read_from_the_npz_or_from_the_json_beside_it(tmp_path):
    in_npz = written(tmp_path, generated(), json.dumps(PROVENANCE).encode())
    (found,) = insertions_of(in_npz)
    assert (found.recording, found.start_seconds, found.source_seconds) == ("2_scott_0_1_1", 4, 7)

    shortened = json.dumps({"options": {}, "exemplars": [1]}).encode()
    beside = written(tmp_path, generated(), shortened, PROVENANCE)
    assert insertions_of(beside) == (found,)


@pytest.mark.parametrize("comment", [None, b"made by another system", b"[1]", b'{"seed": 1}'])
def test_files_of_other_systems_have_no_insertions(tmp_path, comment, takes):
    path = written(tmp_path, generated(), comment)

    assert insertions_of(path) == ()
    inserted = Inserted(generated(), insertions_of(path))
    assert insertion_values(inserted, takes, MeasuringBody()) == {}


def test_a_verbatim_insertion_has_no_distance_and_unrelated_spans_have(tmp_path, takes):
    found = measured(tmp_path, generated(), takes)

    for part in ("upper body", "hands"):
        assert found[f"{part} to the exemplar"] == pytest.approx(0.0, abs=0.05)
        assert found[f"{part}, unrelated spans"] > 10


def test_noise_moves_the_span_away_and_a_span_without_insertion_is_as_far_as_any(tmp_path, takes):
    exact = measured(tmp_path, generated(), takes)
    near = measured(tmp_path, noisy(generated(), 0.05), takes)
    none = measured(tmp_path, generated(verbatim=False), takes)

    name = "upper body to the exemplar"
    assert exact[name] < near[name] < none[name]
    assert none[name] == pytest.approx(none["upper body, unrelated spans"], rel=0.5)
    assert exact["MPJPE to the exemplar"] < near["MPJPE to the exemplar"]


def test_exemplars_of_recordings_that_are_not_there_do_not_count(tmp_path):
    assert measured(tmp_path, generated(), {}) == {}


def test_the_same_span_without_insertion_stands_beside_it_where_it_was_generated(tmp_path, takes):
    name = "hands, same span without"
    bare = generated(verbatim=False)

    assert name not in measured(tmp_path, generated(), takes)
    assert measured(tmp_path, generated(), takes, bare)[name] > 10
    assert measured(tmp_path, generated(), takes, generated())[name] == pytest.approx(0, abs=0.05)
    assert name not in measured(tmp_path, generated(), takes, bare[FrameSpan(0, 150)])
