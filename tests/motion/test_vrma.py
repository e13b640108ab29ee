"""The VRM animation: a strict T-pose, 52 humanoid bones, four expressions."""

import numpy as np
import pygltflib
import pytest
import torch

from motion.body import joint_positions
from motion.clip import Motion
from motion.export.arkit import face_curves
from motion.export.vrma import BONES, EXPRESSIONS, straight_offsets, write_vrma
from motion.parts import JOINT_NAMES, PARENTS, joint
from tests.motion.motions import random_motion
from tests.motion.readers import khronos_issues, read_by_node


@pytest.fixture(scope="module")
def motion():
    return random_motion(24, reach=0.7)


@pytest.fixture(scope="module")
def vrma(motion, tmp_path_factory):
    path = tmp_path_factory.mktemp("vrma") / "motion.vrma"
    write_vrma(motion, path, {"seed": 7})
    return path


@pytest.fixture(scope="module")
def document(vrma):
    return pygltflib.GLTF2().load_binary(str(vrma))


def _rest():
    places = straight_offsets().clone()
    for child in range(1, len(PARENTS)):
        places[child] += places[PARENTS[child]]
    return {name: places[number].numpy() for number, name in enumerate(JOINT_NAMES)}


def test_the_rest_pose_is_a_strict_t_pose():
    rest = _rest()
    for side in ("left", "right"):
        arm = [rest[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist", "middle1")]
        leg = [rest[f"{side}_{name}"] for name in ("hip", "knee", "ankle")]
        np.testing.assert_allclose(np.diff(arm, axis=0)[:, 1:], 0.0, atol=1e-6)
        np.testing.assert_allclose(np.diff(leg, axis=0)[:, [0, 2]], 0.0, atol=1e-6)
        toes = rest[f"{side}_foot"] - rest[f"{side}_ankle"]
        assert abs(toes[0]) < 1e-6
        assert toes[2] > 0.1
    assert rest["left_wrist"][0] > 0.6
    assert 0.0 < rest["left_foot"][1] < 0.03


def test_every_bone_of_a_vrm_is_mapped_but_eyes_and_jaw(document):
    extension = document.extensions["VRMC_vrm_animation"]
    bones = extension["humanoid"]["humanBones"]

    assert extension["specVersion"] == "1.0"
    assert len(bones) == len(BONES) == 52
    mapped = {document.nodes[bone["node"]].name for bone in bones.values()}
    assert set(JOINT_NAMES) - mapped == {"jaw", "left_eye_smplhf", "right_eye_smplhf"}
    assert bones["leftUpperArm"]["node"] == joint("left_shoulder")
    assert bones["rightLittleDistal"]["node"] == joint("right_pinky3")


def test_provenance_is_kept(document):
    assert document.asset.extras["provenance"] == {"seed": 7}


def test_the_khronos_validator_finds_nothing_but_its_unknown_extension(vrma):
    issues = khronos_issues(vrma)

    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]
    codes = {message["code"] for message in issues["messages"]}
    assert codes <= {"UNSUPPORTED_EXTENSION", "UNUSED_OBJECT", "NODE_EMPTY"}


def test_three_vrm_moves_an_avatar_by_it(vrma, motion):
    found = read_by_node("vrma", vrma, motion).found
    curves = face_curves(motion)
    opened = curves["JawOpen"] - curves["MouthClose"]
    expected = (opened, curves["MouthPucker"], curves["MouthSmileLeft"], curves["EyeBlinkLeft"])

    assert found["tracks"] == 52 + 1 + len(EXPRESSIONS)
    assert found["hips"] == pytest.approx(0.955, abs=1e-3)
    np.testing.assert_allclose(found["strengths"], np.stack(expected, axis=1), atol=1e-4)


def test_a_standing_person_stands_on_the_ground_of_the_avatar():
    standing = Motion.rest(2, 30.0)
    lifted = Motion(
        standing.poses,
        torch.tensor([[0.0, 1.305, 0.0]]).repeat(2, 1),
        standing.expression,
        30.0,
    )
    assert joint_positions(lifted)[0, 0, 1] == pytest.approx(0.955, abs=1e-4)


def test_no_frames_are_refused(tmp_path):
    with pytest.raises(ValueError, match="without frames"):
        write_vrma(Motion.rest(0, 30.0), tmp_path / "a.vrma")
