"""Read, annotate and cut one recording: what is done beside the database, in any process."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import structlog

from annotations.beat2 import read_sem
from annotations.corpus import READ_ERRORS, Recording
from annotations.fields import AnnotationFileError
from annotations.records import CutWindow
from annotations.types import AnnotatedSpeech
from indexing.report import StageClock
from indexing.segment import SegmentOptions, segment
from indexing.stored import content_digest, fingerprint
from motion.files import npz_seconds
from speech.audio import read_header
from speech.transcript import Speech

READING_STAGES = ("read", "annotate", "window")
"""Parts of the stage ``cut`` whose time is told apart."""
_ODD_SECONDS = 1.0
"""Sound and motion may differ by this much before it is worth a note."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ReadTask:
    """A recording to cut."""

    recording: Recording
    known: str | None
    """Fingerprint under which it is stored; it is not cut again while its files keep to it."""


@dataclass(frozen=True)
class Unchanged:
    """The recording is as it was when it was cut."""

    fingerprint: str


@dataclass(frozen=True)
class Cut:
    """The exemplars of one recording, not stored yet."""

    fingerprint: str
    content: str
    """Digest of motion, sound and words."""
    windows: tuple[CutWindow, ...]
    notes: tuple[str, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Time spent on each of `READING_STAGES`."""

    @property
    def exemplars(self) -> int:
        """How many exemplars were cut."""
        return sum(len(window.exemplars) for window in self.windows)


@dataclass(frozen=True)
class Unreadable:
    """Why a recording cannot be indexed."""

    message: str


Reading = Unchanged | Cut | Unreadable


@dataclass(frozen=True)
class Reader:
    """Cuts recordings, one at a time; pickled where several processes share the work."""

    annotate: Callable[[Speech], AnnotatedSpeech] | None
    options: SegmentOptions

    def __call__(self, task: ReadTask) -> Reading:
        """What is to be stored of a recording; it never stops the others, whatever is wrong."""
        try:
            return self._read(task)
        except READ_ERRORS as error:
            return Unreadable(str(error))
        except Exception as error:
            _log.exception("recording not indexed", recording=task.recording.id)
            return Unreadable(f"unexpected {type(error).__name__}: {error}; the log has more")

    def _read(self, task: ReadTask) -> Reading:
        recording, clock = task.recording, StageClock()
        with clock.of("read"):
            mark = fingerprint(recording, self.options)
            if mark == task.known:
                return Unchanged(mark)
            motion = recording.motion()
            recording.speech()
        with clock.of("annotate"):
            annotated = recording.annotated(self.annotate)
        with clock.of("window"):
            windows = segment(recording, annotated, motion, self.options)
            content = content_digest(motion, annotated.speech)
        notes = (*annotated.notes, *_oddities(recording, bool(windows)))
        return Cut(mark, content, windows, notes, clock.seconds)


def lost(task: ReadTask) -> Reading:
    """The answer for a recording that has killed the process that read it."""
    return Unreadable(
        f"reading {task.recording.audio_path.name} and its motion killed the process; the files "
        "may be too large for the memory of this machine: cut them, or index with --jobs 1"
    )


def _oddities(recording: Recording, cut: bool) -> Iterator[str]:
    """What a curator should know of a recording that is indexed nevertheless."""
    sound = read_header(recording.audio_path).seconds
    motion = sound if recording.motion_path is None else npz_seconds(recording.motion_path)
    if abs(sound - motion) > _ODD_SECONDS:
        yield (
            f"motion lasts {motion:.2f} s, sound {sound:.2f} s: only the first "
            f"{recording.seconds:.2f} s are used; check the frame count and mocap_frame_rate"
        )
    behind = _labels_behind(recording)
    if behind:
        yield (
            f"{behind} gesture labels lie behind the recording's {recording.seconds:.2f} s and "
            "were left out"
        )
    if not cut:
        yield "holds no discourse relation and no gesture label that is indexed"


def _labels_behind(recording: Recording) -> int:
    """Labels of the ``sem`` file that begin behind the end."""
    if recording.tiers.sem is None:
        return 0
    try:
        labels = read_sem(recording.tiers.sem)
    except AnnotationFileError:
        return 0
    return sum(
        label.type is not None and label.interval.start >= recording.seconds for label in labels
    )
