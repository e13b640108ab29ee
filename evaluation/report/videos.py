"""Short videos of real and generated motion side by side, small enough to lie inside a page."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from annotations.tiers import read_words
from evaluation.positions import ClipPair
from evaluation.report.insertions import insertions_of
from evaluation.report.run import Evaluation
from evaluation.report.sources import Result, Take
from motion.clip import Motion
from motion.files import read_npz
from motion.overlay import Caption, Highlight
from motion.preview import Labelled, Look, Sound, side_by_side
from speech.audio import load_audio
from speech.transcript import SAMPLE_RATE

MOST_VIDEOS = 8
MOST_SECONDS = 20.0
"""Of each; both keep a page under some 10 MB."""
_FPS = 15
_LOOK = Look(width=340, height=400)


@dataclass(frozen=True)
class Showing:
    """How many videos, and how long."""

    count: int = 3
    seconds: float = 8.0

    def __post_init__(self) -> None:
        if not 0 <= self.count <= MOST_VIDEOS:
            raise ValueError(f"videos must be within 0..{MOST_VIDEOS}, found {self.count}")
        if not 1.0 <= self.seconds <= MOST_SECONDS:
            raise ValueError(
                f"seconds of a video must be within 1..{MOST_SECONDS:g}, found {self.seconds}"
            )


@dataclass(frozen=True)
class Video:
    """One excerpt."""

    recording: str
    start_seconds: float
    mp4: bytes


def videos(
    evaluation: Evaluation, showing: Showing, progress: Callable[[int, int, str], None]
) -> Iterator[Video]:
    """Excerpts from the middle of recordings that lie evenly over the list: nobody picked them."""
    measured = {each.id for each in evaluation.report.measured}
    results = [each for each in evaluation.found.results if each.id in measured]
    chosen = _spread(results, showing.count)
    for done, result in enumerate(chosen, start=1):
        take = evaluation.takes[result.id]
        yield _video(result, take, evaluation.report.system, showing.seconds)
        progress(done, len(chosen), result.id)


def _spread(results: Sequence[Result], count: int) -> list[Result]:
    places = {round((i + 0.5) * len(results) / count - 0.5) for i in range(count)} if count else ()
    return [results[place] for place in sorted(places)]


def _video(result: Result, take: Take, system: str, seconds: float) -> Video:
    pair = ClipPair.matched(result.id, read_npz(result.motions[0]), read_npz(take.motion))
    start = max(0.0, (pair.real.seconds - seconds) / 2)
    panes = [
        Labelled("real", _excerpt(pair.real, start, seconds)),
        Labelled(system, _excerpt(pair.generated, start, seconds), _inserted(result, start)),
    ]
    captions = [
        Caption(word.interval.start - start, word.interval.end - start, word.text)
        for word in read_words(take.tiers, pair.real.seconds)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        side_by_side(panes, path, _sound(result, take, start, seconds), captions, _LOOK)
        return Video(result.id, start, path.read_bytes())


def _inserted(result: Result, start: float) -> list[Highlight]:
    """Spans that our own files say were inserted."""
    return [
        Highlight(each.start_seconds - start, each.end_seconds - start, "inserted")
        for each in insertions_of(result.motions[0])
    ]


def _excerpt(motion: Motion, start: float, seconds: float) -> Motion:
    return motion.sliced_seconds(start, start + seconds).resampled(_FPS)


def _sound(result: Result, take: Take, start: float, seconds: float) -> Sound | None:
    path = result.sound or take.sound
    if path is None:
        return None
    first, last = (round(SAMPLE_RATE * t) for t in (start, start + seconds))
    return Sound(load_audio(path)[first:last], SAMPLE_RATE)
