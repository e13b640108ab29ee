"""GLB to FBX, for those who have Blender: no sound open writer of FBX exists.

Blender's own Python runs this file, alone, without the rest of the project:

    blender --background --python blender_fbx.py -- motion.glb motion.fbx

The armature keeps its 55 joints by name, the mannequin its skin and morphs; animation is baked at
the motion's rate without simplification. Metres, y up, facing +z, as FBX readers expect them.
"""

import json
import struct
import sys
from pathlib import Path
from typing import Any

import bpy

_USUAL_FPS = 30.0


def main(arguments: list[str]) -> None:
    """Convert the file that is named behind ``--``."""
    names = arguments[arguments.index("--") + 1 :] if "--" in arguments else []
    if len(names) != 2:
        raise SystemExit(f"two files are needed behind --: in.glb out.fbx; found {names}")
    convert(Path(names[0]).resolve(), Path(names[1]).resolve())


def convert(source: Path, target: Path) -> None:
    """Read a GLB of ours into an empty scene and write everything in it as FBX."""
    fps = frame_rate(source)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    # before reading: glTF counts seconds, Blender turns them into frames as it reads
    scene.render.fps = round(fps)
    scene.render.fps_base = round(fps) / fps
    bpy.ops.import_scene.gltf(filepath=str(source))
    # Blender draws bones as a little ball, which is a mesh of the scene like any other
    for drawn in [each for each in bpy.data.objects if each.type == "MESH" and not each.modifiers]:
        bpy.data.objects.remove(drawn)
    spans = [action.frame_range for action in bpy.data.actions]
    if not spans:
        raise SystemExit(f"{source} holds no animation; give a GLB of this project")
    scene.frame_start = round(min(span[0] for span in spans))
    scene.frame_end = round(max(span[1] for span in spans))
    bpy.ops.export_scene.fbx(
        filepath=str(target),
        object_types={"ARMATURE", "MESH"},
        axis_forward="-Z",
        axis_up="Y",
        apply_scale_options="FBX_SCALE_ALL",
        add_leaf_bones=False,
        bake_anim=True,
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,
        bake_anim_simplify_factor=0.0,
    )


def frame_rate(source: Path) -> float:
    """Frames a second of a GLB of ours, as the extras of its asset tell."""
    with source.open("rb") as file:
        head = file.read(20)
        if head[:4] != b"glTF":
            raise SystemExit(f"{source} is no GLB")
        document: dict[str, Any] = json.loads(file.read(struct.unpack("<I", head[12:16])[0]))
    return float(document["asset"].get("extras", {}).get("fps", _USUAL_FPS))


if __name__ == "__main__":
    main(sys.argv)
