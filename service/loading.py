"""Everything a worker or a command needs, built once and passed down."""

from dataclasses import dataclass, replace
from functools import cached_property

from annotations.annotate import Annotator
from annotations.database import Database
from annotations.discourse import shipped_discourse
from annotations.language import Parser
from annotations.llm import LLMLabeller
from annotations.repository import Repository
from diffusion.pipeline import GesturePipeline
from diffusion.weights import WeightsError
from indexing.snapshot import NoIndexError, Snapshot, open_index
from retrieval.embedding import SentenceEmbedder
from retrieval.index import EmbedderMismatchError
from retrieval.retriever import Retriever
from service.errors import UnavailableError
from service.generator import Generator
from service.settings import Settings
from speech.asr import transcriber_from


def device_of(wanted: str) -> str:
    """The device of that name; ``auto`` is the GPU where there is one."""
    import torch

    gpus = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    known = ["cpu", *(["cuda", *gpus] if gpus else [])]
    if wanted == "auto":
        return "cuda" if gpus else "cpu"
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
                self.settings.weights, device_of(self.settings.device)
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
        chosen = self.settings
        llm = None
        if chosen.llm_url is not None:
            key = None if chosen.llm_key is None else chosen.llm_key.get_secret_value()
            llm = LLMLabeller(chosen.llm_url, chosen.llm_model, key)
        heard = transcriber_from(chosen.transcriber, device_of(chosen.device))
        discourse = shipped_discourse()
        if chosen.language is not None:
            discourse = replace(discourse, parser=Parser.load(chosen.language))
        return Annotator(discourse, llm=llm, transcriber=heard)

    def live_version(self) -> int | None:
        """Id of the live index version, where there is one."""
        with self.database.reading() as session:
            version = Repository(session).versions.labeled()
        return None if version is None else version.id

    def snapshot(self) -> Snapshot:
        """The live index version."""
        try:
            return open_index(self.database, self.settings.index, self.embedder)
        except (NoIndexError, EmbedderMismatchError) as error:
            raise UnavailableError(
                "index_unusable",
                str(error),
                field="index",
                remedy="run `chironomia index build`",
            ) from error

    def generator(self, snapshot: Snapshot) -> Generator:
        """The main path over one index version."""
        stored = snapshot.trajectories(self.pipeline.weights_id)
        return Generator(
            self.annotator,
            Retriever(snapshot.index, self.embedder, snapshot.exemplars, snapshot.clips),
            self.pipeline.with_trajectories(stored),
        )
