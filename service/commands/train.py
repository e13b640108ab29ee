"""`chironomia train ...` and `chironomia import-published`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from motion.parts import Part
from service.commands.progress import bar

train = typer.Typer(
    help="Fit the networks: prepare a corpus once, a VAE for each part, then the denoiser.",
    no_args_is_help=True,
)

Prepared = Annotated[Path, typer.Argument(help="Folder written by `train prepare`.")]
Run = Annotated[Path, typer.Argument(help="Folder of this training run; run again to go on.")]
Split = Annotated[list[str], typer.Option("--split", help="Splits to train on; repeatable.")]
Device = Annotated[str, typer.Option(help="`auto`, `cpu` or `cuda`.")]
Seed = Annotated[int, typer.Option(help="Decides initial weights, batches and noise.")]
_VAE_HEADS = 8
_HEAD_WIDTH = 32
"""Of the denoiser."""


def _multiple_of(step: int) -> Callable[[int], int]:
    """A check that an option divides evenly into attention heads."""

    def checked(found: int) -> int:
        if found % step:
            raise typer.BadParameter(f"must be a multiple of {step}, found {found}")
        return found

    return checked


LatentDim = Annotated[
    int,
    typer.Option(
        min=_VAE_HEADS,
        callback=_multiple_of(_VAE_HEADS),
        help=f"Width of latents and network, a multiple of {_VAE_HEADS}.",
    ),
]
Width = Annotated[
    int,
    typer.Option(
        min=_HEAD_WIDTH,
        callback=_multiple_of(_HEAD_WIDTH),
        help=f"Width of the network, a multiple of {_HEAD_WIDTH}.",
    ),
]


@train.command("prepare")
def prepare(
    corpus: Annotated[Path, typer.Argument(help="Corpus in BEAT2's layout.")],
    prepared: Annotated[Path, typer.Argument(help="Folder for the features.")],
    stride_seconds: Annotated[
        float, typer.Option(min=0.1, help="Seconds between the windows with speech features.")
    ] = 1.0,
) -> None:
    """Compute the features of every recording, once."""
    from annotations.corpus import Corpus
    from diffusion.training.prepare import prepare as prepare_corpus
    from motion.timeline import MODEL_FPS
    from speech.features import encoder_from_config

    encoder = encoder_from_config({"kind": "default"})
    stride = max(1, round(stride_seconds * MODEL_FPS))
    with bar("prepare") as step:
        problems = prepare_corpus(Corpus.open(corpus), prepared, encoder, stride, step)
    for problem in problems:
        typer.secho(f"left out: {problem.recording_id}: {problem.message}", fg="yellow", err=True)


@train.command("vae")
def vae(  # noqa: PLR0913  one parameter an option
    prepared: Prepared,
    run: Run,
    part: Annotated[Part, typer.Option(help="Body part to fit.")],
    split: Split = ["train"],  # noqa: B006  typer reads it once
    steps: Annotated[int, typer.Option(min=1)] = 1500,
    batch: Annotated[int, typer.Option(min=1, help="Windows of ten seconds a step.")] = 4,
    rate: Annotated[float, typer.Option(min=0, help="Peak learning rate.")] = 1e-3,
    latent_dim: LatentDim = 128,
    layers: Annotated[int, typer.Option(min=1, help="Blocks; even numbers get one more.")] = 2,
    linear_path: Annotated[
        bool,
        typer.Option(
            help="Start from principal components; off leaves the transformer alone, "
            "the published architecture."
        ),
    ] = True,
    device: Device = "auto",
    seed: Seed = 0,
) -> None:
    """Fit the VAE of one part, then tell its reconstruction error."""
    import torch

    from diffusion.codec import vae_folder
    from diffusion.training.prepare import read_prepared
    from diffusion.training.reconstruction import reconstruction_by_split
    from diffusion.training.train_vae import VAETraining, read_trained_part, train_vae
    from diffusion.vae import PartVAE
    from service.loading import device_of

    place = device_of(device)
    torch.manual_seed(seed)
    network = PartVAE(
        part.layout.width,
        latent_dim=latent_dim,
        layers=layers,
        heads=_VAE_HEADS,
        decoder_heads=_VAE_HEADS,
        ff_size=2 * latent_dim,
        dropout=0.0,
        norm_first=True,
        linear_path=linear_path,
    )
    recordings = read_prepared(prepared, split)
    training = VAETraining(steps=steps, batch=batch, peak_rate=rate, seed=seed)
    folder = vae_folder(run, part)
    with bar(f"vae {part}") as step:
        train_vae(part, recordings, network.to(place), folder, training, step)
    codec = read_trained_part(run, part)
    for name, error in reconstruction_by_split(part, codec, read_prepared(prepared)).items():
        typer.echo(f"{name}: {error}")


@train.command("denoiser")
def denoiser(  # noqa: PLR0913  one parameter an option
    prepared: Prepared,
    run: Run,
    weights: Annotated[Path, typer.Argument(help="Folder for the finished weights.")],
    also: Annotated[
        list[Path], typer.Option(help="More folders written by `train prepare`; repeatable.")
    ] = [],  # noqa: B006  typer reads it once
    split: Split = ["train"],  # noqa: B006  typer reads it once
    steps: Annotated[int, typer.Option(min=1)] = 6000,
    batch: Annotated[int, typer.Option(min=1, help="Windows of ten seconds a step.")] = 32,
    rate: Annotated[float, typer.Option(min=0, help="Peak learning rate.")] = 5e-4,
    width: Width = 192,
    layers: Annotated[int, typer.Option(min=1)] = 4,
    local_channels: Annotated[
        int,
        typer.Option(
            min=0,
            help="Channels of the local path, which tells each second what is said around it; "
            "0 leaves it out, the published architecture.",
        ),
    ] = 96,
    draws: Annotated[int, typer.Option(min=1, help="Noisy versions of each window a step.")] = 2,
    bfloat16: Annotated[
        bool, typer.Option(help="Compute in 16 bits where the processor is faster so.")
    ] = False,
    half: Annotated[bool, typer.Option(help="Store the weights in half precision.")] = False,
    device: Device = "auto",
    seed: Seed = 0,
) -> None:
    """Fit the denoiser over the four VAEs of RUN, and write the whole pipeline to WEIGHTS."""
    import torch

    from diffusion.denoiser import Denoiser
    from diffusion.guidance import TRAINED_GUIDANCE
    from diffusion.pipeline import GesturePipeline
    from diffusion.schedule import Schedule
    from diffusion.training.prepare import read_prepared
    from diffusion.training.train_denoiser import (
        DenoiserTraining,
        encoded,
        train_denoiser,
    )
    from diffusion.training.train_vae import read_trained_codec
    from diffusion.weights_folder import PipelineConfig
    from service.loading import device_of
    from speech.features import encoder_from_config

    place = device_of(device)
    torch.manual_seed(seed)
    encoder = encoder_from_config({"kind": "default"})
    folders = (prepared, *also)
    recordings = tuple(each for f in folders for each in read_prepared(f, split, encoder.id))
    codec, windows = encoded(recordings, read_trained_codec(run))
    network = Denoiser(
        latent_dim=codec.latent_dim,
        width=width,
        layers=layers,
        heads=width // _HEAD_WIDTH,
        ff_size=2 * width,
        time_embed_dim=width,
        text_width=encoder.text_width,
        audio_width=encoder.audio_width,
        local_channels=local_channels,
    )
    schedule = Schedule.scaled_linear()
    training = DenoiserTraining(
        steps=steps,
        batch=batch,
        draws=draws,
        peak_rate=rate,
        single_drop=0.05,
        colouring=0.4,
        most_signal_weight=5.0,
        bfloat16=bfloat16,
        seed=seed,
    )
    with bar("denoiser") as step:
        trained = train_denoiser(
            windows, network.to(place), schedule, run / "denoiser", training, step
        )
    speakers = tuple(sorted({recording.speaker for recording in recordings}))
    config = PipelineConfig(schedule, encoder.config(), speakers, TRAINED_GUIDANCE)
    GesturePipeline(trained.cpu(), codec, encoder, config).save_pretrained(weights, half)
    typer.echo(f"weights written to {weights}")


@train.command("discourse")
def discourse(
    documents: Annotated[Path, typer.Argument(help="Folder with gum_train.json.gz.")],
    models: Annotated[
        Path, typer.Option(help="Folder for the models; annotations/models is what is shipped.")
    ] = Path("out/annotation-models"),
    epochs: Annotated[int, typer.Option(min=1, help="Of the network.")] = 5,
    language_epochs: Annotated[int, typer.Option(min=1, help="Of the spaCy pipeline.")] = 22,
    seed: Seed = 0,
) -> None:
    """Train what annotation ships: lexicon, spaCy pipeline and network; under an hour on one core.

    Only genres of GUM whose texts may be used for any purpose are read.
    """
    from annotations.training.discourse import NetworkTraining
    from annotations.training.language import LanguageTraining
    from annotations.training.models import ModelsTraining, train_models

    options = ModelsTraining(
        LanguageTraining(epochs=language_epochs, seed=seed),
        NetworkTraining(epochs=epochs, seed=seed),
    )
    train_models(documents, models, options, typer.echo)
    typer.echo(f"models written to {models}; judge them with `chironomia evaluate discourse`")


@train.command("curves")
def curves(
    run: Run,
    out: Annotated[Path, typer.Option(help="Picture to write.")] = Path("out/losses.png"),
) -> None:
    """Draw the losses of every network of a run."""
    from diffusion.training.curves import plot_losses

    typer.echo(f"{out}: {', '.join(plot_losses(run, out))}")


def import_published(
    source: Annotated[Path, typer.Argument(help="Folder with the released checkpoints.")],
    target: Annotated[Path, typer.Argument(help="Folder for the weights in our format.")],
) -> None:
    """Turn the released RAG-Gesture checkpoints into a weights folder of ours."""
    from diffusion.published import import_published as convert

    convert(source, target)
    typer.echo(f"weights written to {target}")
