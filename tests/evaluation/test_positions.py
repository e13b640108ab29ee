"""Joints and faces for measures; on SMPL-X, where smplx is installed, with a made-up model."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from evaluation.positions import ClipPair, MeasuredOn, MeasuringBody
from motion.body import joint_positions
from motion.mannequin import mannequin
from motion.parts import JOINTS, joint
from motion.skinning import posed
from motion.smplx_model import FILE_NAME, SmplxModel
from tests.motion.motions import random_motion
from tests.motion.test_smplx_model import _model_arrays

OWN = MeasuringBody()


@pytest.fixture(scope="module")
def smplx(tmp_path_factory):
    pytest.importorskip("smplx", reason="the extra smplx is not installed")
    folder = tmp_path_factory.mktemp("models")
    np.savez(folder / FILE_NAME, **_model_arrays())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MeasuringBody(SmplxModel.load(folder))


def bodies(smplx):
    return (OWN, smplx)


def test_every_position_says_whose_it_is(smplx):
    motion = random_motion(3)

    assert OWN.positions(motion).body is OWN.skeleton is MeasuredOn.SKELETON
    assert smplx.positions(motion).body is smplx.skeleton is MeasuredOn.SMPLX
    assert (OWN.surface, smplx.surface) == (MeasuredOn.MANNEQUIN, MeasuredOn.SMPLX)


def test_an_upright_body_ignores_turning_place_and_face_but_a_kept_one_turns(smplx):
    motion = random_motion(300)
    poses = motion.poses.clone()
    poses[:, joint("pelvis")] += 0.7
    poses[:, joint("jaw")] += 0.7
    moved = replace(
        motion, poses=poses, translation=motion.translation + 2, expression=-motion.expression
    )

    for body in bodies(smplx):
        found, expected = body.positions(moved), body.positions(motion)
        assert found.joints.shape == (300, JOINTS, 3)
        np.testing.assert_allclose(found.joints, expected.joints, atol=1e-5)
        kept = body.positions(moved, "kept").joints - body.positions(motion, "kept").joints
        assert np.abs(kept).max() > 0.05


def test_our_skeleton_is_that_of_forward_kinematics():
    motion = replace(random_motion(4), translation=torch.zeros(4, 3))
    motion.poses[:, [joint("jaw"), joint("left_eye_smplhf"), joint("right_eye_smplhf")]] = 0.0

    np.testing.assert_array_equal(OWN.positions(motion, "kept").joints, joint_positions(motion))


def test_the_mannequins_face_is_skinned_as_the_whole_body_is():
    motion = random_motion(300)
    poses = torch.zeros_like(motion.poses)
    poses[:, joint("jaw")] = motion.poses[:, joint("jaw")]
    whole = posed(replace(motion, poses=poses, translation=torch.zeros(300, 3))).vertices
    body = mannequin()
    movable = (body.dense_weights[:, joint("jaw")] > 0) | body.morphs.any(axis=(0, 2))

    face = np.concatenate(list(OWN.face(motion)))

    assert 0 < movable.sum() < len(movable)
    np.testing.assert_allclose(face, whole[:, movable], atol=1e-6)
    np.testing.assert_allclose(np.ptp(whole[:, ~movable], axis=0), 0.0, atol=1e-6)


def test_faces_of_smplx_come_in_blocks_and_ignore_the_body(smplx):
    motion = random_motion(300)
    poses = motion.poses.clone()
    poses[:, : joint("jaw")] = 0.3

    blocks = list(smplx.face(motion))
    other = np.concatenate(list(smplx.face(replace(motion, poses=poses))))

    assert [len(block) for block in blocks] == [256, 44]
    np.testing.assert_allclose(np.concatenate(blocks), other, atol=1e-5)


def test_a_pair_has_the_shorter_length_the_corpus_rate_and_the_real_shape():
    generated, real = random_motion(40, fps=15), random_motion(100, seed=1)

    pair = ClipPair.matched("a", generated, real)

    assert len(pair.generated) == len(pair.real) == 80
    assert pair.generated.fps == pair.real.fps == 30
    assert torch.equal(pair.generated.betas, real.betas)


def test_a_motion_without_frames_is_refused():
    with pytest.raises(ValueError, match="no frames"):
        ClipPair.matched("a", random_motion(0), random_motion(3))
