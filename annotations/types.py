"""Time-aligned knowledge about speech, and the records by which retrieval and diffusion meet."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from annotations.senses import matching_sense
from motion.timeline import CHUNK_FRAMES, MODEL_FPS, ChunkSpan, FrameSpan
from speech.transcript import Interval, Speech

if TYPE_CHECKING:
    from motion.clip import Motion


class GestureType(StrEnum):
    """What a stroke does with the words (McNeill, 1992)."""

    BEAT = "beat"
    DEICTIC = "deictic"
    ICONIC = "iconic"
    METAPHORIC = "metaphoric"


class Source(StrEnum):
    """Who says so."""

    CORPUS = "corpus"
    LEXICON = "lexicon"
    RULES = "rules"
    MODEL = "model"
    LLM = "llm"
    CURATOR = "curator"


@dataclass(frozen=True)
class DiscourseRelation:
    """An explicit PDTB-style relation."""

    connective: str
    sense: str
    """Dotted PDTB sense, e.g. ``Contingency.Cause.Reason``."""
    interval: Interval
    """The whole relation: connective and both arguments."""
    connective_interval: Interval
    arg1: str = ""
    arg2: str = ""
    tokens: tuple[int, ...] = ()
    """Indices of the connective's words in the speech."""
    probability: float = 1.0
    source: Source = Source.CORPUS
    arg1_tokens: tuple[int, ...] = ()
    arg2_tokens: tuple[int, ...] = ()
    """Indices of the arguments' words, where they are known."""

    @property
    def label(self) -> str:
        """What a match must share: the sense, as far down as it changes the gesture."""
        return matching_sense(self.sense)

    @property
    def word(self) -> str:
        """What was said: the connective."""
        return self.connective

    @property
    def focus(self) -> Interval:
        """Where the gesture belongs: the connective."""
        return self.connective_interval


@dataclass(frozen=True)
class GestureLabel:
    """A gesture type on a span of words."""

    type: GestureType
    word: str
    interval: Interval
    tokens: tuple[int, ...] = ()
    probability: float = 1.0
    source: Source = Source.CORPUS

    @property
    def label(self) -> str:
        """What a match must share: the type."""
        return self.type.value

    @property
    def focus(self) -> Interval:
        """Where the gesture belongs: the words."""
        return self.interval


Annotation = DiscourseRelation | GestureLabel
"""What a moment of a query, and an entry of the index, is about."""


@dataclass(frozen=True)
class Prominence:
    """Prosodic strength of one word: 0 for none, 2 and more for strong."""

    word: str
    interval: Interval
    value: float
    boundary: float = 0.0


@dataclass(frozen=True)
class AnnotatedSpeech:
    """Speech with its tiers; times count from its start."""

    speech: Speech
    relations: tuple[DiscourseRelation, ...] = ()
    gestures: tuple[GestureLabel, ...] = ()
    prominences: tuple[Prominence, ...] = ()
    notes: tuple[str, ...] = ()
    """What a user should know: word times were guessed, a tier was not available, ..."""


@dataclass(frozen=True)
class Window:
    """Ten seconds of a recording with what was annotated inside; times count from its start."""

    recording: str
    speaker: int
    """Speaker index, 0 to 24."""
    start_seconds: float
    text: str = ""
    relations: tuple[DiscourseRelation, ...] = ()
    gestures: tuple[GestureLabel, ...] = ()
    prominences: tuple[Prominence, ...] = ()

    @property
    def key(self) -> str:
        """Name of the window, unique within a corpus; also names its stored trajectory."""
        return f"{self.recording}@{self.start_seconds:.3f}"


class Clip(Protocol):
    """An exemplar's ten seconds of corpus: loaded when asked for."""

    @property
    def key(self) -> str:
        """Same as the window's key."""
        ...

    @property
    def speaker(self) -> int:
        """Whose motion it is."""
        ...

    def motion(self) -> "Motion":
        """The motion of the window, at the corpus' rate."""
        ...

    def speech(self) -> Speech:
        """The speech it was made under."""
        ...


@dataclass(frozen=True)
class Exemplar:
    """One annotation of one window: what is indexed, found, shown, edited and inserted."""

    id: int
    window: Window
    annotation: Annotation
    stroke_seconds: float | None = None
    """Peak of hand speed near the annotation, from the window's start."""
    quality: tuple[str, ...] = ()
    """Flags of indexing and of curators; each lowers its score."""


@dataclass(frozen=True)
class Held:
    """When an exemplar counts in full, on the query's timeline at the model's rate."""

    frames: FrameSpan
    fade_frames: int
    """On either side, where it gives way to the motion around it."""


@dataclass(frozen=True)
class PlacedExemplar:
    """This motion, with the speech it was made under, belongs at this place of the query."""

    exemplar: Exemplar
    clip: Clip
    target: ChunkSpan
    """Where on the query's timeline."""
    source: ChunkSpan
    """Which chunks of the exemplar's window; as long as ``target``."""
    strength: float | None = None
    """0 a hint, 1 verbatim; ``None`` leaves it to the sampling options."""
    delay_frames: int = 0
    """Model frames by which its motion comes later than ``source`` under ``target`` says."""
    held: Held | None = None
    """Where it counts in full; ``None`` is all of ``target``."""

    def __post_init__(self) -> None:
        if len(self.target) != len(self.source):
            raise ValueError(
                f"target {self.target} and source {self.source} differ in length; cut both alike"
            )
        if self.strength is not None and not 0.0 <= self.strength <= 1.0:
            raise ValueError(f"strength must be within 0..1, found {self.strength}")
        frames = self.frames
        if not self.target.frames.start <= frames.start <= frames.stop <= self.target.frames.stop:
            raise ValueError(f"held frames {frames} are not inside the target {self.target}")

    @property
    def frames(self) -> FrameSpan:
        """Model frames of the query's timeline at which it counts in full."""
        return self.target.frames if self.held is None else self.held.frames

    @property
    def start_seconds(self) -> float:
        """From when on it counts in full, on the query's timeline."""
        return self.frames.start / MODEL_FPS

    @property
    def end_seconds(self) -> float:
        """Until when it counts in full."""
        return self.frames.stop / MODEL_FPS

    @property
    def source_seconds(self) -> float:
        """What of the exemplar's window is shown at ``start_seconds``."""
        shift = CHUNK_FRAMES * (self.target.start - self.source.start) + self.delay_frames
        return (self.frames.start - shift) / MODEL_FPS
