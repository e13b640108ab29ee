"""Values against the real motion of the same moment: face, and semantic-relevance recall."""

from annotations.beat2 import read_sem
from annotations.fields import AnnotationFileError
from evaluation.face import face_error
from evaluation.positions import ClipPair
from evaluation.report.published_quantities import SRGR_THRESHOLDS, srgr_name
from evaluation.report.sources import Take
from evaluation.report.tools import Tools
from evaluation.report.values import Value
from evaluation.srgr import clip_recall, frame_scores

_SQUARE_MILLIMETRES, _MILLIMETRES = 1e6, 1e3


def face_values(pair: ClipPair, take: Take, tools: Tools, notes: list[str]) -> dict[str, Value]:
    """Errors of the face, and SRGR where the reference has semantic scores."""
    found = face_error(tools.body, pair)
    frames = found.frames
    values = {
        "face vertex MSE": Value(_SQUARE_MILLIMETRES * found.squared, frames, frames),
        "face LVD": Value(_MILLIMETRES * found.movement, frames, frames),
        "face LVD, older code": Value(_MILLIMETRES * found.movement_older, frames, frames),
    }
    return values | _recall(pair, take, tools, notes)


def _recall(pair: ClipPair, take: Take, tools: Tools, notes: list[str]) -> dict[str, Value]:
    if take.tiers.sem is None:
        notes.append("no semantic scores (sem/): SRGR is not measured")
        return {}
    try:
        labels = read_sem(take.tiers.sem)
    except AnnotationFileError as error:
        notes.append(f"SRGR is not measured: {error}")
        return {}
    scores = frame_scores(labels, len(pair.real), pair.real.fps)
    generated, real = (tools.body.positions(m) for m in (pair.generated, pair.real))
    values = {}
    for threshold in SRGR_THRESHOLDS:
        recall = clip_recall(generated, real, scores, threshold)
        weighed = recall.rate * recall.frames
        values[srgr_name(threshold)] = Value(weighed, recall.frames, recall.meaningful)
    return values
