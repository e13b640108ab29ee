"""A motion leaves as it was asked for: its rate, its root, its feet, its files."""

import json
from pathlib import Path

import pytest
import torch

from motion.body import joint_positions
from motion.export.options import FORMATS, OutputOptions, file_name, format_of
from motion.export.output import as_chosen, with_root, write_motion
from motion.export.plain import write_json
from motion.files import read_npz
from motion.ground import footing
from motion.parts import CONTACT_JOINTS
from tests.motion.motions import random_motion
from tests.motion.test_ground import sliding, standing


@pytest.mark.parametrize("fps", [24, 25, 30, 60])
def test_every_rate_lasts_as_long_as_the_motion_to_one_frame(fps):
    motion = random_motion(100)
    chosen = as_chosen(motion, OutputOptions(fps=fps))

    assert chosen.fps == fps
    assert abs(chosen.seconds - motion.seconds) <= 0.5 / fps
    seconds = torch.arange(0, 3)
    places = joint_positions(as_chosen(motion, OutputOptions(fps=fps, feet="free")))
    whole = places[seconds * fps]
    torch.testing.assert_close(whole, joint_positions(motion)[seconds * 30], atol=2e-4, rtol=0)


def test_in_place_keeps_the_middle_of_the_feet_over_one_spot():
    motion = as_chosen(sliding(90, 0.3), OutputOptions(root="in_place"))
    places = joint_positions(motion)
    middle = places[:, [7, 8]].mean(dim=1)

    assert middle[:, [0, 2]].abs().max() < 1e-5
    turned = as_chosen(sliding(90, 0.3), OutputOptions())
    assert torch.equal(motion.poses, turned.poses)


def test_in_place_leaves_standing_feet_standing():
    sway = standing(60)
    sway.translation[:, 0] += 0.03 * torch.sin(torch.arange(60) / 8.0)
    assert footing(as_chosen(sway, OutputOptions(root="in_place"))).median_speed < 0.002


def test_without_root_motion_the_pelvis_stands_still_above_the_ground():
    motion = with_root(random_motion(20), "off")
    pelvis = joint_positions(motion)[:, 0]

    assert not motion.poses[:, 0].any()
    torch.testing.assert_close(pelvis, torch.tensor([0.0, 0.955, 0.0]).expand(20, 3))
    assert torch.equal(motion.poses[:, 1:], random_motion(20).poses[:, 1:])


def test_a_body_in_its_rest_pose_without_root_motion_stands_on_the_ground():
    motion = with_root(standing(1), "off")
    motion.poses[:] = 0.0
    feet = joint_positions(motion)[0, list(CONTACT_JOINTS), 1]

    assert feet.min() == pytest.approx(0.025, abs=1e-4)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_written_the_same_twice(kind, tmp_path):
    motion = random_motion(5)
    for name in ("a", "b"):
        write_motion(motion, tmp_path / f"{name}.{kind}", kind, {"seed": 1})

    assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
    assert (tmp_path / f"a.{kind}").stat().st_size > 1000
    assert format_of(Path(file_name(kind))) == kind


def test_the_json_holds_motion_and_provenance(tmp_path):
    motion = random_motion(4)
    write_motion(motion, tmp_path / "a.json", "json", {"seed": 3})
    found = json.loads((tmp_path / "a.json").read_text())

    assert found["provenance"] == {"seed": 3}
    assert (found["fps"], found["frames"]) == (30.0, 4)
    poses = torch.tensor(found["poses"]).reshape(4, 55, 3)
    torch.testing.assert_close(poses, motion.poses, atol=1e-5, rtol=0)


def test_all_but_the_motion_stands_before_the_poses(tmp_path):
    """Whoever wants the words of an hour stops reading there."""
    beside = {"annotations": {"words": [{"word": ', "poses": ['}]}, "provenance": {"seed": 3}}
    write_json(random_motion(4), tmp_path / "a.json", beside)

    head, _, motion = (tmp_path / "a.json").read_bytes().partition(b', "poses": [')

    told = json.loads(head + b"}")
    assert told | beside == told
    assert set(told) == {"fps", "frames", "joints", "annotations", "provenance"}
    assert motion.count(b'"translation": [') == 1


def test_feet_left_free_are_left_alone(tmp_path):
    motion = random_motion(12)
    write_motion(as_chosen(motion, OutputOptions(feet="free")), tmp_path / "a.npz", "npz")

    assert torch.equal(read_npz(tmp_path / "a.npz").poses, motion.poses)


@pytest.mark.parametrize("formats", [(), ("bvh", "bvh")])
def test_no_format_and_one_twice_are_refused(formats):
    with pytest.raises(ValueError, match="formats must be one of npz"):
        OutputOptions(formats=formats)


def test_a_name_without_a_format_is_refused():
    with pytest.raises(ValueError, match=r"a\.fbx names no format"):
        format_of(Path("a.fbx"))
    assert format_of(Path("Take.CSV")) == "arkit.csv"
