"""The GLB is valid and moves exactly as the motion does."""

from pathlib import Path

import numpy as np
import pygltflib
import pytest

from motion.body import joint_positions
from motion.clip import Motion
from motion.export.glb import write_glb
from motion.figure.expression import morph_weights
from motion.parts import JOINT_NAMES, JOINTS
from motion.skinning import posed_vertices
from tests.motion.motions import random_motion
from tests.motion.readers import khronos_issues

_TYPES = {5126: np.float32, 5123: np.uint16, 5121: np.uint8}
_WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}


@pytest.fixture(scope="module")
def motion() -> Motion:
    return random_motion(24, reach=0.7)


@pytest.fixture(scope="module")
def glb(motion, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("glb") / "motion.glb"
    write_glb(motion, path, {"seed": 7, "weights_id": "tiny"})
    return path


@pytest.fixture(scope="module")
def document(glb) -> pygltflib.GLTF2:
    return pygltflib.GLTF2().load(str(glb))


def _array(document: pygltflib.GLTF2, number: int) -> np.ndarray:
    accessor = document.accessors[number]
    view = document.bufferViews[accessor.bufferView]
    content = document.binary_blob()[view.byteOffset : view.byteOffset + view.byteLength]
    values = np.frombuffer(content, _TYPES[accessor.componentType])
    return values.reshape(accessor.count, _WIDTHS[accessor.type]).squeeze()


def _tracks(document: pygltflib.GLTF2) -> dict[tuple[int, str], np.ndarray]:
    animation = document.animations[0]
    return {
        (channel.target.node, channel.target.path): _array(
            document, animation.samplers[channel.sampler].output
        )
        for channel in animation.channels
    }


def _matrix(xyzw: np.ndarray) -> np.ndarray:
    x, y, z, w = (xyzw[:, i].astype(np.float64) for i in range(4))
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
        (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
        (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, -1) for row in rows], -2)


def _world(document: pygltflib.GLTF2, frames: int) -> np.ndarray:
    """World matrices of all joint nodes, from the file alone."""
    tracks = _tracks(document)
    world = np.zeros((frames, JOINTS, 4, 4))

    def visit(number: int, above: np.ndarray) -> None:
        local = np.tile(np.eye(4), (frames, 1, 1))
        local[:, :3, :3] = _matrix(tracks[number, "rotation"])
        local[:, :3, 3] = tracks.get((number, "translation"), document.nodes[number].translation)
        world[:, number] = above @ local
        for child in document.nodes[number].children or []:
            visit(child, world[:, number])

    visit(0, np.tile(np.eye(4), (frames, 1, 1)))
    return world


def test_joints_are_where_our_kinematics_put_them(document, motion):
    found = _world(document, len(motion))[:, :, :3, 3]

    assert [document.nodes[i].name for i in range(JOINTS)] == list(JOINT_NAMES)
    np.testing.assert_allclose(found, joint_positions(motion).numpy(), atol=1e-4)


def test_the_skin_is_where_our_skinning_puts_it(document, motion):
    skin = document.skins[0]
    inverse = _array(document, skin.inverseBindMatrices).reshape(-1, 4, 4).transpose(0, 2, 1)
    moves = _world(document, len(motion))[-1][skin.joints] @ inverse
    strength = _tracks(document)[JOINTS, "weights"].reshape(len(motion), -1)[-1]
    ours = posed_vertices(motion)[-1]

    for primitive in document.meshes[0].primitives:
        attributes = primitive.attributes
        places = _array(document, attributes.POSITION).astype(np.float64)
        for weight, target in zip(strength, primitive.targets, strict=True):
            places = places + weight * _array(document, target["POSITION"])
        weights = _array(document, attributes.WEIGHTS_0)
        blended = (weights[..., None, None] * moves[_array(document, attributes.JOINTS_0)]).sum(1)
        found = np.einsum("vab,vb->va", blended[:, :3, :3], places) + blended[:, :3, 3]
        nearest = np.abs(found[::25, None] - ours[None]).max(axis=2).min(axis=1)
        assert nearest.max() < 1e-4


def test_duration_and_rate_are_those_of_the_motion(document, motion):
    animation = document.animations[0]
    times = _array(document, animation.samplers[0].input)

    assert len(times) == len(motion)
    np.testing.assert_allclose(np.diff(times), 1 / motion.fps, atol=1e-5)
    assert times[0] == 0
    assert abs(times[-1] + 1 / motion.fps - motion.seconds) < 1e-5


def test_quaternions_are_units_and_never_jump(document):
    for (_, path), values in _tracks(document).items():
        if path == "rotation":
            np.testing.assert_allclose(np.linalg.norm(values, axis=1), 1.0, atol=1e-5)
            assert ((values[1:] * values[:-1]).sum(axis=1) > 0).all()


def test_morphs_follow_the_expression(document, motion):
    strength = _tracks(document)[JOINTS, "weights"].reshape(len(motion), -1)

    np.testing.assert_allclose(strength, morph_weights(motion.expression).numpy(), atol=1e-6)


def test_provenance_is_kept(document):
    assert document.asset.extras["provenance"] == {"seed": 7, "weights_id": "tiny"}


def test_the_same_motion_gives_the_same_bytes(glb, motion, tmp_path):
    write_glb(motion, tmp_path / "again.glb", {"seed": 7, "weights_id": "tiny"})

    assert (tmp_path / "again.glb").read_bytes() == glb.read_bytes()


def test_no_frames_are_refused(tmp_path):
    with pytest.raises(ValueError, match="without frames"):
        write_glb(Motion.rest(0, 30.0), tmp_path / "a.glb")


@pytest.mark.parametrize("frames", [1, 24])
def test_the_khronos_validator_finds_nothing(frames, tmp_path):
    write_glb(random_motion(frames), tmp_path / "a.glb")
    issues = khronos_issues(tmp_path / "a.glb")

    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]
