"""Options of a request as JSON: what is read, and what is refused."""

import json

import pytest

from retrieval.options import RetrievalOptions
from retrieval.weights import Weights
from service.errors import InvalidInputError
from service.options import options_of, options_schema, with_choices


def refused(text: str) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        options_of(text)
    return caught.value


def test_a_call_may_bring_some_weights_and_keeps_the_other_defaults():
    found = options_of('{"retrieval": {"weights": {"speaker": 3}}}')

    assert found.retrieval.weights == Weights(speaker=3.0)


def test_without_weights_the_servers_count():
    assert options_of("{}").retrieval.weights is None


def test_options_survive_being_written_down():
    given = options_of('{"retrieval": {"weights": {"word": 1}, "recently_used": {"7": 4.5}}}')

    assert options_of(json.dumps(given.as_json())).as_json() == given.as_json()


def test_an_unknown_weight_is_named_with_the_known_ones():
    error = refused('{"retrieval": {"weights": {"wrd": 1}}}').body

    assert error.field == "options.retrieval.weights.wrd"
    assert "same_word" in (error.remedy or "")


def test_a_weight_out_of_range_is_named_with_its_limit():
    error = refused('{"retrieval": {"weights": {"word": -1}}}').body

    assert (error.field, error.limit) == ("options.retrieval.weights.word", "0..100")


@pytest.mark.parametrize(
    ("retrieval", "field"),
    [
        ('{"scorer": "published", "weights": {"word": 1}}', "weights"),
        ('{"scorer": "published", "recently_used": {"7": 4.5}}', "recently_used"),
        ('{"placement": "published", "minimum_gap_chunks": 3}', "minimum_gap_chunks"),
        ('{"placement": "published", "max_per_minute": 3}', "max_per_minute"),
        ('{"placement": "whole_seconds", "before_seconds": 0.5}', "before_seconds"),
        ('{"placement": "published", "after_seconds": 0.5}', "after_seconds"),
        ('{"method": "discourse", "fill_with_prosody": true}', "fill_with_prosody"),
        ('{"scorer": "published", "fill_with_prosody": true}', "fill_with_prosody"),
    ],
)
def test_a_choice_that_would_have_no_effect_is_refused(retrieval, field):
    assert refused(f'{{"retrieval": {retrieval}}}').body.field == f"options.retrieval.{field}"


def test_how_much_is_held_has_no_effect_on_published_sampling():
    error = refused(
        '{"retrieval": {"before_seconds": 0.5}, "sampling": {"behaviour": "published"}}'
    ).body

    assert error.field == "options.retrieval.before_seconds"
    assert "sampling.behaviour default" in error.message


def test_how_much_is_held_has_limits():
    error = refused('{"retrieval": {"after_seconds": 9}}').body

    assert (error.field, error.limit) == ("options.retrieval.after_seconds", "0.1..5.0")


@pytest.mark.parametrize("found", [0, -3, 2**63, 10**23])
@pytest.mark.parametrize("name", ["exclude_exemplars", "recently_used"])
def test_an_id_that_no_exemplar_can_have_is_refused(name, found):
    given = {"exclude_exemplars": [7, found], "recently_used": {"7": 1.0, str(found): 4.5}}[name]
    error = refused(json.dumps({"retrieval": {name: given}})).body

    assert (error.field, error.limit, error.found) == (
        f"options.retrieval.{name}",
        "1..9223372036854775807",
        str(found),
    )


def test_a_recording_with_a_zero_in_its_id_is_refused():
    error = refused(json.dumps({"retrieval": {"exclude_recordings": ["fine", "a\0"]}})).body

    assert error.field == "options.retrieval.exclude_recordings"
    assert error.limit == "ids without the character U+0000"
    assert error.found == r"'a\x00'"


def test_the_largest_id_is_no_mistake():
    found = options_of(f'{{"retrieval": {{"exclude_exemplars": [1, {2**63 - 1}]}}}}')

    assert found.retrieval.exclude_exemplars == (1, 2**63 - 1)


def test_every_option_of_retrieval_and_every_weight_tells_what_it_does():
    definitions = options_schema()["$defs"]

    for record in (RetrievalOptions, Weights):
        properties = definitions[record.__name__]["properties"]
        assert set(properties) == set(record.__dataclass_fields__)
        for name, told in properties.items():
            assert told.get("description"), f"{record.__name__}.{name} says nothing"


@pytest.mark.parametrize("record", ["RetrievalOptions", "Weights"])
def test_the_limits_that_are_told_are_those_that_hold(record):
    properties = options_schema()["$defs"][record]["properties"]
    numbers = {name: told for name, told in properties.items() if "minimum" in told}
    kinds = {"number", "integer"}
    assert set(numbers) == {
        name
        for name, told in properties.items()
        if kinds & {told.get("type"), *(each.get("type") for each in told.get("anyOf", ()))}
    }

    def option(name, value):
        chosen = {name: value} if record == "RetrievalOptions" else {"weights": {name: value}}
        return json.dumps({"retrieval": chosen, "sampling": {"mode": "guide"}})

    for name, told in numbers.items():
        for bound, beyond in ((told["minimum"], -1), (told["maximum"], 1)):
            options_of(option(name, bound))
            error = refused(option(name, bound + beyond)).body
            assert (error.code, (error.field or "").rpartition(".")[2]) == ("option_invalid", name)


@pytest.mark.parametrize("depth", [900, 950, 990, 100_000])
def test_options_nested_too_deep_are_refused(depth):
    text = '{"a":' * depth + "1" + "}" * depth

    assert "recursion limit" in str(refused(with_choices(text, "output", {"formats": ["bvh"]})))
