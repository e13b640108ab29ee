"""Joint numbers, parts and ranges are those of the published method."""

from motion.parts import (
    CONTACT_JOINTS,
    EYES,
    JOINT_NAMES,
    JOINTS,
    PARENTS,
    PARTS,
    Part,
    joint,
)
from motion.timeline import WINDOW_CHUNKS
from tests.parity import load_json


def test_every_parent_comes_before_its_children():
    assert PARENTS[0] == -1
    assert all(parent < child for child, parent in enumerate(PARENTS))
    assert len(PARENTS) == JOINTS == len(set(JOINT_NAMES))


def test_sides_mirror_each_other():
    for name in JOINT_NAMES:
        if name.startswith("left_"):
            mirrored = joint("right_" + name.removeprefix("left_"))
            left, right = PARENTS[joint(name)], PARENTS[mirrored]
            assert JOINT_NAMES[left].removeprefix("left_") == JOINT_NAMES[right].removeprefix(
                "right_"
            )


def test_parts_cover_each_joint_once_but_for_the_eyes():
    covered = [number for part in PARTS for number in part.layout.joints]

    assert sorted([*covered, *EYES]) == list(range(JOINTS))


def test_parity_joints_and_parts():
    cases = load_json("body_parts")

    assert list(JOINT_NAMES) == cases["joint_order"]
    assert cases["pose_channels"] == JOINTS * 3
    assert list(CONTACT_JOINTS) == cases["contact_joints"]
    assert [JOINT_NAMES[number] for number in EYES] == cases["uncovered_joints"]
    assert {part.value for part in PARTS} == set(cases["parts"])
    for part in PARTS:
        expected, layout = cases["parts"][part.value], part.layout
        channels = [3 * number + axis for number in layout.joints for axis in range(3)]
        assert list(layout.joints) == expected["joint_indices"]
        assert [JOINT_NAMES[number] for number in layout.joints] == expected["joints"]
        assert channels == expected["channel_indices"]
        assert len(layout.joints) == expected["n_joints"]
        assert layout.rotations == expected["rotation_6d_features"]


def test_parity_autoencoder_widths():
    inputs = load_json("body_parts")["autoencoder_inputs"]
    published = {part: inputs["lowertrans" if part is Part.LOWER else part.value] for part in PARTS}

    for part, channels in published.items():
        widths = [int(channel.split()[-1]) for channel in channels]
        assert widths[0] == part.layout.rotations
        assert sum(widths[1:]) == part.layout.extra
        assert sum(widths) == part.layout.width


def test_parity_token_ranges_follow_from_the_order_of_the_parts():
    sequence = load_json("body_parts")["latent_sequence"]
    starts = {part.value: i * (WINDOW_CHUNKS + 1) for i, part in enumerate(PARTS)}

    assert {name: [at, at + WINDOW_CHUNKS] for name, at in starts.items()} == sequence["ranges"]
    assert [at - 1 for at in starts.values()][1:] == sequence["separators"]
    assert len(PARTS) * (WINDOW_CHUNKS + 1) - 1 == sequence["length"]
