"""Every block of the cookbook, run as a reader would run it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.service.world import spoken, words_json

COOKBOOK = Path(__file__).resolve().parents[2] / "docs" / "cookbook.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_every_block_of_the_cookbook_runs(service, tmp_path):
    missing = [name for name in ("bash", "curl", "jq") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    (tmp_path / "talk.wav").write_bytes(spoken(3.0))
    (tmp_path / "talk.json").write_bytes(words_json(3.0))
    blocks = BLOCK.findall(COOKBOOK.read_text(encoding="utf-8"))
    assert len(blocks) >= 9
    environment = os.environ | {
        "CHIRONOMIA_URL": str(service.base_url),
        "CHIRONOMIA_KEY": "",
        "no_proxy": "127.0.0.1",
    }
    script = "set -euo pipefail\n" + "\n".join(blocks)

    run = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert '"code": "speech_missing"' in run.stdout
    assert '"succeeded": 2' in run.stdout
    assert '"canceled"' in run.stdout
    assert "motion.glb: OK" in run.stdout
    made = {"npz": b"PK", "glb": b"glTF", "vrma": b"glTF", "bvh": b"HIERARCHY", "json": b"{"}
    for kind, start in made.items():
        assert (tmp_path / f"motion.{kind}").read_bytes().startswith(start), kind
    assert (tmp_path / "motion.arkit.csv").read_text().startswith("Timecode")
