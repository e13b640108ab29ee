"""Recordings between corpus and database: what is stored of them, and how they are found again."""

import hashlib
from dataclasses import asdict
from pathlib import Path

import numpy as np

from annotations.beat2 import SPLITS
from annotations.corpus import Corpus, Recording, RecordingClip
from annotations.database import Database
from annotations.encoding import canonical
from annotations.records import StoredRecording
from annotations.repository import Repository
from annotations.tiers import TierFiles
from annotations.types import Window
from indexing.segment import SegmentOptions
from motion.clip import Motion
from speech.transcript import Speech

FORMAT = 1
"""Grows when the same files are to be cut into other exemplars, so that all are cut again."""
_NO_SPLIT = ""


def corpus_name(corpus: Corpus) -> str:
    """The folder by which the database knows a corpus."""
    return str(corpus.folder.resolve())


def stored_recording(recording: Recording, corpus: Corpus) -> StoredRecording:
    """What the database keeps of a recording; paths count from the corpus folder."""
    files = {"audio": recording.audio_path, "motion": recording.motion_path}
    return StoredRecording(
        id=recording.id,
        corpus=corpus_name(corpus),
        speaker=recording.speaker,
        speaker_name=recording.speaker_name,
        split=recording.split or _NO_SPLIT,
        files={
            kind: path.relative_to(corpus.folder).as_posix()
            for kind, path in files.items()
            if path is not None
        },
        seconds=recording.seconds,
    )


def fingerprint(recording: Recording, options: SegmentOptions) -> str:
    """Changes with any file of the recording and with how it is cut."""
    paths = [recording.audio_path, recording.motion_path]
    paths += [path for path, _ in recording.tiers.readers]
    sums = [(path.name, _sha256(path)) for path in paths if path is not None]
    content = canonical([FORMAT, recording.seconds, asdict(options), sums])
    return hashlib.sha256(content.encode()).hexdigest()


def content_digest(motion: Motion, speech: Speech) -> str:
    """Changes with what an inversion depends on: motion, sound, words."""
    digest = hashlib.sha256(canonical([motion.fps, len(motion)]).encode())
    for tensor in (motion.poses, motion.translation, motion.expression):
        digest.update(np.ascontiguousarray(tensor.numpy()).tobytes())
    digest.update(speech.samples.tobytes())
    words = [(word.text, word.interval.start, word.interval.end) for word in speech.words]
    digest.update(canonical(words).encode())
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class StoredClips:
    """Finds the ten seconds of corpus behind a window; recordings are looked up when asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recordings: dict[str, Recording] = {}

    def __call__(self, window: Window) -> RecordingClip:
        """The clip of a window; loaded when asked for."""
        return self.recording(window.recording).clip(window.start_seconds)

    def recording(self, recording_id: str) -> Recording:
        """A recording with its files; `KeyError` where none of this id has any."""
        known = self._recordings.get(recording_id)
        if known is None:
            known = self._recordings[recording_id] = self._read(recording_id)
        return known

    def _read(self, recording_id: str) -> Recording:
        with self._database.reading() as session:
            stored = Repository(session).recording(recording_id)
        if stored is None or "audio" not in stored.files:
            raise KeyError(f"there is no stored recording {recording_id} with files")
        return _recording(stored)


def _recording(stored: StoredRecording) -> Recording:
    root = Path(stored.corpus)
    motion = stored.files.get("motion")
    return Recording(
        id=stored.id,
        speaker=stored.speaker,
        speaker_number=int(stored.id.split("_", 1)[0]),
        speaker_name=stored.speaker_name,
        split=stored.split if stored.split in SPLITS else None,
        audio_path=root / stored.files["audio"],
        motion_path=None if motion is None else root / motion,
        tiers=TierFiles.beside(root, stored.id),
        seconds=stored.seconds or 0.0,
    )
