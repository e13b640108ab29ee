"""`chironomia train denoiser`: what it learns from, and what it writes."""

import shutil
from pathlib import Path

import pytest
import torch
import typer
from safetensors import safe_open
from safetensors.torch import save_file
from typer.testing import CliRunner

from diffusion.codec import vae_folder
from diffusion.pipeline import GesturePipeline
from diffusion.training.prepare import read_prepared
from diffusion.training.train_vae import VAETraining, train_vae
from diffusion.vae import PartVAE
from motion.parts import PARTS, Part
from motion.timeline import WINDOW_FRAMES
from service.commands.train import denoiser
from speech.features import DefaultEncoder
from speech.transcript import SAMPLE_RATE, Speech

SILENCE = torch.zeros(10 * SAMPLE_RATE).numpy()


def prepared(folder: Path, name: str, speaker: int) -> Path:
    """A folder of `train prepare` with one recording of one window."""
    encoder = DefaultEncoder()
    (heard,) = encoder.encode_many([Speech(SILENCE, ())])
    phase = torch.linspace(0, 12, WINDOW_FRAMES)[:, None]
    tensors = {
        f"features/{part}": torch.sin(phase + speaker + torch.arange(part.layout.width))
        for part in PARTS
    }
    tensors |= {
        "starts": torch.tensor([0]),
        "text": heard.text[None].half(),
        "audio": heard.audio[None].half(),
    }
    labels = {"id": name, "speaker": str(speaker), "split": "train", "encoder": encoder.id}
    folder.mkdir(parents=True)
    save_file(tensors, folder / f"{name}.safetensors", labels)
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Two prepared folders of different speakers, and VAEs of one step in `run`."""
    place = tmp_path_factory.mktemp("training")
    prepared(place / "first", "2_scott_0_1_1", 1)
    prepared(place / "second", "4_lawrence_0_1_1", 3)
    recordings = read_prepared(place / "first")
    for part in PARTS:
        vae, folder = PartVAE.tiny(part.layout.width), vae_folder(place / "run", part)
        train_vae(part, recordings, vae, folder, VAETraining(steps=1, batch=1))
    return place


def run(place: Path, weights: str, *more: str) -> GesturePipeline:
    app = typer.Typer()
    app.command()(denoiser)
    small = ("--steps", "1", "--batch", "1", "--width", "32", "--layers", "1", "--device", "cpu")
    own = shutil.copytree(place / "run", place / f"run-{weights}")  # training goes on where it was
    where = (str(place / "first"), str(own), str(place / weights))
    done = CliRunner().invoke(app, [*where, *small, *more])
    assert done.exit_code == 0, done.output
    return GesturePipeline.from_pretrained(place / weights)


def upper_mean(pipeline: GesturePipeline) -> torch.Tensor:
    """What the latents' statistics were taken of shows in their mean."""
    return pipeline.codec.part(Part.UPPER).latent_mean


def test_more_folders_are_learned_from_together_with_the_first(place):
    alone = run(place, "alone")
    both = run(place, "both", "--also", str(place / "second"))

    assert alone.config.speakers == (1,)
    assert both.config.speakers == (1, 3)
    assert not torch.allclose(upper_mean(alone), upper_mean(both))


def test_without_channels_of_the_local_path_the_network_is_the_published_one(place):
    run(place, "with")
    run(place, "published", "--local-channels", "0")

    names = [parameters(place / weights) for weights in ("with", "published")]

    assert names[1] < names[0]
    assert all("local" in name for name in names[0] - names[1])


def parameters(weights: Path) -> set[str]:
    """Names of the denoiser's tensors."""
    (path,) = (weights / "denoiser").glob("*.safetensors")
    with safe_open(path, "pt") as archive:
        return set(archive.keys())
