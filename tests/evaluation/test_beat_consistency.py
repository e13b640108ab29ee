import numpy as np
import pytest

from evaluation.beat_consistency import (
    EMAGE_TOOLS,
    MEAN_SPEED,
    MINIMUM_REACH_FRAMES,
    RAG_GESTURE,
    TALKSHOW,
    UPPER_JOINTS,
    VARIANTS,
    ClipBeats,
    beat_consistency,
    beat_score,
    clip_beats,
    joint_speed,
    local_minima,
    motion_beats,
)
from evaluation.positions import MeasuredOn, MeasuringBody, Positions
from tests.evaluation.changes import frozen, mirrored, noisy
from tests.motion.motions import random_motion
from tests.parity import load, load_json

BODY = MeasuringBody()


def positions(joints, fps=30.0):
    return Positions(joints, fps, MeasuredOn.SKELETON)


def beating(seconds=10.0, pause=0.6, phase=0.0):
    """A body all of whose joints stop nearly every ``pause`` seconds, first at ``phase``."""
    time = np.arange(int(seconds * 30)) / 30 - phase
    place = time + 0.98 * pause / (2 * np.pi) * np.sin(2 * np.pi * time / pause + np.pi)
    return np.repeat(place[:, None, None], 55, axis=1) * np.array([1.0, 0.0, 0.0])


def score(joints, onsets, variant=EMAGE_TOOLS):
    """Against onsets counted from the end of the margin."""
    beats = motion_beats(joints, variant)
    return beat_score(onsets, [beats[j] for j in UPPER_JOINTS], variant.sigma_seconds)


def test_parity_motion_beats():
    tensors, sizes = load("metrics")
    expected = load_json("metrics")["beat"]
    speed = tensors["in/mean_velocity"].numpy()
    assert expected["velocity_threshold"] == RAG_GESTURE.threshold
    assert expected["margin_frames"] == RAG_GESTURE.margin_frames
    assert expected["order"] == MINIMUM_REACH_FRAMES
    assert tuple(expected["upper_body"]) == UPPER_JOINTS

    errors = []
    for case in expected["sequences"]:
        rows = tensors[f"in/joints_{case['which']}"][case["index"]].numpy()
        beats = motion_beats(rows.reshape(-1, sizes["joints"], 3), RAG_GESTURE, speed)
        assert [list(found) for found in beats] == case["beats"]
        upper = [beats[j] for j in UPPER_JOINTS]
        found = beat_score(np.array(expected["onsets"]), upper, expected["sigma"])
        errors.append(abs(found - case["score"]))

    print(f"beat consistency: worst error {max(errors):.1e}, allowed 1e-6")  # noqa: T201
    assert max(errors) <= 1e-6


def test_parity_beat_consistency_of_sound():
    pytest.importorskip("librosa", reason="the extra evaluation is not installed")
    tensors, sizes = load("metrics")
    expected = load_json("metrics")["beat"]
    samples = tensors["in/audio_int16"].numpy().astype(np.float32) / 32768
    speed = tensors["in/mean_velocity"].numpy()

    errors, generated = [], []
    for case in expected["sequences"]:
        rows = tensors[f"in/joints_{case['which']}"][case["index"]].numpy()
        clip = positions(rows.reshape(-1, sizes["joints"], 3))
        found = clip_beats(clip, samples, RAG_GESTURE, speed)
        assert found.onsets == len(expected["onsets"])
        errors.append(abs(found.score - case["score"]))
        generated += [found] if case["which"] == "pred" else []
    average = beat_consistency(generated, RAG_GESTURE, "").value
    errors.append(abs(average - expected["weighted_average_pred"]))

    print(f"beat consistency of sound: worst error {max(errors):.1e}")  # noqa: T201
    assert max(errors) <= 1e-6


