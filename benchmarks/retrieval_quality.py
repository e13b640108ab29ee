"""How often retrieval finds the right gesture.

    OMP_NUM_THREADS=1 python benchmarks/retrieval_quality.py CORPUS [--seed 0] [--terms]

CORPUS is a demo corpus that `chironomia demo-corpus` wrote here with the same options, whose
choreography is therefore known: which movement each marked word got. Every recording is queried
with its own annotations against the exemplars of all others. The top exemplar is right where the
movement that it was cut from, if the performer had time for it at all, is the one choreographed
for the query's word. Beside the default and the published scorer: an exemplar drawn at random, and
one drawn at random of the same sense or type. Once with all exemplars, and once passing over those
of the query's own word, so that only meaning, sense and context can find the gesture. Gesture
types are asked a second time as a language model's labels. Intervals are of a bootstrap over
recordings. ``--terms`` leaves out one weight at a time.

Expected before measuring: nearly all right for gesture words that the corpus has, published or
ours; ours ahead for relations, since it sees whether the hands had time, and far ahead for words
that the corpus has not, since published compares their letters.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from choreography import Known, given_corpus, known_corpus, world_of

from annotations.types import (
    AnnotatedSpeech,
    Annotation,
    DiscourseRelation,
    GestureLabel,
    GestureType,
    Source,
)
from indexing.segment import SegmentOptions
from retrieval.matches import Asker, RetrievalOptions
from retrieval.retriever import Retriever
from retrieval.weights import Weights
from retrieval.words import same_word

_RESAMPLED = 2000
_METHODS: tuple[Asker, ...] = ("discourse", "gesture_type", "llm")
_NO_TERMS = ("label", "label_two_levels", "label_one_level", "contour", "recent", "recent_seconds")
"""Weights that a single query under one label does not meet."""


@dataclass(frozen=True)
class Asked:
    """One annotation of a recording as the only query."""

    recording: str
    method: Asker
    annotation: Annotation
    movement: str
    alone: AnnotatedSpeech
    """The recording's speech with no other annotation, so that none is thinned out."""
    gone: tuple[int, ...]
    """Exemplars that are passed over because they have the same word."""


@dataclass(frozen=True)
class Answers:
    """How right each query was answered, with what it belongs to."""

    recordings: tuple[str, ...]
    methods: tuple[str, ...]
    right: tuple[float, ...]

    def of(self, methods: Sequence[str]) -> "Answers":
        """Those that were asked by some methods."""
        rows = [row for row, method in enumerate(self.methods) if method in methods]
        return Answers(
            tuple(self.recordings[row] for row in rows),
            tuple(self.methods[row] for row in rows),
            tuple(self.right[row] for row in rows),
        )

    def minus(self, other: "Answers") -> "Answers":
        """Query by query."""
        better = [one - two for one, two in zip(self.right, other.right, strict=True)]
        return replace(self, right=tuple(better))

    def __str__(self) -> str:
        """Mean and its 95 % bootstrap interval over recordings, percent."""
        names, places = np.unique(self.recordings, return_inverse=True)
        sums = np.bincount(places, self.right)
        counts = np.bincount(places)
        drawn = np.random.default_rng(0).integers(0, len(names), (_RESAMPLED, len(names)))
        means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
        low, high = np.percentile(100 * means, (2.5, 97.5))
        return f"{100 * np.mean(self.right):6.1f} ({low:.1f} to {high:.1f})"


def asked_of(known: Known, unseen: bool) -> Iterator[Asked]:
    """Every choreographed annotation other than beats.

    With ``unseen``, those of which another word has the same gesture under the same label.
    """
    for name, annotated in known.speech.items():
        for annotation in (*annotated.relations, *annotated.gestures):
            movement = known.asked(name, annotation)
            if annotation.label == GestureType.BEAT or movement is None:
                continue
            word = annotation.word
            gone = (e.id for e in known.exemplars if same_word(e.annotation.word, word))
            alone = replace(annotated, relations=(), gestures=())
            barred = tuple(gone if unseen else ())
            asked = Asked(name, "discourse", annotation, movement, alone, barred)
            if not unseen or any(_allowed(known, asked, annotation.label)):
                yield from _ways_to_ask(asked)


