"""Motion for held-out recordings in every way of using exemplars, for `chironomia evaluate`.

    python benchmarks/modes.py CORPUS OUT --home HOME [--split test] [--modes default none]

HOME holds an index of the corpus's other splits (`chironomia index build CORPUS --home HOME
--split train`). OUT/MODE/RECORDING/motion.npz is written for each mode and recording; what is there
already is kept, so that a run that was stopped goes on. Besides our modes: ``pasted`` overwrites
arms and hands of the motion without exemplars by the exemplars themselves, ``mean`` is the mean
pose of the training recordings, ``shuffled`` real motion of another recording of the speaker,
``real`` the recording's own.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from annotations.corpus import Corpus, Recording
from annotations.database import Database
from annotations.types import AnnotatedSpeech
from diffusion.config import SamplingOptions
from motion.clip import Motion, poses_from_rows, sixd_rows
from motion.export.options import OutputOptions
from motion.files import read_npz, write_npz
from motion.parts import INSERTED_PARTS
from motion.timeline import CORPUS_FPS, FrameSpan, frames_in
from retrieval.options import RetrievalOptions
from service.generator import Generation, Generator
from service.loading import Loader
from service.options import GestureOptions
from service.results import Origin, write_results
from service.settings import settings_with
from speech.transcript import Speech

_RELEASED = SamplingOptions(mode="released", behaviour="published")
SAMPLED = {
    "none": GestureOptions(sampling=SamplingOptions(mode="none")),
    "initialise": GestureOptions(sampling=SamplingOptions(mode="initialise")),
    "strength-0.5": GestureOptions(sampling=SamplingOptions(strength=0.5)),
    "strength-0.9": GestureOptions(sampling=SamplingOptions(strength=0.9)),
    "default": GestureOptions(),
    "strength-1": GestureOptions(sampling=SamplingOptions(strength=1.0)),
    "whole-seconds": GestureOptions(RetrievalOptions(placement="whole_seconds")),
    "published": GestureOptions(sampling=SamplingOptions(behaviour="published")),
    "released": GestureOptions(sampling=_RELEASED),
    "released-all": GestureOptions(
        RetrievalOptions(scorer="published", placement="published"), _RELEASED
    ),
}
AS_GENERATED = OutputOptions(formats=("npz", "json"), feet="free")
"""Measures judge the network, not what is done to its feet afterwards."""
MODES = (*SAMPLED, "pasted", "mean", "shuffled", "real")


@dataclass(frozen=True)
class Studio:
    """What every mode needs."""

    generator: Generator
    weights_id: str
    index_version: int
    corpus: Corpus
    out: Path

    def target(self, mode: str, recording: Recording) -> Path:
        """Where the motion of a mode goes."""
        return self.out / mode / recording.id / "motion.npz"

    def sampled(self, recording: Recording, mode: str, options: GestureOptions) -> Generation:
        """Generate and write."""
        made = self.generator.generate(
            recording.speech(), recording.speaker, options, lambda *_: None
        )
        self.write(recording, mode, made, options)
        return made

    def write(
        self, recording: Recording, mode: str, made: Generation, options: GestureOptions
    ) -> None:
        """The result files that are judged."""
        kept = replace(options, output=AS_GENERATED)
        origin = Origin(self.weights_id, self.index_version, recording.speaker, kept)
        write_results(made, origin, self.target(mode, recording).parent)


def pasted(studio: Studio, recording: Recording) -> None:
    """Exemplars laid over the motion without them, as a cut."""
    options = GestureOptions()
    annotated = studio.generator.annotate(recording.speech())
    retriever = studio.generator.retriever
    matches = retriever.retrieve(annotated, recording.speaker, options.retrieval)
    placement = retriever.place(matches, annotated, options.retrieval)
    if not studio.target("none", recording).is_file():
        studio.sampled(recording, "none", SAMPLED["none"])
    bare = read_npz(studio.target("none", recording))
    poses = bare.poses.clone()
    joints = [number for part in INSERTED_PARTS for number in part.layout.joints]
    for placed in placement.placed:
        start, stop = (frames_in(t, CORPUS_FPS) for t in (placed.start_seconds, placed.end_seconds))
        first = frames_in(placed.source_seconds, CORPUS_FPS)
        length = min(stop, len(poses)) - start
        exemplar = placed.clip.motion()[FrameSpan(first, first + length)]
        for number in joints:
            poses[start : start + length, number] = exemplar.poses[:, number]
    made = Generation(replace(bare, poses=poses), annotated, placement)
    studio.write(recording, "pasted", made, options)


def mean_pose(studio: Studio, recording: Recording) -> None:
    """The mean of the training recordings' poses, for as long as the recording lasts."""
    sums, count = torch.zeros(330, dtype=torch.float64), 0
    for each in studio.corpus.recordings:
        if each.split == "train" and each.speaker == recording.speaker:
            rows = sixd_rows(each.motion().poses).double()
            sums, count = sums + rows.sum(dim=0), count + len(rows)
    (pose,) = poses_from_rows((sums / count).float()[None])
    real = recording.motion()
    still = Motion.rest(len(real), real.fps)
    place = real.translation.mean(dim=0).expand(len(real), 3)
    _write(studio, "mean", recording, replace(still, poses=still.poses + pose, translation=place))


