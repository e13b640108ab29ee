"""Motion files hold exactly what BEAT2 files hold, and broken ones say what is broken."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from motion.files import MotionFileError, npz_seconds, read_npz, write_npz
from motion.npz import examine_arrays
from motion.parts import joint
from motion.rotation import sixd_from_axis_angle
from tests.motion.motions import random_motion

DATA = Path(
    os.environ.get("CHIRONOMIA_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)
REAL = DATA / "beat2-mini" / "smplxflame_30" / "2_scott_0_1_1.npz"
needs_real = pytest.mark.skipif(not REAL.is_file(), reason=f"no BEAT2 recording at {REAL}")

KEYS = {
    "betas": ("float32", (300,)),
    "poses": ("float32", (7, 165)),
    "expressions": ("float64", (7, 100)),
    "trans": ("float64", (7, 3)),
    "model": ("<U9", ()),
    "gender": ("<U7", ()),
    "mocap_frame_rate": ("int32", ()),
}


def _arrays(frames: int = 7) -> dict[str, np.ndarray]:
    return {
        "betas": np.zeros(300, np.float32),
        "poses": np.zeros((frames, 165), np.float32),
        "expressions": np.zeros((frames, 100)),
        "trans": np.zeros((frames, 3)),
        "mocap_frame_rate": np.array(30),
    }


def test_what_is_written_is_read_back(tmp_path):
    motion = random_motion(7)
    write_npz(motion, tmp_path / "a.npz")
    again = read_npz(tmp_path / "a.npz")

    for field in ("poses", "translation", "expression", "betas"):
        torch.testing.assert_close(getattr(again, field), getattr(motion, field), atol=0, rtol=0)
    assert again.fps == motion.fps
    assert npz_seconds(tmp_path / "a.npz") == pytest.approx(motion.seconds)


def test_keys_types_and_shapes_are_those_of_beat2(tmp_path):
    write_npz(random_motion(7), tmp_path / "a.npz")

    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        found = {k: (archive[k].dtype.str, archive[k].shape) for k in archive.files}
        texts = str(archive["model"]), str(archive["gender"])
    assert found == {k: (np.dtype(dtype).str, shape) for k, (dtype, shape) in KEYS.items()}
    assert texts == ("smplx2020", "neutral")


def test_an_unknown_shape_is_written_as_the_mean_shape(tmp_path):
    motion = random_motion(2)
    plain = type(motion)(motion.poses, motion.translation, motion.expression, motion.fps)
    write_npz(plain, tmp_path / "a.npz")

    assert not read_npz(tmp_path / "a.npz").betas.any()


def test_the_name_of_the_file_is_the_one_asked_for(tmp_path):
    write_npz(random_motion(2), tmp_path / "motion.part")

    assert [file.name for file in tmp_path.iterdir()] == ["motion.part"]


def test_rates_between_whole_numbers_are_refused(tmp_path):
    with pytest.raises(ValueError, match="resample first"):
        write_npz(random_motion(2, fps=29.97), tmp_path / "a.npz")


def _truncated(path: Path) -> None:
    np.savez(path, **_arrays())
    path.write_bytes(path.read_bytes()[:2000])


def _cut_inside(path: Path) -> None:
    np.savez_compressed(
        path, **{**_arrays(), "poses": np.random.default_rng(0).normal(size=(7, 165))}
    )
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 2] = b"\0" * (len(content) // 2 - len(content) // 3)
    path.write_bytes(content)


def _single(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def _without(key):
    return lambda path: np.savez(path, **{k: v for k, v in _arrays().items() if k != key})


def _with(**arrays):
    return lambda path: np.savez(path, **{**_arrays(), **arrays})


def _nan(key):
    def write(path):
        arrays = _arrays()
        arrays[key][3, 1] = np.nan
        np.savez(path, **arrays)

    return write


BROKEN = {
    "truncated": (_truncated, "not a readable npz"),
    "overwritten inside": (_cut_inside, "not a readable npz"),
    "empty": (lambda path: path.write_bytes(b""), "not a readable npz"),
    "text": (lambda path: path.write_text("hello"), "not a readable npz"),
    "absent": (lambda path: path.unlink(missing_ok=True), "not a readable npz"),
    "single array": (_single, "not a readable npz"),
    "no poses": (_without("poses"), r"lacks \['poses'\]"),
    "no rate": (_without("mocap_frame_rate"), "mocap_frame_rate"),
    "poses per joint": (_with(poses=np.zeros((7, 55, 3))), r"shape \(7, 165\)"),
    "fewer translations": (_with(trans=np.zeros((6, 3))), r"trans must have shape \(7, 3\)"),
    "ten expressions": (_with(expressions=np.zeros((7, 10))), "expressions must have shape"),
    "ten betas": (_with(betas=np.zeros(10)), "betas must have shape"),
    "scalar poses": (_with(poses=np.array(3.0)), "poses must have shape"),
    "words": (_with(poses=np.full((7, 165), "x")), "must hold numbers"),
    "objects": (_with(poses=np.full((7, 165), None)), "not a readable npz"),
    "NaN poses": (_nan("poses"), "poses holds values that are not finite"),
    "NaN translation": (_nan("trans"), "trans holds values that are not finite"),
    "no frames": (lambda path: np.savez(path, **_arrays(0)), "no frames"),
    "rate of nothing": (_with(mocap_frame_rate=np.array(0)), "must be positive"),
    "two rates": (_with(mocap_frame_rate=np.array([30, 30])), "mocap_frame_rate must have shape"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_says_what_is_broken(tmp_path, case):
    write, message = BROKEN[case]
    path = tmp_path / "broken.npz"
    write(path)

    with pytest.raises(MotionFileError, match=message) as raised:
        read_npz(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("case", sorted(set(BROKEN) - {"absent"}))
def test_a_broken_file_is_refused_where_it_is_only_looked_through(tmp_path, case):
    write, message = BROKEN[case]
    path = tmp_path / "broken.npz"
    write(path)

    with (
        path.open("rb") as file,
        pytest.raises(MotionFileError, match=f"{message}|must hold numbers"),
    ):
        examine_arrays(file, path)


def test_a_whole_file_is_as_long_for_those_who_only_look_through_it(tmp_path):
    path = tmp_path / "whole.npz"
    np.savez_compressed(path, **_arrays(70_000) | {"mocap_frame_rate": np.array(12.5)})
    with path.open("rb") as file:
        extent = examine_arrays(file, path)
    assert (extent.frames, extent.fps, extent.seconds) == (70_000, 12.5, 5600.0)


@needs_real
def test_golden_values_of_a_real_recording():
    motion = read_npz(REAL)
    sixd = sixd_from_axis_angle(motion.poses)

    assert len(motion) == 1906
    assert motion.fps == 30
    assert npz_seconds(REAL) == pytest.approx(motion.seconds)
    for frame, name, expected in (
        (0, "pelvis", (-0.1799886, -0.0463411, -0.0808725)),
        (100, "left_shoulder", (0.0524107, -0.4314262, -0.7752739)),
    ):
        found = motion.poses[frame, joint(name)]
        torch.testing.assert_close(found, torch.tensor(expected), atol=1e-6, rtol=0)
    for frame, name, expected in (
        (0, "pelvis", (0.995671, 0.084476, -0.038771, -0.076164, 0.980598, 0.180626)),
        (100, "left_shoulder", (0.631647, 0.666581, -0.395842, -0.687743, 0.717459, 0.110736)),
    ):
        found = sixd[frame, joint(name)]
        torch.testing.assert_close(found, torch.tensor(expected), atol=2e-6, rtol=0)
    first = torch.tensor((0.2007949, 1.2881492, -0.3711281))
    torch.testing.assert_close(motion.translation[0], first, atol=1e-6, rtol=0)
    mean = torch.tensor((0.0644, 1.3026, -0.1158))
    torch.testing.assert_close(motion.translation.mean(dim=0), mean, atol=1e-4, rtol=0)
    assert motion.betas is not None
    assert motion.betas.all()
    torch.testing.assert_close(
        motion.betas[:4], torch.tensor((0.438, 0.55, -0.33, -0.238)), atol=5e-3, rtol=0
    )


@needs_real
def test_a_real_recording_survives_writing(tmp_path):
    write_npz(read_npz(REAL), tmp_path / "again.npz")

    with np.load(REAL) as real, np.load(tmp_path / "again.npz") as again:
        assert set(real.files) == set(again.files)
        for key in real.files:
            assert real[key].dtype == again[key].dtype, key
            if real[key].dtype.kind == "f":
                np.testing.assert_allclose(again[key], real[key], atol=1e-6, err_msg=key)
            else:
                assert real[key] == again[key]
