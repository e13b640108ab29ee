"""A ``pipeline.json`` that cannot be used: every trouble is one typed error that names it."""

import json

import pytest

from diffusion.weights import WeightsError
from diffusion.weights_folder import PIPELINE_FILE, PipelineConfig


def changed(**fields: object) -> str:
    """The file as it is written, with other fields."""
    return json.dumps(PipelineConfig().to_json() | fields)


SCHEDULE = PipelineConfig().to_json()["schedule"]
BROKEN = {
    "lists without end": "[" * 100_000,
    "objects without end": '{"a":' * 100_000,
    "a huge number": f'{{"format": 1{"0" * 5_000}}}',
    "a schedule that falls": changed(schedule=SCHEDULE | {"timesteps": [5, 3]}),
    "a schedule of numbers beyond all": changed(schedule=SCHEDULE | {"beta_start": 10**400}),
    "a list": "[]",
    "no text": "\xff",
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_description_that_cannot_be_read_is_damaged(tmp_path, case):
    (tmp_path / PIPELINE_FILE).write_text(BROKEN[case], encoding="latin-1")
    with pytest.raises(WeightsError, match=r"pipeline\.json is damaged or incomplete") as caught:
        PipelineConfig.read(tmp_path)
    assert len(str(caught.value)) < 500


def test_another_format_is_told_as_such(tmp_path):
    (tmp_path / PIPELINE_FILE).write_text(changed(format=2))
    with pytest.raises(WeightsError, match="has format 2; this is 1$"):
        PipelineConfig.read(tmp_path)
