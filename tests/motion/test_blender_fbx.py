"""The script for Blender: by a Blender that only listens, and by a real one where there is one."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from motion.body import joint_positions
from motion.export.bvh import write_bvh
from motion.export.glb import write_glb
from motion.figure.shapes import MORPHS
from motion.parts import JOINT_NAMES
from tests.motion.motions import random_motion

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "motion" / "export" / "blender_fbx.py"
READER = ROOT / "tests" / "motion" / "readers" / "in_blender.py"
FRAMES = (0, 7, 19)


class Listening(ModuleType):
    """A ``bpy`` that writes down what it is told, with a scene to write on."""

    def __init__(self, ranges):
        super().__init__("bpy")
        self.told = []
        scene = SimpleNamespace(render=SimpleNamespace(fps=24, fps_base=1.0))
        self.context = SimpleNamespace(scene=scene)
        ball = SimpleNamespace(type="MESH", modifiers=[])
        body = SimpleNamespace(type="MESH", modifiers=["ARMATURE"])
        self.data = SimpleNamespace(
            actions=[SimpleNamespace(frame_range=span) for span in ranges],
            objects=Objects([ball, body]),
        )
        self.ops = SimpleNamespace(
            wm=SimpleNamespace(read_factory_settings=self.hear("empty")),
            import_scene=SimpleNamespace(gltf=self.hear("read")),
            export_scene=SimpleNamespace(fbx=self.hear("write")),
        )

    def hear(self, what):
        def heard(**said):
            fps = self.context.scene.render.fps / self.context.scene.render.fps_base
            self.told.append((what, said, fps))

        return heard


class Objects(list):
    """What lies in the scene."""


@pytest.fixture
def glb(tmp_path):
    path = tmp_path / "motion.glb"
    write_glb(random_motion(20, fps=25.0), path)
    return path


def _script(monkeypatch, blender):
    monkeypatch.setitem(sys.modules, "bpy", blender)
    spec = importlib.util.spec_from_file_location("blender_fbx", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_blender_is_told_the_rate_before_it_reads(glb, tmp_path, monkeypatch):
    blender = Listening([(0.0, 19.0), (0.0, 19.0)])
    target = tmp_path / "motion.fbx"
    _script(monkeypatch, blender).main(["blender", "--python", "x", "--", str(glb), str(target)])

    assert [what for what, *_ in blender.told] == ["empty", "read", "write"]
    (_, read, fps), (_, written, _) = blender.told[1:]
    assert read == {"filepath": str(glb)}
    assert fps == 25.0
    assert written["filepath"] == str(target)
    assert written["add_leaf_bones"] is False
    assert written["bake_anim_simplify_factor"] == 0.0
    assert (blender.context.scene.frame_start, blender.context.scene.frame_end) == (0, 19)
    assert [each.modifiers for each in blender.data.objects] == [["ARMATURE"]]


@pytest.mark.parametrize("names", [[], ["--"], ["--", "a.glb"], ["--", "a", "b", "c"]])
def test_anything_but_two_files_is_refused(names, monkeypatch):
    blender = Listening([])
    with pytest.raises(SystemExit, match="two files are needed"):
        _script(monkeypatch, blender).main(["blender", *names])
    assert blender.told == []


def test_what_is_no_glb_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a.glb").write_bytes(b"solid cube, a text of some other kind")
    with pytest.raises(SystemExit, match="is no GLB"):
        _script(monkeypatch, Listening([])).convert(tmp_path / "a.glb", tmp_path / "a.fbx")


def _blender() -> str:
    """A Python that has Blender in it (`pip install bpy`), named by the environment."""
    python = os.environ.get("BPY_PYTHON")
    if python is None:
        pytest.skip("no Blender: pip install bpy into a Python and name that in BPY_PYTHON")
    return python


@pytest.mark.parametrize("kind", ["glb", "bvh", "fbx"])
def test_a_real_blender_sees_joints_where_the_motion_has_them(kind, tmp_path):
    blender, motion = _blender(), random_motion(20, reach=0.8)
    path = tmp_path / f"motion.{kind}"
    write_glb(motion, tmp_path / "motion.glb")
    write_bvh(motion, tmp_path / "motion.bvh")
    if kind == "fbx":
        command = [blender, str(SCRIPT), "--", str(tmp_path / "motion.glb"), str(path)]
        subprocess.run(command, check=True, capture_output=True)
    frames = ",".join(map(str, FRAMES))
    command = [blender, str(READER), str(path), str(motion.fps), frames]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    read = json.loads(run.stdout.strip().splitlines()[-1])

    expected = joint_positions(motion).numpy()
    for frame, places in zip(FRAMES, read["places"], strict=True):
        found = np.array([places[name] for name in JOINT_NAMES])
        assert np.abs(found - expected[frame]).max() < 1e-4
    assert read["fps"] == 30
    if kind == "fbx":
        assert read["morphs"] == [str(morph) for morph in MORPHS]
        assert read["meshes"] == 1
