"""Everything a worker or a command needs, built once and passed down."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from annotations.annotate import Annotator
from annotations.curation_errors import UnknownVersionError
from annotations.database import Database
from annotations.discourse import shipped_discourse
from annotations.language import Parser
from annotations.llm import LLMLabeller
from annotations.records import LIVE
from annotations.types import AnnotatedSpeech
from diffusion.pipeline import GesturePipeline
from diffusion.weights import WeightsError
from indexing.entries import VectorSizeError
from indexing.snapshot import IndexSource, NoIndexError, Snapshot
from retrieval.embedding import SentenceEmbedder
from retrieval.index import EmbedderMismatchError
from retrieval.retriever import Retriever
from retrieval.torch_index import index_for
from service.errors import InvalidInputError, UnavailableError
from service.generator import Generator
from service.settings import Settings
from speech.asr import transcriber_from
from speech.transcript import Speech


def device_of(wanted: str, place: int = 0) -> str:
    """The device of that name; ``auto`` is the GPU where there is one.

    Where there are several, workers of one machine take them in turn: ``place`` is this one's.
    """
    import torch

    gpus = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    known = ["cpu", *(["cuda", *gpus] if gpus else [])]
    if wanted == "auto":
        return gpus[place % len(gpus)] if gpus else "cpu"
    if wanted not in known:
        raise UnavailableError(
            "device_unusable",
            f"there is no device {wanted!r} here; this machine and this torch have "
            f"{', '.join(known)}",
            field="device",
            limit=f"auto, {', '.join(known)}",
            found=wanted,
            remedy="name one of these; a GPU needs its driver and a torch built for it",
        )
    return wanted


@dataclass(frozen=True)
class Loader:
    """Opens weights once, and the live index version whenever it has changed."""

    settings: Settings
    database: Database

    @cached_property
    def pipeline(self) -> GesturePipeline:
        """The networks, on the device of the settings."""
        try:
            return GesturePipeline.from_pretrained(
                self.settings.weights,
                device_of(self.settings.device),
                precision=self.settings.precision,
                graphs=self.settings.cuda_graphs,
                most_windows=self.settings.tick_windows,
            )
        except WeightsError as error:
            raise UnavailableError(
                "weights_unusable",
                str(error),
                field="CHIRONOMIA_WEIGHTS",
                found=str(self.settings.weights),
                remedy="name a folder written by `chironomia train` or `import-published`",
            ) from error

    @cached_property
    def embedder(self) -> SentenceEmbedder:
        """Sentence vectors for queries."""
        return SentenceEmbedder()

    @cached_property
    def annotator(self) -> Annotator:
        """Annotation, with the recogniser and the endpoint of the settings, if any."""
        return annotator_of(self.settings)

    @cached_property
    def source(self) -> IndexSource:
        """Where index versions are opened from, onto the device of the settings."""
        make = index_for(device_of(self.settings.device))
        return IndexSource(self.database, self.settings.index, self.embedder, make)

    def resolve(self, name: str | int = LIVE) -> int:
        """The index version that a tag or a number means."""
        try:
            return self.source.resolve(name)
        except UnknownVersionError as error:
            raise InvalidInputError(
                "index_unknown",
                str(error),
                field="index",
                found=str(name),
                remedy="name `live`, `staging`, a tag or a version of GET /v1/versions",
            ) from error

    def snapshot(self, version: str | int = LIVE) -> Snapshot:
        """An index version, from its files or from SQL; seconds for a large one."""
        number = self.resolve(version)
        with _index_errors():
            return self.source.open(number)

    def refreshed(self, snapshot: Snapshot, version: int) -> Snapshot:
        """Another version, by what changed between the two; milliseconds after an edit."""
        with _index_errors():
            return snapshot.refreshed(version)

    def generator(self, snapshot: Snapshot) -> Generator:
        """The main path over one index version."""
        stored = snapshot.trajectories(self.pipeline.weights_id)
        retriever = Retriever(
            snapshot.index,
            self.embedder,
            snapshot.exemplars,
            snapshot.clips,
            self.settings.retrieval_weights,
        )
        return Generator(self.annotator, retriever, self.pipeline.with_trajectories(stored))


@contextmanager
def _index_errors() -> Iterator[None]:
    """An index that cannot be used is an expected failure, with what to do."""
    try:
        yield
    except (NoIndexError, EmbedderMismatchError, VectorSizeError) as error:
        raise UnavailableError(
            "index_unusable", str(error), field="index", remedy="run `chironomia index build`"
        ) from error


def annotator_of(settings: Settings) -> Annotator:
    """Annotation, with the recogniser and the endpoint of the settings, if any."""
    llm = None
    if settings.llm_url is not None:
        key = None if settings.llm_key is None else settings.llm_key.get_secret_value()
        llm = LLMLabeller(settings.llm_url, settings.llm_model, key)
    heard = transcriber_from(settings.transcriber, device_of(settings.device))
    discourse = shipped_discourse()
    if settings.language is not None:
        discourse = replace(discourse, parser=Parser.load(settings.language))
    return Annotator(discourse, llm=llm, transcriber=heard)


@dataclass(frozen=True)
class CorpusAnnotator:
    """Annotation that is pickled as its settings alone; models load when first used.

    For an index build, whose processes each need one.
    """

    settings: Settings

    def __call__(self, speech: Speech) -> AnnotatedSpeech:
        """Every tier of ``speech``."""
        return _shared_annotator(self.settings)(speech)


@lru_cache(maxsize=1)
def _shared_annotator(settings: Settings) -> Annotator:
    return annotator_of(settings)
