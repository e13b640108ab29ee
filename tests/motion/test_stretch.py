"""A stretch of a GLB is what the whole file has there."""

import json
import struct

import numpy as np
import pygltflib
import pytest

from motion.export.glb import write_glb
from motion.export.stretch import Performance
from motion.parts import JOINTS
from tests.motion.motions import random_motion

FRAMES, FPS = 95, 30.0
PELVIS, TURNS = 3, 4 * JOINTS


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("stretch") / "motion.glb"
    write_glb(random_motion(FRAMES, FPS), path, {"seed": 7})
    return path


def tracks(content: bytes) -> np.ndarray:
    """Every frame of a GLB as one row, read by another library."""
    document = pygltflib.GLTF2.load_from_bytes(content)
    blob, found = document.binary_blob(), []
    [animation] = document.animations
    for channel in animation.channels:
        accessor = document.accessors[animation.samplers[channel.sampler].output]
        view = document.bufferViews[accessor.bufferView]
        values = np.frombuffer(blob, "<f4", view.byteLength // 4, view.byteOffset)
        times = document.accessors[animation.samplers[channel.sampler].input].count
        found.append(values.reshape(times, -1))
    return np.concatenate(found, axis=1)


@pytest.mark.parametrize(
    ("start", "seconds", "fps", "frames"),
    [
        (0.0, 1.0, None, range(31)),
        (1.01, 0.5, None, range(30, 47)),
        (3.0, 20.0, None, range(90, 95)),
        (0.0, 0.0, None, range(1)),
        (0.0, 1e6, 10.0, range(0, 95, 3)),
        (0.0, 1e6, 1e-3, range(0, 95, 30_000)),
        (0.0, 1.0, 500.0, range(31)),
    ],
)
def test_rows_and_glb_hold_the_frames_of_the_span_and_the_one_that_ends_it(
    whole, start, seconds, fps, frames
):
    performance = Performance.open(whole)
    found = performance.frames(start, seconds, fps)
    assert found == frames
    expected = tracks(whole.read_bytes())[frames.start : frames.stop : frames.step]
    np.testing.assert_array_equal(performance.rows(found), expected)
    np.testing.assert_array_equal(tracks(performance.glb(found)), expected)


def test_a_row_is_the_pelvis_then_the_joints_then_the_face(whole):
    rows = Performance.open(whole).rows(range(FRAMES))
    turns = rows[:, PELVIS : PELVIS + TURNS].reshape(FRAMES, JOINTS, 4)
    np.testing.assert_allclose(np.linalg.norm(turns, axis=-1), 1.0, atol=1e-6)
    face = rows[:, PELVIS + TURNS :]
    [mesh] = pygltflib.GLTF2.load_from_bytes(whole.read_bytes()).meshes
    assert face.shape[1] == len(mesh.weights)


def test_a_stretch_as_glb_has_the_body_says_where_it_lies_and_keeps_no_provenance(whole):
    content = Performance.open(whole).glb(range(30, 61))
    (length,) = struct.unpack_from("<I", content, 12)
    part = json.loads(content[20 : 20 + length])
    (length,) = struct.unpack_from("<I", whole.read_bytes(), 12)
    all_of_it = json.loads(whole.read_bytes()[20 : 20 + length])
    for name in ("nodes", "meshes", "materials", "skins", "scenes"):
        assert part[name] == all_of_it[name]
    extras = part["asset"]["extras"]
    assert (extras["frames"], extras["fps"]) == (31, FPS)
    assert (extras["first_frame"], extras["whole_frames"], extras["whole_fps"]) == (30, FRAMES, FPS)
    assert "provenance" not in extras


def test_a_span_behind_the_end_and_other_files_are_refused(whole, tmp_path):
    with pytest.raises(ValueError, match="3.16667 s, none at 4 s"):
        Performance.open(whole).frames(4.0, 1.0)
    other = tmp_path / "other.glb"
    other.write_bytes(b"not a GLB at all, but long enough for its head")
    with pytest.raises(ValueError, match="not binary glTF"):
        Performance.open(other)
