"""The Blender add-on and the real service: in a Blender that only listens, and in a real one."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import chironomia.addons
from service.supervisor import Supervisor
from speech.audio import read_header
from tests.chironomia.nasty import DROP, nasty, refused, said
from tests.service.serving import served, wait_until
from tests.service.world import copied_world, silence, spoken

ADDON = Path(chironomia.addons.__file__).parent / "chironomia_blender.py"
IN_BLENDER = Path(__file__).parent / "in_blender.py"
SECONDS = 2.0


class Strips(list):
    """Strips of a sequencer."""

    def __init__(self) -> None:
        super().__init__()
        self.packed = []

    def new_sound(self, name, path, channel, frame):
        sound = SimpleNamespace(pack=lambda: self.packed.append(path))
        given = SimpleNamespace(name=name, path=path, channel=channel, frame=frame, sound=sound)
        self.append(given)
        return given


class Listening(ModuleType):
    """A ``bpy`` with the few things in it that the add-on touches."""

    def __init__(self, url: str, sound: Path) -> None:
        super().__init__("bpy")
        kinds = ("AddonPreferences", "PropertyGroup", "Operator", "Panel", "Object", "Scene")
        self.types = SimpleNamespace(**{kind: type(kind, (), {}) for kind in kinds})
        self.types.Operator.report = lambda _self, kind, text: self.reports.append((kind, text))
        prop = lambda **_told: None  # noqa: E731
        names = ("StringProperty", "IntProperty", "EnumProperty", "PointerProperty")
        self.props = SimpleNamespace(**dict.fromkeys(names, prop))
        self.classes, self.reports, self.timers, self.read = [], [], [], []
        self.utils = SimpleNamespace(
            register_class=self.classes.append, unregister_class=self.classes.remove
        )
        timers = SimpleNamespace(register=lambda call, **_told: self.timers.append(call))
        self.app = SimpleNamespace(timers=timers)
        self.path = SimpleNamespace(abspath=str)
        self.data = SimpleNamespace(objects=[])
        self.ops = SimpleNamespace(import_scene=SimpleNamespace(gltf=self._import))
        self.editor = SimpleNamespace(strips=Strips())
        asked = SimpleNamespace(sound=str(sound), speaker=-1, seed=7, fps="24")
        asked.text = asked.text_file = ""
        preferences = SimpleNamespace(preferences=SimpleNamespace(url=url, key=""))
        self.context = SimpleNamespace(
            scene=SimpleNamespace(
                chironomia=asked,
                render=SimpleNamespace(fps=24, fps_base=1.0),
                sequence_editor_create=lambda: self.editor,
            ),
            preferences=SimpleNamespace(addons={"chironomia_blender": preferences}),
            window_manager=SimpleNamespace(windows=[]),
        )

    def _import(self, filepath: str) -> None:
        self.read.append((filepath, Path(filepath).read_bytes()[:4]))
        action = SimpleNamespace(frame_range=(0.0, SECONDS * 24 - 1))
        data = SimpleNamespace(action=action)
        self.data.objects.append(Thing(type="ARMATURE", name="root", animation_data=data))


class Thing(SimpleNamespace):
    """An object of the scene."""

    __hash__ = object.__hash__


def opened(monkeypatch, blender: Listening) -> ModuleType:
    monkeypatch.setitem(sys.modules, "bpy", blender)
    spec = importlib.util.spec_from_file_location("chironomia_blender", ADDON)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.register()
    return module


def pressed(module: ModuleType, blender: Listening, cancel: bool = False) -> str:
    assert module.ChironomiaSend().execute(blender.context) == {"FINISHED"}
    assert not module.ChironomiaSend.poll(blender.context)
    if cancel:
        module.ChironomiaCancel().execute(blender.context)
    [tick] = blender.timers
    wait_until(lambda: tick() is None)
    blender.timers.clear()
    return module.Running.told


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "talk.wav"
    path.write_bytes(spoken(SECONDS))
    return path


def test_the_button_sends_a_sound_and_the_timer_brings_the_result(service, sound, monkeypatch):
    blender = Listening(str(service.base_url), sound)
    module = opened(monkeypatch, blender)

    assert pressed(module, blender) == "Gestures talk is in the scene"
    assert [kind for _, kind in blender.read] == [b"glTF"]
    [strip] = blender.editor.strips
    assert (strip.path, strip.channel, strip.frame) == (str(sound), 1, 0)
    scene = blender.context.scene
    assert (scene.frame_start, scene.frame_end, scene.render.fps) == (0, 47, 24)

    sound.write_bytes(silence())
    assert pressed(module, blender).startswith("Failed: the sound is silent")
    sound.write_bytes(spoken(120.0))
    assert pressed(module, blender, cancel=True) == "Failed: the job was canceled"
    module.unregister()
    assert blender.classes == []


@pytest.fixture
def speaking(settings, tmp_path):
    """A service of its own, which speaks, and waits for nobody else's jobs."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("no espeak-ng")
    apart = copied_world(settings, tmp_path / "home", tts="espeak-ng")
    given_up = []
    with Supervisor(apart, lambda: given_up.append(True)), served(apart) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        yield client
    assert not given_up


