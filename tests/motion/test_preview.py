"""Pictures and films show the person, the words and the exemplars."""

import subprocess
import sys

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from motion.clip import Motion
from motion.film import FilmError
from motion.overlay import caption_lines, draw_label, draw_overlay
from motion.preview import (
    Caption,
    Highlight,
    Labelled,
    Look,
    Overlay,
    Sound,
    contact_sheet,
    side_by_side,
    write_video,
)
from motion.render import Camera
from motion.skinning import posed_vertices
from motion.stage import Stage
from tests.motion.motions import random_motion

SMALL = Look(width=160, height=180)


def _streams(path) -> str:
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    return subprocess.run([ffmpeg, "-i", str(path)], capture_output=True, text=True).stderr


def _frames(path) -> np.ndarray:
    film = cv2.VideoCapture(str(path))
    frames = []
    while True:
        there, picture = film.read()
        if not there:
            return np.stack(frames)
        frames.append(picture)


def _difference(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.abs(left.astype(int) - right.astype(int)).max(axis=2)


def test_a_film_lasts_as_long_as_its_motion_and_has_sound(tmp_path):
    motion = random_motion(12, reach=0.3)
    sound = Sound(0.3 * np.sin(np.arange(16_000) / 20.0))
    seen = []
    write_video(
        motion,
        tmp_path / "film.mp4",
        sound,
        Overlay([Caption(0.1, 0.4, "hello")], [Highlight(0.2, 0.5, "beat: hello")], "ours"),
        SMALL,
        lambda done, total: seen.append((done, total)),
    )

    assert _frames(tmp_path / "film.mp4").shape == (12, 180, 160, 3)
    assert "h264" in _streams(tmp_path / "film.mp4")
    assert "aac" in _streams(tmp_path / "film.mp4")
    assert "Duration: 00:00:00.4" in _streams(tmp_path / "film.mp4")
    assert seen == [(i, 12) for i in range(1, 13)]


def test_a_film_longer_than_its_sound_is_not_cut(tmp_path):
    write_video(random_motion(12), tmp_path / "a.mp4", Sound(np.zeros(2000)), None, SMALL)

    assert len(_frames(tmp_path / "a.mp4")) == 12


def test_without_sound_there_is_no_sound_track(tmp_path):
    write_video(random_motion(5), tmp_path / "a.mp4", look=SMALL)

    assert "Audio" not in _streams(tmp_path / "a.mp4")


def test_importing_loads_nothing_heavy():
    code = (
        "import sys, motion.preview, motion.export.glb, motion.smplx_model;"
        "print([name for name in ('cv2', 'imageio_ffmpeg', 'smplx') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


def test_odd_sizes_are_made_even(tmp_path):
    write_video(random_motion(3), tmp_path / "a.mp4", look=Look(width=101, height=121))

    assert len(_frames(tmp_path / "a.mp4")) == 3


def test_a_film_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(FilmError, match="ffmpeg could not write"):
        write_video(random_motion(40), tmp_path / "absent" / "a.mp4", look=SMALL)


def test_a_contact_sheet_is_a_grid(tmp_path):
    contact_sheet(random_motion(30), tmp_path / "a.png", [0.0, 0.3, 0.6, 0.9, 99.0], 3, look=SMALL)
    sheet = cv2.imread(str(tmp_path / "a.png"))

    assert sheet.shape == (2 * 180 + 6, 3 * 160 + 12, 3)
    assert (sheet[-170:, -150:] == 255).all(), "the last cell is empty"


def test_a_contact_sheet_without_times_shows_twelve_moments(tmp_path):
    contact_sheet(random_motion(30), tmp_path / "a.png", look=SMALL)

    assert cv2.imread(str(tmp_path / "a.png")).shape == (3 * 186 - 6, 4 * 166 - 6, 3)


def test_an_empty_list_of_times_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one time"):
        contact_sheet(random_motion(3), tmp_path / "a.png", [])


def test_panes_stand_side_by_side_and_the_shorter_waits(tmp_path):
    motions = (
        Labelled("long", random_motion(12, seed=1)),
        Labelled("short", random_motion(3, fps=15.0, seed=2)),
    )
    side_by_side(motions, tmp_path / "a.mp4", look=SMALL)
    frames = _frames(tmp_path / "a.mp4")

    assert frames.shape == (12, 180, 326, 3)
    left = _difference(frames[8, :, :160], frames[11, :, :160])
    right = _difference(frames[8, :, 166:], frames[11, :, 166:])
    assert (left > 60).sum() > 5 * (right > 60).sum()


def _picture(motion: Motion, index: int = 0, look: Look = SMALL) -> np.ndarray:
    return next(Stage(motion, look).frames([index]))


def test_frames_are_the_same_alone_and_in_company():
    motion = random_motion(40)

    assert (list(Stage(motion, SMALL).frames([3, 38]))[1] == _picture(motion, 38)).all()


def test_the_whole_person_is_in_the_picture():
    look = Look(width=320, height=360, framing="full")
    motion = random_motion(5, reach=0.15)
    stage = Stage(motion, look)
    camera = stage._camera.moved(stage._centres[2])
    flat, _ = camera.project(posed_vertices(motion)[2])

    assert flat.min() > 0
    assert (flat.max(axis=0) < (320, 360)).all()


def test_a_moving_hand_is_seen():
    still = random_motion(2, reach=0.0)
    moved = still.poses.clone()
    moved[:, 16, 2] = -1.2
    other = Motion(moved, still.translation, still.expression, still.fps)
    look = Look(width=320, height=360, framing="full")
    stage = Stage(still, look)

    assert (_difference(_picture(still, 0, look), _picture(other, 0, look)) > 40).sum() > 500
    assert stage.ground == pytest.approx(0.0, abs=0.1)


def test_an_active_highlight_colours_the_picture(tmp_path):
    motion = random_motion(30, reach=0.0)
    overlay = Overlay(highlights=[Highlight(0.5, 1.0, "exemplar")])
    contact_sheet(motion, tmp_path / "a.png", [0.2, 0.7], 2, overlay, SMALL)
    sheet = cv2.imread(str(tmp_path / "a.png"))

    before, during = sheet[40:160, 0], sheet[40:160, 166]
    assert (during[:, 2] - during[:, 0].astype(int) > 100).all()
    assert (before[:, 2] - before[:, 0].astype(int) < 50).all()


def test_labels_of_highlights_leave_the_head_and_the_time_free():
    motion = random_motion(5, reach=0.0)
    stage = Stage(motion, Look(width=400, height=450))
    plain = next(stage.frames([2]))
    written, label = plain.copy(), "because: Contingency.Cause.Reason, from 5_cyril_0_1_1"
    end = draw_label(written, "123.45 s")
    timed = written.copy()
    twice = [Highlight(0.0, 9.0, label), Highlight(0.0, 9.0, f"{label}, {label}")]
    draw_overlay(written, 1.0, [], twice, 9.0, end)

    flat, _ = stage._camera.moved(stage._centres[2]).project(posed_vertices(motion)[2])
    columns, rows = flat.astype(int).T
    head = rows < rows.min() + 60
    changed = _difference(plain, written) > 0
    changed[:, :6] = False
    assert not changed[rows[head], columns[head].clip(0, 399)].any()
    assert (written[:, 6:end] == timed[:, 6:end])[:60].all()
    assert changed[:60].sum() > 2000


def test_words_are_grouped_at_pauses_and_when_a_line_is_full():
    words = [Caption(i * 0.3, i * 0.3 + 0.25, "syllable") for i in range(8)]
    words += [Caption(9.0, 9.4, "later"), Caption(9.4, 9.5, " ")]
    lines = caption_lines(words)

    assert [len(line.words) for line in lines] == [4, 4, 1]
    assert lines[2].start == 9.0


def test_a_point_ahead_is_in_the_middle_and_one_to_the_right_is_right():
    camera = Camera.looking(np.array((0.0, 1.0, 0.0)), (100, 200), 2.0, turn=0.0, lift=0.0)
    flat, depth = camera.project(np.array(((0.0, 1.0, 0.0), (0.5, 1.0, 0.0), (0.0, 2.0, 0.0))))

    np.testing.assert_allclose(flat[0], (50, 100))
    np.testing.assert_allclose(flat[1], (100, 100))
    np.testing.assert_allclose(flat[2], (50, 0), atol=1e-9)
    np.testing.assert_allclose(depth, depth[0])
