"""What a report is made from: the motions of a system, and the real recordings beside them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from annotations.corpus import Corpus, CorpusError
from annotations.tiers import TierFiles

_INSIDE = ("motion", "pred_motion")
"""File names that leave the name to their folder: ours, and RAG-Gesture's."""
_REAL = "gt_"
"""Head of the names of real motion that evaluation scripts leave beside results."""
_SOUNDS = ("sound.wav", "gt_audio.wav", "audio.wav")


class ReportError(ValueError):
    """A report cannot be made of these folders."""


@dataclass(frozen=True)
class Take:
    """A real recording; what it lacks is ``None``."""

    id: str
    motion: Path
    sound: Path | None
    tiers: TierFiles


@dataclass(frozen=True)
class Result:
    """What a system made for a recording."""

    id: str
    motions: tuple[Path, ...]
    """The first is measured; more are other seeds of the same speech."""
    sound: Path | None


@dataclass(frozen=True)
class Found:
    """Results with their recordings, by id, and files that have none."""

    results: tuple[Result, ...]
    unmatched: tuple[str, ...]


def open_reference(folder: Path) -> Mapping[str, Take]:
    """The recordings with motion of a BEAT2 corpus, or of a plain folder of npz and wav."""
    root = _root(folder)
    motions = sorted((root / "smplxflame_30").glob("*.npz")) or sorted(root.rglob("*.npz"))
    takes = {path.stem: _take(root, path) for path in motions}
    if not takes:
        raise ReportError(
            f"{folder} holds no motion to compare with; give a BEAT2 corpus or a folder of npz"
        )
    return takes


def _root(folder: Path) -> Path:
    if not folder.is_dir():
        raise ReportError(f"no folder at {folder}; give a BEAT2 corpus or a folder of npz")
    try:
        return Corpus.open(folder).folder
    except CorpusError:
        inner = sorted(folder.glob("*/smplxflame_30"))
        return inner[0].parent if inner else folder


def _take(root: Path, motion: Path) -> Take:
    name = motion.stem
    sounds = (root / "wave16k" / f"{name}.wav", motion.with_suffix(".wav"))
    sound = next((path for path in sounds if path.is_file()), None)
    return Take(name, motion, sound, TierFiles.beside(root, name))


def find_results(folder: Path, ids: Iterable[str]) -> Found:
    """Every npz below a folder, by the recording in its name or its folder's name.

    Names are BEAT2's (``2_scott_0_1_1.npz``), with a prefix (``res_2_scott_0_1_1.npz``) or suffix,
    or ``motion.npz`` in a folder of that name. Names that begin with ``gt_`` are real motion.
    """
    known = sorted(ids, key=len, reverse=True)
    by_id: dict[str, list[Path]] = {}
    unmatched = []
    for path in sorted(folder.rglob("*.npz")):
        if path.stem.startswith(_REAL):
            continue
        found = _id_of(path, folder, known)
        if found is None:
            unmatched.append(str(path.relative_to(folder)))
        else:
            by_id.setdefault(found, []).append(path)
    if not by_id:
        raise ReportError(_nothing(folder, unmatched, known))
    results = [
        Result(name, tuple(by_id[name]), _sound(by_id[name][0], name)) for name in sorted(by_id)
    ]
    return Found(tuple(results), tuple(unmatched))


def _nothing(folder: Path, unmatched: list[str], known: list[str]) -> str:
    found = f"found {', '.join(unmatched[:3])}" if unmatched else "found no npz"
    return (
        f"no motion in {folder} belongs to a recording of the reference ({found}); name files by "
        f"recording, such as {known[-1]}.npz"
    )


def _id_of(path: Path, top: Path, known: list[str]) -> str | None:
    """The longest id that fits the file's name, else its folders' from the inside out."""
    folders = [] if path.stem not in _INSIDE else list(path.relative_to(top).parent.parts)[::-1]
    names = [path.stem] if path.stem not in _INSIDE else [*folders, top.name]
    for name in names:
        for recording in known:
            if _fits(name, recording):
                return recording
    return None


def _fits(name: str, recording: str) -> bool:
    before, found, after = name.partition(recording)
    return bool(found) and not before[-1:].isalnum() and not after[:1].isalnum()


def _sound(motion: Path, name: str) -> Path | None:
    beside = [motion.with_suffix(".wav"), motion.parent / f"{name}.wav"]
    if motion.stem in _INSIDE:
        beside += [motion.parent / sound for sound in _SOUNDS]
    return next((path for path in beside if path.is_file()), None)
