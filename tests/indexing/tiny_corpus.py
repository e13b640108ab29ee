"""A BEAT2 folder of three short recordings, and small stand-ins for the networks."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from annotations.beat2 import SemLabel, write_prom, write_relations, write_sem, write_split
from annotations.relations import RelationsFile, TokenRelation
from annotations.types import Clip, Prominence
from diffusion.inversion import Trajectory
from motion.clip import Motion
from motion.files import write_npz
from motion.parts import joint
from speech.audio import write_wav
from speech.transcript import SAMPLE_RATE, Interval, Word, write_textgrid

SCOTT, WAYNE, SOLOMON = "2_scott_0_9_9", "1_wayne_0_10_10", "3_solomon_0_1_1"
SECONDS = {SCOTT: 22.0, WAYNE: 12.0, SOLOMON: 8.0}
SPLITS = {SCOTT: "train", WAYNE: "val", SOLOMON: "test"}
FPS = 30
WORD_SECONDS = 0.5
TEXT = "we stayed inside because it rained and the huge river rose so we went home later "
BECAUSE, HUGE, ROSE = 3, 8, 10
"""Places of words in the text."""
STROKE_LEAD_SECONDS = 0.1
"""The hand is fastest this long before an annotated word begins."""


def words(seconds: float) -> tuple[Word, ...]:
    texts = (TEXT * 5).split()[: round(seconds / WORD_SECONDS)]
    return tuple(
        Word(text, Interval(i * WORD_SECONDS, (i + 1) * WORD_SECONDS - 0.1))
        for i, text in enumerate(texts)
    )


def annotated_words(spoken: Sequence[Word], place: int) -> list[int]:
    return [i for i in range(len(spoken)) if i % len(TEXT.split()) == place]


def gesturing(seconds: float, strokes: Sequence[float], seed: int = 0) -> Motion:
    """The left arm swings to and fro, fastest at each of ``strokes``."""
    frames = round(seconds * FPS)
    time = torch.arange(frames) / FPS
    angle = torch.zeros(frames)
    for number, stroke in enumerate(strokes):
        angle += (-1) ** number * torch.sigmoid((time - stroke) / 0.05)
    motion = Motion.rest(frames, FPS)
    motion.poses[:, joint("left_shoulder"), 2] = angle
    motion.poses[:, joint("spine2")] = 0.01 * torch.randn(
        3, generator=torch.Generator().manual_seed(seed)
    )
    return motion


def write_recording(root: Path, name: str) -> None:
    seconds = SECONDS[name]
    spoken = words(seconds)
    because, huge, rose = (annotated_words(spoken, each) for each in (BECAUSE, HUGE, ROSE))
    strokes = [spoken[i].interval.start - STROKE_LEAD_SECONDS for i in sorted(because + huge)]
    write_npz(gesturing(seconds, strokes, len(name)), root / "smplxflame_30" / f"{name}.npz")
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    sound = (0.2 * np.sin(2 * np.pi * 150 * time)).astype(np.float32)
    write_wav(root / "wave16k" / f"{name}.wav", sound)
    write_textgrid(root / "textgrid" / f"{name}.TextGrid", spoken, seconds)
    relations = tuple(
        TokenRelation("because", (i,), "Contingency.Cause.Reason", (i - 1,), (i + 1,))
        for i in because
    )
    write_relations(
        RelationsFile(spoken, relations),
        root / "discourse_rels" / f"{name}_whisper_relations.json",
    )
    labels = [SemLabel("07_iconic_h", spoken[i].interval, 1.0, spoken[i].text) for i in huge]
    labels += [SemLabel("01_beat_align", spoken[i].interval, 1.0, spoken[i].text) for i in rose]
    write_sem(sorted(labels, key=lambda label: label.interval), root / "sem" / f"{name}.txt")
    write_prom(
        [Prominence(w.text, w.interval, 1.5 if w.text == "huge" else 0.5) for w in spoken],
        name,
        root / "prom" / f"{name}.prom",
    )


def write_corpus(root: Path) -> Path:
    for folder in ("smplxflame_30", "wave16k", "textgrid", "discourse_rels", "sem", "prom"):
        (root / folder).mkdir(parents=True)
    for name in SECONDS:
        write_recording(root, name)
    write_split(SPLITS, root / "train_test_split.csv")
    return root


@dataclass(frozen=True)
class FakeEmbedder:
    """Unit vectors that depend on nothing but the text."""

    id: str = "fake@1"
    width: int = 8

    def embed(self, texts):
        rows = [self._row(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.width), dtype=np.float32)

    def _row(self, text: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")
        row = np.random.default_rng(seed).normal(size=self.width)
        return (row / np.linalg.norm(row)).astype(np.float32)


@dataclass
class FakePipeline:
    """Trajectories that depend on nothing but the clip's motion."""

    weights_id: str = "fake-weights"
    inverted: list[str] = field(default_factory=list)

    def invert(self, clips: Sequence[Clip]) -> tuple[Trajectory, ...]:
        self.inverted += [clip.key for clip in clips]
        return tuple(self._of(clip) for clip in clips)

    def _of(self, clip: Clip) -> Trajectory:
        steepest = clip.motion().poses.diff(dim=0).abs().amax()
        return trajectory(float(steepest), self.weights_id)


def trajectory(value: float, weights_id: str = "fake-weights") -> Trajectory:
    latents = torch.full((4, 2, 10, 8), value) + torch.arange(8) / 8
    return Trajectory(latents.half(), (10, 500), weights_id)
