"""One talk as windows to sample: what each of them starts from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from annotations.types import Clip, PlacedExemplar
from diffusion.denoiser import PreparedConditions
from diffusion.insertions import InsertedSpan, Insertions
from diffusion.inside_chunks import InsideChunks
from diffusion.inversion import Trajectory
from diffusion.latents import LatentLayout
from diffusion.sampling import Noise, Sampler
from diffusion.talk_request import Begun
from diffusion.windows import SeedTokens, TalkWindow, exemplars_in
from motion.timeline import MODEL_FPS, WINDOW_SECONDS
from speech.transcript import Speech

Tokens = Float[Tensor, "batch token width"]


@dataclass(frozen=True, eq=False)
class Talk:
    """Speech, speaker and exemplars of one request, and how it is to be sampled."""

    speech: Speech
    speaker: int
    exemplars: Sequence[PlacedExemplar]
    sampler: Sampler
    conditions: Callable[[Sequence[Speech], Sequence[int]], PreparedConditions]
    """Gathers the conditions of windows with their speakers."""
    trajectory: Callable[[Clip], Trajectory]
    """The inversion of an exemplar's clip."""
    inside: Callable[[], InsideChunks]
    """Frames within chunks, where exemplars ask for them."""
    gain: np.float32 = np.float32(1.0)
    """What brings the whole sound to the standard loudness."""

    def begin(self, windows: Sequence[TalkWindow], known: Mapping[int, Tokens]) -> list[Begun]:
        """Windows at their start; ``known`` holds the tokens of neighbours they come after."""
        starts = [window.frames.start / MODEL_FPS for window in windows]
        heard = [self._heard(start) for start in starts]
        prepared = self.conditions(heard, [self.speaker] * len(windows))
        return [
            self._begun(window, prepared[row : row + 1], known)
            for row, window in enumerate(windows)
        ]

    def _heard(self, start: float) -> Speech:
        """A window of the speech at the standard loudness: no copy of the whole is made for it."""
        window = self.speech.window(start, start + WINDOW_SECONDS)
        return replace(window, samples=window.samples * self.gain)

    def _begun(
        self, window: TalkWindow, prepared: PreparedConditions, known: Mapping[int, Tokens]
    ) -> Begun:
        sampler, layout = self.sampler, self.sampler.denoiser.layout
        timesteps = sampler.schedule.timesteps
        guidance = sampler.guidance
        walk = sampler.walk(
            self._noise(window),
            self._insertions(window),
            _seed([known[index] for index in window.after], layout),
        )
        return Begun(
            walk,
            prepared,
            timesteps,
            None if guidance is None else tuple(guidance.weight(torch.tensor(timesteps)).tolist()),
            sampler.refine is not None,
        )

    def _noise(self, window: TalkWindow) -> Noise:
        """Drawn for each window by itself, so that it does not depend on its company."""
        denoiser, options = self.sampler.denoiser, self.sampler.options
        bank = self.sampler.schedule.steps if options.published else 0
        noise = Noise.drawn(
            options.seed, window.index, denoiser.layout.tokens, denoiser.config.latent_dim, bank
        )
        return noise.to(denoiser.position.device)

    def _insertions(self, window: TalkWindow) -> Insertions | None:
        """What the placed exemplars ask of one window; ``None`` where none lies in it."""
        denoiser, options = self.sampler.denoiser, self.sampler.options
        inside = exemplars_in(self.exemplars, window)
        if not inside or options.mode == "none":
            return None
        spans = [
            InsertedSpan(
                self.trajectory(each.placed.clip),
                each.target,
                each.source,
                options.strength if each.placed.strength is None else each.placed.strength,
                each.placed.delay_frames,
                each.weights(),
            )
            for each in inside
        ]
        insertions = Insertions.of(
            spans,
            denoiser.layout,
            self.sampler.schedule,
            denoiser.config.latent_dim,
            options.published,
            None if options.published else self.inside(),
        )
        return insertions.to(denoiser.position.device)


def _seed(neighbours: Sequence[Tokens], layout: LatentLayout) -> SeedTokens | None:
    """What a window takes over: nothing, from the one before, or from both sides."""
    match neighbours:
        case []:
            return None
        case [previous]:
            return SeedTokens.following(previous, layout)
        case [previous, following]:
            return SeedTokens.between(previous, following, layout)
        case _:
            raise AssertionError(f"a window has two neighbours, found {len(neighbours)}")
