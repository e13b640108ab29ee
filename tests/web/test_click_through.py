"""The curator's page, clicked through in a real browser on real services with real workers.

The clicks stand in ``web/click``; here a tiny world is made and served, once for each file of
clicks that runs at a time, and what they compare poses with is worked out by the project's own
forward kinematics.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from annotations.database import Database
from motion.body import joint_positions
from motion.files import read_npz
from motion.parts import joint
from service.keys import KeyDesk, Scope
from service.settings import Settings
from tests.service.serving import wait_until
from tests.service.world import copied_world, make_world

ROOT = Path(__file__).resolve().parents[2]
WEB, PAGE = ROOT / "web", ROOT / "service" / "static" / "index.html"
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
SECONDS_AT_MOST = 900
AT_ONCE = 2
"""Browsers, each with a service of its own: they draw on the processor."""
POSED = {"left_wrist": 1.4, "right_index1": 2.0, "head": 4.2, "left_foot": 6.0}
"""Joints, and when in the window they are looked at."""


def _missing() -> str:
    if not CHROMIUM.is_file():
        return f"there is no Chromium at {CHROMIUM}; CHROMIUM names another one"
    if shutil.which("npm") is None or not (WEB / "node_modules").is_dir():
        return "Node 20 with npm is not installed, or `npm ci` was not run in web/"
    if not PAGE.is_file():
        return "the page is not built; run `make web`"
    return ""


pytestmark = pytest.mark.skipif(bool(_missing()), reason=_missing())


@pytest.mark.timeout(SECONDS_AT_MOST + 300)
def test_the_page_can_be_clicked_through(tmp_path, capfd):
    settings = make_world(tmp_path, queue_jobs=32)
    keyed = _apart(settings, tmp_path / "keyed")
    key = _key_of(keyed)
    with ExitStack() as opened:
        apart = [_apart(settings, tmp_path / f"apart-{n}") for n in range(AT_ONCE)]
        starting = [opened.enter_context(_starting(each)) for each in apart]
        asking = opened.enter_context(_starting(keyed, "--no-worker"))
        urls = [each.ready() for each in starting]
        poses, asked = _poses(settings, urls[0]), {"url": asking.ready(), "key": key}
        given = tmp_path / "given.json"
        given.write_text(json.dumps({"poses": poses, "keyed": asked}))
        done = subprocess.run(
            [str(shutil.which("npm")), "run", "--silent", "click"],
            cwd=WEB,
            env=os.environ
            | {"PAGE_URL": " ".join(urls), "CLICK_GIVEN": str(given), "CHROMIUM": str(CHROMIUM)},
            timeout=SECONDS_AT_MOST,
            capture_output=True,
            text=True,
            check=False,
        )
    with capfd.disabled():
        sys.stdout.write(f"\n{done.stdout}")
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    assert " passed" in done.stdout, "nothing was clicked"


@dataclass(frozen=True)
class _Service:
    """``chironomia serve`` in a process of its own; its log is shown where it never gets ready."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    ready_at: str

    def ready(self) -> str:
        """Its address, once it answers."""
        wait_until(lambda: self.process.poll() is not None or self._answers())
        assert self.process.poll() is None, self.log.read_text()[-5_000:]
        return self.url

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/{self.ready_at}").status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def _starting(settings: Settings, *more: str) -> Iterator[_Service]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "service", "serve", "--port", str(port), *more]
    log = settings.home / "serve.log"
    with log.open("w") as out:
        process = subprocess.Popen(command, env=_environment(settings), stdout=out, stderr=out)
    try:
        # without a worker it never calls itself ready
        ready_at = "healthz" if more else "readyz"
        yield _Service(f"http://127.0.0.1:{port}", process, log, ready_at)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _environment(settings: Settings) -> dict[str, str]:
    own = settings.model_dump(mode="json", exclude_defaults=True, exclude={"port"})
    return os.environ | {f"CHIRONOMIA_{name.upper()}": str(value) for name, value in own.items()}


def _apart(settings: Settings, home: Path) -> Settings:
    """The same index once more."""
    home.mkdir()
    return copied_world(settings, home)


def _key_of(settings: Settings) -> str:
    """A key that somebody now holds: from here on the service asks for one."""
    with Database.open(settings.database) as database:
        return KeyDesk(database).add("ada", frozenset({Scope.CURATE}))


def _poses(settings: Settings, url: str) -> list[dict[str, object]]:
    """Where joints of one exemplar's window are, from its motion file."""
    found = httpx.get(f"{url}/v1/exemplars", params={"text": "huge", "kind": "gesture"}).json()
    exemplar = found["exemplars"][0]
    motion = read_npz(settings.corpus / "smplxflame_30" / f"{exemplar['recording']}.npz")
    first = round(exemplar["window_start_seconds"] * motion.fps)
    positions = joint_positions(motion)
    return [
        {
            "exemplar": exemplar["id"],
            "seconds": seconds,
            "joints": {name: positions[first + round(seconds * motion.fps), joint(name)].tolist()},
        }
        for name, seconds in POSED.items()
    ]
