"""Motions are cut, resampled and joined without losing what they are."""

import pytest
import torch

from motion.clip import (
    Motion,
    crossfaded_rows,
    joined,
    poses_from_rows,
    resampled_rows,
    sixd_rows,
)
from motion.rotation import geodesic, matrix_from_axis_angle
from motion.timeline import CORPUS_FPS, MODEL_FPS, FrameSpan
from tests.motion.motions import random_motion
from tests.parity import assert_close, load, load_json


def _angle(found, expected) -> float:
    return geodesic(matrix_from_axis_angle(found), matrix_from_axis_angle(expected)).max().item()


@pytest.mark.parametrize("field", ["poses", "translation", "expression", "betas"])
def test_wrong_shapes_are_named(field):
    motion = random_motion(3)
    fields = {
        "poses": motion.poses,
        "translation": motion.translation,
        "expression": motion.expression,
        "betas": motion.betas,
    }
    fields[field] = fields[field][..., :-1]

    with pytest.raises(ValueError, match=field):
        Motion(fps=30.0, **fields)


def test_a_rate_of_nothing_is_refused():
    with pytest.raises(ValueError, match="fps must be positive"):
        Motion.rest(3, 0)


def test_a_span_takes_its_frames_and_no_others():
    motion = random_motion(20)
    part = motion[FrameSpan(5, 9)]

    assert len(part) == 4
    assert part.seconds == pytest.approx(4 / 30)
    torch.testing.assert_close(part.poses, motion.poses[5:9])
    torch.testing.assert_close(part.expression, motion.expression[5:9])
    torch.testing.assert_close(part.betas, motion.betas)


def test_a_span_beyond_the_end_is_refused():
    with pytest.raises(ValueError, match="outside 0:20"):
        random_motion(20)[FrameSpan(15, 21)]


def test_seconds_outside_are_cut_to_what_there_is():
    motion = random_motion(30)

    assert len(motion.sliced_seconds(-1.0, 0.5)) == 15
    assert len(motion.sliced_seconds(0.9, 7.0)) == 3
    assert len(motion.sliced_seconds(4.0, 5.0)) == 0


def test_halving_the_rate_keeps_every_second_frame():
    motion = random_motion(31)
    slow = motion.resampled(MODEL_FPS)

    assert len(slow) == 16
    torch.testing.assert_close(slow.poses, motion.poses[::2])
    assert slow.fps == MODEL_FPS


def test_doubling_then_halving_gives_the_same_motion():
    motion = random_motion(20, fps=MODEL_FPS)
    there_and_back = motion.resampled(CORPUS_FPS).resampled(MODEL_FPS)

    assert len(there_and_back) == len(motion)
    assert _angle(there_and_back.poses, motion.poses) < 1e-3
    torch.testing.assert_close(there_and_back.translation, motion.translation)
    torch.testing.assert_close(there_and_back.expression, motion.expression)


def test_resampling_keeps_place_in_time():
    seconds = 4.0
    coarse = random_motion(int(seconds * MODEL_FPS), fps=MODEL_FPS)
    true = random_motion(int(seconds * CORPUS_FPS), fps=CORPUS_FPS)
    on_time, late = (coarse.resampled(CORPUS_FPS, at) for at in ("start", "centre"))

    def error(motion):
        return (motion.translation - true.translation)[:-2].abs().mean()

    assert error(on_time) < 0.2 * error(late)


@pytest.mark.parametrize("fps", [25.0, 60.0, 24.0])
def test_any_rate_keeps_the_duration_to_a_frame(fps):
    motion = random_motion(47)

    assert abs(motion.resampled(fps).seconds - motion.seconds) <= 1 / fps
    assert motion.resampled(fps).fps == fps


def test_the_same_rate_is_the_same_motion():
    motion = random_motion(5)

    assert motion.resampled(motion.fps) is motion


def test_one_frame_can_be_resampled():
    one = random_motion(1, fps=MODEL_FPS)

    assert len(one.resampled(CORPUS_FPS)) == 2


def test_joining_a_motion_cut_in_overlapping_windows_gives_it_back():
    motion = random_motion(70, fps=MODEL_FPS)
    windows = [motion[FrameSpan(start, start + 30)] for start in (0, 20, 40)]
    again = joined(windows, overlap=10)

    assert len(again) == 70
    assert _angle(again.poses, motion.poses) < 1e-3
    torch.testing.assert_close(again.translation, motion.translation)
    torch.testing.assert_close(again.betas, motion.betas)


