"""The 52 curves follow the face, and the CSV is one that Live Link Face could have written."""

import csv
import math
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from motion.clip import Motion
from motion.export.arkit import CURVES, TURNS, face_curves, lips_closed, write_arkit
from motion.files import read_npz
from motion.parts import joint
from tests.motion.motions import random_motion

DATA = Path(
    os.environ.get("CHIRONOMIA_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)
REAL = DATA / "beat2-mini"
NAMES = ("2_scott_0_1_1", "2_scott_0_2_2")
OPEN = {"AA": 1.0, "AE": 0.9, "AO": 0.8, "AW": 0.9, "AY": 0.9, "AH": 0.6, "EH": 0.6, "EY": 0.5}
OPEN |= {"OW": 0.5, "OY": 0.6, "ER": 0.4, "IH": 0.35, "IY": 0.25, "UH": 0.3, "UW": 0.2, "HH": 0.4}
ROUND = {"UW": 1.0, "OW": 0.9, "W": 1.0, "UH": 0.7, "AO": 0.6, "OY": 0.7, "SH": 0.6, "CH": 0.6}
ROUND |= {"JH": 0.6, "ZH": 0.6, "R": 0.4, "ER": 0.4}
CLOSED = {"M": 1.0, "B": 1.0, "P": 1.0}


def _rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_csv_has_live_link_faces_columns(tmp_path):
    write_arkit(random_motion(5), tmp_path / "a.csv")
    rows = _rows(tmp_path / "a.csv")

    assert list(rows[0]) == ["Timecode", "BlendShapeCount", *CURVES, *TURNS]
    assert (len(CURVES), len(set(CURVES)), len(TURNS)) == (52, 52, 9)
    assert {row["BlendShapeCount"] for row in rows} == {"61"}
    assert CURVES[:2] == ("EyeBlinkLeft", "EyeLookDownLeft")
    assert CURVES[-1] == "TongueOut"


@pytest.mark.parametrize("fps", [24, 25, 30, 60])
def test_time_codes_count_every_frame_once(fps, tmp_path):
    frames = 62 * fps
    write_arkit(Motion.rest(frames, float(fps)), tmp_path / "a.csv")
    codes = [row["Timecode"] for row in _rows(tmp_path / "a.csv")]

    parts = [re.fullmatch(r"(\d\d):(\d\d):(\d\d):(\d\d)\.000", code).groups() for code in codes]
    counted = [
        ((int(h) * 60 + int(m)) * 60 + int(s)) * fps + int(frame) for h, m, s, frame in parts
    ]
    assert counted == list(range(frames))
    assert all(int(frame) < fps for *_, frame in parts)


def test_curves_lie_between_0_and_1():
    for curve in face_curves(random_motion(60, reach=1.0)).values():
        assert np.isfinite(curve).all()
        assert curve.min() >= 0.0
        assert curve.max() <= 1.0


def test_a_face_at_rest_moves_nothing():
    assert not any(curve.any() for curve in face_curves(Motion.rest(4, 30.0)).values())


def test_the_jaw_opens_the_mouth_and_the_eyes_look_where_they_turn():
    motion = Motion.rest(2, 30.0)
    motion.poses[1, joint("jaw"), 0] = 0.175
    motion.poses[1, joint("left_eye_smplhf"), 1] = 0.25
    motion.poses[1, joint("right_eye_smplhf"), 1] = 0.25
    moved = {name: curve[1] for name, curve in face_curves(motion).items() if curve[1] > 0}

    assert moved == {
        "JawOpen": pytest.approx(0.5),
        "EyeLookOutLeft": pytest.approx(0.5),
        "EyeLookInRight": pytest.approx(0.5),
    }


def test_29_curves_move():
    motion = random_motion(300, reach=0.5)
    moving = [name for name, curve in face_curves(motion).items() if np.ptp(curve) > 0.01]

    assert len(moving) == 29


def test_uneven_rates_are_refused(tmp_path):
    with pytest.raises(ValueError, match="whole frame rates"):
        write_arkit(replace(random_motion(3), fps=29.97), tmp_path / "a.csv")


def _spoken(name, strengths, frames, fps):
    """Strength of the phone spoken in every frame, nan in pauses, as a tongue would smooth it."""
    text = (REAL / "textgrid" / f"{name}.TextGrid").read_text()
    tier = text[text.index('"phones"') :]
    found = np.full(frames, math.nan)
    for start, end, phone in re.findall(r'xmin = (\S+)\s+xmax = (\S+)\s+text = "([^"]+)"', tier):
        if phone.upper() not in {"SIL", "SP", "SPN"}:
            span = slice(round(float(start) * fps), round(float(end) * fps))
            found[span] = strengths.get(re.sub(r"\d", "", phone.upper()), 0.0)
    weights = np.hanning(5) / np.hanning(5).sum()
    smooth = np.convolve(np.nan_to_num(found), weights, "same")
    return np.where(np.isnan(found), math.nan, smooth)


@pytest.mark.skipif(not REAL.is_dir(), reason=f"no BEAT2 recordings at {REAL}")
@pytest.mark.parametrize(
    ("curve", "strengths", "least"),
    [("JawOpen", OPEN, 0.5), ("MouthPucker", ROUND, 0.55), ("closed", CLOSED, 0.4)],
)
def test_the_mouth_follows_the_phones_of_recorded_speech(curve, strengths, least):
    for name in NAMES:
        motion = read_npz(REAL / "smplxflame_30" / f"{name}.npz")
        spoken = _spoken(name, strengths, len(motion), motion.fps)
        found = lips_closed(motion) if curve == "closed" else face_curves(motion)[curve]
        said = ~np.isnan(spoken)
        correlation = np.corrcoef(found[said], spoken[said])[0, 1]
        assert correlation > least, (name, correlation)
