"""The add-on in a real Blender, without its window; Blender's Python runs it.

python in_blender.py ADDON URL SOUND SILENT: prints JSON of what happened.
"""

import importlib.util
import json
import sys
import time
from pathlib import Path

import bpy


def main(addon: str, url: str, sound: str, silent: str) -> None:
    """Install, send, wait, import; then sounds refused, canceled, missing; at last a text."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.preferences.addon_install(filepath=addon)
    name = Path(addon).stem
    bpy.ops.preferences.addon_enable(module=name)
    bpy.context.preferences.addons[name].preferences.url = url
    module = sys.modules[name]
    scene = bpy.context.scene
    scene.chironomia.sound, scene.chironomia.fps, scene.chironomia.seed = sound, "24", 7
    told = [run(module)]
    armature = next(each for each in bpy.data.objects if each.type == "ARMATURE")
    strips = scene.sequence_editor
    strips = strips.strips if hasattr(strips, "strips") else strips.sequences
    skinned = [each for each in armature.children if each.type == "MESH"]
    found = {
        "armature": armature.name,
        "bones": len(armature.data.bones),
        "span": list(armature.animation_data.action.frame_range),
        "scene": [scene.frame_start, scene.frame_end, scene.render.fps / scene.render.fps_base],
        "strips": [[each.type, each.frame_final_duration] for each in strips],
        "vertices": sum(len(each.data.vertices) for each in skinned),
        "moves": moves(armature, scene),
    }
    scene.chironomia.sound = silent
    told.append(run(module))
    scene.chironomia.sound = sound
    told.append(run(module, cancel=True))
    scene.chironomia.sound = "/nowhere.wav"
    try:
        bpy.ops.chironomia.send()
    except RuntimeError as error:
        told.append(str(error))
    scene.chironomia.sound, scene.chironomia.text = "", "the huge river rose"
    told.append(run(module))
    spoken = next(each for each in strips if each.name.startswith("speech"))
    packed = spoken.sound.packed_file
    found["spoken"] = [spoken.frame_final_duration, 0 if packed is None else packed.size]
    bpy.ops.preferences.addon_disable(module=name)
    sys.stdout.write("\n" + json.dumps(found | {"told": told}) + "\n")


def run(module, cancel: bool = False) -> str:
    """Press the button and turn the timer by hand until the work is done."""
    assert bpy.ops.chironomia.send() == {"FINISHED"}
    assert not module.ChironomiaSend.poll(bpy.context)
    if cancel:
        bpy.ops.chironomia.cancel()
    while module.tick() is not None:
        time.sleep(0.05)
    return module.Running.told


def moves(armature, scene) -> float:
    """How far a wrist goes between the first frame and others, in metres."""
    bone = armature.pose.bones["right_wrist"]
    places = []
    for frame in range(scene.frame_start, scene.frame_end, 5):
        scene.frame_set(frame)
        places.append((armature.matrix_world @ bone.matrix).to_translation())
    return max((place - places[0]).length for place in places)


if __name__ == "__main__":
    assert importlib.util.find_spec("bpy")
    main(*sys.argv[1:])
