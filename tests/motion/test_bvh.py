"""The BVH, read by a reader of its own, stands where the motion stands at every frame."""

import math

import numpy as np
import pytest
import torch

from motion.body import joint_positions
from motion.clip import Motion
from motion.export.bvh import CENTIMETRES, euler_angles, unwrapped, write_bvh
from motion.parts import JOINT_NAMES, JOINTS, PARENTS
from tests.motion.motions import random_motion


class Read:
    """A plain reader: hierarchy by braces, channels in the order of their joints."""

    def __init__(self, text):
        head, _, tail = text.partition("MOTION\n")
        self.names, self.parents, self.offsets, self.channels = [], [], [], []
        above = []
        for line in map(str.split, head.splitlines()[1:]):
            match line:
                case ["ROOT" | "JOINT", name]:
                    self.parents.append(above[-1] if above else -1)
                    self.names.append(name)
                    above.append(len(self.names) - 1)
                case ["End", "Site"]:
                    above.append(None)
                case ["OFFSET", *numbers] if above[-1] is not None:
                    self.offsets.append(np.array(numbers, float))
                case ["CHANNELS", count, *kinds]:
                    assert int(count) == len(kinds)
                    self.channels.append(kinds)
                case ["}"]:
                    above.pop()
        frames, step, *rows = tail.splitlines()
        self.frames, self.step = int(frames.split()[1]), float(step.split()[2])
        self.rows = np.array([row.split() for row in rows], float)

    def positions(self):
        world, places, at = [], [], 0
        for joint, kinds in enumerate(self.channels):
            values = self.rows[:, at : at + len(kinds)]
            at += len(kinds)
            local = np.tile(np.eye(3), (self.frames, 1, 1))
            moved = np.tile(self.offsets[joint], (self.frames, 1))
            for kind, value in zip(kinds, values.T, strict=True):
                axis = "XYZ".index(kind[0])
                if kind.endswith("position"):
                    moved[:, axis] += value
                else:
                    local = local @ turn(axis, np.radians(value))
            parent = self.parents[joint]
            if parent < 0:
                world.append(local)
                places.append(moved)
            else:
                world.append(world[parent] @ local)
                places.append(places[parent] + (world[parent] @ moved[..., None])[..., 0])
        assert at == self.rows.shape[1]
        return np.stack(places, axis=1)


def turn(axis, angles):
    sine, cosine = np.sin(angles), np.cos(angles)
    matrix = np.tile(np.eye(3), (len(angles), 1, 1))
    one, other = (axis + 1) % 3, (axis + 2) % 3
    matrix[:, one, one] = matrix[:, other, other] = cosine
    matrix[:, one, other], matrix[:, other, one] = -sine, sine
    return matrix


@pytest.fixture(scope="module")
def motion():
    return random_motion(30, reach=1.2)


@pytest.fixture(scope="module")
def read(motion, tmp_path_factory):
    path = tmp_path_factory.mktemp("bvh") / "motion.bvh"
    write_bvh(motion, path)
    return Read(path.read_text())


def test_joints_have_the_names_and_parents_of_smplx(read):
    assert sorted(read.names) == sorted(JOINT_NAMES)
    for place, name in enumerate(read.names):
        parent = PARENTS[JOINT_NAMES.index(name)]
        above = read.parents[place]
        assert (read.names[above] if above >= 0 else None) == (
            JOINT_NAMES[parent] if parent >= 0 else None
        )


def test_every_joint_stands_where_the_motion_puts_it_to_a_tenth_of_a_millimetre(read, motion):
    expected = joint_positions(motion).numpy()
    found = read.positions() / CENTIMETRES
    order = [JOINT_NAMES.index(name) for name in read.names]
    assert np.abs(found - expected[:, order]).max() < 1e-4


def test_it_lasts_as_long_as_the_motion(read, motion):
    assert read.frames == len(motion)
    assert read.frames * read.step == pytest.approx(motion.seconds, abs=1e-4)


def test_angles_never_jump_where_the_motion_does_not():
    poses = torch.zeros(200, JOINTS, 3)
    poses[:, 16, 0] = torch.linspace(0.0, 4.0 * math.pi, 200)
    poses[:, 17] = torch.linspace(-3.0, 3.0, 200)[:, None] * torch.tensor([0.5, 0.6, 0.7])
    turning = Motion(poses, torch.zeros(200, 3), torch.zeros(200, 100), 30.0)
    steps = np.abs(np.diff(euler_angles(turning), axis=0))
    assert steps.max() < 0.3


def test_unwrapping_changes_no_rotation():
    angles = np.random.default_rng(0).uniform(-4.0, 4.0, (20, JOINTS, 3))
    for before, after in zip(angles[:, 5], next(unwrapped([angles]))[:, 5], strict=True):
        both = [
            turn(2, each[:1]) @ turn(0, each[1:2]) @ turn(1, each[2:]) for each in (before, after)
        ]
        np.testing.assert_allclose(*both, atol=1e-9)


def test_a_motion_without_frames_is_refused(tmp_path):
    with pytest.raises(ValueError, match="without frames"):
        write_bvh(Motion.rest(0, 30.0), tmp_path / "none.bvh")
