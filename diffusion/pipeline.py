"""The gesture pipeline: speech, speaker, exemplars and options in, motion out."""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Protocol, Self

import torch
from jaxtyping import Float
from torch import Tensor

from annotations.types import Clip, PlacedExemplar
from diffusion.assembly import assembled, finite
from diffusion.codec import Codec
from diffusion.config import Precision, SamplingOptions
from diffusion.cores import Cores
from diffusion.denoiser import Conditions, Denoiser, PreparedConditions
from diffusion.engine import MOST_WINDOWS, Engine
from diffusion.folded_seams import FoldedSeams
from diffusion.graphs import GraphedDenoiser
from diffusion.inside_chunks import InsideChunks
from diffusion.inversion import InversionOptions, Trajectory, invert
from diffusion.kept import KeptWindows, sampled_or_kept, talk_digest
from diffusion.sampling import Sampler, Watch
from diffusion.talk import Talk
from diffusion.talk_request import TalkRequest
from diffusion.timed import TimedDenoiser, dtype_of
from diffusion.weights import WeightsError, digest_of, load_strict
from diffusion.weights_folder import DENOISER_FOLDER, PipelineConfig, local_folder
from diffusion.windows import WindowOrder, plan_windows
from motion.clip import Motion
from motion.timeline import CORPUS_FPS, MODEL_FPS, frames_in
from speech.features import CachedEncoder, SpeechEncoder, encoder_from_config
from speech.loudness import level_gain
from speech.transcript import Speech

DECODED_TOGETHER = 16
"""Windows in one batch of the codec."""
TRAJECTORIES_HELD = 32
"""Inversions that a talk keeps at hand."""


class TrajectorySource(Protocol):
    """Where stored inversions come from."""

    def get(self, key: str) -> Trajectory | None:
        """The trajectory of that clip, where one is stored for these weights."""
        ...


class _NoTrajectories:
    """Nothing stored: every clip is inverted when it is asked for."""

    def get(self, key: str) -> Trajectory | None:
        """Nothing."""
        del key
        return None


