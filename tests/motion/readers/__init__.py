"""Readers that are not ours: three.js, three-vrm and the Khronos validator, through node."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from motion.clip import Motion

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
INSTALLED = ROOT / "build" / "readers"
"""Where `npm install` puts them; git ignores it."""


@dataclass(frozen=True)
class Read:
    """What a reader found in a file."""

    names: list[str]
    places: np.ndarray
    """Frame, joint, xyz, in the file's unit."""
    found: dict[str, Any]


def package_folder(package: str, *named: str | None) -> Path:
    """A folder from which node finds a package; skips the test where there is none."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    for folder in (*named, INSTALLED, ROOT, ROOT / "web"):
        if folder and (Path(folder) / "node_modules" / package).is_dir():
            return Path(folder)
    pytest.skip(
        f"{package} is not installed: mkdir -p build/readers && "
        "cp tests/motion/readers/package.json build/readers && npm install --prefix build/readers"
    )


def read_by_node(kind: str, path: Path, motion: Motion) -> Read:
    """Joints in every frame of a file as three.js (``gltf``, ``bvh``) or three-vrm has them."""
    script = (HERE / "read.mjs").read_text()
    command = ["node", "--input-type=module", "-", kind, str(path)]
    run = subprocess.run(
        [*command, str(motion.fps), str(len(motion))],
        cwd=package_folder("@pixiv/three-vrm-animation"),
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    return Read(found["names"], np.array(found["places"]), found)


def khronos_issues(path: Path) -> dict[str, Any]:
    """What the Khronos validator says about a glTF file."""
    script = (
        "require('gltf-validator').validateBytes(new Uint8Array(require('fs').readFileSync("
        "process.argv[1]))).then(r => console.log(JSON.stringify(r.issues)))"
    )
    run = subprocess.run(
        ["node", "-e", script, str(path)],
        cwd=package_folder("gltf-validator", os.environ.get("GLTF_VALIDATOR")),
        capture_output=True,
        text=True,
        check=True,
    )
    issues: dict[str, Any] = json.loads(run.stdout)
    return issues
