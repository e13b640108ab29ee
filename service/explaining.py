"""Why a talk gets its exemplars: what a worker does for ``POST /v1/explanations``."""

import json
from dataclasses import dataclass
from pathlib import Path

from retrieval.explanation import Explanation, MomentRow
from service.explanation_request import ExplanationRequest
from service.generator import Progress
from service.results import Json, annotations_json
from service.snapshots import Opened
from service.storage import Storage

FILE = "explanation.json"


@dataclass(frozen=True)
class Explainer:
    """Answers questions why over one opened index version."""

    opened: Opened
    storage: Storage

    def explain(self, request: ExplanationRequest, folder: Path, progress: Progress) -> Json:
        """Write the whole answer; returns what the job shows of it."""
        generator, asked = self.opened.generator, request.asked
        progress("annotate", 0, 1)
        annotated = generator.annotate(asked.speech(self.storage))
        progress("retrieve", 0, 1)
        retrieval = asked.options.retrieval
        found = generator.retriever.explain(annotated, asked.speaker, retrieval)
        shown: Json = {
            "index_version": self.opened.version,
            "speaker": asked.speaker,
            "options": asked.options.as_json()["retrieval"],
            "moments": len(found.moments),
            "placed": sum(moment.placed is not None for moment in found.moments),
            "notes": list(dict.fromkeys((*request.notes, *annotated.notes, *found.notes))),
        }
        whole = shown | {
            "explanation": found.as_json(),
            "annotations": annotations_json(annotated),
        }
        if request.without:
            progress("without", 0, 1)
            others = generator.retriever.without(request.without)
            other = others.explain(annotated, asked.speaker, retrieval)
            changed = _changed(found, other)
            shown["changed"] = len(changed)
            whole["without"] = {
                "exemplars": list(request.without),
                "changed": changed,
                "explanation": other.as_json(),
            }
        (folder / FILE).write_text(json.dumps(whole), encoding="utf-8")
        return shown


def _changed(found: Explanation, other: Explanation) -> list[Json]:
    """The moments that get another exemplar, or another place for it."""
    others = {_question(moment): moment for moment in other.moments}
    rows = ((moment, others[_question(moment)]) for moment in found.moments)
    return [
        {
            "time_seconds": before.time_seconds,
            "word": before.word,
            "label": before.label,
            "before": _chosen(before),
            "after": _chosen(after),
        }
        for before, after in rows
        if _chosen(before) != _chosen(after)
    ]


def _question(moment: MomentRow) -> tuple[float, str, str, str]:
    """What tells a moment of a talk from the others: both answers have the same ones."""
    return moment.time_seconds, moment.word, moment.label, moment.method


def _chosen(moment: MomentRow) -> Json:
    placed = moment.placed
    return {
        "exemplar": None if placed is None else placed.exemplar_id,
        "target_start_seconds": None if placed is None else placed.target_start_seconds,
        "best": moment.candidates[0].exemplar_id if moment.candidates else None,
        "best_total": moment.candidates[0].total if moment.candidates else None,
        "reason": moment.reason,
    }