@dataclass(frozen=True, eq=False)
class GesturePipeline:
    """Networks, schedule and speech encoder; one object serves any number of threads."""

    denoiser: Denoiser
    codec: Codec
    encoder: SpeechEncoder
    config: PipelineConfig = field(default_factory=PipelineConfig)
    trajectories: TrajectorySource = field(default_factory=_NoTrajectories)
    precision: Precision = "auto"
    """Of sampling, `auto` resolved; inversions are always made in single precision."""
    graphs: bool = False
    """Sample by CUDA graphs (`diffusion.graphs`); nothing where there is no GPU."""
    most_windows: int = MOST_WINDOWS
    """In a tick of the engine."""
    kept: KeptWindows | None = None
    """Where finished windows of a long talk lie."""

    def __post_init__(self) -> None:
        found = (self.denoiser.config.latent_dim, self.denoiser.config.text_width)
        expected = (self.codec.latent_dim, self.encoder.text_width)
        if found != expected:
            raise WeightsError(
                f"the denoiser has (latent_dim, text_width) {found}, codec and speech encoder "
                f"have {expected}; these parts do not belong together"
            )
        told = self.config.to_json() | {"inversion": asdict(self.inversion), "fitted_chunks": True}
        object.__setattr__(self, "weights_id", digest_of(told, (self.codec, self.denoiser)))
        folded = partial(TimedDenoiser.of, self.denoiser, self.config.schedule.timesteps)
        dtype = dtype_of(self.precision, self.device)
        object.__setattr__(self, "precision", str(dtype).removeprefix("torch."))
        timed = cache(folded)
        folded_so = timed if dtype == torch.float32 else cache(partial(folded, dtype))
        graphed = self.graphs and self.device.type == "cuda"
        sampled_by = cache(lambda: GraphedDenoiser(folded_so())) if graphed else folded_so
        object.__setattr__(self, "timed", timed)
        object.__setattr__(self, "inside", cache(partial(InsideChunks, self.codec)))
        cores = Cores.on(self.device, self.denoiser.largest_product)
        object.__setattr__(self, "seams", FoldedSeams.of(self.codec))
        object.__setattr__(self, "engine", Engine(sampled_by, self.seams, self.most_windows, cores))

    @property
    def inversion(self) -> InversionOptions:
        """Clips are inverted as these weights are sampled: one cannot undo the other without."""
        return InversionOptions(self.config.guidance)

    timed: Callable[[], TimedDenoiser] = field(init=False)
    """The denoiser for this schedule in single precision, made when it is first used; from then on
    its weights must not change."""

    inside: Callable[[], InsideChunks] = field(init=False)
    """Frames within the codec's chunks, made when they are first asked for."""

    seams: FoldedSeams = field(init=False)
    """Joins the chunks of every clean estimate; the codec's weights must not change either."""

    engine: Engine = field(init=False)
    """Samples for all threads that call this pipeline, in common batches."""

    weights_id: str = field(init=False)
    """Names everything that decides an answer or a stored inversion: networks, statistics,
    schedule, speech encoder, way of inversion."""

    @classmethod
    def from_pretrained(
        cls,
        source: str | Path,
        device: str = "cpu",
        trajectories: TrajectorySource | None = None,
        precision: Precision = "auto",
        graphs: bool = False,
        most_windows: int = MOST_WINDOWS,
    ) -> Self:
        """Load a folder of ours, or a hub id that holds one; every tensor must fit."""
        folder = local_folder(source)
        config = PipelineConfig.read(folder)
        encoder = encoder_from_config(config.speech_encoder, device)
        return cls(
            denoiser=load_strict(Denoiser, folder / DENOISER_FOLDER, device),
            codec=Codec.load(folder, device),
            encoder=CachedEncoder(encoder),
            config=config,
            trajectories=trajectories or _NoTrajectories(),
            precision=precision,
            graphs=graphs,
            most_windows=most_windows,
        )

    def save_pretrained(self, folder: Path, half: bool = False) -> None:
        """Write everything that `from_pretrained` reads; ``half`` stores networks in 16 bits."""
        codec, denoiser = copy.deepcopy(self.codec), copy.deepcopy(self.denoiser)
        if half:
            codec.half()
            denoiser.half()
        self.config.write(folder)
        codec.save(folder)
        denoiser.save_pretrained(folder / DENOISER_FOLDER)

    @classmethod
    def tiny(cls, speech_encoder: SpeechEncoder) -> Self:
        """Random weights of the real classes, in milliseconds."""
        codec = Codec.tiny()
        denoiser = Denoiser.tiny(
            latent_dim=codec.latent_dim,
            text_width=speech_encoder.text_width,
            audio_width=speech_encoder.audio_width,
        )
        config = PipelineConfig(speech_encoder=speech_encoder.config())
        return cls(denoiser, codec, speech_encoder, config)

    def with_trajectories(self, trajectories: TrajectorySource) -> Self:
        """The same networks and the same engine over another store of inversions."""
        twin = copy.copy(self)
        object.__setattr__(twin, "trajectories", trajectories)
        return twin

    def keeping(self, kept: KeptWindows) -> Self:
        """The same for one talk, which goes on from what is kept of it where it is a long one."""
        twin = copy.copy(self)
        object.__setattr__(twin, "kept", kept)
        return twin

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return self.codec.device

    def __call__(
        self,
        speech: Speech,
        speaker: int,
        exemplars: Sequence[PlacedExemplar],
        options: SamplingOptions,
        watch: Watch | None = None,
    ) -> Motion:
        """Motion at 30 fps, as long as the sound; the query's own motion is never needed."""
        windows = self.sampled(speech, speaker, exemplars, options, watch)
        return self.decoded(windows, options, frames_in(speech.seconds, CORPUS_FPS))

    def decoded(
        self,
        windows: Iterator[Float[Tensor, "1 token width"]],
        options: SamplingOptions,
        frames: int,
    ) -> Motion:
        """The first frames at 30 fps of a talk's windows; decodes some while others are sampled.

        Raises `NotFiniteError` rather than pass on what is no number.
        """

        def decoded(some: list[Tensor]) -> Sequence[Motion]:
            with self.engine.turn:
                found = self.codec.decode(torch.cat(some), smooth_seams=not options.published)
            return finite(found)

        groups = map(decoded, iter(lambda: list(islice(windows, DECODED_TOGETHER)), []))
        return assembled(groups, "centre" if options.published else "start", frames)

    def sampled(
        self,
        speech: Speech,
        speaker: int,
        exemplars: Sequence[PlacedExemplar],
        options: SamplingOptions,
        watch: Watch | None = None,
    ) -> Iterator[Float[Tensor, "1 token width"]]:
        """Clean tokens of one window after the other, sampled in two rounds.

        Even windows are sampled together, then the odd ones between two known neighbours; as
        published, each is sampled behind the one before.
        """
        self._check_speaker(speaker)
        frames = math.ceil(frames_in(speech.seconds, CORPUS_FPS) * MODEL_FPS / CORPUS_FPS)
        order: WindowOrder = "sequential" if options.published else "two_rounds"
        schedule = self.config.schedule
        if options.denoising_steps < schedule.steps:
            schedule = schedule.thinned(options.denoising_steps)
        refine = None if options.published else self.seams
        sampler = Sampler(self.denoiser, schedule, options, refine, self.config.guidance)
        recalled = self._recalled(exemplars)
        talk = Talk(
            Speech(speech.samples, speech.words),
            speaker,
            exemplars,
            sampler,
            self.conditions,
            recalled,
            self.inside,
            level_gain(speech.samples),
        )
        plan = plan_windows(max(1, frames), order=order)
        request = TalkRequest(plan, schedule.steps, talk.begin, watch or Watch())
        digest = partial(talk_digest, speech, exemplars, self.precision)
        yield from sampled_or_kept(self.engine, request, self.kept, digest)

    @torch.no_grad()
    def conditions(self, windows: Sequence[Speech], speakers: Sequence[int]) -> PreparedConditions:
        encoded = self.encoder.encode_many(windows)
        conditions = Conditions(
            torch.stack([features.text for features in encoded]),
            torch.stack([features.audio for features in encoded]),
            torch.tensor(speakers)[:, None],
        )
        return self.denoiser.prepare(conditions.to(self.device))

    def trajectory(self, clip: Clip) -> Trajectory:
        """The clip's inversion: the stored one, or one made now."""
        stored = self.trajectories.get(clip.key)
        return self.invert([clip])[0] if stored is None else stored

    def _recalled(self, exemplars: Sequence[PlacedExemplar]) -> Callable[[Clip], Trajectory]:
        """``trajectory`` for one talk: a clip met in two windows is read or inverted once."""
        clips = {each.clip.key: each.clip for each in exemplars}
        recall = lru_cache(TRAJECTORIES_HELD)(lambda key: self.trajectory(clips[key]))
        return lambda clip: recall(clip.key)

    def invert(self, clips: Sequence[Clip]) -> tuple[Trajectory, ...]:
        """Invert clips under their own speech and speaker, as one batch."""
        motions = [clip.motion().resampled(MODEL_FPS) for clip in clips]
        prepared = self.conditions(
            [clip.speech() for clip in clips], [clip.speaker for clip in clips]
        )
        return invert(
            self.timed(),
            self.config.schedule,
            self.codec.encode(motions),
            prepared,
            self.inversion,
            self.weights_id,
            self.seams,
        )

    def _check_speaker(self, speaker: int) -> None:
        if speaker not in self.config.speakers:
            known = list(self.config.speakers)
            raise ValueError(f"speaker {speaker} is unknown to these weights; known are {known}")
