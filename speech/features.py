"""What the denoiser hears: frame-aligned text and audio features of one ten-second window."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, Protocol

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from speech.audio import TEXT_FPS, TEXT_FRAMES, WINDOW_SAMPLES, WINDOW_SECONDS
from speech.loudness import Samples
from speech.prosody import MEL_BANDS, PROSODY_HZ, Prosody, trace_prosody
from speech.token_vectors import MINILM_SHA256, MINILM_WIDTH, TokenVectors, loading, minilm_folder
from speech.transcript import Speech

FRONT_END_VERSION = 1
"""Raised whenever the default audio features change, for then weights must be trained again."""
MEL_CENTRE, MEL_SPREAD = -14.5, 3.5
"""Fixed normalisation: mean and spread over levelled speech, rounded."""
LOG_F0_CENTRE, LOG_F0_SPREAD = 5.1, 0.35
ENERGY_CENTRE, ENERGY_SPREAD = -33.0, 15.0
ONSET_CENTRE, ONSET_SPREAD = 0.6, 0.75

_STACK = PROSODY_HZ // TEXT_FPS
PROSODY_WIDTH = _STACK * (MEL_BANDS + 4)
"""Numbers a step of ``prosody_features``."""
PUBLISHED_LAYERS = (-4, -3, -2, -1)
"""Layers of BERT that the published word vector sums."""


@dataclass(frozen=True, eq=False)
class SpeechFeatures:
    """Features of one window; cached ones are shared, so treat the tensors as read-only."""

    text: Float[Tensor, "frame d_text"]
    """Word vectors on 150 frames at 15 fps; zero where nobody speaks."""
    audio: Float[Tensor, "step d_audio"]
    """Audio features over the ten seconds, at the encoder's own rate."""


class SpeechEncoder(Protocol):
    """Turns windows of ten seconds into features; the same window always gives the same bytes."""

    @property
    def text_width(self) -> int:
        """Numbers a text frame."""

    @property
    def audio_width(self) -> int:
        """Numbers an audio step."""

    @property
    def audio_steps(self) -> int:
        """Audio steps a window."""

    @property
    def id(self) -> str:
        """Names weights and front end: features of two encoders with one id are interchangeable."""

    def config(self) -> dict[str, Any]:
        """What ``encoder_from_config`` needs to build this encoder again, as JSON values."""

    def encode(self, window: Speech) -> SpeechFeatures:
        """Features of one window of ten seconds."""

    def encode_many(self, windows: Sequence[Speech]) -> list[SpeechFeatures]:
        """The same for several windows, faster than one by one."""


@dataclass(frozen=True)
class DefaultEncoder:
    """MiniLM word vectors, and log-mel, pitch, energy and onsets; needs no download."""

    device: str = "cpu"
    text_width: int = field(default=MINILM_WIDTH, init=False)
    audio_width: int = field(default=PROSODY_WIDTH, init=False)
    audio_steps: int = field(default=TEXT_FRAMES, init=False)
    id: str = field(default=f"minilm-{MINILM_SHA256[:12]}+prosody-{FRONT_END_VERSION}", init=False)

    def config(self) -> dict[str, Any]:
        """Kind, version and sizes."""
        return {"kind": "default", "front_end": FRONT_END_VERSION} | _sizes(self)

    def encode(self, window: Speech) -> SpeechFeatures:
        """Features of one window of ten seconds."""
        return self.encode_many([window])[0]

    def encode_many(self, windows: Sequence[Speech]) -> list[SpeechFeatures]:
        """Features of several windows."""
        sounds = [window_samples(window) for window in windows]
        texts = self._text.of_windows([w.words for w in windows], TEXT_FRAMES, TEXT_FPS)
        return [
            SpeechFeatures(text, prosody_features(trace_prosody(sound)))
            for text, sound in zip(texts, sounds, strict=True)
        ]

    @cached_property
    def _text(self) -> TokenVectors:
        return TokenVectors(minilm_folder(), layers=(-1,), device=self.device)


@dataclass(frozen=True)
class PublishedEncoder:
    """BERT word vectors and wav2vec 2.0 states, as the released weights were trained on."""

    text_model: str = "bert-base-cased"
    """Folder or hub id."""
    audio_model: str = "facebook/wav2vec2-base-960h"
    text_width: int = 768
    audio_width: int = 768
    audio_steps: int = 499
    device: str = "cpu"

    @cached_property
    def id(self) -> str:
        """Digest of both networks' weights; loads them."""
        models = (self._text.model, self._audio[1])
        return "published-" + "-".join(_weights_digest(model) for model in models)

    def config(self) -> dict[str, Any]:
        """Kind, models and sizes."""
        models = {"text_model": self.text_model, "audio_model": self.audio_model}
        return {"kind": "published"} | models | _sizes(self)

    def encode(self, window: Speech) -> SpeechFeatures:
        """Features of one window of ten seconds."""
        return self.encode_many([window])[0]

    def encode_many(self, windows: Sequence[Speech]) -> list[SpeechFeatures]:
        """Features of several windows."""
        sounds = [window_samples(window) for window in windows]
        texts = self._text.of_windows([w.words for w in windows], TEXT_FRAMES, TEXT_FPS)
        pairs = zip(texts, sounds, strict=True)
        encoded = [SpeechFeatures(text, self._states(sound)) for text, sound in pairs]
        for features in encoded:
            self._check(features)
        return encoded

    @cached_property
    def _text(self) -> TokenVectors:
        return TokenVectors(self.text_model, PUBLISHED_LAYERS, self.device)

    @cached_property
    def _audio(self) -> tuple[Any, Any]:
        from transformers import AutoFeatureExtractor, Wav2Vec2Model

        with loading():
            extractor = AutoFeatureExtractor.from_pretrained(self.audio_model)
            model = Wav2Vec2Model.from_pretrained(self.audio_model, dtype=torch.float32)
        return extractor, model.to(self.device).eval()

    def _states(self, samples: Samples) -> Float[Tensor, "step d_audio"]:
        extractor, model = self._audio
        values = extractor(samples, sampling_rate=extractor.sampling_rate, return_tensors="pt")
        with torch.inference_mode():
            states: Tensor = model(values.input_values.to(self.device)).last_hidden_state[0]
        return states.cpu().clone()

    def _check(self, features: SpeechFeatures) -> None:
        found = (features.text.shape[1], *features.audio.shape)
        expected = (self.text_width, self.audio_steps, self.audio_width)
        if found != expected:
            raise ValueError(
                f"{self.text_model} and {self.audio_model} give (text width, audio steps, audio"
                f" width) {found}, the configuration says {expected}; name the right models"
            )


