"""Each indexed recording as a query that finds nothing of itself: what evaluation asks with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import structlog

from annotations.corpus import READ_ERRORS, Recording
from annotations.types import AnnotatedSpeech
from indexing.snapshot import Snapshot
from retrieval.options import RetrievalOptions
from speech.transcript import Speech

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class HeldOut:
    """A recording's annotated speech, and options under which its own exemplars are passed over."""

    recording: Recording
    annotated: AnnotatedSpeech
    options: RetrievalOptions


def held_out(
    snapshot: Snapshot,
    options: RetrievalOptions | None = None,
    annotate: Callable[[Speech], AnnotatedSpeech] | None = None,
) -> Iterator[HeldOut]:
    """One query for each recording of an index version, by id; read one after the other.

    Tiers come from the corpus files, those that are missing from ``annotate``. A recording whose
    files cannot be read any more is passed over with a warning.
    """
    options = options or RetrievalOptions()
    for name in snapshot.recordings:
        recording = snapshot.clips.recording(name)
        try:
            annotated = recording.annotated(annotate)
        except READ_ERRORS as error:
            _log.warning("recording gives no query", recording=name, problem=str(error))
            continue
        barred = tuple(dict.fromkeys((*options.exclude_recordings, name)))
        yield HeldOut(recording, annotated, replace(options, exclude_recordings=barred))
