"""The body stands, moves and touches the ground as its numbers say."""

import json
import math
import os
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from motion.body import default_skeleton, foot_contact, joint_positions
from motion.clip import Motion
from motion.parts import CONTACT_JOINTS, JOINT_NAMES, JOINTS, PARENTS, joint
from motion.timeline import CORPUS_FPS
from tests.motion.motions import random_motion
from tests.parity import assert_close, load, parity_folder

BVH = (
    Path(os.environ.get("CHIRONOMIA_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    / "odd"
    / "1_wayne_0_1_1_smplx.bvh"
)


def _rodrigues(vector: np.ndarray) -> np.ndarray:
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross


def _slow_positions(poses: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """Forward kinematics by plain recursion, independent of the code under test."""
    offsets = default_skeleton().offsets.double().numpy()

    def world(number: int) -> tuple[np.ndarray, np.ndarray]:
        turn = _rodrigues(poses[number])
        if number == 0:
            return turn, offsets[0] + translation
        parent_turn, parent_place = world(PARENTS[number])
        return parent_turn @ turn, parent_place + parent_turn @ offsets[number]

    return np.stack([world(number)[1] for number in range(JOINTS)])


def test_forward_kinematics_agree_with_plain_recursion():
    motion = random_motion(6, reach=1.0)
    slow = [
        _slow_positions(motion.poses[i].double().numpy(), motion.translation[i].double().numpy())
        for i in range(len(motion))
    ]

    np.testing.assert_allclose(joint_positions(motion).numpy(), np.stack(slow), atol=1e-5)


def test_bones_keep_their_length():
    positions = joint_positions(random_motion(6, reach=1.5))
    lengths = default_skeleton().offsets[1:].norm(dim=-1)
    found = (positions[:, 1:] - positions[:, list(PARENTS[1:])]).norm(dim=-1)

    torch.testing.assert_close(found, lengths.expand_as(found), atol=1e-5, rtol=1e-5)


def test_the_rest_pose_is_symmetric_and_stands_on_the_ground():
    place = joint_positions(
        Motion(torch.zeros(1, 55, 3), torch.tensor([[0.0, 1.3, 0.0]]), torch.zeros(1, 100), 30.0)
    )[0]

    for name in JOINT_NAMES:
        if name.startswith("left_"):
            other = place[joint("right_" + name.removeprefix("left_"))]
            torch.testing.assert_close(place[joint(name)], other * torch.tensor([-1.0, 1.0, 1.0]))
    assert 0.0 < place[list(CONTACT_JOINTS), 1].min() < 0.05
    assert 1.55 < place[joint("head"), 1] < 1.7


def _real_offsets() -> dict[str, np.ndarray]:
    """Bone offsets of a real SMPL-X skeleton, turned from Blender's z up to y up."""
    text = BVH.read_text()
    found = re.findall(r"JOINT (\w+)\s*\{\s*OFFSET ([-\d.]+) ([-\d.]+) ([-\d.]+)", text)
    return {name: np.array((float(x), float(z), -float(y))) for name, x, y, z in found}


@pytest.mark.skipif(not BVH.is_file(), reason=f"no real skeleton at {BVH}")
def test_bones_are_as_long_as_those_of_a_real_person():
    real = _real_offsets()
    ours = default_skeleton().offsets.numpy()
    long_bones = [n for n in JOINT_NAMES[1:] if np.linalg.norm(real[n]) > 0.05]

    assert set(JOINT_NAMES) <= set(real)
    for name in JOINT_NAMES[1:]:
        length, expected = np.linalg.norm(ours[joint(name)]), np.linalg.norm(real[name])
        assert abs(length - expected) < max(0.022, 0.12 * expected), name
    for name in long_bones:
        mine, theirs = ours[joint(name)], real[name]
        cosine = mine @ theirs / np.linalg.norm(mine) / np.linalg.norm(theirs)
        assert cosine > math.cos(math.radians(20)), name
    height = sum(np.linalg.norm(real[n]) for n in ("left_knee", "left_ankle"))
    mine = sum(np.linalg.norm(ours[joint(n)]) for n in ("left_knee", "left_ankle"))
    assert mine == pytest.approx(height, rel=0.08)


def test_a_foot_that_rests_has_contact_and_one_that_moves_has_not():
    positions = torch.zeros(4, JOINTS, 3)
    positions[:, CONTACT_JOINTS[0], 0] = torch.tensor([0.0, 0.005, 0.02, 0.02])

    contact = foot_contact(positions)

    assert contact[:, 0].tolist() == [True, False, True, True]
    assert contact[:, 1:].all()


def test_parity_foot_contact():
    tensors, config = load("discourse_files/feet")
    expected = json.loads((parity_folder() / "discourse_files" / "expected.json").read_text())
    feet = next(value for key, value in tensors.items() if key.startswith("in/feet_positions"))
    assert config["joints"] == list(CONTACT_JOINTS)

    positions = torch.zeros(len(feet), JOINTS, 3)
    positions[:, list(CONTACT_JOINTS)] = feet
    contact = foot_contact(positions)
    assert contact[-1].all()
    assert expected["test_windowed"]
    for window in expected["test_windowed"]:
        wanted = torch.tensor(window["contact"], dtype=torch.float32)
        start = round(window["first_source_frame"] * config["fps"] / CORPUS_FPS)
        found = contact[start : start + len(wanted)].float()
        assert_close(found, wanted, 0.0, f"contacts from frame {start}")
