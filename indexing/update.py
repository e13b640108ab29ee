"""Indexing a few recordings beside what is there: an upload, or some of a corpus."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from annotations.corpus import Corpus, Recording
from annotations.database import Database
from annotations.speakers import ID_FORM, check_recording_id
from indexing.build import Build, BuildOptions, IndexReport, IndexTools, Progress
from motion.files import MotionFileError, read_npz
from speech.audio import write_wav
from speech.transcript import Speech, write_textgrid

FOLDERS = {"sound": "wave16k", "motion": "smplxflame_30", "words": "textgrid"}


class RecordingRefusedError(ValueError):
    """A recording cannot be added: field, what was expected, what was found, what to do."""

    def __init__(self, field: str, limit: str, found: str, remedy: str) -> None:
        super().__init__(f"{field} must be {limit}, found {found}; {remedy}")
        self.field, self.limit, self.found, self.remedy = field, limit, found, remedy


@dataclass(frozen=True)
class RecordingFiles:
    """One recording before it lies in a corpus folder."""

    id: str
    """As BEAT2 names them: ``<speaker number>_<name>_<type>_<start>_<end>``."""
    motion: bytes
    """A BEAT2 npz file."""
    speech: Speech
    """Sound and timed words."""

    def put(self, root: Path) -> None:
        """Write the files in BEAT2's layout; `RecordingRefusedError` where they cannot be used.

        Files of the same recording that are there already are replaced; other annotations of it
        (``sem``, ``discourse_rels``, ``prom``) are left as they are.
        """
        self._check()
        places = {kind: root / folder for kind, folder in FOLDERS.items()}
        for place in places.values():
            place.mkdir(parents=True, exist_ok=True)
        motion = places["motion"] / f"{self.id}.npz"
        aside = motion.with_suffix(".part.npz")
        try:
            aside.write_bytes(self.motion)
            read_npz(aside)
            aside.replace(motion)
        except MotionFileError as error:
            raise RecordingRefusedError(
                "motion", "a BEAT2 npz file", str(error), "export it with `chironomia` or as BEAT2"
            ) from error
        finally:
            aside.unlink(missing_ok=True)
        write_wav(places["sound"] / f"{self.id}.wav", self.speech.samples)
        words = places["words"] / f"{self.id}.TextGrid"
        write_textgrid(words, self.speech.words, self.speech.seconds)

    def _check(self) -> None:
        try:
            check_recording_id(self.id)
        except ValueError as error:
            raise RecordingRefusedError("id", ID_FORM, repr(self.id), str(error)) from error
        if not self.speech.words:
            raise RecordingRefusedError(
                "words", "the timed words of the recording", "none", "send a TextGrid or JSON"
            )


def add_recording(  # noqa: PLR0913  a build's own, and which recordings
    database: Database,
    folder: Path,
    tools: IndexTools,
    corpus: Corpus | Path,
    recordings: Sequence[str],
    options: BuildOptions | None = None,
    progress: Progress | None = None,
) -> IndexReport:
    """Index these recordings of a corpus folder and leave all others as they are.

    Repeating it changes nothing. What cannot be read is among the report's problems; raises
    `RecordingRefusedError` for an id that the folder does not hold with sound and motion.
    """
    opened = corpus if isinstance(corpus, Corpus) else Corpus.open(corpus)
    selected = [_found(opened, each) for each in dict.fromkeys(recordings)]
    build = Build(
        replace(opened, problems=()),
        database,
        folder,
        tools,
        options or BuildOptions(),
        progress or (lambda *_: None),
    )
    return build.run(selected, leave_out=False)


def _found(corpus: Corpus, recording_id: str) -> Recording:
    for recording in corpus.recordings:
        if recording.id == recording_id and recording.has_motion:
            return recording
    why = [each.message for each in corpus.problems if each.recording_id == recording_id]
    raise RecordingRefusedError(
        "recording",
        f"one of {corpus.folder} with sound and motion",
        recording_id,
        "; ".join(why) or "list wave16k/ and smplxflame_30/ for the ids there are",
    )
