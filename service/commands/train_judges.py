"""`chironomia train match` and `chironomia train gestures`: judges that the report may use."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.progress import Step, bar

if TYPE_CHECKING:
    from annotations.corpus import Corpus, Recording
    from evaluation.match_network import Pair
    from evaluation.semantic_recall import GestureExample

Folder = Annotated[Path, typer.Argument(help="Corpus in BEAT2's layout.")]
Out = Annotated[Path, typer.Argument(help="Folder for the network.")]
Split = Annotated[list[str], typer.Option("--split", help="Splits to train on; repeatable.")]
Epochs = Annotated[int | None, typer.Option(min=1, help="Fewer only to try it.")]


def match(corpus: Folder, out: Out, split: Split = ["train"], epochs: Epochs = None) -> None:  # noqa: B006
    """Train the scorer of the match test; recordings of other splits tell how good it is."""
    from dataclasses import replace

    from annotations.corpus import Corpus
    from evaluation.match_network import MatchOptions
    from evaluation.match_test import match_accuracy, train_scorer
    from evaluation.trained_on import Lesson, write_lesson

    opened = Corpus.open(corpus)
    with bar("features") as step:
        pairs = dict(_pairs(opened, step))
    learned, held_out = _divided(opened, split, list(pairs))
    options = MatchOptions()
    scorer = train_scorer(
        [pairs[name] for name in learned],
        options if epochs is None else replace(options, epochs=epochs),
    )
    found = match_accuracy(scorer, [pairs[name] for name in held_out])
    ceiling = f"{found.estimate} of real pairs on {len(held_out)} held-out recordings"
    scorer.save(out)
    write_lesson(Lesson(_name(opened), tuple(learned), tuple(held_out), ceiling), out)
    _tell(ceiling, found.why_not, out)


def gestures(corpus: Folder, out: Out, split: Split = ["train"], epochs: Epochs = None) -> None:  # noqa: B006
    """Train the recogniser of semantic recall on a demo corpus, whose choreography is known."""
    from annotations.corpus import Corpus
    from evaluation.gesture_network import TrainingOptions
    from evaluation.report.tools import write_choreography
    from evaluation.semantic_recall import ceiling, train_recogniser
    from evaluation.trained_on import Lesson, write_lesson
    from indexing.demo.choreography import choreography

    opened = Corpus.open(corpus)
    with bar("gestures") as step:
        examples = dict(_examples(opened, step))
    learned, held_out = _divided(opened, split, list(examples))
    options = TrainingOptions() if epochs is None else TrainingOptions(epochs=epochs)
    recogniser = train_recogniser([e for name in learned for e in examples[name]], options)
    known = set(recogniser.gestures)
    tested = [e for name in held_out for e in examples[name] if e.gesture in known]
    told, why_not = "not measured: nothing held out", ""
    if tested:
        found = ceiling(recogniser, tested)
        told = f"{found.estimate} of real gestures on {len(held_out)} held-out recordings"
        why_not = found.why_not
    recogniser.save(out)
    write_choreography(choreography(), out)
    write_lesson(Lesson(_name(opened), tuple(learned), tuple(held_out), told), out)
    _tell(told, why_not, out)


def _tell(ceiling: str, why_not: str, out: Path) -> None:
    caution = f" (unreliable: {why_not})" if why_not else ""
    typer.echo(f"{ceiling}{caution}; written to {out}")


def _name(corpus: "Corpus") -> str:
    return corpus.folder.resolve().name


def _divided(corpus: "Corpus", splits: list[str], usable: list[str]) -> tuple[list[str], list[str]]:
    """Ids to learn from, and those of all other splits."""
    kept = set(usable)
    learned = [r.id for r in corpus.recordings if r.id in kept and r.split in splits]
    held_out = [r.id for r in corpus.recordings if r.id in kept and r.split not in splits]
    if not learned:
        raise ValueError(
            f"{corpus.folder} has no usable recording in {', '.join(splits)}; name its splits by "
            "--split"
        )
    return learned, held_out


def _with_motion(corpus: "Corpus", step: Step) -> Iterator["Recording"]:
    """Recordings with motion that can be read; the others are told."""
    from annotations.recording import READ_ERRORS

    moving = [each for each in corpus.recordings if each.has_motion]
    for done, recording in enumerate(moving, start=1):
        try:
            recording.motion(), recording.speech()
        except READ_ERRORS as error:
            typer.secho(f"left out: {recording.id}: {error}", fg="yellow", err=True)
        else:
            yield recording
        step(done, len(moving), recording.id)


def _pairs(corpus: "Corpus", step: Step) -> Iterator[tuple[str, "Pair"]]:
    from evaluation.match_test import pair_of
    from speech.features import DefaultEncoder

    encoder = DefaultEncoder()
    for recording in _with_motion(corpus, step):
        yield recording.id, pair_of(recording.id, recording.speech(), recording.motion(), encoder)


def _examples(corpus: "Corpus", step: Step) -> Iterator[tuple[str, tuple["GestureExample", ...]]]:
    from evaluation.semantic_recall import examples_of, wanted_by_annotations
    from indexing.demo.choreography import choreography

    known = choreography()
    for recording in _with_motion(corpus, step):
        wanted = wanted_by_annotations(recording.annotated(), known)
        yield recording.id, examples_of(recording.id, recording.motion(), wanted)
