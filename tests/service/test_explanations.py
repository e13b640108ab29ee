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


def differences(one, other, path="") -> list[str]:
    """Where two answers differ, numbers by more than 1e-5."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = [(name, one.get(name), other.get(name)) for name in sorted({*one, *other})]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(place, *pair) for place, pair in enumerate(zip(one, other, strict=True))]
    elif isinstance(one, float) and isinstance(other, float):
        return [] if one == pytest.approx(other, abs=1e-5) else [f"{path}: {one} and {other}"]
    else:
        return [] if one == other else [f"{path}: {one} and {other}"]
    return [each for name, *pair in pairs for each in differences(*pair, f"{path}/{name}")]


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

    assert answer["index_version"] == whole["index_version"]
    # the last bits of a probability may depend on the threads that a worker has at that moment
    assert differences(answer["explanation"], whole["explanation"]) == []
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


def test_the_best_of_what_a_filter_cut_is_named_with_what_it_would_have_scored(service, why):
    _, whole = why
    before = placed_moment(whole)
    best, *others = before["candidates"]
    options = {"retrieval": {"exclude_exemplars": [best["exemplar_id"]]}}

    job = ask(service, WAIT, options=json.dumps(options)).json()
    moments = service.get(job["links"]["json"]).json()["explanation"]["moments"]

    after = next(each for each in moments if each["time_seconds"] == before["time_seconds"])
    assert after["cut"]["exemplar"] == 1
    (named,) = after["cut_examples"]["exemplar"]
    assert {name: best[name] for name in named if name not in ("total", "behind")} == {
        name: value for name, value in named.items() if name not in ("total", "behind")
    }
    assert others, "something else was to choose from"
    assert named["behind"] == pytest.approx(after["candidates"][0]["total"] - named["total"])
    for moment in moments:
        counts = {name: count for name, count in moment["cut"].items() if count}
        assert set(moment["cut_examples"]) == set(counts)
        for name, rows in moment["cut_examples"].items():
            assert 1 <= len(rows) <= min(5, counts[name])
            totals = [row["total"] for row in rows]
            assert totals == sorted(totals, reverse=True)