def test_parity_beats_by_hand():
    tiny = load_json("metrics")["beat"]["tiny"]
    beats = [np.array(tiny["beats"][joint]) for joint in tiny["used_joints"]]
    found = beat_score(np.array(tiny["onsets"]), beats, 0.3)
    assert found == pytest.approx(tiny["score"], abs=1e-6)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_onsets_at_every_beat_score_one_and_between_them_less(variant):
    margin = variant.margin_frames / 30
    joints = beating(phase=0.3 + margin)
    onsets = np.arange(0.3, 10 - 2 * margin - 0.5, 0.6)

    assert score(joints, onsets, variant) == pytest.approx(1.0, abs=0.01)
    between = score(joints, onsets + 0.3, variant)
    assert between == pytest.approx(np.exp(-0.5 * (0.3 / variant.sigma_seconds) ** 2), abs=0.03)


def test_a_body_that_warps_its_time_follows_less():
    onsets = np.arange(0.3, 5.5, 0.6)
    assert score(beating(phase=2.3, pause=1.9), onsets) < 0.8 * score(beating(phase=2.3), onsets)


def test_a_frozen_body_has_no_beats_and_scores_nothing():
    motion = random_motion(300)
    joints = BODY.positions(frozen(motion)).joints

    assert all(len(beats) == 0 for beats in motion_beats(joints, EMAGE_TOOLS))
    assert score(joints, np.array([1.0, 2.0])) == 0.0


def test_a_mirrored_body_scores_nearly_the_same():
    motion, onsets = random_motion(600, reach=0.2), np.arange(0.4, 15, 0.9)
    joints, other = (BODY.positions(m).joints for m in (motion, mirrored(motion)))
    assert score(joints, onsets) == pytest.approx(score(other, onsets), abs=0.03)


def test_jitter_raises_the_score_which_is_why_it_is_not_judged_by():
    motion, onsets = random_motion(600, reach=0.2), np.arange(0.4, 15, 0.9)
    joints, worse = (BODY.positions(m).joints for m in (motion, noisy(motion, 0.1)))
    assert score(worse, onsets) > score(joints, onsets)


def test_minima_are_lower_than_all_within_reach_and_ends_go_on():
    values = np.ones((30, 1))
    values[2], values[12], values[16], values[29] = 0.5, 0.4, 0.3, 0.2
    assert np.flatnonzero(local_minima(values)).tolist() == [2, 16]


def test_speed_is_central_inside_and_one_sided_at_the_ends():
    joints = np.zeros((4, 1, 3))
    joints[:, 0, 0] = [0.0, 1.0, 4.0, 9.0]
    np.testing.assert_allclose(joint_speed(joints)[:, 0], np.array([1.0, 2.0, 4.0, 5.0]) * 30)


def test_whether_a_joint_is_fast_is_looked_up_before_the_margin_as_published():
    joints = beating(phase=2.3)
    joints[:65] = joints[64]  # still, while the first beats are looked up
    lost, kept = (motion_beats(j, EMAGE_TOOLS)[20] for j in (joints, beating(phase=2.3)))
    assert kept[0] < 65 <= lost[0]


def test_clips_without_onsets_or_too_short_weigh_nothing_and_few_are_flagged():
    pytest.importorskip("librosa", reason="the extra evaluation is not installed")
    silence = np.zeros(160000, dtype=np.float32)
    silent = clip_beats(positions(beating()), silence, EMAGE_TOOLS)
    short = clip_beats(positions(beating(4.0)), silence, EMAGE_TOOLS)
    assert silent == short == ClipBeats(0.0, 0, 0)

    found = beat_consistency(
        [silent, ClipBeats(0.6, 100, 9), ClipBeats(0.9, 200, 9)], TALKSHOW, "b"
    )
    assert found.value == pytest.approx(0.8)
    assert not found.reliable
    assert "2 recordings with onsets" in found.why
    assert np.isnan(beat_consistency([silent], TALKSHOW, "b").value)


def test_another_frame_rate_is_refused():
    with pytest.raises(ValueError, match="30 fps, found 15"):
        clip_beats(positions(beating(), 15), np.zeros(9, np.float32), EMAGE_TOOLS)


def test_the_published_mean_speeds_cannot_be_changed():
    assert MEAN_SPEED.shape == (55,)
    with pytest.raises(ValueError, match="read-only"):
        MEAN_SPEED[0] = 1.0
