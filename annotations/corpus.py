"""BEAT2 on disk: its recordings with their files, and clips of them."""

import re
from dataclasses import dataclass
from pathlib import Path

from annotations.beat2 import Split, read_split
from annotations.fields import AnnotationFileError
from annotations.recording import READ_ERRORS, Problem, Recording, RecordingClip
from annotations.speakers import BY_NUMBER, SPEAKERS, Speaker, speaker_index
from annotations.tiers import TierFiles, text_seconds
from annotations.windows import windows_of
from motion.files import MotionFileError, npz_seconds
from speech.audio import AudioError, read_header

__all__ = [
    "READ_ERRORS",
    "SPEAKERS",
    "Corpus",
    "CorpusError",
    "Problem",
    "Recording",
    "RecordingClip",
    "Speaker",
    "speaker_index",
    "windows_of",
]

_BEAT2_FOLDERS = ("beat_english_v2.0.0", "beat_*_v2.0.0")
_ID = re.compile(r"(\d+)_([^_]+)_\d+_\d+_\d+")


class CorpusError(ValueError):
    """A folder is no BEAT2 corpus."""


@dataclass(frozen=True)
class Corpus:
    """A folder in BEAT2's layout."""

    folder: Path
    recordings: tuple[Recording, ...]
    """Every recording with a readable sound, by id."""
    problems: tuple[Problem, ...]
    """What was left out, and why."""

    @classmethod
    def open(cls, folder: Path) -> "Corpus":
        """Look through a BEAT2 folder, or one that holds ``beat_english_v2.0.0``.

        Only headers are read. A recording with a broken sound or motion file is left out and
        named in ``problems``; damage inside a file shows when it is read (`READ_ERRORS`).
        """
        root = _root(Path(folder))
        problems: list[Problem] = []
        splits = _splits(root, problems)
        recordings = []
        for recording_id in _ids(root, splits, problems):
            try:
                recordings.append(_recording(root, recording_id, splits.get(recording_id)))
            except _SkippedError as error:
                problems.append(Problem(recording_id, error.file, str(error)))
        return cls(root, tuple(recordings), tuple(problems))


class _SkippedError(Exception):
    """A recording that cannot be used."""

    def __init__(self, file: Path, message: str) -> None:
        super().__init__(message)
        self.file = file


def _root(folder: Path) -> Path:
    candidates = [folder] + [found for name in _BEAT2_FOLDERS for found in folder.glob(name)]
    for candidate in candidates:
        if (candidate / "wave16k").is_dir():
            return candidate
    raise CorpusError(
        f"{folder} is no BEAT2 corpus: expected a folder with wave16k/ and smplxflame_30/ in it, "
        f"or one that holds {_BEAT2_FOLDERS[0]}/"
    )


def _splits(root: Path, problems: list[Problem]) -> dict[str, Split]:
    path = root / "train_test_split.csv"
    try:
        return read_split(path)
    except AnnotationFileError as error:
        problems.append(Problem("", path, f"{error}; recordings are used without a split"))
        return {}


def _ids(root: Path, splits: dict[str, Split], problems: list[Problem]) -> list[str]:
    """Ids of everything that has a file; listed ones without any are reported together."""
    sounds = {path.stem for path in (root / "wave16k").glob("*.wav")}
    ids = sounds | {path.stem for path in (root / "smplxflame_30").glob("*.npz")}
    absent = sorted(set(splits) - ids)
    if absent:
        message = f"{len(absent)} listed recordings have neither sound nor motion: {absent[0]}, ..."
        problems.append(Problem("", root / "train_test_split.csv", message))
    return sorted(ids)


def _recording(root: Path, recording_id: str, split: Split | None) -> Recording:
    audio, motion = root / f"wave16k/{recording_id}.wav", root / f"smplxflame_30/{recording_id}.npz"
    parsed = _ID.fullmatch(recording_id)
    if parsed is None or int(parsed[1]) not in BY_NUMBER:
        expected = "speaker_name_type_start_end, with one of BEAT2's 25 speaker numbers"
        raise _SkippedError(audio, f"{recording_id} is no recording id; expected {expected}")
    tiers = TierFiles.beside(root, recording_id)
    try:
        seconds = [read_header(audio).seconds, text_seconds(tiers)]
        if motion.is_file():
            seconds.append(npz_seconds(motion))
    except OSError as error:
        raise _SkippedError(audio, f"recording without a readable sound: {error}") from error
    except AudioError as error:
        raise _SkippedError(audio, f"{audio}: {error}") from error
    except MotionFileError as error:
        raise _SkippedError(motion, str(error)) from error
    return Recording(
        id=recording_id,
        speaker=speaker_index(recording_id),
        speaker_number=int(parsed[1]),
        speaker_name=parsed[2],
        split=split,
        audio_path=audio,
        motion_path=motion if motion.is_file() else None,
        tiers=tiers,
        seconds=min(seconds),
    )
