"""Seconds, frames and chunks: every rate of the motion side, and the spans between them."""

import math
from dataclasses import dataclass
from typing import Self

CORPUS_FPS = 30
"""Frame rate of BEAT2 files and of our output."""
MODEL_FPS = 15
"""Frame rate inside the networks."""
CHUNK_FRAMES = 15
"""Model frames that one latent covers: one second."""
WINDOW_FRAMES = 150
"""Model frames that the denoiser sees at once: ten seconds."""
OVERLAP_FRAMES = 15
"""Model frames that neighbouring windows share."""

WINDOW_CHUNKS, _REST = divmod(WINDOW_FRAMES, CHUNK_FRAMES)
assert _REST == 0, "a window is a whole number of chunks"
WINDOW_SECONDS = WINDOW_FRAMES / MODEL_FPS


@dataclass(frozen=True, order=True)
class _Span:
    """Half-open range ``[start, stop)`` of non-negative whole numbers."""

    start: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.stop:
            raise ValueError(f"span {self.start}:{self.stop} must satisfy 0 <= start <= stop")

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def slice(self) -> slice:
        """The same range as a slice."""
        return slice(self.start, self.stop)

    def shifted(self, offset: int) -> Self:
        """The same length, ``offset`` later."""
        return type(self)(self.start + offset, self.stop + offset)

    def overlaps(self, other: Self) -> bool:
        """Whether the two share at least one element."""
        return max(self.start, other.start) < min(self.stop, other.stop)

    def clipped(self, start: int, stop: int) -> Self:
        """The part inside ``[start, stop)``; empty at the nearer border if there is none."""
        low = min(max(self.start, start), stop)
        return type(self)(low, max(low, min(self.stop, stop)))


@dataclass(frozen=True, order=True)
class FrameSpan(_Span):
    """Frames of a stated rate, the model's unless said otherwise."""

    @classmethod
    def covering(cls, start_seconds: float, end_seconds: float, fps: float = MODEL_FPS) -> Self:
        """Every frame that starts inside the given time."""
        return cls(math.floor(start_seconds * fps + 1e-9), math.ceil(end_seconds * fps - 1e-9))

    @property
    def chunks(self) -> "ChunkSpan":
        """The whole chunks that cover these model frames."""
        return ChunkSpan(self.start // CHUNK_FRAMES, -(-self.stop // CHUNK_FRAMES))


@dataclass(frozen=True, order=True)
class ChunkSpan(_Span):
    """Chunks of one second: the resolution at which latents are exchanged."""

    @property
    def frames(self) -> FrameSpan:
        """The model frames of these chunks."""
        return FrameSpan(self.start * CHUNK_FRAMES, self.stop * CHUNK_FRAMES)

    @property
    def start_seconds(self) -> float:
        """Time of the first frame."""
        return self.start * CHUNK_FRAMES / MODEL_FPS

    @property
    def end_seconds(self) -> float:
        """Time behind the last frame."""
        return self.stop * CHUNK_FRAMES / MODEL_FPS


def frames_in(seconds: float, fps: float) -> int:
    """Frames of a clip of ``seconds``, to the nearest whole one."""
    return round(seconds * fps)
