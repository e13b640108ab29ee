"""The same answer wherever the networks are."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch

from diffusion.config import SamplingOptions
from diffusion.pipeline import GesturePipeline
from speech.features import DefaultEncoder
from tests.diffusion.test_denoiser import woken
from tests.diffusion.test_pipeline import speech

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device that torch can use"),
]


@pytest.fixture
def folder(tmp_path):
    """Weights of a tiny pipeline."""
    tiny = GesturePipeline.tiny(DefaultEncoder())
    woken(tiny.denoiser)
    tiny.save_pretrained(tmp_path)
    return tmp_path


def test_the_same_seed_gives_the_same_tokens_on_cpu_and_cuda(folder):
    on_cpu, on_cuda = tokens_on("cpu", folder, "float32"), tokens_on("cuda", folder, "float32")
    assert len(on_cpu) > 1
    torch.testing.assert_close(on_cuda, on_cpu, rtol=1e-3, atol=1e-3)


def test_cuda_samples_in_bfloat16_unless_told_otherwise(folder):
    exact, usual = tokens_on("cuda", folder, "float32"), tokens_on("cuda", folder, "auto")
    error = (usual - exact).square().mean().sqrt() / exact.std()
    assert 1e-5 < error < 0.1


def test_graphs_change_no_token(folder):
    plain = tokens_on("cuda", folder, "float32")
    graphed = tokens_on("cuda", folder, "float32", graphs=True)
    torch.testing.assert_close(graphed, plain, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("precision", "bound"), [("float32", 1e-4), ("auto", 0.1)])
def test_company_changes_a_window_by_no_more_than_rounding(folder, precision, bound):
    pipeline = GesturePipeline.from_pretrained(folder, "cuda", precision=precision)
    options = SamplingOptions(steps=8, seed=3)
    alone = torch.cat(list(pipeline.sampled(speech(12.0), 1, [], options)))
    with ThreadPoolExecutor(8) as callers:
        talks = callers.map(
            lambda seed: list(pipeline.sampled(speech(12.0), 1, [], replace(options, seed=seed))),
            range(8),
        )
        beside = torch.cat(list(talks)[options.seed])
    assert pipeline.engine.counters.batches[0] < pipeline.engine.counters.ticks, "they never met"
    assert (beside - alone).square().mean().sqrt() < bound * alone.std()


def tokens_on(device, folder, precision, graphs=False):
    """Tokens of all windows of a talk."""
    pipeline = GesturePipeline.from_pretrained(folder, device, precision=precision, graphs=graphs)
    assert pipeline.device.type == device
    with torch.no_grad():
        windows = list(pipeline.sampled(speech(12.0), 1, [], SamplingOptions(steps=8, seed=3)))
    return torch.cat(windows).cpu()
