"""Sampling against the published cases, on latents."""

import pytest
import torch

from diffusion.config import SamplingOptions
from diffusion.insertions import InsertedSpan, Insertions
from diffusion.sampling import Noise, Sampler
from diffusion.windows import SeedTokens
from motion.parts import PARTS
from motion.timeline import ChunkSpan
from tests.diffusion.golden import Golden
from tests.parity import assert_close

SEEDED = "_seeded"
ROUNDED_TOKEN_ERROR, OTHER_TOKEN_ERROR = 2.5, 0.1
"""Mean and largest error behind a run whose query mask the reference rounds to 1/16."""


@pytest.fixture(scope="module")
def golden():
    return Golden.load("ddim")


@pytest.fixture(scope="module")
def whole():
    return Golden.load("pipeline")


def published(mode, **settings):
    return SamplingOptions(behaviour="published", mode=mode, **settings)


def options_of(case, preset):
    """Options that a case's name stands for, e.g. ``guided_intended/increasing_lr0.1``."""
    kind = case.split("/")[0].partition("_lr")[0].removesuffix(SEEDED)
    modes = {"insertion_only": "initialise", "insertion": "initialise", "outpaint": "outpaint"}
    modes |= {"guided_released": "released", "guided_intended": "guide"}
    mode = modes.get(kind, "none")
    if mode != "guide":
        return published(mode)
    head, _, rate = case.rpartition("_lr")
    named = head.partition("/")[2]
    return published("guide", guidance_preset=named or preset, guidance_rate=float(rate))


def is_seeded(case):
    return case.split("/")[0].endswith(SEEDED) or case == "seed"


def inserted(golden, spans):
    """Published insertions of (levels, span entry) pairs into one sample."""
    layout, width = golden.denoiser.layout, golden.denoiser.config.latent_dim
    pieces = [
        InsertedSpan(golden.trajectory(levels), ChunkSpan(*target), ChunkSpan(*source), 1.0)
        for levels, target, source in spans
    ]
    return Insertions.of(pieces, layout, golden.schedule, width, published=True)


def compare_steps(golden, sampler, case, setup, tol):
    """Run one case step by step and compare what the case keeps."""
    kept_key = "kept_step_indices_" + ("plain" if case == "sample" else "others")
    kept = golden.config[kept_key]
    steps = {step.level: step for step in sampler.steps(*setup)}
    assert_close(steps[0].x_t, golden.tensors[f"out/{case}/final"], tol, case)
    between = golden.tensors.get(f"out/{case}/steps")
    if between is not None:
        for place, index in enumerate(kept):
            assert_close(steps[index].moved, between[place], tol, f"{case} after step {index}")
    first = golden.tensors.get(f"out/{case}/first_pred_x0")
    if first is not None:
        assert_close(steps[golden.schedule.steps - 1].x_0, first, tol, f"{case} first x_0")


def test_parity_ddim_every_run_matches_at_every_kept_step(golden):
    """Compare plain, seeded, outpainted, inserted and guided runs; 1e-4, intended guidance 2e-4."""
    given, config = golden.tensors, golden.config
    levels = golden.inverted(given["in/clean_latent"], "in/retr_")
    own = inserted(golden, [(levels, config["query_span"], config["retrieved_span"])])
    assert torch.equal(own.mask, given["in/guide_mask"].bool())
    seed = SeedTokens.following(given["in/prev_latent"], golden.denoiser.layout)
    one = Noise(given["in/noise"][:1], given["in/renoise_bank"])
    cases = [name.removeprefix("out/").removesuffix("/final") for name in given]
    cases = [case for case, name in zip(cases, given, strict=True) if name.endswith("/final")]
    assert cases, "no case was found"
    for case in cases:
        sampler = Sampler(golden.denoiser, golden.schedule, options_of(case, ""))
        if case == "sample":
            setup = (Noise(given["in/noise"]), golden.prepared())
        else:
            held = golden.sequence(given["in/outpaint_seq"]) if case == "outpaint" else own
            setup = (one, golden.prepared(samples=1), held, seed if is_seeded(case) else None)
        compare_steps(golden, sampler, case, setup, 2e-4 if "intended" in case else 1e-4)


@pytest.fixture(scope="module")
def placed(whole):
    """The inserted clips of both samples, each inverted under its own conditions."""
    rows = []
    for row, spans in enumerate(whole.config["spans"]):
        pieces = []
        for place, span in enumerate(spans):
            prefix = f"in/retr_{row}_{place}/"
            levels = whole.inverted(whole.tensors[f"{prefix}latent"], prefix)
            pieces.append((levels, span["query"], span["retrieved"]))
        rows.append(inserted(whole, pieces))
    return Insertions.stacked(rows)


def whole_runs(whole, golden, placed, cases):
    """The answers to whole inference calls."""
    given = whole.tensors
    both = given["in/start_noise"]
    bank = golden.tensors["in/renoise_bank"].expand(-1, len(both), -1, -1)
    seed = SeedTokens.following(given["in/prev_latent"], whole.denoiser.layout)
    for case in cases:
        options = options_of(case, whole.config["guidance_iters"])
        sampler = Sampler(whole.denoiser, whole.schedule, options)
        held = whole.sequence(given["in/outpaint_seq"]) if case == "outpaint" else placed
        taken = seed if is_seeded(case) else None
        yield case, sampler.sample(Noise(both, bank), whole.prepared(), held, taken)


def whole_cases(whole, prefix):
    names = [name.removeprefix(prefix) for name in whole.tensors if name.startswith(prefix)]
    return [name for name in names if "/" not in name and not name.startswith("train_")]


def test_parity_pipeline_every_whole_call_matches(whole, golden, placed):
    """Compare whole inference calls on latents, two samples at once; 5e-4."""
    cases = whole_cases(whole, "out/")
    assert cases, "no case was found"
    for case, found in whole_runs(whole, golden, placed, cases):
        assert_close(found, whole.tensors[f"out/{case}"], 5e-4, case)


def test_parity_pipeline_a_query_mask_only_rounds_the_masked_tokens(whole, golden, placed):
    """Compare with the reference as it is, whose mask rounds three tokens (see its README)."""
    layout = whole.denoiser.layout
    masked = torch.zeros(layout.tokens, dtype=torch.bool)
    masked[[layout.chunks * place for place in range(1, len(PARTS))]] = True
    prefix = "out/with_query_mask/"
    for case, found in whole_runs(whole, golden, placed, whole_cases(whole, prefix)):
        error = (found - whole.tensors[prefix + case]).abs()
        assert error[:, masked].mean() < ROUNDED_TOKEN_ERROR, case
        assert error[:, ~masked].max() < OTHER_TOKEN_ERROR * found.abs().max(), case
