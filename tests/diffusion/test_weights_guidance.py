"""How strongly conditions count belongs to the weights: sampling and inversion read it there."""

import json
from dataclasses import asdict

import pytest

from diffusion.config import SamplingOptions
from diffusion.guidance import PUBLISHED_GUIDANCE, ClassifierFreeGuidance, classifier_free
from diffusion.pipeline import GesturePipeline
from diffusion.weights_folder import PIPELINE_FILE, PipelineConfig
from speech.features import DefaultEncoder

OWN = ClassifierFreeGuidance(coarse_scale=2.0, fine_weight=1.0)


@pytest.mark.parametrize("guidance", [PUBLISHED_GUIDANCE, OWN, None])
def test_a_weights_folder_keeps_its_guidance(tmp_path, guidance):
    PipelineConfig(guidance=guidance).write(tmp_path)

    assert PipelineConfig.read(tmp_path).guidance == guidance


def test_a_folder_that_names_no_guidance_has_the_published_one(tmp_path):
    PipelineConfig().write(tmp_path)

    assert "guidance" not in json.loads((tmp_path / PIPELINE_FILE).read_text())
    assert PipelineConfig.read(tmp_path).guidance == PUBLISHED_GUIDANCE


@pytest.mark.parametrize("guidance", [OWN, None])
def test_clips_are_inverted_as_the_weights_are_sampled(guidance):
    tiny = GesturePipeline.tiny(DefaultEncoder())
    config = PipelineConfig(speech_encoder=tiny.encoder.config(), guidance=guidance)
    pipeline = GesturePipeline(tiny.denoiser, tiny.codec, tiny.encoder, config)

    assert pipeline.inversion.guidance == guidance
    assert pipeline.weights_id != tiny.weights_id, "inversions of the two must not be mixed"


def test_a_request_may_ask_for_another_scale_and_published_behaviour_has_its_own():
    published = SamplingOptions(behaviour="published")
    asked = SamplingOptions(classifier_free_scale=4.0)

    assert classifier_free(SamplingOptions(), OWN) == OWN
    assert classifier_free(SamplingOptions(), None) is None
    assert classifier_free(published, OWN) == PUBLISHED_GUIDANCE
    assert classifier_free(published, None) == PUBLISHED_GUIDANCE
    assert asdict(classifier_free(asked, OWN)) == asdict(OWN) | {"coarse_scale": 4.0}
    assert classifier_free(asked, None).coarse_scale == 4.0
    assert classifier_free(SamplingOptions(classifier_free=False), OWN) is None
