import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from evaluation.face import face_error, face_measurements
from evaluation.positions import ClipPair, MeasuringBody
from motion.clip import Motion
from motion.parts import joint
from tests.evaluation.changes import frozen, mirrored, noisy, shifted, warped
from tests.motion.motions import random_motion

BODY = MeasuringBody()
JAW = joint("jaw")


@pytest.fixture(scope="module")
def motion():
    return random_motion(300, reach=0.2)


def errors(generated, real):
    return face_error(BODY, ClipPair("a", generated, real))


def jaw(angles):
    motion = Motion.rest(len(angles), 30)
    motion.poses[:, JAW, 0] = torch.as_tensor(angles)
    return motion


def test_identical_faces_have_no_error(motion):
    found = errors(motion, motion)
    assert (found.squared, found.movement, found.movement_older) == (0.0, 0.0, 0.0)
    assert found.frames == 300


def test_errors_are_those_of_the_formulas_across_block_borders():
    rng = np.random.default_rng(0)
    generated, real = jaw(rng.uniform(0, 0.3, 300)), jaw(rng.uniform(0, 0.3, 300))
    p, g = (np.concatenate(list(BODY.face(m))).astype(np.float64) for m in (generated, real))
    size = p[0].size

    found = errors(generated, real)

    assert found.squared == pytest.approx(((p - g) ** 2).sum() / size)
    assert found.movement == pytest.approx(
        np.abs(np.diff(p, axis=0) - np.diff(g, axis=0)).sum() / size
    )
    assert found.movement_older == pytest.approx(np.abs(p[1:] - g[1:]).sum() / size)


def test_noise_raises_all_errors_the_more_of_it_there_is(motion):
    small, large = (errors(noisy(motion, size), motion) for size in (0.05, 0.2))
    assert 0 < small.squared < large.squared
    assert 0 < small.movement < large.movement
    assert 0 < small.movement_older < large.movement_older


@pytest.mark.parametrize("change", [frozen, mirrored, warped, lambda m: shifted(m, 40)])
def test_freezing_mirroring_warping_and_shifting_raise_all_errors(motion, change):
    found = errors(change(motion), motion)
    assert min(found.squared, found.movement, found.movement_older) > 1e-5


def test_a_mouth_held_further_open_is_an_error_of_place_not_of_movement():
    found = errors(jaw(np.full(60, 0.3)), jaw(np.full(60, 0.1)))
    assert found.squared > 1e-6
    assert found.movement == pytest.approx(0.0, abs=1e-6)


def test_the_body_does_not_count(motion):
    poses = motion.poses.clone()
    poses[:, :JAW] += 0.4
    poses[:, JAW + 1 :] += 0.4
    moved = replace(motion, poses=poses, translation=motion.translation + 1)
    assert errors(moved, motion).squared == 0.0


def test_measurements_are_means_over_frames_and_name_the_body(motion):
    still, moving = errors(motion, motion), errors(noisy(motion, 0.1), motion)

    squared, movement, older = face_measurements([still, moving], BODY)

    assert squared.value == pytest.approx(moving.squared / 600)
    assert movement.value == pytest.approx(moving.movement / 600)
    assert older.value == pytest.approx(moving.movement_older / 600)
    assert squared.made_with == "chironomia mannequin"
    assert squared.why == "2 recordings, 10 are needed; 600 frames, 900 are needed"
    assert all(math.isnan(none.value) for none in face_measurements([], BODY))
