"""Readers and writers of the annotation files that lie beside a BEAT2 recording.

``discourse_rels/{id}_whisper_relations.json``, ``sem/{id}.txt``, ``prom/{id}.prom``,
``whisper_transcription/{id}.json`` and ``train_test_split.csv``, exactly as they are published.
"""

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from annotations.fields import (
    AnnotationFileError,
    field_of,
    interval_in,
    json_of,
    list_of,
    number_in,
    numbered_lines,
    string_of,
    timed_of,
    word_in,
    write_rows,
)
from annotations.relations import RelationsFile, TokenRelation
from annotations.senses import pdtb3_sense
from annotations.types import GestureLabel, GestureType, Prominence
from motion.timeline import MODEL_FPS
from speech.transcript import Interval, Word

Split = Literal["train", "val", "test", "additional"]
SPLITS: tuple[Split, ...] = ("train", "val", "test", "additional")


@dataclass(frozen=True)
class SemLabel:
    """One line of a ``sem`` file, as written."""

    name: str
    """BEAT's label, e.g. ``07_iconic_h``, ``habit``."""
    interval: Interval
    score: float
    keywords: str = ""

    @property
    def type(self) -> GestureType | None:
        """The gesture type whose name the label contains; ``None`` for the labels to drop."""
        return next((kind for kind in GestureType if kind.value in self.name), None)


def read_relations(path: Path) -> RelationsFile:
    """Tokens and explicit relations; token indices count over all sentences.

    Blanks inside a token are dropped, only the first sense is read, and it is given its PDTB-3 name
    (`annotations.senses`); a name of no inventory stays as written.
    """
    content = json_of(path)
    tokens = tuple(
        _token(path, f"sentences[{number}].tokens[{place}]", token)
        for number, sentence in enumerate(list_of(path, "", content, "sentences"))
        for place, token in enumerate(list_of(path, f"sentences[{number}]", sentence, "tokens"))
    )
    relations = tuple(
        _relation(path, f"relations[{number}]", relation, len(tokens))
        for number, relation in enumerate(list_of(path, "", content, "relations"))
    )
    return RelationsFile(tokens, relations)


def _token(path: Path, place: str, token: Any) -> Word:
    surface = string_of(path, place, token, "surface").replace(" ", "")
    return Word(surface, timed_of(path, place, token, "startSec", "endSec"))


def _relation(path: Path, place: str, relation: Any, tokens: int) -> TokenRelation:
    senses = list_of(path, place, relation, "Sense")
    if not senses or not isinstance(senses[0], str):
        problem = f"expected a list that begins with a sense, found {senses!r}"
        raise AnnotationFileError(path, None, f"{place}.Sense", problem)
    spans = {name: _span(path, f"{place}.{name}", relation, tokens) for name in _SPANS}
    if not spans["Connective"]:
        problem = "expected the indices of the connective's tokens, found none"
        raise AnnotationFileError(path, None, f"{place}.Connective.TokenList", problem)
    return TokenRelation(
        connective=string_of(path, place, relation["Connective"], "RawText"),
        tokens=spans["Connective"],
        sense=pdtb3_sense(senses[0]) or senses[0],
        arg1=spans["Arg1"],
        arg2=spans["Arg2"],
    )


_SPANS = ("Connective", "Arg1", "Arg2")


def _span(path: Path, place: str, relation: Any, tokens: int) -> tuple[int, ...]:
    """Checked token indices of one part of a relation."""
    part = field_of(path, place, relation, place.rsplit(".", 1)[1])
    indices = list_of(path, place, part, "TokenList")
    for index in indices:
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < tokens:
            problem = f"expected indices from 0 to {tokens - 1}, found {index!r}"
            raise AnnotationFileError(path, None, f"{place}.TokenList", problem)
    return tuple(indices)


def write_relations(written: RelationsFile, path: Path) -> None:
    """Write tokens, as one sentence, and relations."""

    def phrase(tokens: Sequence[int], text: str | None = None) -> dict[str, Any]:
        raw = " ".join(written.tokens[token].text for token in tokens) if text is None else text
        return {"RawText": raw, "TokenList": list(tokens)}

    tokens = [
        {"surface": token.text, "startSec": token.interval.start, "endSec": token.interval.end}
        for token in written.tokens
    ]
    relations = [
        {
            "Connective": phrase(relation.tokens, relation.connective),
            "Arg1": phrase(relation.arg1),
            "Arg2": phrase(relation.arg2),
            "Sense": [relation.sense],
            "Type": "Explicit",
            "Probability": round(relation.probability, 4),
        }
        for relation in written.relations
    ]
    content = {"sentences": [{"tokens": tokens}] if tokens else [], "relations": relations}
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def read_sem(path: Path) -> tuple[SemLabel, ...]:
    """Every line of a ``sem`` file; blanks are accepted where tabs should be."""
    labels = []
    for number, line in numbered_lines(path):
        cells = line.rstrip("\n").split("\t")
        if len(cells) < 5:
            cells = line.split(maxsplit=5)
        if len(cells) < 5:
            problem = f"expected name, start, end, duration, score, keywords; found {line!r}"
            raise AnnotationFileError(path, number, "columns", problem)
        keywords = word_in(cells[5]) if len(cells) > 5 else ""
        interval = interval_in(path, number, cells[1], cells[2])
        score = number_in(path, number, "score", cells[4])
        labels.append(SemLabel(cells[0].strip(), interval, score, keywords))
    return tuple(labels)


