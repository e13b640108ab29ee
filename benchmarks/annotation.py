"""What annotating costs, by stage, beside reading the same words with the whole original MiniLM.

    OMP_NUM_THREADS=1 python benchmarks/annotation.py [--seconds 10] [--repeats 20]

Figures are ratios to that baseline within one run, with milliseconds beside them; the last lines
are an hour of transcript and the memory of the process. Expected before measuring: a ten-second
query within two and a half readings of MiniLM, under 50 ms on one core; an hour under a minute;
under 700 MB.
"""

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from annotations.annotate import Annotator
from annotations.gesture_types import Evidence, annotate_gesture_types
from annotations.prominence import annotate_prominence
from speech.audio import load_audio
from speech.token_vectors import TokenVectors, minilm_folder
from speech.transcript import SAMPLE_RATE, Interval, Speech, Word, read_textgrid

TALK = Path(__file__).resolve().parents[1] / "demo" / "talk"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the query")
    parser.add_argument("--repeats", type=int, default=20)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    talk = Speech(load_audio(TALK / "talk.wav"), read_textgrid(TALK / "talk.TextGrid"))
    query = talk.window(0.0, asked.seconds)
    annotate = Annotator()
    minilm = TokenVectors(minilm_folder(), layers=(-1,))
    texts = [word.text for word in query.words]
    annotate(query)
    reading = annotate.discourse.read(texts)
    prominences = annotate_prominence(query)
    evidence = Evidence(reading.parsed, reading.vectors)
    discourse = annotate.discourse
    split = discourse.parser.tokenized(texts)
    stages: dict[str, Callable[[], object]] = {
        "MiniLM once (baseline)": lambda: minilm.of([texts]),
        "prominence": lambda: annotate_prominence(query),
        "parse": lambda: discourse.parser.parsed(split, None),
        "connective network": lambda: discourse.network.read([t.text for t in split.doc]),
        "discourse in all": lambda: discourse(texts),
        "gesture types": lambda: annotate_gesture_types(
            query.words, prominences, evidence=evidence
        ),
        "everything": lambda: annotate(query),
    }
    taken = {name: _milliseconds(stage, asked.repeats) for name, stage in stages.items()}
    unit = taken["MiniLM once (baseline)"]
    _say(f"{asked.seconds:.0f} s, {len(texts)} words, {len(split.doc)} tokens, one thread")
    for name, value in taken.items():
        _say(f"{name:24} {value / unit:6.2f} x {value:8.1f} ms")
    _say(f"memory: {_megabytes():.0f} MB at most, every model loaded")
    hour = _hour(query)
    began = time.perf_counter()
    annotate(hour)
    _say(f"an hour, {len(hour.words)} words: {time.perf_counter() - began:.1f} s")
    _say(f"memory: {_megabytes():.0f} MB at most, the hour's sound and words among it")


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _milliseconds(stage: Callable[[], object], repeats: int) -> float:
    """Median time of a call."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        stage()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def _hour(query: Speech) -> Speech:
    """An hour of transcript: the query's words again and again, without sound."""
    times = round(3600 / query.seconds)
    words = tuple(
        Word(word.text, Interval(word.interval.start, word.interval.end).shifted(i * query.seconds))
        for i in range(times)
        for word in query.words
    )
    return Speech(np.zeros(3600 * SAMPLE_RATE, np.float32), words)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
