"""The whole generator on real classes made tiny."""

import copy
import dataclasses
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from annotations.types import (
    Exemplar,
    GestureLabel,
    GestureType,
    Held,
    PlacedExemplar,
    Window,
)
from diffusion.config import SamplingOptions
from diffusion.inversion import Trajectory
from diffusion.pipeline import GesturePipeline
from diffusion.sampling import NotFiniteError, SamplingStoppedError, Watch
from diffusion.weights import WeightsError
from motion.clip import Motion
from motion.parts import EYES, INSERTED_PARTS, PARTS
from motion.timeline import MODEL_FPS, ChunkSpan, FrameSpan
from speech.features import DefaultEncoder
from speech.transcript import SAMPLE_RATE, Interval, Speech, Word
from tests.diffusion.test_denoiser import woken

FAST = SamplingOptions(steps=8)


def speech(seconds: float, seed: int = 0) -> Speech:
    rng = np.random.default_rng(seed)
    samples = (0.1 * rng.standard_normal(round(30 * SAMPLE_RATE))).astype(np.float32)
    words = (Word("first", Interval(0.5, 0.9)), Word("second", Interval(1.5, 2.0)))
    return Speech(samples[: round(seconds * SAMPLE_RATE)], words)


def swaying(seconds: float, fps: float) -> Motion:
    frames = round(seconds * fps)
    motion = Motion.rest(frames, fps)
    motion.poses[:, 16:22] = torch.sin(torch.arange(frames)[:, None, None] / fps) * 0.4
    return motion


@dataclass(frozen=True)
class TinyClip:
    """Ten seconds made up on the spot."""

    key: str = "2_scott_0_1_1@0.000"
    speaker: int = 1

    def motion(self) -> Motion:
        return swaying(10.0, 30)

    def speech(self) -> Speech:
        return speech(10.0, seed=5)


def placed(strength: float | None, start: int = 2) -> PlacedExemplar:
    label = GestureLabel(GestureType.ICONIC, "throw", Interval(3.0, 3.5))
    window = Window("2_scott_0_1_1", 1, 0.0, "throw", gestures=(label,))
    target, source = ChunkSpan(start, start + 3), ChunkSpan(4, 7)
    return PlacedExemplar(Exemplar(1, window, label), TinyClip(), target, source, strength)


def held(one: PlacedExemplar, delay_frames: int) -> PlacedExemplar:
    """The same, of which only a second counts in full."""
    start = one.target.frames.start + 10
    span = Held(FrameSpan(start, start + 15), fade_frames=9)
    return dataclasses.replace(one, held=span, delay_frames=delay_frames)


@pytest.fixture(scope="module")
def pipeline() -> GesturePipeline:
    torch.manual_seed(0)
    return GesturePipeline.tiny(DefaultEncoder())


def test_motion_lasts_as_long_as_the_sound_at_thirty_frames(pipeline):
    for seconds in (0.7, 9.96, 12.34):
        motion = pipeline(speech(seconds), 1, [], FAST)

        assert len(motion) == round(seconds * 30)
        assert motion.fps == 30
        assert torch.isfinite(motion.poses).all()
        assert motion.poses[:, list(EYES)].abs().max() == 0


def test_the_same_seed_gives_the_same_motion_and_another_one_does_not(pipeline):
    first = pipeline(speech(4.0), 1, [placed(None)], FAST)
    again = pipeline(speech(4.0), 1, [placed(None)], FAST)
    other = pipeline(speech(4.0), 1, [placed(None)], dataclasses.replace(FAST, seed=1))

    assert torch.equal(first.poses, again.poses)
    assert not torch.allclose(first.poses, other.poses, atol=1e-3)


