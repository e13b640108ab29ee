"""Importing released checkpoints: a folder in their layout, whole and corrupted."""

import datetime
import shutil

import pytest
import torch
import yaml

from diffusion.codec import Codec
from diffusion.denoiser import Denoiser
from diffusion.pipeline import GesturePipeline
from diffusion.published import PublishedWeightsError, import_published
from diffusion.published_denoiser import DENOISER_NAMES
from diffusion.weights import WeightsError, load_strict
from motion.parts import PARTS, Part
from tests import parity

FOLDERS = {
    Part.UPPER: "vae/0903_transformer_vae_upper_allspk",
    Part.HANDS: "vae/0909_transformer_vae_hands_allspk",
    Part.FACE: "vae/0909_transformer_vae_face_allspk",
    Part.LOWER: "vae/1031_transformer_vae_lowerplustrans_allspk",
}
REFERENCE_NAMES = {part: part.value for part in PARTS} | {Part.LOWER: "lowertrans"}
DIFFUSION = "diffusion/base/epoch_64.pth"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A folder in the released layout, made of the parity weights."""
    folder = tmp_path_factory.mktemp("released")
    tensors, configs = parity.load("gesture_rep")
    copies = {}
    for part, name in REFERENCE_NAMES.items():
        place = folder / FOLDERS[part]
        place.mkdir(parents=True)
        weights = parity.below(tensors, f"weights/{name}_vae.")
        copies |= {f"model.gesture_rep_encoder.{name}_vae.{k}": v for k, v in weights.items()}
        state = {f"module.{k}": v for k, v in weights.items()} if part is Part.FACE else weights
        torch.save({"model_state": state, "epoch": 3}, place / "last_200.bin")
        entries = configs[name] | {"test_ckpt": "/elsewhere/experiments/last_200.bin"}
        (place / f"{place.name}.yaml").write_text(yaml.safe_dump(entries))
    write_denoiser(folder, copies)
    return folder


def write_denoiser(folder, copies):
    tensors, config = parity.load("denoiser_weights")
    place = folder / DIFFUSION
    place.parent.mkdir(parents=True)
    state = {f"model.{k}": v for k, v in parity.below(tensors, "weights/").items()} | copies
    torch.save({"state_dict": state, "meta": {"epoch": 64}}, place)
    (place.parent / "base.py").write_text(f"num_heads = {config['num_heads']}\n")


@pytest.fixture
def matching(copied):
    """The same with a denoiser of released names whose tokens are as wide as the VAEs' latents."""
    _, configs = parity.load("gesture_rep")
    denoiser = Denoiser.tiny(latent_dim=configs["upper"]["latent_dim"], heads=2)
    state = {DENOISER_NAMES.published(k): v for k, v in denoiser.state_dict().items()}
    torch.save({"state_dict": state}, copied / DIFFUSION)
    (copied / DIFFUSION).with_name("base.py").write_text("num_heads = 2\n")
    return copied


