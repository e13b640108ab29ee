"""Feet that stand do not slide, and everything above them stays as it was."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from motion.body import joint_positions
from motion.clip import Motion
from motion.files import read_npz
from motion.ground import REACH_METRES, footing, grounded
from motion.legs import LEGS, Ankles, reaching, stance
from motion.parts import JOINTS, joint
from motion.rotation import geodesic, matrix_from_axis_angle

DATA = Path(
    os.environ.get("CHIRONOMIA_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)
MADE = DATA / "generated" / "mambatalk_2_scott_0_2_2.npz"
REAL = DATA / "beat2-mini" / "smplxflame_30" / "2_scott_0_2_2.npz"
ABOVE = [number for number in range(JOINTS) if number not in {1, 2, 4, 5, 7, 8, 10, 11}]


def standing(frames: int, fps: float = 30.0) -> Motion:
    """A person with slightly bent knees, soles near the ground."""
    rest = Motion.rest(frames, fps)
    poses = rest.poses.clone()
    for side in ("left", "right"):
        poses[:, joint(f"{side}_hip"), 0] = -0.25
        poses[:, joint(f"{side}_knee"), 0] = 0.5
        poses[:, joint(f"{side}_ankle"), 0] = -0.25
    return replace(rest, poses=poses, translation=rest.translation + torch.tensor([0.0, 1.28, 0.0]))


def sliding(frames: int, speed: float) -> Motion:
    """The same, drifting to the side with stiff legs."""
    still = standing(frames)
    drift = torch.zeros(frames, 3)
    drift[:, 0] = torch.arange(frames) / still.fps * speed
    return replace(still, translation=still.translation + drift)


def test_a_body_that_sways_has_still_feet_afterwards():
    sway = standing(120)
    waves = 0.04 * torch.sin(torch.arange(120) / 30.0 * 2.0)
    sway.translation[:, 0] += waves

    before, after = footing(sway), footing(grounded(sway))

    assert before.median_speed > 0.03
    assert after.median_speed < 0.002
    assert after.still == 1.0
    assert after.floating < 0.001


def test_nothing_above_the_legs_changes_but_the_height():
    motion = sliding(90, 0.1)
    after = grounded(motion)
    moved = joint_positions(after)[:, ABOVE] - joint_positions(motion)[:, ABOVE]

    assert torch.equal(after.poses[:, ABOVE], motion.poses[:, ABOVE])
    assert moved[..., [0, 2]].abs().max() < 1e-5
    assert moved[..., 1].std() < 1e-5


def test_a_long_slide_becomes_steps_within_reach():
    motion = sliding(180, 0.15)
    after = grounded(motion)
    ankles = [leg.ankle for leg in LEGS]
    moved = (joint_positions(after) - joint_positions(motion))[:, ankles][..., [0, 2]]

    assert moved.norm(dim=-1).max() < 2.0 * REACH_METRES
    assert footing(after).still > 0.6
    assert footing(motion).still == 0.0


def test_a_walk_is_left_alone():
    walk = sliding(60, 1.5)
    after = grounded(walk)
    turned = geodesic(matrix_from_axis_angle(after.poses), matrix_from_axis_angle(walk.poses))

    assert turned.max() < 1e-3


def test_feet_keep_their_length_and_knees_bend_forwards():
    after = grounded(sliding(90, 0.12))
    places = joint_positions(after)
    for leg in LEGS:
        shin = (places[:, leg.ankle] - places[:, leg.knee]).norm(dim=-1)
        assert (shin - shin[0]).abs().max() < 1e-5
        assert after.poses[:, leg.knee, 0].min() > 0.0


@pytest.mark.parametrize("leg", LEGS)
def test_a_leg_reaches_what_lies_in_reach(leg):
    motion = standing(8)
    place = joint_positions(motion)[:, leg.ankle].double() + torch.tensor([0.05, 0.03, 0.06])
    turn = matrix_from_axis_angle(torch.tensor([0.1, 0.2, 0.0]).double()).expand(8, 3, 3)
    poses = reaching(motion.poses, leg, stance(motion, leg), Ankles(place, turn))
    reached = replace(motion, poses=poses)

    assert (joint_positions(reached)[:, leg.ankle] - place).abs().max() < 1e-4


def test_a_leg_reaches_as_far_as_it_can():
    motion, leg = standing(2), LEGS[0]
    place = joint_positions(motion)[:, leg.ankle].double() - torch.tensor([0.0, 0.5, 0.0])
    turn = torch.eye(3).double().expand(2, 3, 3)
    ankles = Ankles(place, turn)
    poses = reaching(motion.poses, leg, stance(motion, leg), ankles)
    places = joint_positions(replace(motion, poses=poses))

    assert (places[:, leg.ankle] - places[:, leg.hip]).norm(dim=-1).max() < 0.79
    assert torch.isfinite(poses).all()


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_the_shortest_motions_pass(frames):
    after = grounded(standing(frames))

    assert len(after) == frames
    assert torch.isfinite(after.poses).all()


@pytest.mark.skipif(not (MADE.is_file() and REAL.is_file()), reason=f"no motion in {DATA}")
def test_generated_feet_stand_as_still_as_recorded_ones():
    before, after = footing(read_npz(MADE)), footing(grounded(read_npz(MADE)))
    recorded = footing(read_npz(REAL)), footing(grounded(read_npz(REAL)))

    assert before.median_speed > 0.1
    assert before.still < 0.1
    assert after.median_speed < 0.005
    assert after.still > 0.9
    assert recorded[0].still > 0.8
    assert recorded[1].still > 0.95
