"""Weights and indices that cannot be used are refused with their reason."""

import shutil
from dataclasses import dataclass

import pytest
from pydantic import SecretStr
from safetensors.torch import load_file, save_file

from annotations.database import Database
from annotations.language import LANGUAGE_FOLDER, LanguagePipelineError
from service.errors import UnavailableError
from service.loading import Loader, device_of
from service.settings import Settings
from service.speakers import known_speakers
from speech.asr import TranscriberError
from tests.indexing.tiny_corpus import FakeEmbedder


@dataclass(frozen=True)
class OtherLoader(Loader):
    """Queries are embedded by another model than the index was built with."""

    embedder = FakeEmbedder()


def loader(settings, **changed) -> Loader:
    return Loader(settings.model_copy(update=changed), Database.open(settings.database))


def test_a_checkpoint_whose_parts_do_not_match_is_refused(settings, tmp_path):
    weights = shutil.copytree(settings.weights, tmp_path / "weights")
    [path] = (weights / "vae_upper").glob("*.safetensors")
    tensors = load_file(path)
    name = next(iter(tensors))
    tensors["stray"] = tensors.pop(name)
    save_file(tensors, path)

    with pytest.raises(UnavailableError, match="stray") as refused:
        _ = loader(settings, weights=str(weights)).pipeline

    assert refused.value.body.code == "weights_unusable"
    assert refused.value.body.remedy
    assert name in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        *("{", "{}", '{"format": 1, "speakers": 3}', "[]", "\xff"),
        pytest.param("[" * 100_000, id="lists without end"),
    ],
)
def test_a_damaged_description_of_the_weights_is_refused_by_every_reader(
    settings, tmp_path, content
):
    weights = shutil.copytree(settings.weights, tmp_path / "weights")
    (weights / "pipeline.json").write_text(content, encoding="latin-1")
    changed = settings.model_copy(update={"weights": str(weights)})

    for read in (lambda: known_speakers(changed), lambda: loader(changed).pipeline):
        with pytest.raises(UnavailableError, match=r"pipeline\.json is damaged") as refused:
            read()
        assert refused.value.body.code == "weights_unusable"


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "cpu:3"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(device):
    with pytest.raises(UnavailableError, match="cpu") as refused:
        device_of(device)
    assert (refused.value.body.code, refused.value.body.found) == ("device_unusable", device)


def test_workers_of_one_machine_take_its_gpus_in_turn(monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)

    assert [device_of("auto", place) for place in range(4)] == ["cuda:0", "cuda:1"] * 2
    assert device_of("cuda:0", 1) == "cuda:0"
    assert device_of("cpu", 1) == "cpu"


@pytest.mark.parametrize("weights", ["/nowhere/at/all", "no-such-folder"])
def test_weights_that_are_not_there_are_refused(settings, weights):
    with pytest.raises(UnavailableError, match="no weights|no such folder"):
        _ = loader(settings, weights=weights).pipeline


def test_an_index_built_by_another_embedder_is_refused(settings):
    with (
        Database.open(settings.database) as database,
        pytest.raises(UnavailableError, match="fake@1") as refused,
    ):
        OtherLoader(settings, database).snapshot()
    assert refused.value.body.remedy == "run `chironomia index build`"


def test_a_service_without_an_index_says_how_to_build_one(tmp_path):
    settings = Settings(home=tmp_path / "home")
    with (
        Database.open(settings.database) as database,
        pytest.raises(UnavailableError, match="chironomia index build"),
    ):
        Loader(settings, database).snapshot()


def test_annotation_takes_pipeline_and_endpoint_of_the_settings(settings):
    chosen = loader(
        settings,
        language=str(LANGUAGE_FOLDER),
        llm_url="http://127.0.0.1:9/v1",
        llm_model="small",
        llm_key=SecretStr("secret"),
    )
    llm = chosen.annotator.llm
    assert llm is not None
    assert (llm.model, llm.key) == ("small", "secret")
    assert "secret" not in repr(llm) + repr(chosen.settings)
    assert chosen.annotator.transcriber is None


def test_annotation_models_that_are_not_there_are_named(settings):
    with pytest.raises(LanguagePipelineError, match="nowhere"):
        _ = loader(settings, language="nowhere").annotator
    with pytest.raises(TranscriberError, match="no such folder"):
        _ = loader(settings, transcriber="/no/where").annotator
