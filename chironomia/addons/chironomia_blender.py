"""Blender add-on: send a sound or a text to a gesture service, get an armature that gestures.

Install this one file (Preferences, Add-ons, Install from Disk); the panel is in the sidebar of the
3D view. Standard library and Blender alone.
"""

import hashlib
import json
import os
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import bpy

bl_info = {
    "name": "Chironomia",
    "description": "Gestures for a sound or a text, made by a Chironomia service",
    "author": "Chironomia",
    "version": (1, 0, 0),
    "blender": (4, 0, 0),
    "location": "3D View > Sidebar > Chironomia",
    "category": "Animation",
}
Headers = dict[str, str]
Job = dict[str, Any]
TICK_SECONDS = 0.3
ATTEMPTS = 6
OPEN = ("queued", "running")
SPOKEN = "speech.wav"


class ServiceError(Exception):
    """What went wrong, in words for the user."""


class Service:
    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url.rstrip("/"), key

    def submit(self, said: Path | str, speaker: int, options: dict[str, Any]) -> Job:
        """Send a sound or a text; one call is one job, however often it has to be sent."""
        mark = uuid.uuid4().hex
        fields = {"options": json.dumps(options)}
        if speaker >= 0:
            fields["speaker"] = str(speaker)
        if isinstance(said, str):
            fields["text"] = said
        parts = [_part(mark, f'name="{name}"', text.encode()) for name, text in fields.items()]
        if isinstance(said, Path):
            parts.append(_part(mark, 'name="sound"; filename="sound"', said.read_bytes()))
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        job: Job = self._json("POST", "/v1/gestures", body, headers)
        return job

    def job(self, job: str, wait: float) -> Job:
        known: Job = self._json("GET", f"/v1/jobs/{job}?wait={wait}", None, {})
        return known

    def cancel(self, job: str) -> Job:
        ended: Job = self._json("POST", f"/v1/jobs/{job}/cancel", b"", {})
        return ended

    def download(self, link: str, digest: str, path: Path) -> Path:
        """A result file, checked and then put in its place."""
        content = self._sent("GET", link, None, {})
        if hashlib.sha256(content).hexdigest() != digest:
            raise ServiceError(f"{path.name} came damaged; send again")
        aside = path.with_name(f".{path.name}.part")
        aside.write_bytes(content)
        aside.replace(path)
        return path

    def _json(self, method: str, place: str, body: bytes | None, headers: Headers) -> Any:
        return json.loads(self._sent(method, place, body, headers))

    def _sent(self, method: str, place: str, body: bytes | None, headers: Headers) -> bytes:
        """The body of an answer; trouble that passes is waited out."""
        if self.key:
            headers = headers | {"Authorization": f"Bearer {self.key}"}
        request = urllib.request.Request(self.url + place, body, headers, method=method)
        for attempt in range(1, ATTEMPTS + 1):
            pause = min(0.5 * 2**attempt, 20.0)
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    content: bytes = answer.read()
                    return content
            except urllib.error.HTTPError as error:
                told = _told(error)
                if error.code not in (429, 502, 503, 504) or attempt == ATTEMPTS:
                    raise ServiceError(told) from error
                pause = max(pause, float(error.headers.get("Retry-After") or 0))
            except OSError as error:
                if attempt == ATTEMPTS:
                    raise ServiceError(f"{self.url} does not answer: {error}") from error
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")


def _part(mark: str, head: str, content: bytes) -> bytes:
    start = f"--{mark}\r\nContent-Disposition: form-data; {head}\r\n\r\n"
    return start.encode() + content + b"\r\n"


def _told(error: urllib.error.HTTPError) -> str:
    """What the service says is wrong, and what to do."""
    try:
        found = json.loads(error.read())["error"]
    except (ValueError, KeyError, TypeError):
        return f"status {error.code}; does the address lead to a Chironomia service?"
    return f"{found['message']} ({found.get('remedy') or found['code']})"


