"""A small reference of a few recordings, and systems that imitate it well or badly."""

from collections.abc import Callable
from pathlib import Path

from annotations.beat2 import SemLabel, write_sem
from motion.clip import Motion
from motion.files import write_npz
from motion.timeline import FrameSpan
from speech.audio import write_wav
from speech.transcript import Interval, Word, write_textgrid
from tests.motion.motions import random_motion
from tests.speech.sounds import babble

SECONDS = 10.0
IDS = tuple(f"2_scott_0_{take}_{take}" for take in range(1, 4))


def motion_of(name: str) -> Motion:
    return random_motion(round(30 * SECONDS), seed=IDS.index(name), reach=0.15)


def write_reference(root: Path, names: tuple[str, ...] = IDS, sound: bool = True) -> Path:
    for folder in ("smplxflame_30", "wave16k", "textgrid", "sem"):
        (root / folder).mkdir(parents=True)
    for name in names:
        write_npz(motion_of(name), root / f"smplxflame_30/{name}.npz")
        if sound:
            write_wav(root / f"wave16k/{name}.wav", babble(SECONDS, seed=IDS.index(name)))
        words = [Word(f"word{i}", Interval(0.5 * i, 0.5 * i + 0.4)) for i in range(20)]
        write_textgrid(root / f"textgrid/{name}.TextGrid", words, SECONDS)
        labels = [
            SemLabel("07_iconic_h", Interval(2.0 * i, 2.0 * i + 0.4), 0.8, f"word{4 * i}")
            for i in range(1, 5)
        ]
        write_sem(labels, root / f"sem/{name}.txt")
    return root


def write_system(
    folder: Path,
    change: Callable[[Motion], Motion] = lambda motion: motion,
    names: tuple[str, ...] = IDS,
    head: str = "",
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        write_npz(change(motion_of(name)), folder / f"{head}{name}.npz")
    return folder


def cut(motion: Motion) -> Motion:
    return motion[FrameSpan(0, 60)]
