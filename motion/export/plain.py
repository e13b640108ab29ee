"""A motion as plain JSON, for web tools."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from motion.clip import Motion
from motion.parts import JOINT_NAMES

Json = dict[str, Any]


def motion_json(motion: Motion) -> Json:
    """Axis-angle per joint, radians and metres."""
    return {
        "fps": motion.fps,
        "frames": len(motion),
        "joints": list(JOINT_NAMES),
        "poses": [[round(x, 5) for x in row] for row in motion.poses.flatten(1).tolist()],
        "translation": [[round(x, 5) for x in row] for row in motion.translation.tolist()],
        "expression": [[round(x, 4) for x in row] for row in motion.expression.tolist()],
    }


def write_json(motion: Motion, path: Path, beside: Mapping[str, Any]) -> None:
    """Write a motion, with what else belongs to it beside it."""
    path.write_text(json.dumps(motion_json(motion) | dict(beside)))
