"""A small network that scores how well motion belongs to speech: two towers over time.

Each tower turns every fifteenth of a second into a unit vector, from a second and a half around it;
the score of speech and motion is the mean product of their vectors. Trained as a contrast between
the true pair and the same recording shifted in time (Chung and Zisserman, *Out of time*, 2016; the
loss is that of van den Oord et al., 2018).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import torch
from jaxtyping import Float
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize, pad

from evaluation.motion_features import FEATURE_WIDTH
from motion.timeline import MODEL_FPS

EMBEDDING_WIDTH = 32
SEGMENT_FRAMES = 6 * MODEL_FPS
"""Frames at 15 fps that training compares at once."""
HOP_FRAMES = 2 * MODEL_FPS
"""The least shift of a negative in training."""
EDGE_FRAMES = 11
"""Frames at either end whose vectors see the border: both towers would know it by that alone."""

SHORTEST_FRAMES = SEGMENT_FRAMES + 2 * HOP_FRAMES + 2 * EDGE_FRAMES
"""Of a recording to learn from."""

_CONFIG, _WEIGHTS = "config.json", "model.safetensors"


@dataclass(frozen=True, eq=False)
class Pair:
    """Speech and motion of one recording, frame by frame at 15 fps."""

    recording: str
    sound: Float[Tensor, "frame d_audio"]
    text: Float[Tensor, "frame d_text"]
    motion: Float[Tensor, "frame 59"]

    def __post_init__(self) -> None:
        frames = {len(self.sound), len(self.text), len(self.motion)}
        if len(frames) != 1:
            raise ValueError(f"{self.recording}: speech and motion must be equally long: {frames}")

    def __len__(self) -> int:
        return len(self.motion)

    @property
    def wordless(self) -> Self:
        """The same with sound alone."""
        return replace(self, text=torch.zeros_like(self.text))


class Tower(nn.Module):
    """Unit vectors of every frame, from 23 frames around it."""

    def __init__(self, inputs: int, width: int, dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv1d(inputs, width, 1), nn.GELU()]
        for dilation in (1, 2, 2):
            layers += [
                nn.Dropout(dropout),
                nn.Conv1d(
                    width, width, 5 if dilation > 1 else 7, padding="same", dilation=dilation
                ),
                nn.GELU(),
            ]
        self.layers = nn.Sequential(*layers, nn.Conv1d(width, EMBEDDING_WIDTH, 1))

    def forward(self, frames: Float[Tensor, "frame width"]) -> Float[Tensor, "frame 32"]:
        return normalize(self.layers(frames.T[None])[0].T, dim=-1)


@dataclass(frozen=True)
class MatchOptions:
    """How the towers are built and fitted."""

    epochs: int = 30
    rate: float = 2e-3
    width: int = 96
    dropout: float = 0.2
    noise: float = 0.1
    wordless: float = 0.4
    """Share of recordings trained on without their words, so that sound alone is learned too."""
    seed: int = 0


class MatchNetwork(nn.Module):
    """Tower of speech, tower of motion, and how sharp a contrast is."""

    sound_centre: Tensor
    sound_spread: Tensor
    motion_centre: Tensor
    motion_spread: Tensor

    def __init__(self, sound: int, text: int, options: MatchOptions) -> None:
        super().__init__()
        self.squeeze = nn.Linear(text, 32)
        self.speech = Tower(sound + 32, options.width, options.dropout)
        self.motion = Tower(FEATURE_WIDTH, options.width, options.dropout)
        self.sharpness = nn.Parameter(torch.tensor(2.5))
        self.register_buffer("sound_centre", torch.zeros(sound))
        self.register_buffer("sound_spread", torch.ones(sound))
        self.register_buffer("motion_centre", torch.zeros(FEATURE_WIDTH))
        self.register_buffer("motion_spread", torch.ones(FEATURE_WIDTH))

    def heard(
        self, sound: Float[Tensor, "frame d_audio"], text: Float[Tensor, "frame d_text"]
    ) -> Float[Tensor, "inner 32"]:
        """Vectors of speech, the edges left out."""
        scaled = (sound - self.sound_centre) / self.sound_spread
        vectors: Tensor = self.speech(torch.cat((scaled, self.squeeze(text)), dim=1))
        return vectors[EDGE_FRAMES:-EDGE_FRAMES]

    def shown(self, motion: Float[Tensor, "frame 59"]) -> Float[Tensor, "inner 32"]:
        """Vectors of motion, the edges left out."""
        vectors: Tensor = self.motion((motion - self.motion_centre) / self.motion_spread)
        return vectors[EDGE_FRAMES:-EDGE_FRAMES]


@dataclass(frozen=True, eq=False)
class MatchScorer:
    """A trained network: speech and motion in, one number a frame out."""

    network: MatchNetwork
    options: MatchOptions

    @classmethod
    def trained(cls, pairs: Sequence[Pair], options: MatchOptions) -> Self:
        """Fit to real recordings, each long enough for two shifted segments."""
        usable = [pair for pair in pairs if len(pair) >= SHORTEST_FRAMES]
        if not usable:
            raise ValueError("the match test needs a recording of twelve seconds to learn from")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            network = MatchNetwork(usable[0].sound.shape[1], usable[0].text.shape[1], options)
            _standardise(network, usable)
            _fit(network, usable, options)
        return cls(network.eval(), options)

    @torch.no_grad()
    def agreement(self, pair: Pair) -> Float[Tensor, "inner inner"]:
        """Product of the vectors of speech at a row's time and motion at a column's.

        Empty where nothing is left between the edges.
        """
        if len(pair) <= 2 * EDGE_FRAMES:
            return torch.zeros(0, 0)
        heard = self.network.heard(pair.sound, pair.text)
        return heard @ self.network.shown(pair.motion).T

    def save(self, folder: Path) -> None:
        """Write ``config.json`` and ``model.safetensors``."""
        folder.mkdir(parents=True, exist_ok=True)
        sound, text = len(self.network.sound_centre), self.network.squeeze.in_features
        content = {"sound": sound, "text": text, "width": self.options.width}
        (folder / _CONFIG).write_text(json.dumps(content | {"features": FEATURE_WIDTH}) + "\n")
        save_file(self.network.state_dict(), folder / _WEIGHTS)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; every tensor must fit."""
        content = json.loads((folder / _CONFIG).read_text())
        if content["features"] != FEATURE_WIDTH:
            raise ValueError(
                f"{folder} was trained on {content['features']} features a frame, "
                f"this version has {FEATURE_WIDTH}; train it again"
            )
        options = MatchOptions(width=content["width"])
        network = MatchNetwork(content["sound"], content["text"], options)
        network.load_state_dict(load_file(folder / _WEIGHTS))
        return cls(network.eval(), options)


