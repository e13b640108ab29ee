"""A small corpus in the folders of BEAT2, for the tests of this folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from annotations.beat2 import SemLabel, write_prom, write_relations, write_sem, write_split
from annotations.corpus import Corpus, Recording
from annotations.relations import RelationsFile, TokenRelation
from annotations.types import AnnotatedSpeech, GestureLabel, GestureType, Prominence, Source
from motion.clip import Motion
from motion.files import write_npz
from speech.audio import write_wav
from speech.transcript import SAMPLE_RATE, Interval, Speech, Word, write_textgrid

SECONDS = 12.0
SENTENCE = "we wanted to swim but the big river was cold and we went home "


def words() -> tuple[Word, ...]:
    texts = (SENTENCE * 2).split()
    step = SECONDS / len(texts)
    return tuple(
        Word(text, Interval(round(i * step, 3), round((i + 1) * step, 3)))
        for i, text in enumerate(texts)
    )


def write_sound(path: Path, seconds: float = SECONDS) -> None:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    write_wav(path, (0.2 * np.sin(2 * np.pi * 150 * time)).astype(np.float32))


def write_motion(path: Path, seconds: float = SECONDS) -> None:
    frames = round(seconds * 30)
    still = Motion.rest(frames, 30.0)
    poses = still.poses.clone()
    poses[:, 16, 2] = torch.arange(frames) / 1000
    write_npz(replace(still, poses=poses), path)


def write_annotations(root: Path, name: str) -> None:
    spoken = words()
    but = TokenRelation("but", (4,), "Comparison.Contrast", (0, 1, 2, 3), (5, 6, 7, 8, 9))
    write_relations(
        RelationsFile(spoken, (but,)), root / f"discourse_rels/{name}_whisper_relations.json"
    )
    label = SemLabel(
        "07_iconic_h", Interval(spoken[5].interval.start, spoken[7].interval.end), 0.7, "big river"
    )
    write_sem((label,), root / f"sem/{name}.txt")
    prominences = tuple(Prominence(w.text, w.interval, 1.5) for w in spoken)
    write_prom(prominences, name, root / f"prom/{name}.prom")


FOLDERS = ("wave16k", "smplxflame_30", "textgrid", "sem", "prom", "discourse_rels")


def write_corpus(root: Path) -> Path:
    """Three recordings: one with every tier, one without any, and a sound alone."""
    for name in FOLDERS:
        (root / name).mkdir(parents=True)
    for name in ("1_wayne_0_1_1", "28_tiffnay_0_9_9"):
        write_sound(root / f"wave16k/{name}.wav")
        write_motion(root / f"smplxflame_30/{name}.npz", SECONDS - 0.5)
        write_textgrid(root / f"textgrid/{name}.TextGrid", words(), SECONDS)
    write_annotations(root, "1_wayne_0_1_1")
    write_sound(root / "wave16k/2_scott_0_4_4.wav")
    write_split(
        {"1_wayne_0_1_1": "test", "28_tiffnay_0_9_9": "train", "2_scott_0_4_4": "val"},
        root / "train_test_split.csv",
    )
    return root


def annotate(speech: Speech) -> AnnotatedSpeech:
    """An annotator that finds one beat on the first word."""
    first = speech.words[:1]
    beats = tuple(
        GestureLabel(GestureType.BEAT, w.text, w.interval, (0,), 1.0, Source.RULES) for w in first
    )
    return AnnotatedSpeech(speech, gestures=beats, notes=("guessed",))


def named(corpus: Corpus, recording_id: str) -> Recording:
    """The recording of that id."""
    return next(each for each in corpus.recordings if each.id == recording_id)