@pytest.fixture
def copied(released, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(released, tmp_path / "source")


def spoil(path, key, change):
    """Rewrite a checkpoint with its tensors changed."""
    content = torch.load(path, weights_only=True)
    change(content[key])
    torch.save(content, path)


def test_parity_imported_codec_gives_the_published_tokens(released, tmp_path):
    """Tokens decoded by the imported VAEs: expression, translation to 1e-5."""
    import_published(released, tmp_path / "ours")
    tensors, _ = parity.load("gesture_rep")
    codec = Codec.load(tmp_path / "ours")
    (motion,) = codec.decode(tensors["in/tokens"][:1])
    parity.assert_close(
        motion.translation, tensors["out/dec_transl"][0], 1e-5, "imported translation"
    )
    parity.assert_close(
        motion.expression, tensors["out/dec_expressions"][0], 1e-5, "imported expression"
    )


def test_parity_imported_denoiser_has_the_published_sizes_and_tensors(released, tmp_path):
    """Sizes from the metadata and every tensor of the denoiser, exact."""
    import_published(released, tmp_path / "ours")
    tensors, config = parity.load("denoiser_weights")
    denoiser = load_strict(Denoiser, tmp_path / "ours" / "denoiser")
    found = denoiser.config
    assert (found.width, found.layers, found.heads) == (
        config["latent_dim"],
        config["num_layers"],
        config["num_heads"],
    )
    assert (found.ff_size, found.time_embed_dim) == (config["ff_size"], config["time_embed_dim"])
    assert (found.text_width, found.audio_width) == (config["text_dim"], config["audio_dim"])
    assert (found.speakers, found.window_frames) == (config["num_speakers"], config["max_seq_len"])
    published = parity.below(tensors, "weights/")
    for name, tensor in denoiser.state_dict().items():
        assert torch.equal(tensor.flatten(), published[DENOISER_NAMES.published(name)].flatten())


def test_an_imported_folder_loads_as_a_pipeline(matching, tmp_path):
    import_published(matching, tmp_path / "ours")
    pipeline = GesturePipeline.from_pretrained(tmp_path / "ours")
    assert pipeline.config.schedule.steps == 50
    assert pipeline.encoder.text_width == pipeline.denoiser.config.text_width
    pipeline.save_pretrained(tmp_path / "again")
    again = GesturePipeline.from_pretrained(tmp_path / "again")
    assert again.weights_id == pipeline.weights_id


def test_a_denoiser_of_other_latents_is_reported_and_no_pipeline_loads_it(
    released, tmp_path, caplog
):
    import_published(released, tmp_path / "ours")
    codec = Codec.load(tmp_path / "ours")
    denoiser = load_strict(Denoiser, tmp_path / "ours" / "denoiser")
    if codec.latent_dim == denoiser.config.latent_dim:
        pytest.skip("these parity weights belong together")
    assert "do not belong together" in caplog.text
    with pytest.raises(WeightsError, match="do not belong together"):
        GesturePipeline.from_pretrained(tmp_path / "ours")


def test_parity_released_denoiser_names_lead_to_ours_and_back():
    """Every released tensor name of the denoiser, exact."""
    tensors, _ = parity.load("denoiser_weights")
    for name in parity.below(tensors, "weights/"):
        assert DENOISER_NAMES.published(DENOISER_NAMES.ours(name)) == name


@pytest.mark.parametrize(
    ("path", "key", "name"),
    [
        (f"{FOLDERS[Part.HANDS]}/last_200.bin", "model_state", "final_layer.bias"),
        (f"{FOLDERS[Part.LOWER]}/last_200.bin", "model_state", "skel_embedding.weight"),
        (DIFFUSION, "state_dict", "model.temporal_decoder_blocks.1.ca_mix.bias"),
        (DIFFUSION, "state_dict", "model.joint_embed.weight"),
    ],
)
def test_a_missing_tensor_is_named_with_its_checkpoint(copied, tmp_path, path, key, name):
    spoil(copied / path, key, lambda state: state.pop(name))
    with pytest.raises(PublishedWeightsError, match="missing tensors") as error:
        import_published(copied, tmp_path / "ours")
    assert name.removeprefix("model.") in str(error.value)
    assert path in str(error.value)
    assert not (tmp_path / "ours").exists()


@pytest.mark.parametrize(
    ("path", "key"),
    [(f"{FOLDERS[Part.UPPER]}/last_200.bin", "model_state"), (DIFFUSION, "state_dict")],
)
def test_an_unexpected_tensor_is_named(copied, tmp_path, path, key):
    spoil(copied / path, key, lambda state: state.update({"third_eye.weight": torch.zeros(2)}))
    with pytest.raises(PublishedWeightsError, match=r"unexpected tensors: third_eye\.weight"):
        import_published(copied, tmp_path / "ours")


def test_a_tensor_of_another_shape_is_named(copied, tmp_path):
    path = copied / FOLDERS[Part.FACE] / "last_200.bin"
    spoil(
        path, "model_state", lambda state: state.update({"module.final_layer.bias": torch.zeros(2)})
    )
    with pytest.raises(PublishedWeightsError, match=r"head\.bias has shape \(2,\), expected"):
        import_published(copied, tmp_path / "ours")


def test_pickled_objects_are_never_loaded(copied, tmp_path):
    torch.save({"state_dict": {}, "made": datetime.timedelta(1)}, copied / DIFFUSION)
    with pytest.raises(PublishedWeightsError, match="never loaded"):
        import_published(copied, tmp_path / "ours")


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 cut"])
def test_a_damaged_checkpoint_is_named(copied, tmp_path, content):
    (copied / DIFFUSION).write_bytes(content)
    with pytest.raises(PublishedWeightsError, match=r"epoch_64\.pth cannot be read"):
        import_published(copied, tmp_path / "ours")


def test_a_checkpoint_without_its_key_tells_what_it_holds(copied, tmp_path):
    torch.save({"weights": {}, "epoch": 1}, copied / DIFFUSION)
    with pytest.raises(
        PublishedWeightsError, match=r"under `state_dict`, found \['epoch', 'weights'\]"
    ):
        import_published(copied, tmp_path / "ours")


def test_an_absent_part_tells_the_expected_layout(copied, tmp_path):
    shutil.rmtree(copied / FOLDERS[Part.FACE])
    with pytest.raises(PublishedWeightsError, match="YAML file of the face VAE") as error:
        import_published(copied, tmp_path / "ours")
    assert "model_state" in str(error.value)
    with pytest.raises(PublishedWeightsError, match="is not a folder"):
        import_published(copied / "nowhere", tmp_path / "ours")


def test_two_diffusion_checkpoints_are_one_too_many(copied, tmp_path):
    shutil.copy(copied / DIFFUSION, copied / "diffusion" / "base" / "epoch_65.pth")
    with pytest.raises(PublishedWeightsError, match="one diffusion checkpoint .* found 2"):
        import_published(copied, tmp_path / "ours")


def test_parts_with_each_others_weights_are_refused(copied, tmp_path):
    upper, hands = (copied / FOLDERS[part] for part in (Part.UPPER, Part.HANDS))
    upper.rename(copied / "aside")
    hands.rename(upper)
    (copied / "aside").rename(hands)
    for place in (upper, hands):
        (config,) = place.glob("*.yaml")
        config.rename(place / "config.yaml")
    with pytest.raises(PublishedWeightsError, match="the VAE of another part"):
        import_published(copied, tmp_path / "ours")
