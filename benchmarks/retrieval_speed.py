"""What one query costs, beside a plain Python scan in the published order of work.

    OMP_NUM_THREADS=1 python benchmarks/retrieval_speed.py CORPUS [--sizes 10000 100000]

Exemplars are those of CORPUS again and again under other recording names, their vectors moved by a
little noise so that none are equal. The scan looks at every window for each query, as published;
what it can know before (annotations by prominence) it knows. Figures are medians of one run on one
thread: ratios first, milliseconds beside them. Expected before measuring: a query in under 30 ms at
1e5 whose larger part is embedding its sentence, and a scan a hundred times as long.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from annotations.corpus import Corpus
from annotations.types import AnnotatedSpeech, Clip, Exemplar, Window
from indexing.segment import SegmentOptions, segment
from retrieval.embedding import SentenceEmbedder
from retrieval.entries import Entries
from retrieval.index import FaissIndex
from retrieval.matches import HeldExemplars, Query, RetrievalOptions
from retrieval.published_search import PublishedSearch
from retrieval.query import moments_of
from retrieval.retriever import Retriever
from retrieval.vector_index import SearchFilter
from retrieval.vectors import EntryLayout, exemplar_vectors

_SHIPPED = Path(__file__).resolve().parents[1] / "demo" / "corpus"
_NOISE = 0.02
"""A number of a unit vector of 384 is about 0.05."""
_BLOCK = 8192


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?", default=_SHIPPED)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=40)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    embedder = SentenceEmbedder()
    exemplars, talks = _read(asked.corpus)
    for size in asked.sizes:
        _measure(_grown(exemplars, embedder, size), talks, asked.queries, size)


def _measure(world: Retriever, talks: Sequence[AnnotatedSpeech], queries: int, size: int) -> None:
    options = RetrievalOptions(method="discourse", minimum_gap_seconds=0.0)
    moments = [
        (query, _alone(talk, query))
        for talk in talks
        for query in moments_of(talk, 0, options).queries
    ][:queries]
    scan = PublishedSearch.of(world.exemplars.every(), world.embedder)
    world.retrieve(moments[0][1], 0, options)
    first = _milliseconds(lambda _, alone: world.retrieve(alone, 0, options), moments)
    again = _milliseconds(lambda _, alone: world.retrieve(alone, 0, options), moments)
    scan.candidates(*moments[0], 10)
    scanned = _milliseconds(lambda query, alone: scan.candidates(query, alone, 10), moments)
    taken = {
        "published scan": scanned,
        "query asked first": first,
        "query asked again": again,
        "of it: search": _milliseconds(lambda query, _: _search(world, query), moments),
        "of it: embedding a new sentence": _milliseconds(
            lambda query, _: world.embedder.embed([f"{query.text} {time.perf_counter()}"]), moments
        ),
    }
    _say(f"{size} exemplars, {len(moments)} queries, one thread")
    for name, value in taken.items():
        _say(f"  {name:32} {scanned / value:9.1f} x as fast as the scan {value:9.2f} ms")


def _alone(talk: AnnotatedSpeech, query: Query) -> AnnotatedSpeech:
    """The talk with one relation only."""
    return replace(
        talk, relations=tuple(each for each in talk.relations if each == query.annotation)
    )


def _search(world: Retriever, query: Query) -> object:
    """The search by inner product, for as many entries as a query looks at."""
    vector = world.index.vectors([int(world.index.ids[0])])[0]
    return world.index.search(vector, SearchFilter((query.annotation.label,)), 60)


def _milliseconds(
    stage: Callable[[Query, AnnotatedSpeech], object],
    moments: Sequence[tuple[Query, AnnotatedSpeech]],
) -> float:
    """Median time of a query."""
    times = []
    for query, alone in moments:
        began = time.perf_counter()
        stage(query, alone)
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def _read(folder: Path) -> tuple[list[Exemplar], list[AnnotatedSpeech]]:
    """The exemplars of a corpus, and its speech."""
    exemplars: list[Exemplar] = []
    talks = []
    for recording in Corpus.open(folder).recordings:
        annotated = recording.annotated(None)
        talks.append(annotated)
        for cut in segment(recording, annotated, recording.motion(), SegmentOptions()):
            for each in cut.exemplars:
                number = len(exemplars)
                exemplars.append(
                    Exemplar(number, cut.window, each.annotation, each.stroke_seconds, each.quality)
                )
    return exemplars, talks


def _grown(exemplars: Sequence[Exemplar], embedder: SentenceEmbedder, size: int) -> Retriever:
    """A retriever over ``size`` exemplars made of a few."""
    rng = np.random.default_rng(0)
    few = exemplar_vectors(exemplars, embedder)
    rows = np.arange(size) % len(exemplars)
    vectors = few[rows]
    layout = EntryLayout(embedder.width)
    for start in range(0, size, _BLOCK):
        for block in (layout.context, layout.word):
            near = vectors[start : start + _BLOCK, block]
            near += _NOISE * rng.standard_normal(near.shape, dtype=np.float32)
            near /= np.linalg.norm(near, axis=1, keepdims=True)
    held = {}
    for number, row in enumerate(rows.tolist()):
        whole = exemplars[row]
        name = f"{whole.window.recording}_{number // len(exemplars)}"
        window = replace(whole.window, recording=name)
        held[number] = replace(whole, id=number, window=window)
    entries = Entries.of(
        range(size),
        [each.annotation.label for each in held.values()],
        vectors,
        speakers=[each.window.speaker for each in held.values()],
        recordings=[each.window.recording for each in held.values()],
    )
    index = FaissIndex.of(entries, embedder.id)
    return Retriever(index, embedder, HeldExemplars(held), _no_clip)


def _no_clip(window: Window) -> Clip:
    raise LookupError(f"{window.key}: nothing is placed here")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