def _standardise(network: MatchNetwork, pairs: Sequence[Pair]) -> None:
    sound, motion = (torch.cat([getattr(p, name) for p in pairs]) for name in ("sound", "motion"))
    network.sound_centre.copy_(sound.mean(dim=0))
    network.sound_spread.copy_(sound.std(dim=0).clamp(min=0.05))
    network.motion_centre.copy_(motion.mean(dim=0))
    network.motion_spread.copy_(motion.std(dim=0).clamp(min=0.05))


def _fit(network: MatchNetwork, pairs: Sequence[Pair], options: MatchOptions) -> None:
    """Recording after recording: each segment of speech must choose its own motion."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.rate, weight_decay=0.02)
    steps = options.epochs * len(pairs)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=steps)
    network.train()
    for _ in range(options.epochs):
        for place in torch.randperm(len(pairs)).tolist():
            loss = _contrast(network, pairs[place], options)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()


def _contrast(network: MatchNetwork, pair: Pair, options: MatchOptions) -> Tensor:
    """Cross entropy over segments two seconds apart, both ways: which motion, which speech."""
    wordless = float(torch.rand(())) < options.wordless
    text = torch.zeros_like(pair.text) if wordless else pair.text
    heard = network.heard(_noisy(pair.sound, options.noise), text)
    shown = network.shown(_noisy(pair.motion, options.noise))
    first = int(torch.randint(0, HOP_FRAMES, ()))
    length = int(torch.randint(SEGMENT_FRAMES // 3, SEGMENT_FRAMES + 1, ()))
    scores = segment_scores(heard[first:], shown[first:], length, HOP_FRAMES)
    scaled = scores * network.sharpness.exp()
    truth = torch.arange(len(scores))
    return cross_entropy(scaled, truth) + cross_entropy(scaled.T, truth)


def segment_scores(
    heard: Float[Tensor, "frame 32"], shown: Float[Tensor, "frame 32"], length: int, hop: int
) -> Float[Tensor, "segment segment"]:
    """Mean product of every segment of speech (row) with every segment of motion (column)."""
    segments = [vectors.unfold(0, length, hop).flatten(1) for vectors in (heard, shown)]
    return segments[0] @ segments[1].T / length


def _noisy(values: Float[Tensor, "frame width"], noise: float) -> Float[Tensor, "frame width"]:
    return values + noise * torch.randn_like(values)


def padded_to(values: Float[Tensor, "frame width"], frames: int) -> Float[Tensor, "frame width"]:
    """Cut, or lengthened with zeros."""
    return pad(values[:frames], (0, 0, 0, max(0, frames - len(values))))
