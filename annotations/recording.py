"""One recording of the corpus, and ten-second clips of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import torch

from annotations.beat2 import Split
from annotations.fields import AnnotationFileError
from annotations.tiers import TierFiles, corpus_tiers, read_words
from annotations.types import AnnotatedSpeech
from motion.clip import Motion
from motion.files import MotionFileError, read_npz
from motion.timeline import WINDOW_SECONDS, frames_in
from speech.audio import AudioError, load_audio
from speech.loudness import levelled
from speech.transcript import Speech, TranscriptError, Word

READ_ERRORS = (MotionFileError, AudioError, AnnotationFileError, TranscriptError, OSError)
"""What reading the files of one recording may raise; skip the recording and report it."""

_LOADED_RECORDINGS = 8


@dataclass(frozen=True)
class Problem:
    """What is wrong with one file of the corpus."""

    recording_id: str
    """Empty where the whole corpus is concerned."""
    file: Path
    message: str


@dataclass(frozen=True)
class Recording:
    """One BEAT2 take with its files; without motion it can only serve as a query."""

    id: str
    speaker: int
    """Speaker index, 0 to 24."""
    speaker_number: int
    speaker_name: str
    split: Split | None
    """``None`` where the split file does not list it."""
    audio_path: Path
    motion_path: Path | None
    tiers: TierFiles
    seconds: float
    """The shortest of sound, motion and TextGrid."""

    @property
    def has_motion(self) -> bool:
        """Whether it can be indexed."""
        return self.motion_path is not None

    def words(self) -> tuple[Word, ...]:
        """Words from the relations file, else the TextGrid, else Whisper; cut to the duration."""
        return read_words(self.tiers, self.seconds)

    def speech(self) -> Speech:
        """Sound at the standard loudness, cut to the duration, with its words."""
        return _loaded_speech(self)

    def motion(self) -> Motion:
        """The whole motion, cut to the duration."""
        if self.motion_path is None:
            raise ValueError(f"recording {self.id} has no motion; it can only be a query")
        motion = _loaded_motion(self.motion_path, self.motion_path.stat().st_mtime_ns)
        return motion.sliced_seconds(0.0, self.seconds)

    def clip(self, start_seconds: float) -> "RecordingClip":
        """Ten seconds of it."""
        return RecordingClip(self, start_seconds)

    def annotated(
        self, annotate: Callable[[Speech], AnnotatedSpeech] | None = None
    ) -> AnnotatedSpeech:
        """Its tiers from the corpus files; ``annotate`` fills the ones that have no readable file.

        A file that is missing or broken is named in the notes.
        """
        return corpus_tiers(self.speech(), self.tiers, annotate)

    def problems(self) -> tuple[Problem, ...]:
        """Read every file of the recording and report what is wrong."""
        readers: list[tuple[Path, Callable[[], object]]] = [(self.audio_path, self.speech)]
        if self.motion_path is not None:
            readers.append((self.motion_path, self.motion))
        found = []
        for path, read in (*readers, *self.tiers.readers):
            try:
                read()
            except READ_ERRORS as error:
                found.append(Problem(self.id, path, str(error)))
        return tuple(found)


@lru_cache(maxsize=_LOADED_RECORDINGS)
def _loaded_motion(path: Path, changed: int) -> Motion:  # noqa: ARG001  a changed file is another
    return read_npz(path)


@lru_cache(maxsize=_LOADED_RECORDINGS)
def _loaded_speech(recording: Recording) -> Speech:
    whole = Speech(levelled(load_audio(recording.audio_path)))
    cut = whole.window(0.0, recording.seconds)
    cut.samples.flags.writeable = False
    return replace(cut, words=recording.words())


@dataclass(frozen=True)
class RecordingClip:
    """Ten seconds of a recording; implements `annotations.types.Clip`."""

    recording: Recording
    start_seconds: float

    @property
    def key(self) -> str:
        """Same as the window's key."""
        return f"{self.recording.id}@{self.start_seconds:.3f}"

    @property
    def speaker(self) -> int:
        """Whose motion it is."""
        return self.recording.speaker

    def motion(self) -> Motion:
        """The window at the corpus' rate; where the recording ends, its last frame stands."""
        whole = self.recording.motion()
        first = frames_in(self.start_seconds, whole.fps)
        if first >= len(whole):
            raise ValueError(f"clip {self.key} begins behind the motion's {whole.seconds:.3f} s")
        frames = torch.arange(first, first + frames_in(WINDOW_SECONDS, whole.fps))
        frames = frames.clamp(max=len(whole) - 1)
        return replace(
            whole,
            poses=whole.poses[frames],
            translation=whole.translation[frames],
            expression=whole.expression[frames],
        )

    def speech(self) -> Speech:
        """The speech of the window, silent where the recording has ended."""
        end = self.start_seconds + WINDOW_SECONDS
        return self.recording.speech().window(self.start_seconds, end)