def test_the_seam_runs_from_the_first_to_the_second():
    first, second = random_motion(20, seed=1), random_motion(20, seed=2)
    both = joined((first, second), overlap=5)

    torch.testing.assert_close(both.translation[15], first.translation[15])
    torch.testing.assert_close(both.translation[19], second.translation[4])
    middle = (first.translation[17] + second.translation[2]) / 2
    torch.testing.assert_close(both.translation[17], middle)


def test_without_overlap_motions_follow_each_other():
    first, second = random_motion(4, seed=1), random_motion(3, seed=2)

    torch.testing.assert_close(
        joined((first, second), overlap=0).expression,
        torch.cat((first.expression, second.expression)),
    )


def test_impossible_joins_are_refused():
    motion = random_motion(4)

    with pytest.raises(ValueError, match="at least one"):
        joined((), overlap=1)
    with pytest.raises(ValueError, match="cannot join"):
        joined((motion, random_motion(4, fps=15.0)), overlap=1)
    with pytest.raises(ValueError, match="negative"):
        joined((motion, motion), overlap=-1)


def _published_chunks(tensors, name):
    count = sum(key.startswith("in/chunk") and key.endswith(name) for key in tensors)
    return [tensors[f"in/chunk{i}_{name}"][0] for i in range(count)]


def _unflat(vectors):
    return vectors[0].reshape(vectors.shape[1], -1, 3)


def test_parity_blending_of_chunks():
    tensors, config = load("longform")
    overlap = config["overlap"]
    chunks = [
        sixd_rows(chunk.reshape(len(chunk), -1, 3))
        for chunk in _published_chunks(tensors, "motion")
    ]
    found = matrix_from_axis_angle(poses_from_rows(crossfaded_rows(chunks, overlap)))
    expected = matrix_from_axis_angle(_unflat(tensors["out/blended_motion"]))

    assert_close(found, expected, 2e-3, "blended rotations")
    for name in ("expressions", "transl"):
        rows = crossfaded_rows(_published_chunks(tensors, name), overlap)
        assert_close(rows, tensors[f"out/blended_{name}"][0], 1e-5, f"blended {name}")


def test_parity_crossfade_weights():
    weights = torch.tensor(load_json("longform")["crossfade_weights_new"])
    overlap = len(weights)
    seam = crossfaded_rows([torch.zeros(overlap, 1), torch.ones(overlap, 1)], overlap)

    assert_close(seam[:, 0], weights, 1e-6, "cross-fade weights")


def test_parity_doubling_the_rate():
    tensors, config = load("longform")
    step = config["fps_in"] / config["fps_out"]

    def doubled(rows):
        return resampled_rows(rows, round(len(rows) / step), step, "centre")

    for source, target in (
        ("out/blended_motion", "out/motion_30fps"),
        ("in/short_motion_15fps", "out/short_motion_30fps"),
    ):
        found = poses_from_rows(doubled(sixd_rows(_unflat(tensors[source]))))
        assert_close(
            matrix_from_axis_angle(found),
            matrix_from_axis_angle(_unflat(tensors[target])),
            2e-3,
            f"rotations of {target}",
        )
    for name in ("expressions", "transl"):
        rows = doubled(tensors[f"out/blended_{name}"][0])
        assert_close(rows, tensors[f"out/{name}_30fps"][0], 1e-5, f"{name} at the output rate")


def test_parity_the_ramp_shows_half_pixel_centres():
    tensors, config = load("longform")
    ramp = load_json("longform")["ramp"]
    step = config["fps_in"] / config["fps_out"]
    rows = torch.tensor(ramp["input"], dtype=torch.float32)[:, None]
    found = resampled_rows(rows, len(ramp["output"]), step, "centre")[:, 0]

    assert_close(found, torch.tensor(ramp["output"]), 1e-5, "ramp")
    assert_close(found, tensors["out/ramp_upsampled"], 1e-5, "ramp as stored")


def test_a_resampled_curve_passes_through_its_frames_and_bends_between_them():
    time = torch.arange(12, dtype=torch.float32)
    rows = (time**2)[:, None]

    found = resampled_rows(rows, 24, 0.5, "start")[:, 0]

    torch.testing.assert_close(found[::2], time**2)
    torch.testing.assert_close(found[3:20:2], (time[1:10] + 0.5) ** 2)


def test_resampling_smooth_motion_keeps_its_jerk():
    time = torch.arange(300, dtype=torch.float32) / 30
    motion = Motion.rest(300, 30)
    motion.translation[:, 0] = torch.sin(2 * torch.pi * 0.7 * time)

    back = motion.resampled(15).resampled(30)

    def jerk(m):
        return m.translation[3:-3, 0].diff(n=3).abs().quantile(0.9)

    assert jerk(back) < 1.5 * jerk(motion)
    assert jerk(motion.resampled(15).resampled(30, "centre")) > 1.4 * jerk(back)
