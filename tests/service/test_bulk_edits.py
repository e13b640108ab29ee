"""Many exemplars edited at once over REST: all as shown, or none."""

import pytest

from tests.service.curated import head, one, words
from tests.service.test_exemplar_edits import client, shown, store

__all__ = ["client", "shown", "store"]


def test_a_bulk_edit_of_a_filter_changes_exactly_what_its_dry_run_showed(client):
    asked = {
        "filter": {"label": ["beat", "iconic"]},
        "edit": {"operation": "flag", "add": ["x-checked"]},
        "reason": "seen",
    }
    dry = client.post("/v1/exemplars/bulk", json=asked | {"dry_run": True}).json()
    done = client.post("/v1/exemplars/bulk", json=asked | {"if_version": dry["head"]})
    late = client.post("/v1/exemplars/bulk", json=asked | {"if_version": dry["head"]})

    assert done.status_code == 200, done.text
    assert done.json()["version"] == dry["head"] + 1
    assert [row["id"] for row in done.json()["rows"]] == [row["id"] for row in dry["rows"]]
    assert words(client, quality="x-checked") == ["huge", "rose"]
    assert late.status_code == 412
    assert late.json()["error"]["detail"] == {"expected": dry["head"], "found": dry["head"] + 1}


def test_a_list_of_edits_is_made_whole_or_not_at_all(client):
    huge, _ = one(client, word="huge")
    rose, _ = one(client, word="rose")
    changes = [
        {"id": huge["id"], "edit": {"operation": "remove"}, "if_revision": huge["revision"]},
        {"id": rose["id"], "edit": {"operation": "relabel", "label": "iconic"}, "if_revision": 7},
    ]
    before = head(client)

    conflict = client.post("/v1/exemplars/bulk", json={"changes": changes})
    assert (conflict.status_code, head(client)) == (412, before)
    assert conflict.json()["error"]["detail"]["id"] == rose["id"]

    changes[1]["if_revision"] = rose["revision"]
    done = client.post("/v1/exemplars/bulk", json={"changes": changes}).json()
    assert (done["version"], done["total"]) == (before + 1, 2)
    assert words(client, speaker=1, kind="gesture") == ["all", "rose"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"changes": []},
        {"filter": {}},
        {"edit": {"operation": "remove"}},
        {"changes": [{"id": 1, "edit": {"operation": "remove"}}], "filter": {}},
        {"filter": {"lable": ["x"]}, "edit": {"operation": "remove"}},
    ],
)
def test_a_bulk_edit_is_one_form_or_the_other(shown, body):
    answer = shown.post("/v1/exemplars/bulk", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["limit"]
