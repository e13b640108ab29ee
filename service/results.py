"""Result files of one generation, each carrying where it came from."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from annotations.types import AnnotatedSpeech
from motion.export.options import file_name
from motion.export.output import as_chosen, write_motion
from motion.export.plain import write_json
from retrieval.matches import Landing, Query
from service.generator import Generation
from service.options import GestureOptions

Json = dict[str, Any]

PROVENANCE = "provenance.json"
"""Of the whole provenance, beside the files or at the job's address."""
_ZIP_COMMENT_LIMIT = 65_535
_PLACED = (
    "exemplar_id",
    "recording",
    "score",
    "source_seconds",
    "start_seconds",
    "end_seconds",
)
"""What is kept longest of a match: which exemplar, how it scored, its span, its place."""


@dataclass(frozen=True)
class Origin:
    """What a generation was made of and with."""

    weights_id: str
    index_version: int
    speaker: int
    options: GestureOptions
    precision: str = "float32"
    """Of the denoiser's matrices."""
    job: str | None = None
    sound: str | None = None
    """Sha256 of the upload."""
    voice: str | None = None
    """Who spoke, where a text alone was sent."""


def write_results(generation: Generation, origin: Origin, folder: Path) -> Json:
    """Write the files that were asked for; returns the provenance that they carry.

    In the npz, whose keys are BEAT2's exactly, the provenance is the archive's comment. BVH and
    CSV have no room for any: `provenance.json` of the job, or beside the files, has it all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    provenance = provenance_json(generation, origin)
    motion = as_chosen(generation.motion, origin.options.output)
    for kind in origin.options.output.formats:
        path = folder / file_name(kind)
        if kind == "json":
            annotations = annotations_json(generation.annotated)
            write_json(motion, path, {"annotations": annotations, "provenance": provenance})
            continue
        write_motion(motion, path, kind, provenance)
        if kind == "npz":
            _comment(path, provenance)
    return provenance


def provenance_json(generation: Generation, origin: Origin) -> Json:
    """Origin, what was retrieved where and why, what was dropped, what the caller should know."""
    return {
        "job": origin.job,
        "weights_id": origin.weights_id,
        "precision": origin.precision,
        "index_version": origin.index_version,
        "speaker": origin.speaker,
        "seed": origin.options.sampling.seed,
        "options": origin.options.as_json(),
        "sound": origin.sound,
        "voice": origin.voice,
        "word_times": generation.annotated.speech.word_times.value,
        "matches": [match_json(landing) for landing in generation.placement.landings],
        "dropped": [
            {
                "time_seconds": dropped.query.stress_seconds,
                "word": dropped.query.annotation.word,
                "label": dropped.query.annotation.label,
                "reason": dropped.reason,
                **_word_span(dropped.query),
            }
            for dropped in generation.placement.dropped
        ],
        "notes": list(dict.fromkeys((*generation.annotated.notes, *generation.notes))),
    }


def match_json(landing: Landing) -> Json:
    """A row of the match table, its chunk span in seconds, and every term of its score."""
    row = asdict(landing.row)
    del row["target"]
    exemplar, in_window = landing.placed.exemplar, landing.placed.source_seconds
    return row | {
        "source_seconds": exemplar.window.start_seconds + in_window,
        "window_start_seconds": exemplar.window.start_seconds,
        "window_source_seconds": in_window,
        "stroke_seconds": landing.match.query.stress_seconds + landing.offset_seconds,
        **_word_span(landing.match.query),
        "start_seconds": landing.placed.start_seconds,
        "end_seconds": landing.placed.end_seconds,
        "terms": [asdict(term) for term in landing.match.score.terms],
        "margin": landing.match.margin,
    }


def _word_span(query: Query) -> Json:
    """Where the word that asks lies in the speech."""
    focus = query.annotation.focus
    return {"word_start_seconds": focus.start, "word_end_seconds": focus.end}


def annotations_json(annotated: AnnotatedSpeech) -> Json:
    """The tiers of the speech, as plain records."""
    return {
        "words": [
            {"word": word.text, "start": word.interval.start, "end": word.interval.end}
            for word in annotated.speech.words
        ],
        "word_times": annotated.speech.word_times.value,
        "relations": [asdict(relation) for relation in annotated.relations],
        "gestures": [asdict(gesture) for gesture in annotated.gestures],
        "prominences": [asdict(prominence) for prominence in annotated.prominences],
    }


def _comment(path: Path, provenance: Json) -> None:
    """Put the provenance into the zip comment, or as much of it as there is room for."""
    forms = (json.dumps(form, separators=(",", ":")).encode() for form in _shorter(provenance))
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = next(form for form in forms if len(form) <= _ZIP_COMMENT_LIMIT)


def _shorter(provenance: Json) -> Iterator[Json]:
    """The whole provenance, then forms that leave out more and more and say where the whole is."""
    yield provenance
    whole = {"shortened": f"the whole is in {PROVENANCE}"}
    matches = provenance["matches"]
    yield provenance | whole | {"matches": [_without(each, "terms") for each in matches]}
    kept = _without(provenance, "matches", "dropped") | whole
    yield kept | {"matches": [{name: each[name] for name in _PLACED} for each in matches]}
    yield kept | {"exemplars": [each["exemplar_id"] for each in matches]}
    known = ("job", "weights_id", "index_version", "speaker", "seed", "sound")
    yield {name: provenance[name] for name in known} | whole


def _without(record: Json, *names: str) -> Json:
    return {name: value for name, value in record.items() if name not in names}