class Task(threading.Thread):
    """One request, beside Blender's own thread; Blender only looks at its fields."""

    def __init__(
        self, service: Service, said: Path | str, speaker: int, options: dict[str, Any]
    ) -> None:
        super().__init__(daemon=True)
        self.service, self.said, self.speaker, self.options = service, said, speaker, options
        self.sound = said if isinstance(said, Path) else Path(SPOKEN)
        self.stage, self.fraction = "sending", 0.0
        self.error = ""
        self.result: Path | None = None
        self.fps = 30.0
        self._leave = threading.Event()

    def cancel(self) -> None:
        self._leave.set()

    def run(self) -> None:
        try:
            self._work()
        except (ServiceError, OSError, ValueError, KeyError) as error:
            self.error = str(error) or type(error).__name__

    def _work(self) -> None:
        job = self.service.submit(self.said, self.speaker, self.options)
        while job["state"] in OPEN:
            if self._leave.is_set():
                job = self.service.cancel(job["id"])
                break
            progress = job.get("progress") or {"stage": job["state"], "fraction": 0.0}
            self.stage, self.fraction = progress["stage"], float(progress["fraction"])
            job = self.service.job(job["id"], 1.0)
        if job["state"] != "succeeded":
            problem = job.get("error") or {}
            raise ServiceError(problem.get("message") or f"the job was {job['state']}")
        self.stage, self.fraction = "downloading", 1.0
        folder, files = Path(tempfile.mkdtemp(prefix="chironomia-")), job["result"]["files"]
        self.fps = float(job["result"]["options"]["output"]["fps"])
        if isinstance(self.said, str):
            link, self.sound = job["links"]["wav"], folder / SPOKEN
            self.service.download(link, files[SPOKEN], self.sound)
        path = folder / f"{self.sound.stem}.glb"
        self.result = self.service.download(job["links"]["glb"], files["motion.glb"], path)


class Running:
    """The task of this Blender, at most one at a time."""

    task: Task | None = None
    told = ""
    """The last thing that the user should know."""


def import_result(scene: Any, path: Path, fps: float, sound: Path) -> Any:
    """The armature of a result in the scene, with the sound beside it; returns the armature."""
    scene.render.fps = round(fps)
    scene.render.fps_base = round(fps) / fps
    before = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=str(path))
    made = [each for each in bpy.data.objects if each not in before and each.type == "ARMATURE"]
    if not made:
        raise ServiceError(f"{path.name} holds no armature")
    armature = made[0]
    armature.name = f"Gestures {sound.stem}"
    action = armature.animation_data.action
    scene.frame_start = round(action.frame_range[0])
    scene.frame_end = round(action.frame_range[1])
    add_sound(scene, sound, scene.frame_start)
    return armature


def add_sound(scene: Any, sound: Path, frame: int) -> None:
    """The sound as a strip of the sequencer, on the first free channel."""
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    channel = 1 + max((each.channel for each in strips), default=0)
    strip = strips.new_sound(sound.stem, str(sound), channel, frame)
    if sound.name == SPOKEN:
        # it lies in a folder that does not last
        strip.sound.pack()


def tick() -> float | None:
    """Look at the task; called by Blender's timer, which it tells when to call again."""
    task = Running.task
    _redraw()
    if task is None:
        return None
    if task.is_alive():
        return TICK_SECONDS
    Running.task = None
    try:
        if task.result is None:
            raise ServiceError(task.error or "nothing came back")
        armature = import_result(bpy.context.scene, task.result, task.fps, task.sound)
        Running.told = f"{armature.name} is in the scene"
    except (ServiceError, RuntimeError) as error:
        Running.told = f"Failed: {error}"
    _redraw()
    return None


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            area.tag_redraw()


class ChironomiaPreferences(bpy.types.AddonPreferences):  # type: ignore[misc]
    """Where the service is; kept with Blender, never in a file that is passed on."""

    bl_idname = __name__
    url: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Server", default=os.environ.get("CHIRONOMIA_URL", "http://127.0.0.1:8000")
    )
    key: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Key", subtype="PASSWORD", default=os.environ.get("CHIRONOMIA_KEY", "")
    )

    def draw(self, _context: Any) -> None:
        self.layout.prop(self, "url")
        self.layout.prop(self, "key")


