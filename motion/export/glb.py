"""Binary glTF 2.0: the skinned mannequin with its motion, for any viewer; see `performer`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from motion.clip import Motion
from motion.export.performer import write_performed
from motion.files import arrays_of


def write_glb(motion: Motion, path: Path, provenance: Mapping[str, Any] | None = None) -> None:
    """Write the mannequin performing a motion; ``provenance`` goes into the asset's extras."""
    with Path(path).open("wb") as file:
        write_performed(arrays_of(motion), file, provenance)