def shuffled(studio: Studio, recording: Recording) -> None:
    """Motion of the same speaker's first training recording that lasts as long, else the first."""
    others = [
        each
        for each in studio.corpus.recordings
        if each.split == "train" and each.speaker == recording.speaker
    ]
    long = [each for each in others if each.seconds >= recording.seconds]
    other = (long or others)[0].motion()
    frames = min(len(other), len(recording.motion()))
    _write(studio, "shuffled", recording, other[FrameSpan(0, frames)])


def real(studio: Studio, recording: Recording) -> None:
    """The recording itself."""
    _write(studio, "real", recording, recording.motion())


def _write(studio: Studio, mode: str, recording: Recording, motion: Motion) -> None:
    path = studio.target(mode, recording)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_npz(motion, path)


OTHERS: dict[str, Callable[[Studio, Recording], None]] = {
    "pasted": pasted,
    "mean": mean_pose,
    "shuffled": shuffled,
    "real": real,
}


class Remembered:
    """An annotator that annotates a recording once, however many modes ask."""

    def __init__(self, annotate: Callable[[Speech], AnnotatedSpeech]) -> None:
        self.annotate = annotate
        self.last: tuple[Speech, AnnotatedSpeech] | None = None

    def __call__(self, speech: Speech) -> AnnotatedSpeech:
        """The annotations of the last speech again, or those of another one."""
        if self.last is None or self.last[0] is not speech:
            self.last = (speech, self.annotate(speech))
        return self.last[1]


def work(studio: Studio, recordings: Sequence[Recording], modes: Sequence[str]) -> Iterator[str]:
    """Everything that is not there yet, recording by recording."""
    for recording in recordings:
        for mode in modes:
            if not studio.target(mode, recording).is_file():
                if mode in SAMPLED:
                    studio.sampled(recording, mode, SAMPLED[mode])
                else:
                    OTHERS[mode](studio, recording)
                yield f"{mode} {recording.id}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--split", action="append")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    asked = parser.parse_args()
    settings = settings_with(home=asked.home, weights=None)
    splits = asked.split or ["test", "val"]
    with Database.open(settings.database) as database:
        loader = Loader(settings, database)
        snapshot = loader.snapshot()
        made = loader.generator(snapshot)
        made = replace(made, annotate=Remembered(made.annotate))  # type: ignore[arg-type]
        corpus = Corpus.open(asked.corpus)
        studio = Studio(made, made.pipeline.weights_id, snapshot.version, corpus, asked.out)
        chosen = [r for r in corpus.recordings if r.split in splits and r.has_motion]
        for done in work(studio, chosen, asked.modes):
            sys.stdout.write(done + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