class ChironomiaSettings(bpy.types.PropertyGroup):  # type: ignore[misc]
    """What is asked for, kept with the scene."""

    sound: bpy.props.StringProperty(name="Sound", subtype="FILE_PATH")  # type: ignore[valid-type]
    text: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Text", description="Spoken by the service where no sound is chosen"
    )
    text_file: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Text File", subtype="FILE_PATH", description="Spoken where no text is typed either"
    )
    speaker: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Speaker", default=-1, min=-1, max=24, description="-1: the first of the service"
    )
    seed: bpy.props.IntProperty(name="Seed", default=0, min=0)  # type: ignore[valid-type]
    fps: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Rate",
        items=[(each, f"{each} fps", "") for each in ("24", "25", "30", "60")],
        default="30",
    )


def said_in(asked: Any) -> Path | str:
    """The sound that is chosen, else the text that is typed, else the one in a file."""
    sound = Path(bpy.path.abspath(asked.sound))
    if asked.sound and not sound.is_file():
        raise ServiceError(f"There is no sound {asked.sound}")
    if asked.sound:
        return sound
    text: str = asked.text.strip()
    if not text and asked.text_file:
        text = Path(bpy.path.abspath(asked.text_file)).read_text("utf-8-sig").strip()
    if not text:
        raise ServiceError("There is no sound chosen, and no text")
    return text


class ChironomiaSend(bpy.types.Operator):  # type: ignore[misc]
    """Send the sound or the text and bring its gestures into the scene."""

    bl_idname = "chironomia.send"
    bl_label = "Make Gestures"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        return Running.task is None

    def execute(self, context: Any) -> set[str]:
        asked = context.scene.chironomia
        chosen = context.preferences.addons[__name__].preferences
        try:
            said = said_in(asked)
        except (ServiceError, OSError, UnicodeDecodeError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        output = {"formats": ["glb"], "fps": int(asked.fps)}
        options = {"sampling": {"seed": asked.seed}, "output": output}
        Running.task = Task(Service(chosen.url, chosen.key), said, asked.speaker, options)
        Running.told = ""
        Running.task.start()
        bpy.app.timers.register(tick, first_interval=TICK_SECONDS)
        return {"FINISHED"}


class ChironomiaCancel(bpy.types.Operator):  # type: ignore[misc]
    """Let the service stop working on it."""

    bl_idname = "chironomia.cancel"
    bl_label = "Cancel"

    def execute(self, _context: Any) -> set[str]:
        if Running.task is not None:
            Running.task.cancel()
        return {"FINISHED"}


class ChironomiaPanel(bpy.types.Panel):  # type: ignore[misc]
    """What is asked for, how far it is, what went wrong."""

    bl_idname = "VIEW3D_PT_chironomia"
    bl_label = "Chironomia"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Chironomia"

    def draw(self, context: Any) -> None:
        asked, task = context.scene.chironomia, Running.task
        for name in ("sound", "text", "text_file", "speaker", "seed", "fps"):
            self.layout.prop(asked, name)
        if task is None:
            self.layout.operator(ChironomiaSend.bl_idname)
        else:
            self.layout.label(text=f"{task.stage}: {task.fraction:.0%}")
            self.layout.operator(ChironomiaCancel.bl_idname)
        if Running.told:
            icon = "ERROR" if Running.told.startswith("Failed") else "INFO"
            self.layout.label(text=Running.told, icon=icon)


CLASSES = (
    ChironomiaPreferences,
    ChironomiaSettings,
    ChironomiaSend,
    ChironomiaCancel,
    ChironomiaPanel,
)


def register() -> None:
    for each in CLASSES:
        bpy.utils.register_class(each)
    bpy.types.Scene.chironomia = bpy.props.PointerProperty(type=ChironomiaSettings)


def unregister() -> None:
    if Running.task is not None:
        Running.task.cancel()
    del bpy.types.Scene.chironomia
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
