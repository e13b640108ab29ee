"""A job makes the files that were asked for, at the rate, root and feet that were asked for."""

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from motion.export.options import FORMATS, OutputOptions
from motion.files import read_npz, write_npz
from service.options import options_of, with_choices
from service.schemas import RESULT_TYPES
from tests.motion.motions import random_motion
from tests.service.test_commands import run
from tests.service.world import send, words_json

WAIT = {"Prefer": "wait=100"}


def asked(service, **output):
    options = {"sampling": {"steps": 4, "seed": 7}, "output": output}
    return send(service, words=words_json(3.0), options=options, headers=WAIT).json()


@pytest.fixture(scope="module")
def everything(service):
    return asked(service, formats=list(FORMATS), fps=24, root="in_place")


def test_every_format_can_be_asked_for_and_is_served_as_what_it_is(service, everything):
    assert everything["state"] == "succeeded", everything
    assert set(everything["links"]) == {"self", "events", "provenance.json", *FORMATS}
    for kind in FORMATS:
        answer = service.get(f"/v1/jobs/{everything['id']}/result.{kind}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith(RESULT_TYPES[kind])
        assert answer.headers["ETag"] == f'"{everything["result"]["files"][f"motion.{kind}"]}"'
        assert answer.links["describedby"]["url"] == everything["links"]["provenance.json"]
        assert f"<{everything['links']['self']}>" in answer.headers["Link"]
        assert f"motion.{kind}" in answer.headers["Content-Disposition"]


def test_all_files_of_a_job_last_alike_at_the_rate_asked_for(service, everything):
    found = {kind: service.get(everything["links"][kind]).content for kind in FORMATS}
    frames = json.loads(found["json"])["frames"]

    assert abs(frames / 24 - everything["result"]["seconds"]) <= 1 / 24
    bvh = found["bvh"].decode()
    assert f"Frames: {frames}\nFrame Time: 0.0416666667\n" in bvh
    rows = list(csv.DictReader(io.StringIO(found["arkit.csv"].decode())))
    assert len(rows) == frames
    assert rows[24]["Timecode"] == "00:00:01:00.000"
    with np.load(io.BytesIO(found["npz"])) as archive:
        assert len(archive["poses"]) == frames
        assert archive["mocap_frame_rate"] == 24


def test_vrma_and_json_tell_where_they_came_from(service, everything):
    assert everything["id"].encode() in service.get(everything["links"]["vrma"]).content
    provenance = service.get(everything["links"]["json"]).json()["provenance"]

    assert provenance["options"]["output"]["fps"] == 24
    assert provenance["options"]["output"]["root"] == "in_place"


def test_only_what_was_asked_for_is_made(service):
    job = asked(service, formats=["bvh"])

    assert set(job["links"]) == {"self", "events", "provenance.json", "bvh"}
    answer = service.get(f"/v1/jobs/{job['id']}/result.npz")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "result_unknown")


@pytest.mark.parametrize(
    ("output", "field"),
    [
        ({"formats": ["fbx"]}, "options.output.formats.0"),
        ({"formats": []}, "options.output.formats"),
        ({"formats": ["bvh", "bvh"]}, "options.output.formats"),
        ({"fps": 29}, "options.output.fps"),
        ({"root": "of"}, "options.output.root"),
        ({"feet": "glued"}, "options.output.feet"),
        ({"format": ["bvh"]}, "options.output.format"),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(service, output, field):
    answer = send(service, words=words_json(3.0), options={"output": output})
    error = answer.json()["error"]

    assert answer.status_code == 422
    assert error["field"] == field
    assert error["remedy"]


def test_requests_of_earlier_releases_get_the_usual_files():
    found = options_of('{"sampling": {"seed": 3}}').as_json()["output"]

    assert found == asdict(OutputOptions())


def test_choices_of_the_command_line_go_over_those_of_the_options():
    text = with_choices(
        '{"output": {"fps": 60, "root": "off"}}', "output", {"fps": 24, "feet": None}
    )

    assert json.loads(text) == {"output": {"fps": 24, "root": "off"}}


def test_a_motion_is_converted_by_the_names_of_its_files(tmp_path, monkeypatch, capsys):
    write_npz(random_motion(30), tmp_path / "motion.npz")
    names = ("a.bvh", "b.vrma", "c.csv", "d/e.npz")
    paths = [str(tmp_path / name) for name in names]
    status = run(monkeypatch, "convert", str(tmp_path / "motion.npz"), *paths, "--fps", "60")

    assert status == 0, capsys.readouterr().err
    assert (tmp_path / "a.bvh").read_text().startswith("HIERARCHY")
    assert len(read_npz(tmp_path / "d" / "e.npz")) == 60
    assert "Frames: 60\n" in (tmp_path / "a.bvh").read_text()


def test_a_conversion_changes_nothing_that_was_not_asked_for(tmp_path, monkeypatch):
    write_npz(random_motion(30), tmp_path / "a.npz")
    status = run(monkeypatch, "convert", str(tmp_path / "a.npz"), str(tmp_path / "b.npz"))

    assert status == 0
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_conversion_to_what_we_do_not_write_is_one_clear_line(tmp_path, monkeypatch, capsys):
    write_npz(random_motion(3), tmp_path / "a.npz")
    status = run(monkeypatch, "convert", str(tmp_path / "a.npz"), str(Path("b.fbx")))

    assert status == 2
    assert "b.fbx names no format that is known here" in capsys.readouterr().err
