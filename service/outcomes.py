"""What a job of any kind leaves behind: its result, and the files of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import assert_never

from annotations.records import Job, JobOutcome
from service.adding import Adder
from service.engine import Durably
from service.explaining import Explainer
from service.explanation_request import ExplanationRequest
from service.intake import hear
from service.kept_windows import Fingerprint, StoredWindows
from service.loading import Loader
from service.recording_request import RecordingRequest
from service.reporting import Reporter
from service.request import GestureRequest, kind_of_job
from service.results import Json, Origin, write_results
from service.settings import Settings
from service.snapshots import Opened, Snapshots
from service.speaking import FILE_NAME, SPOKEN, Uttered, spoken_once
from service.storage import Storage, flush_files, sums_of


@dataclass(frozen=True)
class Attempt:
    """One attempt at a job: who is told of it, where its files go, what it keeps on its way."""

    job: Job
    folder: Path
    report: Reporter
    durably: Durably
    checkpoint: Callable[[], None]


@dataclass(frozen=True)
class Outcomes:
    """Does the work of jobs with what a worker has loaded."""

    settings: Settings
    storage: Storage
    loader: Loader
    snapshots: Snapshots
    adder: Adder

    def of(self, attempt: Attempt) -> JobOutcome:
        """What a job of any kind leaves behind; its files in the folder."""
        job, folder, reporter = attempt.job, attempt.folder, attempt.report
        started, content = time.monotonic(), dict(job.request)
        match kind_of_job(job.request):
            case "gestures":
                made = self._generated(attempt)
            case "recording":
                added = self.adder.add(RecordingRequest.from_json(content), reporter)
                made = _Made(added.result, added.version, self.loader.pipeline.weights_id)
            case "explanation":
                asked = ExplanationRequest.from_json(content)
                made = self._explained(asked, folder, reporter)
            case kind:
                assert_never(kind)
        return JobOutcome(
            made.result | {"wall_seconds": round(time.monotonic() - started, 3)},
            made.index_version,
            made.weights_id,
            datetime.now(UTC) + timedelta(days=self.settings.result_days),
        )

    def _generated(self, attempt: Attempt) -> "_Made":
        job, folder, reporter = attempt.job, attempt.folder, attempt.report
        request = GestureRequest.from_json(dict(job.request))
        pinned = job.index_version
        opened = self.snapshots.live() if pinned is None else self.snapshots.at(pinned)
        kept = self._kept(attempt, opened)
        pipeline = opened.generator.pipeline.keeping(kept)
        generator = replace(opened.generator, pipeline=pipeline)
        said = self._said(request, attempt)
        generation = generator.generate(said.speech, request.speaker, request.options, reporter)
        reporter("export", 0, 1)
        origin = Origin(
            weights_id=generator.pipeline.weights_id,
            index_version=opened.version,
            speaker=request.speaker,
            options=request.options,
            precision=generator.pipeline.precision,
            job=job.id,
            sound=request.sound,
            voice=said.voice,
        )
        provenance = write_results(generation, origin, folder)
        if said.wav is not None:
            (folder / FILE_NAME).write_bytes(said.wav)
        flush_files(folder)
        result = provenance | {"files": sums_of(folder), "seconds": generation.motion.seconds}
        return _Made(result, opened.version, generator.pipeline.weights_id)

    def _kept(self, attempt: Attempt, opened: Opened) -> StoredWindows:
        """What is kept of a long talk, by this attempt and by those before."""
        pipeline = opened.generator.pipeline
        size = self.settings.step_windows
        fingerprint = Fingerprint(attempt.job, pipeline.weights_id, opened.version, size)
        folder = self.storage.windows(attempt.job.id)
        return StoredWindows(
            folder, fingerprint, pipeline.device, attempt.durably, attempt.checkpoint
        )

    def _said(self, request: GestureRequest, attempt: Attempt) -> Uttered:
        """The speech that was sent; a text alone is spoken, once for all attempts."""
        if not request.to_be_spoken:
            if attempt.job.batch_id is not None and request.sound is not None:
                # a batch is taken without a look into its sounds
                hear(self.storage.upload(request.sound), request.words, self.settings)
            return Uttered(request.speech(self.storage))
        attempt.report("speak", 0, 1)
        kept = self.storage.windows(attempt.job.id) / SPOKEN
        return spoken_once(request.untimed, self.settings, kept)

    def _explained(self, request: ExplanationRequest, folder: Path, reporter: Reporter) -> "_Made":
        opened = self.snapshots.at(request.index)
        shown = Explainer(opened, self.storage).explain(request, folder, reporter)
        weights_id = opened.generator.pipeline.weights_id
        flush_files(folder)
        return _Made(shown | {"files": sums_of(folder)}, opened.version, weights_id)


@dataclass(frozen=True)
class _Made:
    """What a job made, and of what."""

    result: Json
    index_version: int
    weights_id: str
