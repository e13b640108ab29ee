"""Every format puts every joint where the motion has it, as readers of other people see it."""

from dataclasses import replace

import numpy as np
import pytest

from motion.body import joint_positions
from motion.export.bvh import CENTIMETRES, write_bvh
from motion.export.options import OutputOptions, file_name
from motion.export.output import as_chosen, write_motion
from motion.files import read_npz
from motion.parts import JOINT_NAMES
from tests.motion.motions import random_motion
from tests.motion.readers import read_by_node

CASES = [("glb", "gltf", 1.0), ("vrma", "gltf", 1.0), ("vrma", "vrma", 1.0), ("bvh", "bvh", 0.01)]


@pytest.fixture(scope="module", params=[24, 25, 30, 60])
def motion(request):
    options = OutputOptions(fps=request.param, feet="free")
    return as_chosen(random_motion(45, reach=0.9), options)


@pytest.mark.parametrize(("kind", "reader", "unit"), CASES)
def test_joints_stand_where_the_motion_has_them(kind, reader, unit, motion, tmp_path):
    path = tmp_path / file_name(kind)
    write_motion(motion, path, kind)
    read = read_by_node(reader, path, motion)

    order = [JOINT_NAMES.index(name) for name in read.names]
    expected = joint_positions(motion).numpy()[:, order]
    assert sorted(order) == list(range(55))
    assert read.found["warnings"] == []
    assert np.abs(read.places * unit - expected).max() < 1e-4
    assert read.found["duration"] == pytest.approx((len(motion) - 1) / motion.fps, abs=1e-4)


def test_the_npz_gives_the_motion_back(motion, tmp_path):
    write_motion(motion, tmp_path / "a.npz", "npz")
    again = read_npz(tmp_path / "a.npz")

    found, expected = joint_positions(again), joint_positions(motion)
    assert (found - expected).abs().max() < 1e-5
    assert again.fps == motion.fps


def test_a_reader_would_see_a_joint_that_is_off(tmp_path):
    motion = random_motion(3)
    off = replace(motion, translation=motion.translation + 0.001)
    write_bvh(off, tmp_path / "a.bvh")
    read = read_by_node("bvh", tmp_path / "a.bvh", motion)

    order = [JOINT_NAMES.index(name) for name in read.names]
    expected = joint_positions(motion).numpy()[:, order]
    assert np.abs(read.places / CENTIMETRES - expected).max() == pytest.approx(0.001, rel=0.01)
