"""A recording to be indexed: what its job stores, and what may be uploaded."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Self

from sqlalchemy.orm import Session

from annotations.job_queries import JobQueries
from annotations.job_records import JobFilter
from annotations.recording_queries import RecordingQueries
from annotations.records import OPEN_STATES
from annotations.speakers import ID_FORM, check_recording_id
from motion.npz import MotionExtent, MotionFileError, examine_arrays, unpacked_bytes
from service.errors import ConflictError, InvalidInputError, TooLargeError
from service.intake import Examined, SpeechInput, examine
from service.request import JobKind
from service.settings import Settings
from service.storage import Storage
from speech.audio import load_audio
from speech.transcript import Interval, Speech, Word

LONGEST_ID = 200
_MOST_JOBS = 100_000
APART_SECONDS = 1.0
"""Sound and motion may differ by this much."""


@dataclass(frozen=True)
class RecordingRequest:
    """One accepted upload; sound and motion lie in the storage under their sha256."""

    kind: ClassVar[JobKind] = "recording"
    seed: ClassVar[None] = None
    id: str
    actor: str
    reason: str
    seconds: float
    sound: str
    motion: str
    words: tuple[Word, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for the job's row."""
        return {
            "kind": self.kind,
            "id": self.id,
            "actor": self.actor,
            "reason": self.reason,
            "seconds": self.seconds,
            "sound": self.sound,
            "motion": self.motion,
            "words": [[word.text, word.interval.start, word.interval.end] for word in self.words],
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """The request that `to_json` wrote."""
        words = (Word(text, Interval(start, end)) for text, start, end in content["words"])
        given = {each.name: content[each.name] for each in fields(cls)}
        return cls(**given | {"words": tuple(words)})

    def speech(self, storage: Storage) -> Speech:
        """Sound and words as they were uploaded."""
        return Speech(load_audio(storage.upload(self.sound)), self.words)

    def motion_file(self, storage: Storage) -> bytes:
        """The npz file as it was uploaded."""
        return storage.upload(self.motion).read_bytes()


@dataclass(frozen=True)
class RecordingInput:
    """What was uploaded, sound and motion as open files: either may be larger than the memory."""

    id: str
    motion: BinaryIO
    sound: BinaryIO
    words: bytes


def uploads_folder(settings: Settings) -> Path:
    """The corpus folder that uploaded recordings are kept in, in BEAT2's layout."""
    return settings.home / "recordings"


def checked(given: RecordingInput, settings: Settings) -> Examined:
    """The speech of an upload of which everything fits together; raise a `GestureError` else."""
    _check_id(given.id)
    speech = examine(SpeechInput(sound=given.sound, words=given.words), settings)
    if not speech.words:
        raise InvalidInputError(
            "words_missing",
            "the words file holds no word",
            field="words",
            limit="at least one word",
            found="no word",
            remedy="send the timed words of the recording as TextGrid or JSON",
        )
    _check_together(_motion(given.motion, settings), speech.seconds)
    return speech


def check_new(session: Session, recording_id: str, own_jobs: int = 0) -> None:
    """Refuse an id that has exemplars already, or is being added by a job besides our own."""
    known = RecordingQueries(session).found(recording_id)
    if known is not None and (known.exemplars or known.removed or known.indexed):
        where = "in the index" if known.indexed else "stored, out of the index"
        raise ConflictError(
            "recording_exists",
            f"recording {recording_id} of {known.corpus} is {where} already",
            field="id",
            limit="an id that no recording has",
            found=recording_id,
            remedy="restore that one, or upload under another id, as versions keep their files",
        )
    being_added = JobFilter(states=OPEN_STATES, kinds=(RecordingRequest.kind,))
    waiting = JobQueries(session).listed(being_added, limit=_MOST_JOBS)
    if sum(job.request["id"] == recording_id for job in waiting) > own_jobs:
        raise ConflictError(
            "recording_being_added",
            f"recording {recording_id} is being added by another job",
            field="id",
            found=recording_id,
            remedy="wait for that job, or cancel it",
        )


def _check_id(recording_id: str) -> None:
    try:
        check_recording_id(recording_id)
    except ValueError as error:
        raise InvalidInputError(
            "recording_id_invalid",
            str(error),
            field="id",
            limit=ID_FORM,
            found=recording_id[:LONGEST_ID],
            remedy="name it as BEAT2 names recordings, after one of its speakers",
        ) from error


def _motion(file: BinaryIO, settings: Settings) -> MotionExtent:
    limit = settings.max_upload_bytes
    try:
        unpacked = unpacked_bytes(file, "the motion")
        if unpacked > limit:
            raise TooLargeError(
                "motion_too_large",
                "the motion is too large once it is unpacked",
                field="motion",
                limit=f"{limit} bytes",
                found=f"{unpacked} bytes",
                remedy="cut the recording into parts",
            )
        return examine_arrays(file, "the motion")
    except MotionFileError as error:
        raise InvalidInputError(
            "motion_unusable",
            str(error),
            field="motion",
            limit="a BEAT2 npz file: poses (frames, 165), trans, expressions, mocap_frame_rate",
            found=str(error).removeprefix("the motion").lstrip(": "),
            remedy="write it again; `result.npz` of a job is an example of the format",
        ) from error


def _check_together(motion: MotionExtent, sound_seconds: float) -> None:
    if abs(motion.seconds - sound_seconds) <= APART_SECONDS:
        return
    raise InvalidInputError(
        "motion_and_sound_differ",
        f"the motion lasts {motion.seconds:.2f} s, the sound {sound_seconds:.2f} s",
        field="motion",
        limit=f"{sound_seconds:.2f} s as the sound, give or take {APART_SECONDS:g} s",
        found=f"{motion.frames} frames at {motion.fps:g} a second: {motion.seconds:.2f} s",
        remedy="check the frame count and mocap_frame_rate, or send the sound that belongs to it",
    )
