"""THE MAIN PATH: annotate, retrieve, place, generate. Read this first."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from annotations.annotate import Annotator
from annotations.types import AnnotatedSpeech
from diffusion.pipeline import GesturePipeline
from diffusion.sampling import Watch
from motion.clip import Motion
from retrieval.matches import Placement, RetrievalOptions
from retrieval.retriever import Retriever
from service.options import GestureOptions
from speech.transcript import Speech

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""


@dataclass(frozen=True)
class Generation:
    """Motion for one speech, with what was understood and what was retrieved for it."""

    motion: Motion
    annotated: AnnotatedSpeech
    placement: Placement
    notes: tuple[str, ...] = ()
    """What was asked for and could not be done as asked."""


@dataclass(frozen=True)
class Generator:
    """Annotate, retrieve, place, generate: the same four steps for ten seconds or one hour."""

    annotate: Annotator
    retriever: Retriever
    pipeline: GesturePipeline

    def generate(
        self, speech: Speech, speaker: int, options: GestureOptions, progress: Progress
    ) -> Generation:
        """Gestures for one recording, of any length."""
        progress("annotate", 0, 1)
        annotated = self.annotate(speech)
        progress("retrieve", 0, 1)
        placement = self._placed(annotated, speaker, options, progress)
        motion = self.pipeline(
            annotated.speech,
            speaker,
            placement.placed,
            options.sampling,
            Watch(lambda done, total: progress("denoise", done, total)),
        )
        notes = (*placement.notes, *self._notes(options))
        return Generation(motion, annotated, placement, notes)

    def _placed(
        self, annotated: AnnotatedSpeech, speaker: int, options: GestureOptions, progress: Progress
    ) -> Placement:
        """Exemplars on the timeline of the speech; none where sampling would not use them."""
        if options.sampling.mode == "none":
            return Placement()
        retrieval = _suited(options)
        matches = self.retriever.retrieve(annotated, speaker, retrieval)
        progress("place", 0, 1)
        return self.retriever.place(matches, annotated, retrieval)

    def _notes(self, options: GestureOptions) -> tuple[str, ...]:
        """Choices that this index or these weights cannot follow."""
        notes = []
        asked = options.retrieval.exclude_recordings
        strange = [name for name in asked if not self.retriever.knows_recording(name)]
        if strange:
            notes.append(f"exclude_recordings: the index holds nothing of {', '.join(strange)}")
        most = self.pipeline.config.schedule.steps
        if (options.sampling.steps or 0) > most:
            notes.append(f"steps: {options.sampling.steps} asked, the weights have {most}")
        return tuple(notes)


def _suited(options: GestureOptions) -> RetrievalOptions:
    """Retrieval options; published sampling exchanges whole seconds and is given no others."""
    retrieval = options.retrieval
    if options.sampling.published and retrieval.placement == "default":
        return replace(retrieval, placement="whole_seconds")
    return retrieval
