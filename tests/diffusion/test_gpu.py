"""The same answer wherever the networks are."""

import pytest
import torch

from diffusion.config import SamplingOptions
from diffusion.pipeline import GesturePipeline
from speech.features import DefaultEncoder
from tests.diffusion.test_denoiser import woken
from tests.diffusion.test_pipeline import speech


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device that torch can use")
def test_the_same_seed_gives_the_same_tokens_on_cpu_and_cuda(tmp_path):
    tiny = GesturePipeline.tiny(DefaultEncoder())
    woken(tiny.denoiser)
    tiny.save_pretrained(tmp_path)
    on_cpu, on_cuda = tokens_on("cpu", tmp_path), tokens_on("cuda", tmp_path)
    assert len(on_cpu) > 1
    torch.testing.assert_close(on_cuda, on_cpu, rtol=1e-3, atol=1e-3)


def tokens_on(device, folder):
    """Tokens of all windows of a talk, each seeded by the one before."""
    pipeline = GesturePipeline.from_pretrained(folder, device)
    assert pipeline.device.type == device
    with torch.no_grad():
        windows = list(pipeline.sampled(speech(12.0), 1, [], SamplingOptions(steps=8, seed=3)))
    return torch.cat(windows).cpu()
