"""Exemplars over REST: found by every field, page by page."""

import pytest

from tests.service.curated import SCOTT, WAYNE, curated, listed, one, words
from tests.service.serving import served


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A filled store that nobody edits."""
    with served(curated(tmp_path_factory.mktemp("shown"))) as client:
        yield client


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["all", "because", "because", "but", "huge", "rose", "there"]),
        ({"label": "Contingency"}, ["because", "because"]),
        ({"label": ["Comparison", "iconic"]}, ["but", "huge"]),
        ({"kind": "relation", "speaker": 0}, ["but"]),
        ({"word": "BECAUSE", "recording": SCOTT}, ["because", "because"]),
        ({"type": ["beat", "deictic"]}, ["rose", "there"]),
        ({"quality": "none"}, ["because", "because", "but"]),
        ({"quality": "noisy_motion", "speaker": [0, 1], "recording": WAYNE}, ["there"]),
        ({"seconds_min": 0.45}, ["all", "huge", "rose", "there"]),
        ({"seconds_max": 0.45}, ["because", "because", "but"]),
        ({"text": "river because"}, ["all", "because", "because", "but", "huge", "rose", "there"]),
        ({"text": "nobody said this"}, []),
        ({"actor": "ada"}, []),
        ({"removed": "yes"}, []),
    ],
)
def test_exemplars_are_found_by_every_field(shown, wanted, found):
    assert words(shown, **wanted) == found


def test_pages_go_through_everything_once_and_count_what_there_is(shown):
    first = listed(shown, limit=3, facets=True)
    second = listed(shown, limit=3, cursor=first["next_cursor"])
    third = listed(shown, limit=3, cursor=second["next_cursor"])

    ids = [row["id"] for page in (first, second, third) for row in page["exemplars"]]
    assert len(ids) == len(set(ids)) == first["total"] == 7
    assert third["next_cursor"] is None
    assert second["facets"] is None
    facets = first["facets"]
    assert facets["kind"] == {"gesture": 4, "relation": 3}
    assert facets["type"] == {"beat": 1, "deictic": 1, "iconic": 1, "metaphoric": 1}
    assert facets["word"]["because"] == 2
    assert set(facets) >= {"label", "word", "type", "speaker", "quality", "source", "kind", "split"}


def test_an_exemplar_tells_all_a_curator_needs(shown):
    exemplar, headers = one(shown, word="huge")
    assert headers == {"If-Match": f'"{exemplar["revision"]}"'}
    assert exemplar | {"id": 0, "annotation_id": 0, "seq": 0, "window_id": 0, "revision": 0} == {
        "id": 0,
        "used_in_jobs": None,
        "annotation_id": 0,
        "seq": 0,
        "window_id": 0,
        "revision": 0,
        "recording": SCOTT,
        "speaker": 1,
        "speaker_name": "scott",
        "split": "train",
        "window_start_seconds": 0.0,
        "kind": "gesture",
        "label": "iconic",
        "sense": "iconic",
        "word": "huge",
        "start_seconds": 2.0,
        "end_seconds": 2.5,
        "stroke_seconds": 2.0,
        "probability": 0.8,
        "source": "corpus",
        "prominence": 0.5,
        "quality": ["noisy_motion"],
        "comment": "",
        "removed": False,
        "text": "the huge river rose because it rained all night",
    }


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/v1/exemplars?cursor=nonsense", "cursor"),
        ("/v1/exemplars?limit=501", "limit"),
        ("/v1/exemplars?limit=0", "limit"),
        ("/v1/exemplars?speaker=x", "speaker"),
        ("/v1/exemplars?seconds_min=nan", "seconds_min"),
        ("/v1/exemplars?lable=iconic", "lable"),
        ("/v1/exemplars?removed=maybe", "removed"),
        ("/v1/exemplars/x", "exemplar_id"),
        ("/v1/exemplars/0", "exemplar_id"),
        ("/v1/exemplars/99999999999999999999", "exemplar_id"),
        ("/v1/exemplars/coverage?few=0", "few"),
        ("/v1/exemplars?text=%00", "text"),
    ],
)
def test_a_bad_question_names_field_and_limit(shown, address, field):
    answer = shown.get(address)
    error = answer.json()["error"]
    assert answer.status_code == 422, answer.text
    assert field in error["field"]
    assert error["limit"]


@pytest.mark.parametrize(
    "address",
    [
        "/v1/exemplars/9223372036854775807",
        "/v1/exemplars/12345/history",
        "/v1/exemplars?version=nobody",
        "/v1/exemplars?version=99999999999999999999",
        "/v1/exemplars/coverage?version=99",
        "/v1/exemplars/1?version=nobody",
    ],
)
def test_what_is_not_there_is_not_found(shown, address):
    answer = shown.get(address)
    assert answer.status_code == 404, answer.text
    assert answer.json()["error"]["remedy"]


def test_coverage_names_every_label_and_counts_those_that_exist(shown):
    answer = shown.get("/v1/exemplars/coverage", params={"few": 2}).raise_for_status().json()
    rows = {(row["kind"], row["label"]): row for row in answer["labels"]}
    assert rows["gesture", "iconic"] | {"few": None} == {
        "kind": "gesture",
        "label": "iconic",
        "exemplars": 1,
        "speakers": 1,
        "recordings": 1,
        "few": None,
    }
    assert rows["gesture", "iconic"]["few"] is True
    counted = {name: row["exemplars"] for (_, name), row in rows.items() if row["exemplars"]}
    assert sum(counted.values()) == 7
    assert any(row["exemplars"] == 0 for row in rows.values())
