"""Where every joint stands in some frames of a file, as Blender reads it; Blender's Python runs it.

python in_blender.py FILE FPS FRAMES: prints JSON, Blender's axes turned back to y up.
"""

import json
import sys

import bpy


def main(name: str, fps: float, frames: list[int]) -> None:
    """Read the file into an empty scene and write the places of its bones."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps = round(fps)
    first = 1
    if name.endswith(".bvh"):
        bpy.ops.import_anim.bvh(filepath=name, global_scale=0.01, update_scene_fps=True)
    elif name.endswith(".fbx"):
        bpy.ops.import_scene.fbx(filepath=name)
    else:
        bpy.ops.import_scene.gltf(filepath=name)
        first = 0
    [armature] = [each for each in bpy.data.objects if each.type == "ARMATURE"]
    places = []
    for frame in frames:
        scene.frame_set(first + frame)
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found = {bone.name: posed.matrix_world @ bone.head for bone in posed.pose.bones}
        places.append({bone: [x, z, -y] for bone, (x, y, z) in found.items()})
    skins = [each for each in bpy.data.objects if each.type == "MESH" and each.modifiers]
    keys = [each.data.shape_keys for each in skins if each.data.shape_keys is not None]
    morphs = [key.name for each in keys for key in each.key_blocks[1:]]
    meshes = sum(each.type == "MESH" for each in bpy.data.objects)
    told = {"places": places, "morphs": morphs, "meshes": meshes, "fps": scene.render.fps}
    sys.stdout.write("\n" + json.dumps(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), [int(number) for number in sys.argv[3].split(",")])
