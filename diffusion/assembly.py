"""Decoded windows as one motion at 30 fps, put together piece by piece.

Only the finished motion grows with the talk; everything on the way to it, such as 6D rotations
and the spline, has the size of a few windows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import torch

from diffusion.sampling import NotFiniteError
from motion.clip import Alignment, Motion, joined
from motion.timeline import CORPUS_FPS, MODEL_FPS, OVERLAP_FRAMES, FrameSpan

_GROUND = torch.tensor([1.0, 0.0, 1.0])
"""Axes of the translation along which windows are chained: x and z."""
_MARGIN_FRAMES = 2
"""Model frames on either side of a place that the way between frames depends on."""
_FRAMES_PER_FRAME = CORPUS_FPS // MODEL_FPS


def assembled(groups: Iterable[Sequence[Motion]], alignment: Alignment, frames: int) -> Motion:
    """The first ``frames`` of a talk at 30 fps; ``groups`` are neighbouring windows at 15 fps.

    Each piece is laid at its place when it comes, so that the whole is never there twice.
    """
    whole, done = Motion.rest(frames, CORPUS_FPS), 0
    for piece in _at_corpus_rate(_faded(groups), alignment):
        span = FrameSpan(done, done + len(piece)).clipped(0, frames)
        fresh = piece[FrameSpan(0, len(span))]
        whole.poses[span.slice] = fresh.poses
        whole.translation[span.slice] = fresh.translation
        whole.expression[span.slice] = fresh.expression
        done += len(piece)
    if done < frames:
        raise ValueError(f"the windows hold {done} frames, {frames} are wanted")
    return whole


def finite(windows: Sequence[Motion]) -> Sequence[Motion]:
    """The same windows; raises `NotFiniteError` where a number of theirs is not finite."""
    for each in windows:
        for name in ("poses", "translation", "expression"):
            values = getattr(each, name)
            found = int((~torch.isfinite(values)).sum())
            if found:
                raise NotFiniteError(f"{found} of {values.numel()} values of {name} are not finite")
    return windows


def _faded(groups: Iterable[Sequence[Motion]]) -> Iterator[Motion]:
    """Pieces at 15 fps in which neighbouring windows are cross-faded."""
    before: Motion | None = None
    tail: list[Motion] = []
    for group in groups:
        chained = _chained(group, before)
        before = chained[-1]
        run = joined([*tail, *chained], OVERLAP_FRAMES)
        known = len(run) - OVERLAP_FRAMES
        yield run[FrameSpan(0, known)]
        tail = [run[FrameSpan(known, len(run))]]
    yield from tail


def _chained(windows: Sequence[Motion], before: Motion | None) -> list[Motion]:
    """Windows moved along the ground so that each goes on where the one before it stood."""
    moved: list[Motion] = []
    for window in windows:
        if before is not None:
            seam = before.translation[-OVERLAP_FRAMES:] - window.translation[:OVERLAP_FRAMES]
            window = replace(window, translation=window.translation + seam.mean(dim=0) * _GROUND)
        moved.append(window)
        before = window
    return moved


def _at_corpus_rate(pieces: Iterable[Motion], alignment: Alignment) -> Iterator[Motion]:
    """The pieces at 30 fps, as if they were resampled in one go."""
    run: list[Motion] = []
    done = 0
    for piece in pieces:
        whole = _one_after_another([*run, piece])
        stop = len(whole) - _MARGIN_FRAMES
        yield _resampled(whole, FrameSpan(done, stop), alignment)
        start = max(0, stop - _MARGIN_FRAMES)
        run, done = [whole[FrameSpan(start, len(whole))]], stop - start
    for rest in run:
        yield _resampled(rest, FrameSpan(done, len(rest)), alignment)


def _resampled(motion: Motion, frames: FrameSpan, alignment: Alignment) -> Motion:
    """Some frames at 30 fps, with what lies around them in view."""
    wide = motion.resampled(CORPUS_FPS, alignment)
    return wide[FrameSpan(_FRAMES_PER_FRAME * frames.start, _FRAMES_PER_FRAME * frames.stop)]


def _one_after_another(motions: Sequence[Motion]) -> Motion:
    """Motions that follow each other without an overlap."""
    return replace(
        motions[0],
        poses=torch.cat([motion.poses for motion in motions]),
        translation=torch.cat([motion.translation for motion in motions]),
        expression=torch.cat([motion.expression for motion in motions]),
    )
