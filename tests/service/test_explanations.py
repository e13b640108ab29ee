"""Why a talk gets its exemplars, through a real worker."""

import json
from itertools import pairwise

import pytest

from tests.service.curated import head
from tests.service.world import words_json

WAIT = {"Prefer": "wait=100"}


def ask(client, headers=None, words=None, **fields):
    files = {"words": words_json(6.0) if words is None else words}
    return client.post("/v1/explanations", data=fields, files=files, headers=headers)


@pytest.fixture(scope="module")
def why(service):
    """The whole answer about a talk that says because and huge."""
    job = ask(service, WAIT).json()
    assert (job["state"], job["kind"]) == ("succeeded", "explanation"), job
    assert set(job["links"]) == {"self", "events", "json"}
    return job, service.get(job["links"]["json"]).raise_for_status().json()


def placed_moment(whole):
    return next(each for each in whole["explanation"]["moments"] if each["placed"])


def test_every_moment_has_its_candidates_with_every_term_of_their_scores(service, why):
    job, whole = why
    moments = whole["explanation"]["moments"]

    assert job["index_version"] == whole["index_version"] == head(service)
    assert job["result"]["moments"] == len(moments) > 0
    for moment in moments:
        assert moment["reason"]
        totals = [each["total"] for each in moment["candidates"]]
        assert totals == sorted(totals, reverse=True)
        for candidate in moment["candidates"]:
            assert sum(term["value"] for term in candidate["terms"]) == pytest.approx(
                candidate["total"], abs=1e-6
            )
            assert candidate["behind"] == pytest.approx(totals[0] - candidate["total"], abs=1e-6)
    assert [word["word"] for word in whole["annotations"]["words"]][:2] == ["we", "stayed"]


def test_it_tells_what_another_answer_would_be_without_an_exemplar(service, why):
    _, whole = why
    moment = placed_moment(whole)
    chosen = moment["placed"]["exemplar_id"]
    job = ask(service, WAIT, without=[str(chosen)]).json()
    answer = service.get(job["links"]["json"]).json()

    assert answer["explanation"] == whole["explanation"]
    other = answer["without"]
    assert other["exemplars"] == [chosen]
    assert job["result"]["changed"] == len(other["changed"]) > 0
    assert chosen in {each["before"]["exemplar"] for each in other["changed"]}
    shown = {
        candidate["exemplar_id"]
        for each in other["explanation"]["moments"]
        for candidate in each["candidates"]
    }
    assert chosen not in shown


def test_an_earlier_version_is_explained_as_it_was(service, why):
    _, whole = why
    chosen = placed_moment(whole)["placed"]["exemplar_id"]
    before = head(service)
    service.delete(f"/v1/exemplars/{chosen}", headers={"If-Match": "*"}).raise_for_status()
    then = ask(service, WAIT, index=str(before)).json()
    now = ask(service, WAIT, index="staging").json()
    service.post(f"/v1/exemplars/{chosen}/restore", headers={"If-Match": "*"}).raise_for_status()
    old, new = (service.get(job["links"]["json"]).json() for job in (then, now))

    assert (then["index_version"], now["index_version"]) == (before, before + 1)
    assert placed_moment(old)["placed"]["exemplar_id"] == chosen
    assert f'"exemplar_id": {chosen},' not in json.dumps(new["explanation"])


def test_bad_questions_are_refused_by_name(service):
    for fields, status, field in (
        ({"index": "nothing"}, 404, "version"),
        ({"without": ["0"]}, 422, "without.0"),
        ({"speaker": "99"}, 422, "speaker"),
        ({"options": '{"retrieval": {"scorer": "x"}}'}, 422, "options.retrieval.scorer"),
        ({"sped": "1"}, 422, "sped"),
    ):
        answer = ask(service, **fields)
        assert answer.status_code == status, answer.text
        assert answer.json()["error"]["field"] == field
    for given, status, code in (
        ({"text": " "}, 422, "speech_missing"),
        ({"text": "because " * 501}, 413, "too_many_words"),
    ):
        answer = service.post("/v1/explanations", data=given)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_sentence_that_nobody_has_spoken_yet_is_explained_at_a_guessed_pace(service):
    said = "we stayed inside because it rained. The huge river rose"
    job = service.post("/v1/explanations", data={"text": said}, headers=WAIT).json()
    whole = service.get(job["links"]["json"]).json()

    assert any("five syllables a second" in note for note in job["result"]["notes"])
    words = whole["annotations"]["words"]
    assert [word["word"] for word in words] == said.split()
    assert all(one["end"] <= other["start"] for one, other in pairwise(words))
    assert {moment["word"] for moment in whole["explanation"]["moments"]} & {"because", "huge"}