@pytest.mark.parametrize("network", ["denoiser", "codec"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_give_an_error_and_no_motion(pipeline, network, value):
    broken = copy.deepcopy(getattr(pipeline, network))
    for parameter in broken.parameters():
        parameter.data.fill_(value)
    ruined = GesturePipeline(
        **{"denoiser": pipeline.denoiser, "codec": pipeline.codec, network: broken},
        encoder=pipeline.encoder,
    )
    with pytest.raises(NotFiniteError, match="values of poses are not finite"):
        ruined(speech(12.0), 1, [], FAST)
    assert torch.isfinite(pipeline(speech(2.0), 1, [], FAST).poses).all()


def test_a_long_talk_begins_like_the_short_request(pipeline):
    long, short = speech(18.0), speech(18.0).window(0.0, 10.0)

    talk = pipeline(long, 1, [], FAST)
    start = pipeline(short, 1, [], FAST)

    torch.testing.assert_close(talk.poses[:260], start.poses[:260], atol=1e-4, rtol=0)


def test_a_request_gives_the_same_motion_alone_and_among_others(pipeline):
    requests = [
        (speech(22.0, seed=1), [placed(None)], FAST),
        (speech(5.0, seed=2), [], dataclasses.replace(FAST, steps=12, seed=7)),
        (speech(9.0, seed=3), [placed(None)], dataclasses.replace(FAST, behaviour="published")),
    ]
    alone = [pipeline(heard, 1, exemplars, options) for heard, exemplars, options in requests]

    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(pipeline, heard, 1, given, how) for heard, given, how in requests]
        together = [call.result(timeout=60) for call in calls]

    for one, other in zip(alone, together, strict=True):
        torch.testing.assert_close(one.poses, other.poses, rtol=0, atol=1e-4)
        torch.testing.assert_close(one.translation, other.translation, rtol=0, atol=1e-4)


def test_an_odd_window_shares_its_ends_with_both_neighbours(pipeline):
    layout = pipeline.codec.layout

    first, middle, last = pipeline.sampled(speech(28.0), 1, [placed(None, start=8)], FAST)

    for part in PARTS:
        head, end = layout.of(part, 0, 1), layout.of(part, layout.chunks - 1)
        torch.testing.assert_close(middle[:, head], first[:, end])
        torch.testing.assert_close(middle[:, end], last[:, head])


def test_pipelines_over_different_stores_share_one_engine(pipeline):
    class Nothing:
        def get(self, key: str) -> Trajectory | None:
            del key
            return None

    other = pipeline.with_trajectories(Nothing())

    assert other.engine is pipeline.engine
    assert other.timed() is pipeline.timed()
    assert other.weights_id == pipeline.weights_id


def test_an_exemplar_at_full_strength_is_verbatim(pipeline):
    sampled = pipeline(speech(10.0), 1, [placed(1.0)], FAST)
    tokens = pipeline.codec.encode([TinyClip().motion().resampled(MODEL_FPS)])
    expected = pipeline.codec.layout.parted(tokens)

    (window,) = pipeline.sampled(speech(10.0), 1, [placed(1.0)], FAST)
    found = pipeline.codec.layout.parted(window)

    assert len(sampled) == 300
    for part in INSERTED_PARTS:
        torch.testing.assert_close(found[part][:, 2:5], expected[part][:, 4:7], atol=2e-3, rtol=0)


def test_strength_moves_the_sample_towards_the_exemplar(pipeline):
    tokens = pipeline.codec.encode([TinyClip().motion().resampled(MODEL_FPS)])
    aim = pipeline.codec.layout.parted(tokens)

    def distance(strength: float) -> float:
        (window,) = pipeline.sampled(speech(10.0), 1, [placed(strength)], FAST)
        found = pipeline.codec.layout.parted(window)
        return sum(
            (found[part][:, 2:5] - aim[part][:, 4:7]).norm().item() for part in INSERTED_PARTS
        )

    distances = [distance(strength) for strength in (0.0, 0.3, 0.7, 1.0)]

    assert distances == sorted(distances, reverse=True)


def test_a_stored_inversion_gives_the_motion_of_one_made_on_the_spot(pipeline):
    stored = {TinyClip().key: pipeline.invert([TinyClip()])[0]}

    class Store:
        def get(self, key: str) -> Trajectory | None:
            return stored.get(key)

    spot = pipeline(speech(5.0), 1, [placed(None)], FAST)
    from_store = pipeline.with_trajectories(Store())(speech(5.0), 1, [placed(None)], FAST)

    assert torch.equal(spot.poses, from_store.poses)


def test_clips_inverted_together_are_as_inverted_alone(pipeline):
    alone = pipeline.invert([TinyClip()])[0]
    together = pipeline.invert([TinyClip(), TinyClip(speaker=3)])[0]

    torch.testing.assert_close(alone.latents, together.latents, atol=2e-3, rtol=1e-3)


def test_mode_none_ignores_exemplars(pipeline):
    options = dataclasses.replace(FAST, mode="none")

    bare = pipeline(speech(5.0), 1, [], options)
    given = pipeline(speech(5.0), 1, [placed(None)], options)

    assert torch.equal(bare.poses, given.poses)


def test_sampling_can_be_watched_and_stopped(pipeline):
    seen: list[tuple[int, int]] = []
    pipeline(speech(12.0), 1, [], FAST, Watch(lambda done, total: seen.append((done, total))))

    assert seen == [(done, 16) for done in range(1, 17)]
    with pytest.raises(SamplingStoppedError):
        pipeline(speech(12.0), 1, [], FAST, Watch(should_stop=lambda: True))


def test_saving_and_loading_changes_nothing(pipeline, tmp_path: Path):
    pipeline.save_pretrained(tmp_path)

    loaded = GesturePipeline.from_pretrained(tmp_path)

    assert loaded.weights_id == pipeline.weights_id
    before, after = (p(speech(3.0), 1, [], FAST).poses for p in (pipeline, loaded))
    assert torch.equal(before, after)


def test_half_precision_weights_load_as_single(pipeline, tmp_path: Path):
    pipeline.save_pretrained(tmp_path, half=True)

    loaded = GesturePipeline.from_pretrained(tmp_path)

    assert next(loaded.denoiser.parameters()).dtype == torch.float32
    before, after = (p(speech(3.0), 1, [], FAST).poses for p in (pipeline, loaded))
    assert 0 < (before - after).abs().mean() < 0.1


def test_an_unknown_speaker_is_refused(pipeline):
    with pytest.raises(ValueError, match="speaker 99 is unknown"):
        pipeline(speech(3.0), 99, [], FAST)


def test_parts_that_do_not_belong_together_are_refused(pipeline):
    other = GesturePipeline.tiny(DefaultEncoder()).denoiser
    narrow = type(other).tiny(latent_dim=pipeline.codec.latent_dim + 8)

    with pytest.raises(WeightsError, match="do not belong together"):
        GesturePipeline(narrow, pipeline.codec, pipeline.encoder)


def test_a_folder_without_weights_says_what_is_expected(tmp_path: Path):
    with pytest.raises(WeightsError, match=r"pipeline\.json"):
        GesturePipeline.from_pretrained(tmp_path)


def test_bfloat16_moves_samples_a_little_and_stored_inversions_not_at_all(pipeline):
    denoiser = woken(copy.deepcopy(pipeline.denoiser))
    single = dataclasses.replace(pipeline, denoiser=denoiser, precision="float32")
    half = dataclasses.replace(single, precision="bfloat16")

    expected, found = (
        torch.cat(list(each.sampled(speech(12.0), 1, [], FAST))) for each in (single, half)
    )
    error = (found - expected).square().mean().sqrt() / expected.std()

    assert 1e-5 < error < 0.1
    assert half.weights_id == single.weights_id
    assert torch.equal(half.trajectory(TinyClip()).latents, single.trajectory(TinyClip()).latents)


def test_published_sampling_knows_no_frames_within_chunks(pipeline):
    published = dataclasses.replace(FAST, behaviour="published")

    plain = pipeline(speech(6.0), 1, [placed(None)], published)
    asked = pipeline(speech(6.0), 1, [held(placed(None), 4)], published)

    assert torch.equal(plain.poses, asked.poses)


def test_a_delay_and_what_is_held_change_what_is_inserted_also_without_a_linear_path(pipeline):
    plain = pipeline(speech(6.0), 1, [placed(1.0)], FAST)
    whole = held(placed(1.0), 0)
    delayed = pipeline(speech(6.0), 1, [dataclasses.replace(whole, delay_frames=5)], FAST)
    in_time = pipeline(speech(6.0), 1, [whole], FAST)

    assert not torch.allclose(plain.poses, in_time.poses, atol=1e-4)
    assert not torch.allclose(delayed.poses, in_time.poses, atol=1e-4)


def test_a_held_exemplar_gives_the_same_motion_alone_and_among_others(pipeline):
    exemplars = [held(placed(None), 3)]
    alone = pipeline(speech(6.0), 1, exemplars, FAST)

    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(pipeline, speech(6.0, seed=n), 1, [], FAST) for n in (1, 2)]
        among = pool.submit(pipeline, speech(6.0), 1, exemplars, FAST).result(timeout=60)
        for other in others:
            other.result(timeout=60)

    torch.testing.assert_close(alone.poses, among.poses, rtol=0, atol=1e-4)
