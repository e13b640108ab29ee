"""Training: two real steps of each network, resumed, saved, loaded."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from diffusion.codec import Codec, vae_folder
from diffusion.denoiser import Denoiser
from diffusion.pipeline import GesturePipeline
from diffusion.schedule import Schedule
from diffusion.training.curves import plot_losses
from diffusion.training.losses import denoising_loss, signal_weight
from diffusion.training.prepare import PreparedRecording, read_prepared
from diffusion.training.reconstruction import reconstruction_by_split, reconstruction_error
from diffusion.training.train_denoiser import (
    DenoiserTraining,
    TokenWindows,
    coloured,
    dropped_conditions,
    encoded,
    token_windows,
    train_denoiser,
)
from diffusion.training.train_vae import (
    VAETraining,
    feature_statistics,
    read_trained_codec,
    read_trained_part,
    sample_windows,
    train_vae,
)
from diffusion.vae import PartVAE
from diffusion.weights import WeightsError
from diffusion.weights_folder import PipelineConfig
from motion.parts import PARTS, Part
from speech.features import DefaultEncoder
from tests.diffusion.test_denoiser import some_conditions

FRAMES = 200
TWO_STEPS = VAETraining(steps=2, batch=2, save_every=1)


def recording(name: str, split: str, seed: int) -> PreparedRecording:
    generator = torch.Generator().manual_seed(seed)
    phase = torch.linspace(0, 12, FRAMES)[:, None]
    features = {
        part: torch.sin(phase + torch.rand(part.layout.width, generator=generator) * 6)
        for part in PARTS
    }
    return PreparedRecording(
        id=name,
        speaker=1,
        split=split,
        features=features,
        starts=(0, 30, 50),
        text=torch.randn(3, 150, 6, generator=generator).half(),
        audio=torch.randn(3, 150, 5, generator=generator).half(),
    )


@pytest.fixture
def recordings() -> tuple[PreparedRecording, ...]:
    return (recording("2_scott_0_1_1", "train", 1), recording("2_scott_0_2_2", "val", 2))


def fresh_vae(part: Part) -> PartVAE:
    torch.manual_seed(0)
    return PartVAE.tiny(part.layout.width)


def equal_weights(left: torch.nn.Module, right: torch.nn.Module) -> bool:
    pairs = zip(left.state_dict().values(), right.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_a_trained_vae_is_what_its_folder_holds(recordings, tmp_path: Path):
    folder = vae_folder(tmp_path, Part.FACE)

    trained = train_vae(Part.FACE, recordings, fresh_vae(Part.FACE), folder, TWO_STEPS)

    assert equal_weights(read_trained_part(tmp_path, Part.FACE).vae, trained)
    assert not equal_weights(trained, fresh_vae(Part.FACE)), "two steps must change the weights"


def test_an_interrupted_run_ends_like_one_without_a_break(recordings, tmp_path: Path):
    class InterruptedError(Exception):
        pass

    def interrupt(done: int, total: int, message: str) -> None:
        del total, message
        if done == 1:
            raise InterruptedError

    part = Part.LOWER
    whole = train_vae(part, recordings, fresh_vae(part), tmp_path / "whole", TWO_STEPS)
    with pytest.raises(InterruptedError):
        train_vae(part, recordings, fresh_vae(part), tmp_path / "parted", TWO_STEPS, interrupt)
    resumed = train_vae(part, recordings, fresh_vae(part), tmp_path / "parted", TWO_STEPS)

    assert equal_weights(whole, resumed)


def test_training_lowers_the_reconstruction_error(recordings, tmp_path: Path):
    part = Part.UPPER
    before = train_vae(part, recordings, fresh_vae(part), tmp_path / "a", TWO_STEPS)
    codec = Codec(
        {each: PartVAE.tiny(each.layout.width) if each is not part else before for each in PARTS}
    )
    untrained = reconstruction_error(part, codec.part(part), recordings).degrees

    longer = replace(TWO_STEPS, steps=60, batch=4, save_every=60)
    train_vae(part, recordings, fresh_vae(part), vae_folder(tmp_path, part), longer)
    trained = reconstruction_by_split(part, read_trained_part(tmp_path, part), recordings)

    assert set(trained) == {"train", "val"}
    assert trained["train"].degrees < untrained


def test_windows_of_the_lower_body_start_at_the_origin(recordings):
    windows = sample_windows(Part.LOWER, recordings, 8, torch.Generator().manual_seed(0))
    x, _, z = windows[:, 0, 54:57].unbind(-1)

    assert windows.shape == (8, 150, Part.LOWER.layout.width)
    assert x.abs().max() == 0
    assert z.abs().max() == 0


def test_statistics_bring_each_kind_of_channel_to_unit_size(recordings):
    statistics = feature_statistics(Part.LOWER, recordings)
    rows = sample_windows(Part.LOWER, recordings, 64, torch.Generator().manual_seed(0))
    normalised = statistics.normalised(rows)

    for channels in Part.LOWER.layout.channel_groups:
        assert normalised[..., channels].square().mean().sqrt() == pytest.approx(1.0, abs=0.25)
        assert len(statistics.feature_std[channels].unique()) == 1


def test_denoiser_training_makes_a_pipeline_that_loads(recordings, tmp_path: Path):
    for part in PARTS:
        train_vae(part, recordings, fresh_vae(part), vae_folder(tmp_path, part), TWO_STEPS)
    codec, windows = encoded(recordings, read_trained_codec(tmp_path))
    latents = torch.cat([codec.layout.parted(windows.tokens)[part] for part in PARTS])
    denoiser = Denoiser.tiny(latent_dim=codec.latent_dim)
    before = {name: tensor.clone() for name, tensor in denoiser.state_dict().items()}
    training = DenoiserTraining(steps=2, batch=3, save_every=1)

    trained = train_denoiser(
        windows, denoiser, Schedule.scaled_linear(), tmp_path / "denoiser", training
    )

    assert latents.std() == pytest.approx(1.0, abs=0.1)
    again = token_windows(recordings, codec)
    torch.testing.assert_close(again.tokens, windows.tokens, atol=1e-5, rtol=1e-5)
    assert any(not torch.equal(tensor, before[n]) for n, tensor in trained.state_dict().items())
    encoder = DefaultEncoder()
    fitting = Denoiser.tiny(
        latent_dim=codec.latent_dim,
        text_width=encoder.text_width,
        audio_width=encoder.audio_width,
    )
    config = PipelineConfig(speech_encoder=encoder.config(), speakers=(1,))
    saved = GesturePipeline(fitting, codec, encoder, config)
    saved.save_pretrained(tmp_path / "weights")
    assert GesturePipeline.from_pretrained(tmp_path / "weights").weights_id == saved.weights_id


@pytest.fixture
def token_rows() -> TokenWindows:
    generator = torch.Generator().manual_seed(4)
    denoiser = Denoiser.tiny()
    tokens = torch.randn(4, denoiser.layout.tokens, 8, generator=generator)
    return TokenWindows(tokens, some_conditions(denoiser, batch=4))


@pytest.mark.parametrize("bfloat16", [False, True])
def test_an_interrupted_denoiser_ends_like_one_without_a_break(token_rows, tmp_path, bfloat16):
    schedule = Schedule.scaled_linear()
    training = DenoiserTraining(
        steps=3, batch=2, draws=2, single_drop=0.2, most_signal_weight=5.0, bfloat16=bfloat16
    )
    training = replace(training, save_every=1)

    def fresh() -> Denoiser:
        return Denoiser.tiny(local_channels=8).train()

    whole = train_denoiser(token_rows, fresh(), schedule, tmp_path / "whole", training)
    first = replace(training, steps=1)
    train_denoiser(token_rows, fresh(), schedule, tmp_path / "parted", first)
    resumed = train_denoiser(token_rows, fresh(), schedule, tmp_path / "parted", training)

    assert equal_weights(whole, resumed)
    assert whole.local is not None
    assert whole.local.out.weight.abs().max() > 0, "the local path has learned nothing"


def test_conditions_are_dropped_together_or_one_by_one_in_the_shares_asked_for():
    training = DenoiserTraining(batch=20_000, condition_drop=0.1, single_drop=0.05)

    dropped = dropped_conditions(training, torch.Generator().manual_seed(0))
    count = dropped.sum(dim=1)

    assert (count == 3).float().mean() == pytest.approx(0.1, abs=0.01)
    assert (count == 2).sum() == 0
    for condition in range(3):
        alone = (count == 1) & dropped[:, condition]
        assert alone.float().mean() == pytest.approx(0.05, abs=0.01)


def test_colouring_moves_each_window_and_channel_by_itself_and_keeps_what_happens_in_time():
    audio = torch.randn(300, 20, 4, generator=torch.Generator().manual_seed(1))

    same = coloured(audio, 0.0, torch.Generator().manual_seed(0))
    found = coloured(audio, 0.4, torch.Generator().manual_seed(0))
    steps = (found.diff(dim=1) / audio.diff(dim=1))[:, :1]
    offset = found - audio * steps

    torch.testing.assert_close(same, audio, rtol=0, atol=0)
    torch.testing.assert_close(found, audio * steps + offset[:, :1], atol=1e-3, rtol=0)
    assert steps.std() == pytest.approx(0.2, abs=0.03)
    assert offset[:, 0].std() == pytest.approx(0.4, abs=0.05)


def test_errors_count_by_signal_to_noise_within_bounds():
    alpha_bar = torch.tensor([0.001, 0.5, 0.75, 0.999])

    assert signal_weight(alpha_bar, 1.0, 5.0).tolist() == pytest.approx([1.0, 1.0, 3.0, 5.0])
    assert signal_weight(alpha_bar, 1.0, 1.0).tolist() == [1.0] * 4
    clean = torch.zeros(2, 3, 4)
    predicted = torch.ones(2, 3, 4) * torch.tensor([1.0, 2.0])[:, None, None]
    everything = torch.ones(2, 3, dtype=torch.bool)
    weighed = denoising_loss(predicted, clean, everything, torch.tensor([3.0, 0.5]))
    assert weighed == pytest.approx((3.0 * 1.0 + 0.5 * 4.0) / 2)


def test_an_unfinished_vae_is_named(tmp_path: Path):
    with pytest.raises(WeightsError, match="train vae --part hands"):
        read_trained_part(tmp_path, Part.HANDS)


def test_prepared_recordings_of_a_missing_split_are_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="train prepare"):
        read_prepared(tmp_path, ["train"])


def test_the_denoising_loss_ignores_masked_tokens():
    clean = torch.zeros(1, 3, 4)
    predicted = torch.tensor([1.0, 2.0, 100.0])[None, :, None].expand(1, 3, 4)
    mask = torch.tensor([[True, True, False]])

    assert denoising_loss(predicted, clean, mask) == pytest.approx(2.5)


def test_losses_of_a_run_are_drawn(recordings, tmp_path: Path):
    pytest.importorskip("matplotlib", reason="pictures of losses need the extra `train`")
    train_vae(
        Part.FACE, recordings, fresh_vae(Part.FACE), vae_folder(tmp_path, Part.FACE), TWO_STEPS
    )

    assert plot_losses(tmp_path, tmp_path / "losses.png") == ("vae_face",)
    assert (tmp_path / "losses.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="no training runs"):
        plot_losses(tmp_path / "vae_face", tmp_path / "none.png")
