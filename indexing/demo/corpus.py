"""Writing the demo corpus: a folder in BEAT2's layout with RAG-Gesture's extra annotations."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
import torch

from indexing.demo import tiers
from indexing.demo.patterns import TALK
from indexing.demo.performance import Performance, perform
from indexing.demo.script import any_topic, written
from indexing.demo.speakers import SPEAKERS, Speaker
from indexing.demo.talks import talks
from indexing.demo.voice import SpokenWord, speak
from motion.clip import Motion
from motion.files import write_npz
from speech.transcript import SAMPLE_RATE

_FOLDERS = (
    "smplxflame_30",
    "wave16k",
    "textgrid",
    "sem",
    "discourse_rels",
    "whisper_transcription",
    "prom",
)
_POSE_STEPS, _EXPRESSION_STEPS = 2.0**13, 2.0**9
"""Steps to a radian or metre, and to a unit of expression, in compact files."""
_TEST_EVERY, _TEST_FROM = 12, 9
_VALIDATION_EVERY, _VALIDATION_FROM = 19, 4

TALK_SUBJECTS = (
    "Comparison.Contrast on_the_other_hand",
    "Expansion.Conjunction second",
    "Contingency.Cause.Reason because",
    "huge:m",
    "here:d",
    "this_big:m",
)
"""What the sample talk asks for: the shipped corpus has it from several speakers."""


@dataclass(frozen=True)
class DemoOptions:
    """How much of the demo corpus to write, and how."""

    recordings: int = 72
    seconds: float = 50.0
    """About how long a recording is; each is up to a quarter shorter or longer."""
    seed: int = 0
    emphasis: tuple[str, ...] = ()
    """Subjects that come more often, see `indexing.demo.talks`."""
    compact: bool = False
    """Round and compress: a quarter of the size, same keys and types."""
    held_out: bool = True
    """Whether some recordings are marked test and val in the split."""

    def __post_init__(self) -> None:
        if self.recordings < 1:
            raise ValueError(f"recordings must be at least 1, found {self.recordings}")
        if not 5.0 <= self.seconds <= 300.0:
            raise ValueError(f"seconds must be within 5..300, found {self.seconds}")


SHIPPED = DemoOptions(
    recordings=10, seconds=26.0, seed=7, emphasis=TALK_SUBJECTS, compact=True, held_out=False
)
"""The small corpus that comes with the project."""

Progress = Callable[[int, int], None]


def write_demo_corpus(
    folder: Path, options: DemoOptions, progress: Progress | None = None
) -> tuple[str, ...]:
    """Write the corpus and return the recordings' ids; the same options give the same files."""
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    planning = np.random.default_rng((options.seed, 0))
    lengths = options.seconds * planning.uniform(0.78, 1.25, options.recordings)
    written_talks = talks(options.recordings, [*lengths], options.emphasis, planning)
    names: list[str] = []
    for number, sentences in enumerate(written_talks):
        speaker = SPEAKERS[number % len(SPEAKERS)]
        rng = np.random.default_rng((options.seed, number + 1))
        take = number // len(SPEAKERS) + 1
        name = f"{speaker.number}_{speaker.name}_0_{take}_{take}"
        _write(perform(sentences, speaker, rng), folder, name, options)
        names.append(name)
        if progress is not None:
            progress(number + 1, options.recordings)
    _write_split(folder, names, options)
    return tuple(names)


def write_sample_talk(folder: Path, speaker: Speaker, seed: int = 0) -> None:
    """Write the sample talk as sound, words in time and text; it has no motion."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    sentences = tuple(written(pattern, any_topic(rng), rng) for pattern in TALK)
    utterance = speak(sentences, speaker, rng)
    soundfile.write(folder / "talk.wav", utterance.samples, SAMPLE_RATE, subtype="PCM_16")
    grid = tiers.textgrid(utterance.words, utterance.seconds, phones=False)
    (folder / "talk.TextGrid").write_text(grid, encoding="utf-8")
    lines = [_punctuated(words) for words in utterance.sentences]
    (folder / "talk.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _punctuated(words: tuple[SpokenWord, ...]) -> str:
    """A sentence with the commas and the full stop that were spoken."""
    marks = {0.0: "", 1.0: ",", 2.0: "."}
    return " ".join(word.word.text + marks[word.boundary] for word in words)


def _write(performance: Performance, folder: Path, name: str, options: DemoOptions) -> None:
    """All files of one recording."""
    utterance = performance.utterance
    motion_path = folder / "smplxflame_30" / f"{name}.npz"
    write_npz(_rounded(performance.motion) if options.compact else performance.motion, motion_path)
    if options.compact:
        _compress(motion_path)
    subtype = "IMA_ADPCM" if options.compact else "PCM_16"
    sound = folder / "wave16k" / f"{name}.wav"
    soundfile.write(sound, utterance.samples, SAMPLE_RATE, subtype=subtype)
    texts = {
        f"textgrid/{name}.TextGrid": tiers.textgrid(utterance.words, utterance.seconds),
        f"sem/{name}.txt": tiers.gesture_lines(performance),
        f"discourse_rels/{name}_whisper_relations.json": tiers.relations_json(performance),
        f"whisper_transcription/{name}.json": tiers.whisper_json(performance),
        f"prom/{name}.prom": tiers.prominence_lines(performance, name),
    }
    for path, text in texts.items():
        (folder / path).write_text(text, encoding="utf-8")


def _rounded(motion: Motion) -> Motion:
    """Fewer binary digits, so that files compress: steps of 0.007 degrees and 0.12 mm."""
    return replace(
        motion,
        poses=torch.round(motion.poses * _POSE_STEPS) / _POSE_STEPS,
        translation=torch.round(motion.translation * _POSE_STEPS) / _POSE_STEPS,
        expression=torch.round(motion.expression * _EXPRESSION_STEPS) / _EXPRESSION_STEPS,
    )


def _compress(path: Path) -> None:
    """Rewrite an npz with compression; numpy reads both alike."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez_compressed(path, **arrays)


def _write_split(folder: Path, names: list[str], options: DemoOptions) -> None:
    with (folder / "train_test_split.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("id", "type"))
        for number, name in enumerate(names):
            rows.writerow((name, split_of(number) if options.held_out else "train"))


def split_of(number: int) -> str:
    """A twelfth is held out for tests, a nineteenth for validation, over all speakers."""
    shifted = number + number // len(SPEAKERS)
    if shifted % _TEST_EVERY == _TEST_FROM:
        return "test"
    if shifted % _VALIDATION_EVERY == _VALIDATION_FROM:
        return "val"
    return "train"
