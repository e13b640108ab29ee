"""The gesture pipeline: speech, speaker, exemplars and options in, motion out."""

import copy
import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Protocol, Self

import torch
from jaxtyping import Float
from torch import Tensor

from annotations.types import Clip, PlacedExemplar
from diffusion.codec import Codec
from diffusion.config import SamplingOptions
from diffusion.denoiser import Conditions, Denoiser, PreparedConditions
from diffusion.insertions import InsertedSpan, Insertions
from diffusion.inversion import InversionOptions, Trajectory, invert
from diffusion.sampling import Noise, Sampler, Watch
from diffusion.schedule import Schedule
from diffusion.weights import WeightsError, load_strict
from diffusion.weights_folder import DENOISER_FOLDER, PipelineConfig, local_folder
from diffusion.windows import SeedTokens, TalkWindow, exemplars_in, plan_windows
from motion.clip import Motion, joined
from motion.timeline import (
    CORPUS_FPS,
    MODEL_FPS,
    OVERLAP_FRAMES,
    WINDOW_SECONDS,
    FrameSpan,
    frames_in,
)
from speech.audio import levelled
from speech.features import CachedEncoder, SpeechEncoder, encoder_from_config
from speech.transcript import Speech

_GROUND = torch.tensor([1.0, 0.0, 1.0])
"""Axes of the translation along which windows are chained: x and z."""


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
    inversion: InversionOptions = field(default_factory=InversionOptions)

    def __post_init__(self) -> None:
        found = (self.denoiser.config.latent_dim, self.denoiser.config.text_width)
        expected = (self.codec.latent_dim, self.encoder.text_width)
        if found != expected:
            raise WeightsError(
                f"the denoiser has (latent_dim, text_width) {found}, codec and speech encoder "
                f"have {expected}; these parts do not belong together"
            )
        object.__setattr__(self, "weights_id", self._digest())

    weights_id: str = field(init=False)
    """Names everything that decides an answer or a stored inversion: networks, statistics,
    schedule, speech encoder, way of inversion."""

    @classmethod
    def from_pretrained(
        cls,
        source: str | Path,
        device: str = "cpu",
        trajectories: TrajectorySource | None = None,
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
        """The same networks over another store of inversions."""
        return replace(self, trajectories=trajectories)

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
        tokens = torch.cat(list(self.sampled(speech, speaker, exemplars, options, watch)))
        motion = _chained(self.codec.decode(tokens, smooth_seams=not options.published))
        resampled = motion.resampled(CORPUS_FPS, "centre" if options.published else "start")
        return resampled[FrameSpan(0, frames_in(speech.seconds, CORPUS_FPS))]

    def sampled(
        self,
        speech: Speech,
        speaker: int,
        exemplars: Sequence[PlacedExemplar],
        options: SamplingOptions,
        watch: Watch | None = None,
    ) -> Iterator[Float[Tensor, "1 token width"]]:
        """Clean tokens of one window after the other, each seeded by the one before."""
        self._check_speaker(speaker)
        frames = frames_in(speech.seconds, CORPUS_FPS)
        plan = plan_windows(max(1, math.ceil(frames * MODEL_FPS / CORPUS_FPS)))
        talk = Speech(levelled(speech.samples), speech.words)
        watch = watch or Watch()
        schedule = self.config.schedule
        if options.steps < schedule.steps:
            schedule = schedule.thinned(options.steps)
        refine = None if options.published else self.codec.joined
        sampler = Sampler(self.denoiser, schedule, options, refine)
        prepared = self._prepared(talk, speaker, plan)
        bank = schedule.steps if options.published else 0
        previous: Tensor | None = None
        for window in plan:
            drawn = Noise.drawn(
                options.seed, window.index, self.codec.layout.tokens, self.codec.latent_dim, bank
            )
            seed = None if previous is None else SeedTokens.following(previous, self.codec.layout)
            previous = sampler.sample(
                drawn.to(self.device),
                prepared[window.index : window.index + 1],
                self._insertions(window, exemplars, schedule, options),
                seed,
                _offset(watch, window.index * schedule.steps, len(plan) * schedule.steps),
            )
            yield previous

    def _prepared(
        self, talk: Speech, speaker: int, plan: Sequence[TalkWindow]
    ) -> PreparedConditions:
        """Conditions of every window, gathered once."""
        starts = [window.frames.start / MODEL_FPS for window in plan]
        windows = [talk.window(start, start + WINDOW_SECONDS) for start in starts]
        return self.conditions(windows, [speaker] * len(windows))

    @torch.no_grad()
    def conditions(self, windows: Sequence[Speech], speakers: Sequence[int]) -> PreparedConditions:
        encoded = self.encoder.encode_many(windows)
        conditions = Conditions(
            torch.stack([features.text for features in encoded]),
            torch.stack([features.audio for features in encoded]),
            torch.tensor(speakers)[:, None],
        )
        return self.denoiser.prepare(conditions.to(self.device))

    def _insertions(
        self,
        window: TalkWindow,
        exemplars: Sequence[PlacedExemplar],
        schedule: Schedule,
        options: SamplingOptions,
    ) -> Insertions | None:
        """What the placed exemplars ask of one window; ``None`` where none lies in it."""
        inside = exemplars_in(exemplars, window)
        if not inside or options.mode == "none":
            return None
        spans = [
            InsertedSpan(
                self.trajectory(each.placed.clip),
                each.target,
                each.source,
                options.strength if each.placed.strength is None else each.placed.strength,
            )
            for each in inside
        ]
        insertions = Insertions.of(
            spans, self.codec.layout, schedule, self.codec.latent_dim, options.published
        )
        return insertions.to(self.device)

    def trajectory(self, clip: Clip) -> Trajectory:
        """The clip's inversion: the stored one, or one made now."""
        stored = self.trajectories.get(clip.key)
        return self.invert([clip])[0] if stored is None else stored

    def invert(self, clips: Sequence[Clip]) -> tuple[Trajectory, ...]:
        """Invert clips under their own speech and speaker, as one batch."""
        motions = [clip.motion().resampled(MODEL_FPS) for clip in clips]
        prepared = self.conditions(
            [clip.speech() for clip in clips], [clip.speaker for clip in clips]
        )
        return invert(
            self.denoiser,
            self.config.schedule,
            self.codec.encode(motions),
            prepared,
            self.inversion,
            self.weights_id,
            self.codec.joined,
        )

    def _check_speaker(self, speaker: int) -> None:
        if speaker not in self.config.speakers:
            raise ValueError(
                f"speaker {speaker} is unknown to these weights; "
                f"known are {list(self.config.speakers)}"
            )

    def _digest(self) -> str:
        """Sixteen hex digits over configuration, way of inversion and every tensor."""
        told = self.config.to_json() | {"inversion": asdict(self.inversion), "fitted_chunks": True}
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
        for network in (self.codec, self.denoiser):
            for name, tensor in sorted(network.state_dict().items()):
                digest.update(name.encode())
                digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()[:16]


def _offset(watch: Watch, done: int, total: int) -> Watch:
    """A watch over one window that counts the steps of the whole talk."""
    report = watch.report
    if report is None:
        return watch
    return replace(watch, report=lambda step, _steps: report(done + step, total))


def _chained(windows: Sequence[Motion]) -> Motion:
    """Windows laid behind one another: each goes on where the one before stood."""
    moved = [windows[0]]
    for window in windows[1:]:
        seam = moved[-1].translation[-OVERLAP_FRAMES:] - window.translation[:OVERLAP_FRAMES]
        step = seam.mean(dim=0) * _GROUND
        moved.append(replace(window, translation=window.translation + step))
    return joined(moved, OVERLAP_FRAMES)