def write_sem(labels: Sequence[SemLabel], path: Path) -> None:
    """Write a ``sem`` file."""
    rows = (
        (x.name, x.interval.start, x.interval.end, round(x.interval.duration, 6), x.score)
        + (x.keywords,)
        for x in labels
    )
    write_rows(path, rows)


def gesture_labels(labels: Sequence[SemLabel], seconds: float) -> tuple[GestureLabel, ...]:
    """Fold BEAT's labels to gesture types, clamped to a recording of ``seconds``.

    Labels of no type, and labels so short that no model frame starts inside, are dropped.
    """
    whole = Interval(0.0, seconds)
    return tuple(
        GestureLabel(label.type, label.keywords, label.interval.clamped(whole))
        for label in labels
        if label.type is not None and _holds_a_frame(label.interval, seconds)
    )


def _holds_a_frame(interval: Interval, seconds: float) -> bool:
    first = max(math.ceil(interval.start * MODEL_FPS), 0)
    return first / MODEL_FPS <= interval.end and first < seconds * MODEL_FPS


def sem_scores(
    labels: Sequence[SemLabel], frames: int, fps: float = MODEL_FPS
) -> Float[np.ndarray, "frame"]:
    """Semantic score of each frame: that of the first label holding its time, ends included."""
    times = np.arange(frames) / fps
    scores = np.zeros(frames)
    for label in reversed(labels):
        scores[(label.interval.start <= times) & (times <= label.interval.end)] = label.score
    return scores


def read_prom(path: Path) -> tuple[Prominence, ...]:
    """Prominence of each word of a ``.prom`` file, pauses (no word) included."""
    found = []
    for number, line in numbered_lines(path):
        cells = line.rstrip("\n").split("\t")
        if len(cells) != 6:
            problem = f"expected Basename, start, end, word, prominence, boundary; found {line!r}"
            raise AnnotationFileError(path, number, "columns", problem)
        value = number_in(path, number, "prominence", cells[4])
        boundary = number_in(path, number, "boundary", cells[5])
        interval = interval_in(path, number, cells[1], cells[2])
        found.append(Prominence(word_in(cells[3]), interval, value, boundary))
    return tuple(found)


def write_prom(prominences: Sequence[Prominence], basename: str, path: Path) -> None:
    """Write a ``.prom`` file of the recording ``basename``."""
    rows = (
        (basename, x.interval.start, x.interval.end, x.word, round(x.value, 4), x.boundary)
        for x in prominences
    )
    write_rows(path, rows)


def read_whisper(path: Path) -> tuple[Word, ...]:
    """Words of a transcription ``{"segments": [{"words": [{"word", "start", "end"}]}]}``."""
    return tuple(
        _spoken(path, f"segments[{number}].words[{place}]", word)
        for number, segment in enumerate(list_of(path, "", json_of(path), "segments"))
        for place, word in enumerate(list_of(path, f"segments[{number}]", segment, "words"))
    )


def _spoken(path: Path, place: str, word: Any) -> Word:
    text = string_of(path, place, word, "word").strip()
    return Word(text, timed_of(path, place, word, "start", "end"))


def write_whisper(words: Sequence[Word], path: Path) -> None:
    """Write words as one segment of a Whisper transcription."""
    rows = [
        {"word": word.text, "start": word.interval.start, "end": word.interval.end}
        for word in words
    ]
    path.write_text(json.dumps({"segments": [{"words": rows}]}, indent=1), encoding="utf-8")


def read_split(path: Path) -> dict[str, Split]:
    """Recording id -> split."""
    splits: dict[str, Split] = {}
    for number, line in numbered_lines(path):
        cells = [cell.strip() for cell in line.split(",")]
        if number == 1 and cells[:2] == ["id", "type"]:
            continue
        if len(cells) < 2:
            raise AnnotationFileError(path, number, "columns", f"expected id,type; found {line!r}")
        split = next((known for known in SPLITS if known == cells[1]), None)
        if split is None:
            problem = f"expected one of {', '.join(SPLITS)}; found {cells[1]!r}"
            raise AnnotationFileError(path, number, "type", problem)
        splits[cells[0]] = split
    return splits


def write_split(splits: dict[str, Split], path: Path) -> None:
    """Write ``train_test_split.csv``."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("id", "type"))
        writer.writerows(splits.items())


def prominence_of(phrase: str, span: Interval, prominences: Sequence[Prominence]) -> float | None:
    """Mean prominence of the words of ``phrase`` spoken within ``span``.

    Words are matched in order, each prominence entry once; ``None`` where none of them matches.
    """
    heard = [found for found in prominences if found.word and found.interval.overlaps(span)]
    values = []
    for word in phrase.split():
        place = next((i for i, found in enumerate(heard) if bare(found.word) == bare(word)), None)
        if place is not None:
            values.append(heard[place].value)
            heard = heard[place + 1 :]
    return sum(values) / len(values) if values else None


def bare(word: str) -> str:
    """Lower case without the punctuation around it."""
    return word.lower().strip('.,;:!?"()[]…-–— ')
