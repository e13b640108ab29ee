"""A user's SMPL-X file is used exactly; the file here is made up by the test."""

import warnings

import numpy as np
import pytest
import torch

from motion.body import Skeleton
from motion.clip import Motion
from motion.parts import BETAS, EXPRESSIONS, JOINTS, LEFT_HAND, PARENTS, joint
from motion.smplx_model import FILE_NAME, BodyModelError, SmplxModel
from motion.timeline import FrameSpan
from tests.motion.motions import random_motion

pytest.importorskip("smplx", reason="the extra smplx is not installed")
VERTICES = 3 * JOINTS


def _model_arrays() -> dict[str, np.ndarray]:
    """Three vertices around each joint of a random skeleton; a made-up shape space."""
    rng = np.random.default_rng(0)
    joints = np.zeros((JOINTS, 3))
    for child in range(1, JOINTS):
        joints[child] = joints[PARENTS[child]] + rng.normal(0, 0.1, 3)
    around = rng.normal(0, 0.02, (JOINTS, 3, 3))
    around -= around.mean(axis=1, keepdims=True)
    regressor = np.zeros((JOINTS, VERTICES))
    weights = np.zeros((VERTICES, JOINTS))
    for number in range(JOINTS):
        regressor[number, 3 * number : 3 * number + 3] = 1 / 3
        weights[3 * number : 3 * number + 3, number] = 1.0
    parents = np.array(PARENTS)
    parents[0] = 2**32 - 1
    return {
        "v_template": (joints[:, None] + around).reshape(-1, 3),
        "f": np.arange(VERTICES).reshape(-1, 3).astype(np.uint32),
        "shapedirs": rng.normal(0, 0.001, (VERTICES, 3, BETAS + EXPRESSIONS)),
        "posedirs": np.zeros((VERTICES, 3, (JOINTS - 1) * 9)),
        "J_regressor": regressor,
        "weights": weights,
        "kintree_table": np.stack((parents, np.arange(JOINTS))).astype(np.int64),
        "hands_componentsl": np.eye(45),
        "hands_componentsr": np.eye(45),
        "hands_meanl": np.full(45, 0.3),
        "hands_meanr": np.full(45, 0.3),
        "lmk_faces_idx": np.zeros(51, np.int64),
        "lmk_bary_coords": np.full((51, 3), 1 / 3),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("models")
    np.savez(path / FILE_NAME, **_model_arrays())
    return path


@pytest.fixture(scope="module")
def model(folder) -> SmplxModel:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SmplxModel.load(folder)


def _expected_joints(motion: Motion, betas: torch.Tensor) -> np.ndarray:
    """Joints by our own kinematics on the made-up skeleton."""
    arrays = _model_arrays()
    shape = np.concatenate((betas.numpy(), motion.expression[0].numpy()))
    vertices = arrays["v_template"] + arrays["shapedirs"] @ shape
    rest = arrays["J_regressor"] @ vertices
    offsets = rest.copy()
    for child in range(1, JOINTS):
        offsets[child] -= rest[PARENTS[child]]
    skeleton = Skeleton(torch.tensor(offsets, dtype=torch.float32))
    return skeleton.positions(motion.poses, motion.translation).numpy()


def test_joints_follow_the_model_shape_expression_and_poses(model):
    motion = random_motion(1, reach=0.8)
    body = model.body(motion)

    assert body.joints.shape == (1, JOINTS, 3)
    assert body.vertices.shape == (1, VERTICES, 3)
    np.testing.assert_allclose(
        body.joints.numpy(), _expected_joints(motion, motion.betas), atol=1e-5
    )


def test_without_a_known_shape_the_mean_shape_is_used(model):
    motion = random_motion(1)
    plain = Motion(motion.poses, motion.translation, motion.expression, motion.fps)

    found = model.body(plain).joints.numpy()
    np.testing.assert_allclose(found, _expected_joints(plain, torch.zeros(BETAS)), atol=1e-5)


def test_hands_are_counted_from_the_flat_hand(model):
    rest = Motion.rest(1, 30.0)
    place = model.body(rest).joints[0].numpy()
    arrays = _model_arrays()
    flat = arrays["J_regressor"] @ arrays["v_template"]

    np.testing.assert_allclose(place[list(LEFT_HAND)], flat[list(LEFT_HAND)], atol=1e-5)


def test_long_motions_give_the_same_frames_as_short_ones(model):
    motion = random_motion(300)
    body = model.body(motion)
    last = model.body(motion[FrameSpan(299, 300)])
    torch.testing.assert_close(body.joints[299:], last.joints, atol=1e-5, rtol=0)
    assert not body.joints.requires_grad


def test_each_pose_goes_to_its_own_joint(model):
    rest = model.body(Motion.rest(1, 30.0)).vertices[0]
    for name in ("pelvis", "head", "jaw", "left_eye_smplhf", "right_eye_smplhf", "left_thumb3"):
        poses = torch.zeros(1, JOINTS, 3)
        poses[0, joint(name), 1] = 0.5
        still = Motion.rest(1, 30.0)
        moved = model.body(Motion(poses, still.translation, still.expression, 30.0)).vertices[0]
        changed = {int(v) // 3 for v in torch.nonzero((moved - rest).norm(dim=-1) > 1e-5)[:, 0]}
        below = {joint(name)}
        for child, parent in enumerate(PARENTS):
            if parent in below:
                below.add(child)
        assert changed == below, name


def test_a_missing_file_says_which_and_how_to_get_it(tmp_path):
    with pytest.raises(BodyModelError, match=FILE_NAME) as raised:
        SmplxModel.load(tmp_path)
    assert "smpl-x.is.tue.mpg.de" in str(raised.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda arrays: arrays.pop("posedirs"), r"lacks \['posedirs'\]"),
        (
            lambda arrays: arrays.update(shapedirs=arrays["shapedirs"][..., :20]),
            "at least 400 columns",
        ),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, change, message):
    arrays = _model_arrays()
    change(arrays)
    np.savez(tmp_path / "model.npz", **arrays)

    with pytest.raises(BodyModelError, match=message):
        SmplxModel.load(tmp_path / "model.npz")


def test_a_file_that_is_no_npz_is_refused(tmp_path):
    (tmp_path / "model.npz").write_bytes(b"PK\x03\x04 not really")

    with pytest.raises(BodyModelError, match="not a readable npz"):
        SmplxModel.load(tmp_path / "model.npz")
