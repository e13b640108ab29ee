"""An uploaded recording is checked and kept without being held in memory."""

import io
import tracemalloc

import numpy as np
import pytest

from service.recording_request import RecordingInput, checked
from service.settings import Settings
from service.storage import Storage
from tests.service.world import sound_file, words_json
from tests.speech.sounds import babble


class Watched(io.FileIO):
    """A file that keeps the largest piece that was read of it."""

    most = 0

    def read(self, size=-1):
        piece = super().read(size)
        self.most = max(self.most, len(piece))
        return piece


def test_sound_and_motion_are_checked_and_kept_piece_by_piece(tmp_path):
    sound, motion = tmp_path / "sound", tmp_path / "motion"
    sound.write_bytes(sound_file(babble(30.0).repeat(20)))
    frames = 600 * 30
    np.savez(
        motion,
        poses=np.zeros((frames, 165), np.float32),
        expressions=np.zeros((frames, 100), np.float32),
        trans=np.zeros((frames, 3), np.float32),
        mocap_frame_rate=np.array(30),
    )
    settings = Settings(home=tmp_path, weights="/nowhere")
    with Watched(sound) as heard, Watched(f"{motion}.npz") as poses:
        given = RecordingInput("4_lawrence_0_1_1", poses, heard, words_json(9.0))
        tracemalloc.start()
        speech = checked(given, settings)
        Storage(tmp_path).put_upload_file(poses)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert speech.seconds == pytest.approx(600.0)
    assert most < 16_000_000, "of sound and motion of 19 MB each"
    assert max(heard.most, poses.most) <= 2**20