def test_a_text_is_spoken_and_its_sound_stands_beside_the_gestures(speaking, tmp_path, monkeypatch):
    (tmp_path / "said.txt").write_text("we stayed inside because it rained", "utf-8")
    blender = Listening(str(speaking.base_url), "")
    module, asked = opened(monkeypatch, blender), blender.context.scene.chironomia
    asked.text = "the huge river rose"
    assert pressed(module, blender) == "Gestures speech is in the scene"
    asked.text, asked.text_file = "", str(tmp_path / "said.txt")
    assert pressed(module, blender) == "Gestures speech is in the scene"

    typed, read = blender.editor.strips
    seconds = [read_header(Path(strip.path)).seconds for strip in (typed, read)]
    assert 0.5 < seconds[0] < seconds[1]
    assert blender.editor.strips.packed == [typed.path, read.path]
    assert [strip.channel for strip in (typed, read)] == [1, 2]


def test_nothing_to_say_and_a_text_that_cannot_be_read_are_told_at_once(tmp_path, monkeypatch):
    blender = Listening("http://127.0.0.1:9", "")
    module, asked = opened(monkeypatch, blender), blender.context.scene.chironomia
    (tmp_path / "odd.txt").write_bytes(b"\xff\xfe\xff")
    for file in ("", str(tmp_path / "none.txt"), str(tmp_path / "odd.txt")):
        asked.text_file = file
        assert module.ChironomiaSend().execute(blender.context) == {"CANCELLED"}
    told = [text for _, text in blender.reports]
    assert "no sound chosen, and no text" in told[0]
    assert "none.txt" in told[1]
    assert "utf-8" in told[2]
    assert blender.timers == []


def test_a_sound_that_is_not_there_is_told_at_once(tmp_path, monkeypatch):
    blender = Listening("http://127.0.0.1:9", tmp_path / "none.wav")
    module = opened(monkeypatch, blender)
    assert module.ChironomiaSend().execute(blender.context) == {"CANCELLED"}
    assert "There is no sound" in blender.reports[0][1]
    assert blender.timers == []


def test_trouble_that_passes_is_waited_out_under_one_key(sound, monkeypatch):
    script = (DROP, refused(429, "overloaded", "queue_full", True), said({"id": "a"}))
    with nasty(*script) as server:
        module = opened(monkeypatch, Listening(server.url, sound))
        monkeypatch.setattr(module.time, "sleep", lambda _seconds: None)
        assert module.Service(server.url, "k").submit(sound, 3, {}) == {"id": "a"}
    assert len({each.headers["idempotency-key"] for each in server.seen}) == 1
    assert {each.headers["authorization"] for each in server.seen} == {"Bearer k"}
    assert server.seen[-1].form["speaker"] == b"3"
    assert server.seen[-1].form["sound"] == sound.read_bytes()


def test_a_real_blender_gets_an_armature_that_moves_with_its_sound(speaking, sound, tmp_path):
    python = os.environ.get("BPY_PYTHON")
    if python is None:
        pytest.skip("no Blender: pip install bpy into a Python and name that in BPY_PYTHON")
    home = {"HOME": str(tmp_path), "BLENDER_USER_RESOURCES": str(tmp_path / "blender")}
    silent = tmp_path / "silent.wav"
    silent.write_bytes(silence())
    given = (IN_BLENDER, ADDON, speaking.base_url, sound, silent)
    command = [python, *map(str, given)]
    run = subprocess.run(command, env=os.environ | home, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.strip().splitlines()[-1])

    assert found["armature"] == "Gestures talk"
    assert found["bones"] == 55
    assert found["span"] == pytest.approx([0, SECONDS * 24 - 1], abs=1)
    assert found["scene"] == pytest.approx([*found["span"], 24])
    [[kind, frames]] = found["strips"]
    assert (kind, frames) == ("SOUND", pytest.approx(SECONDS * 24, abs=1))
    assert found["vertices"] > 1000
    assert found["moves"] > 0.001
    first, silence_refused, canceled, missing, text = found["told"]
    assert first == "Gestures talk is in the scene"
    assert silence_refused.startswith("Failed: the sound is silent")
    assert canceled == "Failed: the job was canceled"
    assert "There is no sound" in missing
    assert text == "Gestures speech is in the scene"
    frames, size = found["spoken"]
    assert frames > 12
    assert size > 10_000, "the sound of the text is not in the scene's file"
