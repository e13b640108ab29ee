"""An uploaded recording into the index: what a worker does for ``POST /v1/recordings``."""

from collections import Counter
from dataclasses import dataclass

from annotations.curation_records import ExemplarFilter
from annotations.database import Database
from annotations.exemplar_queries import ExemplarQueries
from annotations.job_repository import JobRepository
from annotations.recording_edits import RecordingEdits
from annotations.recording_queries import RecordingQueries
from annotations.records import LIVE, Job, JobState
from annotations.version_repository import VersionRepository
from indexing.build import BuildOptions, IndexReport, IndexTools, NothingToIndexError
from indexing.update import RecordingFiles, RecordingRefusedError, add_recording
from service.errors import GestureError, InvalidInputError
from service.generator import Progress
from service.loading import Loader
from service.recording_request import RecordingRequest, uploads_folder
from service.results import Json
from service.storage import Storage
from speech.audio import AudioError
from speech.transcript import TranscriptError

_BATCH = 2
"""Windows inverted together: between two batches a job can be canceled."""


@dataclass(frozen=True)
class Added:
    """What became of an upload."""

    result: Json
    version: int


@dataclass(frozen=True)
class Adder:
    """Adds uploads to the index; doing it again changes nothing."""

    database: Database
    loader: Loader
    storage: Storage

    def add(self, request: RecordingRequest, progress: Progress) -> Added:
        """Store its files, cut and embed its exemplars, invert its windows, write the index."""
        settings = self.loader.settings
        corpus = uploads_folder(settings)
        progress("store", 0, 1)
        try:
            speech = request.speech(self.storage)
            RecordingFiles(request.id, request.motion_file(self.storage), speech).put(corpus)
            report = add_recording(
                self.database,
                settings.index,
                IndexTools(self.loader.embedder, self.loader.pipeline, self.loader.annotator),
                corpus,
                [request.id],
                BuildOptions(reason=_reason(request), inversion_batch=_BATCH),
                progress,
            )
        except (RecordingRefusedError, NothingToIndexError, AudioError, TranscriptError) as error:
            raise _refused(error) from error
        return self._added(request, report)

    def settle(self, job: Job) -> None:
        """Take a recording out again whose job was started and did not succeed."""
        with self.database.session() as session:
            ended = JobRepository(session).get(job.id)
            unwanted = ended is not None and ended.state in {JobState.CANCELED, JobState.FAILED}
            if ended is None or not unwanted or not ended.attempt:
                return
            request = RecordingRequest.from_json(dict(job.request))
            known = RecordingQueries(session).found(request.id)
            if known is None or not known.exemplars or known.corpus != self._corpus:
                return
            RecordingEdits(session, request.actor).leave_out(
                request.id, f"its upload ended as {ended.state}"
            )

    @property
    def _corpus(self) -> str:
        return str(uploads_folder(self.loader.settings).resolve())

    def _added(self, request: RecordingRequest, report: IndexReport) -> Added:
        own = [each.message for each in report.problems if each.recording_id == request.id]
        with self.database.reading() as session:
            facts = RecordingQueries(session).facts(request.id)
            rows = ExemplarQueries(session).every(ExemplarFilter(recordings=(request.id,)))
            live = VersionRepository(session).resolve(LIVE)
        if not facts.indexed or facts.problem is not None:
            raise _unusable(facts.problem or "; ".join(own))
        notes = list(report.notes)
        if live != report.version:
            notes.append(f"live is pinned to version {live}: promote to answer from the new one")
        result: Json = {
            "recording": request.id,
            "index_version": report.version,
            "live_version": live,
            "exemplars": len(rows),
            "senses": dict(Counter(row.label for row in rows if row.kind == "relation")),
            "types": dict(Counter(row.label for row in rows if row.kind == "gesture")),
            "inverted": report.inverted,
            "skipped": own,
            "notes": notes,
            "seconds": facts.seconds,
            "files": {},
        }
        return Added(result, report.version)


def _reason(request: RecordingRequest) -> str:
    said = f": {request.reason}" if request.reason else ""
    return f"uploaded by {request.actor}{said}"


def _refused(error: Exception) -> GestureError:
    if isinstance(error, RecordingRefusedError):
        return InvalidInputError(
            "recording_refused",
            str(error),
            field=error.field,
            limit=error.limit,
            found=error.found,
            remedy=error.remedy,
        )
    return _unusable(str(error))


def _unusable(problem: str) -> GestureError:
    return InvalidInputError(
        "recording_unusable",
        f"the recording cannot be indexed: {problem}",
        field="recording",
        found=problem,
        remedy="correct the files and upload them again",
    )
