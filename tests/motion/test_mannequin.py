"""The mannequin is one clean skinned body that follows the skeleton."""

import numpy as np
import pytest
import torch

from motion.body import joint_positions
from motion.clip import Motion
from motion.figure.expression import morph_weights
from motion.figure.shapes import MATERIALS, MORPHS, Material, Morph
from motion.figure.strengths import expression_map
from motion.mannequin import mannequin
from motion.parts import EXPRESSIONS, JOINTS, joint
from motion.skinning import posed, posed_vertices
from motion.timeline import FrameSpan
from tests.motion.motions import random_motion


def _rest(frames: int = 1) -> Motion:
    return Motion.rest(frames, 30.0)


def test_the_body_has_the_promised_size_and_is_built_once():
    body = mannequin()

    assert 3000 <= len(body.vertices) <= 6000
    assert body.joint_indices.shape == body.joint_weights.shape == (len(body.vertices), 4)
    assert mannequin() is body


def test_building_twice_gives_the_same_body():
    first = mannequin()
    mannequin.cache_clear()

    assert (mannequin().vertices == first.vertices).all()
    assert (mannequin().quads == first.quads).all()


def test_nobody_can_bend_the_shared_body():
    with pytest.raises(ValueError, match="read-only"):
        mannequin().vertices[0] = 0.0


def test_weights_are_shares_of_one():
    body = mannequin()

    np.testing.assert_allclose(body.joint_weights.sum(axis=1), 1.0, atol=1e-6)
    assert (body.joint_weights >= 0).all()
    assert ((body.joint_indices >= 0) & (body.joint_indices < JOINTS)).all()
    np.testing.assert_allclose(body.dense_weights.sum(axis=1), 1.0, atol=1e-6)


def test_every_joint_but_none_in_vain_moves_some_skin():
    moved = mannequin().dense_weights.max(axis=0)

    assert (moved > 0.3).all(), [number for number in range(JOINTS) if moved[number] <= 0.3]


def test_every_material_is_worn_and_every_vertex_used():
    body = mannequin()

    assert set(body.materials.tolist()) == set(range(len(MATERIALS)))
    assert set(body.quads.ravel().tolist()) == set(range(len(body.vertices)))
    assert np.isfinite(body.vertices).all()
    np.testing.assert_allclose(np.linalg.norm(body.normals, axis=1), 1.0, atol=1e-5)


def test_the_body_is_symmetric():
    vertices = mannequin().vertices
    mirrored = vertices[::20] * np.array((-1.0, 1.0, 1.0), np.float32)
    nearest = np.array([np.abs(vertices - point).max(axis=1).min() for point in mirrored])

    assert (nearest < 1e-4).mean() > 0.97
    assert nearest.max() < 0.01


def test_faces_look_outwards():
    body = mannequin()
    corners = body.vertices[body.faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    agree = (flat * body.normals[body.faces].sum(axis=1)).sum(axis=1)

    assert (agree >= -1e-9).mean() > 0.98


def test_at_rest_nothing_moves():
    posed_rest = posed_vertices(_rest())

    np.testing.assert_allclose(posed_rest[0], mannequin().vertices, atol=1e-6)


def test_skin_follows_its_bone_rigidly():
    body = mannequin()
    motion = random_motion(3, reach=0.6)
    bone = joint("left_index3")
    rigid = np.flatnonzero(body.dense_weights[:, bone] > 0.9999)
    found = posed_vertices(motion)[:, rigid]
    place = joint_positions(motion)[:, bone].numpy()

    assert len(rigid) > 5
    expected = np.linalg.norm(body.vertices[rigid] - body.joints[bone], axis=1)
    distance = np.linalg.norm(found - place[:, None], axis=2)
    np.testing.assert_allclose(distance, np.tile(expected, (3, 1)), atol=1e-5)


def test_frames_are_independent_of_their_neighbours():
    motion = random_motion(4)
    weights = morph_weights(motion.expression)
    whole = posed(motion, weights)
    alone = posed(motion[FrameSpan(2, 3)], weights[2:3])
    np.testing.assert_allclose(whole.vertices[2], alone.vertices[0], atol=1e-5)
    np.testing.assert_allclose(whole.normals[2], alone.normals[0], atol=1e-5)


def test_the_jaw_opens_the_mouth():
    body = mannequin()
    poses = torch.zeros(1, JOINTS, 3)
    poses[0, joint("jaw"), 0] = 0.2
    rest = _rest()
    moved = posed_vertices(Motion(poses, rest.translation, rest.expression, 30.0))[0]
    lips = np.unique(body.quads[body.materials == MATERIALS.index(Material.LIPS)])
    drop = body.vertices[lips, 1] - moved[lips, 1]

    assert drop.max() > 0.012
    assert abs(drop).min() < 0.001


@pytest.mark.parametrize("morph", MORPHS)
def test_each_morph_moves_the_face_a_little_and_nothing_else(morph):
    body = mannequin()
    moved = np.linalg.norm(body.morphs[MORPHS.index(morph)], axis=1)
    chin = body.joints[joint("head"), 1] - 0.08

    assert 0.003 < moved.max() < 0.03
    assert (body.vertices[moved > 1e-4, 1] > chin).all()


def test_a_blink_closes_the_lids_over_the_eyes():
    body = mannequin()
    closed = body.vertices + body.morphs[MORPHS.index(Morph.BLINK)]
    lids = np.linalg.norm(body.morphs[MORPHS.index(Morph.BLINK)], axis=1) > 1e-3
    eye = body.joints[joint("left_eye_smplhf")]
    near = lids & (np.linalg.norm(body.vertices - eye, axis=1) < 0.03)
    away = np.linalg.norm(closed[near] - eye, axis=1)

    assert away.min() > 0.0129


def test_a_still_face_shows_nothing():
    assert not morph_weights(torch.zeros(5, EXPRESSIONS)).any()
    assert morph_weights(torch.zeros(0, EXPRESSIONS)).shape == (0, len(MORPHS))


def test_morph_weights_are_shares():
    weights = morph_weights(random_motion(200).expression * 5)

    assert weights.min() >= 0
    assert weights.max() <= 1
    assert weights.shape == (200, len(MORPHS))


def test_wanted_morphs_become_expressions_that_show_them():
    wanted = torch.zeros(9, len(MORPHS))
    wanted[2, MORPHS.index(Morph.MOUTH_OPEN)] = 0.6
    wanted[6, MORPHS.index(Morph.BLINK)] = 1.0
    shown = morph_weights(wanted @ torch.from_numpy(np.linalg.pinv(expression_map())).T)

    assert shown[2, MORPHS.index(Morph.MOUTH_OPEN)] > shown[0, MORPHS.index(Morph.MOUTH_OPEN)] + 0.5
    assert shown[6, MORPHS.index(Morph.BLINK)] > 0.8
    assert shown[0, MORPHS.index(Morph.BLINK)] == 0
    assert expression_map().shape == (len(MORPHS), EXPRESSIONS)
