"""The codec: parity with the published one, round trips of features, folders."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from diffusion.codec import Codec, part_features, window_features
from diffusion.features import motion_of_features, padded_window
from diffusion.part_statistics import PartStatistics
from diffusion.published_names import vae_of
from diffusion.vae import PartVAE
from diffusion.weights import WeightsError
from motion.clip import Motion
from motion.parts import EYES, PARTS, Part
from motion.rotation import matrix_from_axis_angle
from motion.timeline import FrameSpan
from tests import parity

PUBLISHED_NAMES = {part: part.value for part in PARTS} | {Part.LOWER: "lowertrans"}


def walk(frames=150, seed=0, fps=15):
    """Smooth random motion with all joints turning."""
    generator = torch.Generator().manual_seed(seed)
    phase = torch.rand(1, 55, 3, generator=generator) * 6.3
    time = torch.arange(frames)[:, None, None] / 15
    poses = 0.6 * torch.sin(2 * time + phase)
    drift = torch.randn(frames, 3, generator=generator).cumsum(0) * 0.01
    expression = torch.randn(frames, 100, generator=generator)
    return Motion(poses, drift + torch.tensor([3.0, 1.2, -2.0]), expression, fps)


@pytest.fixture(scope="module")
def codec():
    torch.manual_seed(0)
    return Codec.tiny()


@pytest.fixture(scope="module")
def published():
    tensors, configs = parity.load("gesture_rep")
    vaes = {
        part: vae_of(configs[name], parity.below(tensors, f"weights/{name}_vae."))
        for part, name in PUBLISHED_NAMES.items()
    }
    return Codec(vaes).eval(), tensors


def published_motion(tensors, row):
    """The published inputs of one sample as a motion."""
    frames = tensors["in/transl"].shape[1]
    poses = torch.zeros(frames, 55, 3)
    for part in PARTS:
        joints = list(part.layout.joints)
        poses[:, joints] = tensors[f"in/{part}"][row].reshape(frames, len(joints), 3)
    return Motion(poses, tensors["in/transl"][row], tensors["in/expressions"][row], 15)


def published_features(tensors):
    contacts = tensors["in/contacts"]
    motions = [published_motion(tensors, row) for row in range(len(contacts))]
    return {
        part: torch.stack(
            [part_features(m, part, c) for m, c in zip(motions, contacts, strict=True)]
        )
        for part in PARTS
    }


@torch.no_grad()
def test_parity_gesture_rep_tokens(published):
    """Tokens of two windows by the posterior mean, to 1e-5."""
    codec, tensors = published
    tokens = codec.encode_features(published_features(tensors))
    parity.assert_close(tokens, tensors["out/tokens"], 1e-5, "tokens")


def test_parity_gesture_rep_token_mask(published):
    """Which tokens stand for motion, exact."""
    codec, tensors = published
    mask = codec.token_mask(tensors["in/mask"].bool())
    assert torch.equal(mask.float(), tensors["out/token_mask"])


def test_parity_gesture_rep_translation_is_relative_without_writing_the_input(published):
    """Translation as the VAE sees it, to 1e-5; our input stays as it was."""
    _, tensors = published
    before = tensors["in/transl"].clone()
    features = published_features(tensors)
    found = features[Part.LOWER][..., Part.LOWER.layout.channel_groups[1]]
    parity.assert_close(found, tensors["out/transl_after_encode"], 1e-5, "relative translation")
    assert torch.equal(tensors["in/transl"], before)


@torch.no_grad()
def test_parity_gesture_rep_decoded_motion(published):
    """Decoded rotations as matrices to 2e-3; translation, contact, expression to 1e-5."""
    codec, tensors = published
    tokens = tensors["in/tokens"]
    motions = codec.decode(tokens)
    for part in PARTS:
        joints = list(part.layout.joints)
        poses = torch.stack([motion.poses[:, joints] for motion in motions])
        expected = tensors[f"out/dec_{part}"].reshape(poses.shape)
        found, expected = matrix_from_axis_angle(poses), matrix_from_axis_angle(expected)
        parity.assert_close(found, expected, 2e-3, f"decoded rotations of {part}")
    translation = torch.stack([motion.translation for motion in motions])
    parity.assert_close(translation, tensors["out/dec_transl"], 1e-5, "decoded translation")
    expression = torch.stack([motion.expression for motion in motions])
    parity.assert_close(expression, tensors["out/dec_expressions"], 1e-5, "decoded expression")
    lower = codec.decode_features(tokens)[Part.LOWER]
    contact = lower[..., Part.LOWER.layout.channel_groups[2]]
    parity.assert_close(contact, tensors["out/dec_contacts"], 1e-5, "decoded contact")


def test_features_of_all_parts_give_the_motion_back():
    motion = walk()
    found = motion_of_features({part: part_features(motion, part) for part in PARTS})
    expected = matrix_from_axis_angle(motion.poses)
    expected[:, list(EYES)] = torch.eye(3)
    torch.testing.assert_close(matrix_from_axis_angle(found.poses), expected, rtol=0, atol=1e-5)
    ground = motion.translation[0] * torch.tensor([1.0, 0.0, 1.0])
    torch.testing.assert_close(found.translation, motion.translation - ground)
    assert torch.equal(found.expression, motion.expression)


def test_contact_is_found_where_feet_rest():
    still = Motion.rest(20, 15)
    moved = replace(still, translation=torch.arange(20)[:, None] * torch.tensor([[0.05, 0.0, 0.0]]))
    contact = Part.LOWER.layout.channel_groups[2]
    assert part_features(still, Part.LOWER)[:, contact].eq(1).all()
    assert part_features(moved, Part.LOWER)[:-1, contact].eq(0).all()


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 150), st.sampled_from(PARTS))
def test_a_window_of_a_recordings_features_is_the_features_of_the_window(start, part):
    recording = walk(300)
    rows = window_features(part, part_features(recording, part)[start : start + 150])
    alone = part_features(recording[FrameSpan(start, start + 150)], part)
    whole_frames = slice(None, -1)
    torch.testing.assert_close(rows[whole_frames], alone[whole_frames], rtol=0, atol=1e-6)


def test_encoding_twice_gives_the_same_tokens_and_sampling_others(codec):
    window = walk()
    tokens = codec.encode([window])
    assert torch.equal(tokens, codec.encode([window]))
    drawn = codec.encode([window], torch.Generator().manual_seed(0))
    assert torch.equal(drawn, codec.encode([window], torch.Generator().manual_seed(0)))
    assert not torch.allclose(drawn, tokens, atol=1e-2)


def test_two_windows_together_are_two_windows_alone(codec):
    windows = [walk(seed=1), walk(70, seed=2)]
    together = codec.encode(windows)
    alone = torch.cat([codec.encode([window]) for window in windows])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)
    both = codec.decode(together)
    for row, motion in enumerate(both):
        (single,) = codec.decode(together[row : row + 1])
        torch.testing.assert_close(motion.translation, single.translation, rtol=0, atol=1e-5)
        torch.testing.assert_close(
            matrix_from_axis_angle(motion.poses),
            matrix_from_axis_angle(single.poses),
            rtol=0,
            atol=1e-4,
        )


def test_where_a_person_stands_changes_nothing_but_height_does(codec):
    window = walk()
    aside = replace(window, translation=window.translation + torch.tensor([1.0, 0.0, -2.0]))
    higher = replace(window, translation=window.translation + torch.tensor([0.0, 0.5, 0.0]))
    tokens = codec.encode([window])
    torch.testing.assert_close(codec.encode([aside]), tokens, rtol=0, atol=1e-4)
    assert (codec.encode([higher]) - tokens).abs().max() > 1e-3


def test_decoded_motion_is_one_window_with_eyes_at_rest(codec):
    tokens = torch.randn(2, codec.layout.tokens, codec.latent_dim)
    for motion in codec.decode(tokens):
        assert (len(motion), motion.fps) == (150, 15)
        assert not motion.poses[:, list(EYES)].any()
        assert motion.poses[:, list(Part.HANDS.layout.joints)].any()


def test_separators_of_encoded_windows_are_zero(codec):
    tokens = codec.encode([walk()])
    assert torch.equal(tokens[0].any(dim=-1), codec.layout.is_latent)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 150))
def test_a_short_window_holds_its_last_frame_and_says_so(frames):
    window = padded_window(walk(frames))
    assert len(window.motion) == 150
    assert int(window.frame_mask.sum()) == frames
    assert window.frame_mask[:frames].all()
    assert (window.motion.poses[frames:] == window.motion.poses[frames - 1]).all()


@pytest.mark.parametrize(("frames", "fps"), [(0, 15), (151, 15), (150, 30)])
def test_windows_too_long_empty_or_of_another_rate_are_refused(codec, frames, fps):
    with pytest.raises(ValueError, match="a window holds 1 to 150 frames at 15 fps"):
        codec.encode([walk(frames, fps=fps)])


def test_statistics_bring_latents_to_unit_size_and_cancel_in_the_round_trip(codec):
    torch.manual_seed(0)
    features = {part: torch.randn(8, 150, part.layout.width) * 3 + 1 for part in PARTS}
    vaes = {part: codec.part(part).vae for part in PARTS}
    statistics = {}
    for part in PARTS:
        mean, std = features[part].mean(dim=(0, 1)), features[part].std(dim=(0, 1))
        rough = PartStatistics.of_features(mean, std)
        torch.testing.assert_close(rough.restored(rough.normalised(features[part])), features[part])
        latents = Codec(vaes, {part: rough}).encode_part(part, features[part])
        statistics[part] = rough.with_latents(latents.detach())
    fitted = Codec(vaes, statistics)
    for part in PARTS:
        latents = fitted.encode_part(part, features[part])
        assert latents.square().mean().item() == pytest.approx(1.0, abs=0.02)
        plain = vaes[part].encode(statistics[part].normalised(features[part])).mean
        expected = statistics[part].restored(vaes[part].decode(plain))
        found = fitted.decode_part(part, latents)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.fixture
def folder(codec, tmp_path):
    statistics = PartStatistics.of_features(torch.tensor([0.5]), torch.tensor([2.0]))
    vaes = {part: codec.part(part).vae for part in PARTS}
    Codec(vaes, {Part.FACE: statistics}).save(tmp_path)
    return tmp_path


def test_saving_then_loading_gives_the_same_tokens(folder, codec):
    loaded = Codec.load(folder)
    window = walk()
    again = folder / "again"
    loaded.save(again)
    assert torch.equal(loaded.encode([window]), Codec.load(again).encode([window]))
    assert not torch.allclose(loaded.encode([window]), codec.encode([window]))
    assert loaded.part(Part.FACE).statistics.feature_std.item() == 2.0
    assert not loaded.training


def test_loading_names_a_missing_and_an_unexpected_tensor(folder):
    (path,) = (folder / "vae_hands").glob("*.safetensors")
    tensors = load_file(path)
    bias = tensors.pop("head.bias")
    save_file(tensors | {"tail.bias": bias}, path)
    with pytest.raises(WeightsError, match=r"vae_hands .*missing tensors: head\.bias") as error:
        Codec.load(folder)
    assert "unexpected tensors: tail.bias" in str(error.value)


def test_loading_names_statistics_that_do_not_fit(folder):
    path = folder / "statistics.safetensors"
    tensors = load_file(path)
    save_file(tensors | {"face.feature_std": torch.zeros(1)}, path)
    with pytest.raises(WeightsError, match="feature_std must be positive"):
        Codec.load(folder)
    save_file(tensors | {"face.feature_mean": torch.zeros(9)}, path)
    with pytest.raises(WeightsError, match="feature_mean has 9 channels; expected 106 or 1"):
        Codec.load(folder)
    del tensors["upper.latent_std"]
    save_file(tensors, path)
    with pytest.raises(WeightsError, match=r"missing tensors: \['upper.latent_std'\]"):
        Codec.load(folder)


def test_swapped_parts_and_different_latents_are_refused(codec):
    vaes = {part: codec.part(part).vae for part in PARTS}
    swapped = vaes | {Part.UPPER: vaes[Part.LOWER], Part.LOWER: vaes[Part.UPPER]}
    with pytest.raises(WeightsError, match="the VAE of upper has .*61.*expected.*78"):
        Codec(swapped)
    other = PartVAE(Part.FACE.layout.width, latent_dim=32, layers=1, heads=1, ff_size=8)
    with pytest.raises(WeightsError, match="latent_dim differs.*'face': 32"):
        Codec(vaes | {Part.FACE: other})
    with pytest.raises(WeightsError, match="hands are missing"):
        Codec({part: vae for part, vae in vaes.items() if part is not Part.HANDS})