def _ways_to_ask(asked: Asked) -> Iterator[Asked]:
    match asked.annotation:
        case DiscourseRelation() as relation:
            yield replace(asked, alone=replace(asked.alone, relations=(relation,)))
        case GestureLabel() as label:
            yield _as_gesture(asked, "gesture_type", label)
            yield _as_gesture(asked, "llm", replace(label, source=Source.LLM))


def _as_gesture(asked: Asked, method: Asker, label: GestureLabel) -> Asked:
    alone = replace(asked.alone, gestures=(label,))
    return replace(asked, method=method, annotation=label, alone=alone)


def _allowed(known: Known, asked: Asked, label: str | None) -> list[bool]:
    """For each exemplar that may be chosen, of a label or of any: whether it is right."""
    return [
        known.shown(each) == asked.movement
        for each in known.exemplars
        if each.window.recording != asked.recording
        and each.id not in asked.gone
        and (label is None or each.annotation.label == label)
    ]


def answered(queries: Sequence[Asked], answer: Callable[[Asked], float]) -> Answers:
    """Every query, answered one by one."""
    return Answers(
        tuple(each.recording for each in queries),
        tuple(each.method for each in queries),
        tuple(answer(each) for each in queries),
    )


def retrieved(
    known: Known, world: Retriever, options: RetrievalOptions
) -> Callable[[Asked], float]:
    """Answer with 1 where the top exemplar has the gesture, leaving the recording out."""

    def answer(asked: Asked) -> float:
        chosen = replace(
            options,
            method=asked.method,
            exclude_recordings=(asked.recording,),
            exclude_exemplars=asked.gone,
        )
        found = world.retrieve(asked.alone, known.speakers[asked.recording], chosen)
        return float(bool(found) and known.shown(found[0].exemplar) == asked.movement)

    return answer


def drawn(known: Known, of_label: bool) -> Callable[[Asked], float]:
    """Answer with the share that is right of what may be drawn."""

    def answer(asked: Asked) -> float:
        allowed = _allowed(known, asked, asked.annotation.label if of_label else None)
        return sum(allowed) / len(allowed) if allowed else 0.0

    return answer


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--terms", action="store_true", help="leave out one weight at a time")
    folder, made = given_corpus(parser)
    torch.set_num_threads(1)
    known = known_corpus(folder, made, SegmentOptions())
    world = world_of(known)
    _say(f"{folder.name}: {len(known.speech)} recordings, {len(known.exemplars)} exemplars")
    for unseen in (False, True):
        queries = list(asked_of(known, unseen))
        _say(f"right gesture, percent, {'other words only' if unseen else 'all words'}:")
        _compare(known, world, queries)
        if parser.parse_args().terms:
            _leave_out(known, world, queries)


def _compare(known: Known, world: Retriever, queries: Sequence[Asked]) -> None:
    plain = RetrievalOptions()
    ours = answered(queries, retrieved(known, world, plain))
    published = answered(queries, retrieved(known, world, replace(plain, scorer="published")))
    ways = {
        "random": answered(queries, drawn(known, of_label=False)),
        "random of the same label": answered(queries, drawn(known, of_label=True)),
        "published": published,
        "ours": ours,
        "ours minus published": ours.minus(published),
    }
    columns = {each: (each,) for each in _METHODS} | {"both": ("discourse", "gesture_type")}
    counts = (f"{name}, {len(ours.of(methods).right)}" for name, methods in columns.items())
    _say("".join(f"{each:>24}" for each in ("", *counts)))
    for name, answers in ways.items():
        cells = (str(answers.of(methods)) for methods in columns.values())
        _say("".join(f"{each:>24}" for each in (name, *cells)))


def _leave_out(known: Known, world: Retriever, queries: Sequence[Asked]) -> None:
    """Ours without one weight, minus ours."""
    plain = RetrievalOptions()
    asked = [each for each in queries if each.method != "llm"]
    whole = answered(asked, retrieved(known, world, plain))
    for each in fields(Weights):
        if each.name not in _NO_TERMS:
            options = replace(plain, weights=replace(Weights(), **{each.name: 0.0}))
            without = answered(asked, retrieved(known, world, options))
            _say(f"  without {each.name:24} {without.minus(whole)}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
