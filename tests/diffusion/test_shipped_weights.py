"""The bundled weights do what their page says, on bundled recordings they were not trained on."""

from pathlib import Path

import pytest
import torch

from annotations.corpus import Corpus, Recording
from annotations.types import (
    Exemplar,
    GestureLabel,
    GestureType,
    Held,
    PlacedExemplar,
    Window,
)
from diffusion.config import SamplingOptions
from diffusion.inversion import inverted_levels
from diffusion.pipeline import GesturePipeline
from diffusion.sampling import Noise, Sampler
from evaluation.insertion import degrees_between
from motion.parts import INSERTED_PARTS, Part
from motion.timeline import MODEL_FPS, ChunkSpan, FrameSpan
from speech.transcript import Interval

DEMO = Path(__file__).resolve().parents[2] / "demo"
MOST_BYTES = 25_000_000
MOST_DEGREES = {Part.UPPER: 2.0, Part.HANDS: 3.0, Part.LOWER: 2.0}
MOST_TRANSLATION_METRES = 0.01


@pytest.fixture(scope="module")
def pipeline() -> GesturePipeline:
    return GesturePipeline.from_pretrained(DEMO / "weights")


@pytest.fixture(scope="module")
def recordings() -> tuple[Recording, ...]:
    return Corpus.open(DEMO / "corpus").recordings


def test_they_are_small_enough_to_ship():
    size = sum(path.stat().st_size for path in (DEMO / "weights").rglob("*") if path.is_file())

    assert size <= MOST_BYTES


def test_unseen_recordings_are_reconstructed_within_the_limits(pipeline, recordings):
    windows = [recording.clip(0.0).motion().resampled(MODEL_FPS) for recording in recordings]

    decoded = pipeline.codec.decode(pipeline.codec.encode(windows))

    for part, most in MOST_DEGREES.items():
        pairs = zip(decoded, windows, strict=True)
        degrees = [degrees_between(found, given, part) for found, given in pairs]
        assert sum(degrees) / len(degrees) <= most, part
    ground = [motion.translation - motion.translation[0] for motion in windows]
    moved = [motion.translation - motion.translation[0] for motion in decoded]
    errors = [(a - b).norm(dim=-1).mean() for a, b in zip(moved, ground, strict=True)]
    assert torch.stack(errors).mean() <= MOST_TRANSLATION_METRES


def test_what_is_said_tells_how_hands_move_in_unseen_recordings(pipeline, recordings):
    """Noisy tokens are denoised better with their own speech than with none or with another's."""
    clips = [recording.clip(0.0) for recording in recordings]
    tokens = pipeline.codec.encode([clip.motion().resampled(MODEL_FPS) for clip in clips])
    speech, speakers = [clip.speech() for clip in clips], [clip.speaker for clip in clips]
    own = pipeline.conditions(speech, speakers)
    others = pipeline.conditions([*speech[1:], speech[0]], speakers)
    timestep, layout = torch.full((len(clips),), 600), pipeline.denoiser.layout
    level = float(pipeline.config.schedule.training_alpha_bar[600])
    noise = torch.randn(tokens.shape, generator=torch.Generator().manual_seed(0))
    noised = level**0.5 * tokens + (1.0 - level) ** 0.5 * noise

    @torch.no_grad()
    def error(prepared):
        wrong = pipeline.denoiser.estimate(noised, timestep, prepared) - tokens
        return torch.cat([wrong[:, layout.of(p)] for p in INSERTED_PARTS]).square().mean().item()

    assert error(own) < 0.97 * error(None)
    assert error(own) < 0.96 * error(others)


def test_denoising_an_inverted_clip_comes_near_it_again(pipeline, recordings):
    """Far nearer than from any other noise; what is lost is the small network's error at t = 0."""
    clips = [recording.clip(0.0) for recording in recordings[:2]]
    tokens = pipeline.codec.encode([clip.motion().resampled(MODEL_FPS) for clip in clips])
    speech, speakers = [clip.speech() for clip in clips], [clip.speaker for clip in clips]
    prepared = pipeline.conditions(speech, speakers)
    levels = inverted_levels(
        pipeline.denoiser,
        pipeline.config.schedule,
        tokens,
        prepared,
        pipeline.inversion,
        pipeline.seams,
    )
    sampler = Sampler(
        pipeline.denoiser,
        pipeline.config.schedule,
        SamplingOptions(mode="none"),
        pipeline.seams,
        pipeline.config.guidance,
    )

    def distance(start: torch.Tensor) -> float:
        found = sampler.sample(Noise(start), prepared)
        return ((found - tokens).norm() / tokens.norm()).item()

    generator = torch.Generator().manual_seed(0)
    assert distance(levels[-2]) < 0.35
    assert distance(torch.randn(tokens.shape, generator=generator)) > 1.0


def test_an_inserted_exemplar_is_followed_across_a_seam_between_windows(pipeline, recordings):
    """Chunks 8 to 11 lie in two windows; chunk 9 is where the one hands over to the other."""
    query = recordings[0].speech()
    clip = recordings[1].clip(0.0)
    label = GestureLabel(GestureType.METAPHORIC, "huge", Interval(4.0, 4.5))
    exemplar = Exemplar(1, Window(recordings[1].id, clip.speaker, 0.0), label)
    target, source = ChunkSpan(8, 12), ChunkSpan(3, 7)
    placed = PlacedExemplar(exemplar, clip, target, source, strength=0.9)
    options = SamplingOptions(seed=3, steps=25)
    bare = SamplingOptions(seed=3, steps=25, mode="none")

    with_it = pipeline(query, recordings[0].speaker, [placed], options)
    without = pipeline(query, recordings[0].speaker, [], bare)
    taken = clip.motion()[FrameSpan(90, 210)]

    for part in INSERTED_PARTS:
        for half in (FrameSpan(0, 60), FrameSpan(60, 120)):
            inserted = degrees_between(with_it[half.shifted(240)], taken[half], part)
            untouched = degrees_between(without[half.shifted(240)], taken[half], part)
            assert inserted < untouched / 3, (part, half)


def test_an_exemplar_is_moved_by_frames_and_held_only_where_it_is_to_be(pipeline, recordings):
    query, clip = recordings[0].speech(), recordings[1].clip(0.0)
    label = GestureLabel(GestureType.METAPHORIC, "huge", Interval(4.0, 4.5))
    placed = PlacedExemplar(
        Exemplar(1, Window(recordings[1].id, clip.speaker, 0.0), label),
        clip,
        ChunkSpan(3, 7),
        ChunkSpan(3, 7),
        strength=1.0,
        delay_frames=6,
        held=Held(FrameSpan(60, 84), fade_frames=9),
    )
    with_it = pipeline(query, recordings[0].speaker, [placed], SamplingOptions(seed=3))
    without = pipeline(query, recordings[0].speaker, [], SamplingOptions(seed=3, mode="none"))
    here = FrameSpan(2 * 60, 2 * 84)
    late, on_the_grid = clip.motion()[here.shifted(-2 * 6)], clip.motion()[here]

    for part in INSERTED_PARTS:
        to_late = degrees_between(with_it[here], late, part)
        assert to_late < degrees_between(with_it[here], on_the_grid, part) / 2, part
        assert to_late < degrees_between(without[here], late, part) / 4, part
        # chunk 3 is touched up to half; its first frames are none of the exemplar's
        head, grid = FrameSpan(2 * 45, 2 * 49), FrameSpan(2 * 45 - 12, 2 * 49 - 12)
        own = degrees_between(with_it[head], without[head], part)
        assert own < degrees_between(with_it[head], clip.motion()[grid], part), part