class CachedEncoder:
    """An encoder that remembers the latest windows by their content; safe across threads."""

    def __init__(self, encoder: SpeechEncoder, capacity: int = 256) -> None:
        """A default window takes 0.3 MB, a published one 2 MB."""
        if capacity < 1:
            raise ValueError(f"capacity {capacity} must be at least 1 window")
        self._encoder, self._capacity = encoder, capacity
        self._kept: OrderedDict[str, SpeechFeatures] = OrderedDict()
        self._lock = Lock()
        self.text_width, self.audio_width = encoder.text_width, encoder.audio_width
        self.audio_steps = encoder.audio_steps

    @property
    def id(self) -> str:
        """The encoder's."""
        return self._encoder.id

    def config(self) -> dict[str, Any]:
        """The encoder's."""
        return self._encoder.config()

    def encode(self, window: Speech) -> SpeechFeatures:
        """Features of one window of ten seconds."""
        return self.encode_many([window])[0]

    def encode_many(self, windows: Sequence[Speech]) -> list[SpeechFeatures]:
        """Features of several windows; each distinct new one is encoded once."""
        keys = [content_hash(window) for window in windows]
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
        new = {k: w for k, w in zip(keys, windows, strict=True) if k not in found}
        if new:
            found |= zip(new, self._encoder.encode_many(list(new.values())), strict=True)
        with self._lock:
            for key in dict.fromkeys(keys):
                self._kept[key] = found[key]
                self._kept.move_to_end(key)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        return [found[key] for key in keys]


def encoder_from_config(config: Mapping[str, Any], device: str = "cpu") -> SpeechEncoder:
    """Build the encoder that ``config()`` described; loads nothing before its first use."""
    encoder: SpeechEncoder
    match config.get("kind"):
        case "default":
            encoder = DefaultEncoder(device)
        case "published":
            names = ("text_model", "audio_model", "text_width", "audio_width", "audio_steps")
            given = {name: config[name] for name in names if name in config}
            encoder = PublishedEncoder(**given, device=device)
        case kind:
            raise ValueError(f"speech encoder kind {kind!r}; expected 'default' or 'published'")
    _check_config(config, encoder)
    return encoder


def prosody_features(prosody: Prosody) -> Float[Tensor, "step d_audio"]:
    """Two prosody frames a step, on a fixed scale of about mean 0 and spread 1."""
    log_f0 = (prosody.f0_hz.clamp(min=1.0).log() - LOG_F0_CENTRE) / LOG_F0_SPREAD
    columns = torch.stack(
        [
            torch.where(prosody.voiced, log_f0, 0.0),
            prosody.periodicity,
            (prosody.energy_db - ENERGY_CENTRE) / ENERGY_SPREAD,
            (prosody.onset - ONSET_CENTRE) / ONSET_SPREAD,
        ],
        dim=1,
    )
    frames = torch.cat([(prosody.log_mel - MEL_CENTRE) / MEL_SPREAD, columns], dim=1)
    return rearrange(frames, "(step stack) band -> step (stack band)", stack=_STACK)


def window_samples(window: Speech) -> Samples:
    """Samples of a ten-second window; a sample more or less is rounding and is mended."""
    samples = window.samples
    if abs(len(samples) - WINDOW_SAMPLES) > 1:
        raise ValueError(
            f"a window of {window.seconds:.3f} s; encoders take exactly {WINDOW_SECONDS} s:"
            " cut it with Speech.window"
        )
    return np.pad(samples, (0, max(0, WINDOW_SAMPLES - len(samples))))[:WINDOW_SAMPLES]


def content_hash(speech: Speech) -> str:
    """Digest of the samples, the words and their times."""
    digest = hashlib.sha256(np.ascontiguousarray(speech.samples, dtype="<f4").tobytes())
    times = [(word.text, word.interval.start, word.interval.end) for word in speech.words]
    digest.update(repr(times).encode())
    return digest.hexdigest()


def _sizes(encoder: SpeechEncoder) -> dict[str, int]:
    sizes = ("text_width", "audio_width", "audio_steps")
    return {name: getattr(encoder, name) for name in sizes}


def _check_config(config: Mapping[str, Any], encoder: SpeechEncoder) -> None:
    for name, value in encoder.config().items():
        if config.get(name, value) != value:
            raise ValueError(
                f"this version's {encoder.config()['kind']} speech encoder has {name} {value}, the"
                f" checkpoint was trained with {config[name]}; use the matching weights"
            )


def _weights_digest(model: Any) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]
