"""`chironomia train fgd`: the network behind the Frechet gesture distance."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.progress import bar

if TYPE_CHECKING:
    from annotations.corpus import Corpus
    from motion.clip import Motion

Split = Annotated[list[str], typer.Option("--split", help="Splits to train on; repeatable.")]


def fgd(  # noqa: PLR0913  one parameter an option
    corpus: Annotated[Path, typer.Argument(help="Corpus in BEAT2's layout.")],
    out: Annotated[Path, typer.Argument(help="Folder for the network.")],
    split: Split = ["train"],  # noqa: B006  typer reads it once
    epochs: Annotated[int, typer.Option(min=1, help="The released network has 100.")] = 100,
    device: Annotated[str, typer.Option(help="`auto`, `cpu` or `cuda`.")] = "auto",
    seed: Annotated[int, typer.Option(help="Decides initial weights and batches.")] = 0,
) -> None:
    """Train the network that FGD compares with, where the published one is not at hand."""
    import torch

    from annotations.corpus import Corpus
    from evaluation.fgd_network import FgdNetwork
    from evaluation.fgd_training import FgdTraining, reconstruction_degrees, train_fgd
    from evaluation.fgd_weights import TrainedOn, save_encoder
    from service.loading import device_of

    place = device_of(device)
    opened = Corpus.open(corpus)
    motions = _motions(opened, split)
    torch.manual_seed(seed)
    network = FgdNetwork().to(place)
    training = FgdTraining(epochs=epochs, seed=seed)
    with bar("fgd") as step:
        train_fgd(network, motions, training, step)
    degrees = reconstruction_degrees(network, motions, training)
    frames = sum(map(len, motions))
    trained_on = TrainedOn(corpus.resolve().name, len(motions), frames, epochs, seed)
    encoder = save_encoder(network.cpu(), trained_on, out)
    typer.echo(f"{encoder.id}: rotations come back to {degrees:.1f} degrees; written to {out}")


def _motions(corpus: "Corpus", splits: list[str]) -> list["Motion"]:
    """Motions of the chosen splits at 30 fps; broken files are told and left out."""
    from annotations.recording import READ_ERRORS
    from motion.timeline import CORPUS_FPS

    motions = []
    for recording in corpus.recordings:
        if recording.has_motion and recording.split in splits:
            try:
                motions.append(recording.motion().resampled(CORPUS_FPS))
            except READ_ERRORS as error:
                typer.secho(f"left out: {recording.id}: {error}", fg="yellow", err=True)
    if not motions:
        raise ValueError(
            f"{corpus.folder} has no recording with motion in {', '.join(splits)}; name its splits "
            "by --split"
        )
    return motions
