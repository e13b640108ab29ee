"""Our annotators inside spaCy pipelines."""

import pytest
import spacy
from spacy.util import registry

from annotations.language import LANGUAGE_FOLDER
from annotations.types import GestureType

TEXT = "We stayed at home because it rained. It was a huge storm."


@pytest.fixture(scope="module")
def pipeline():
    nlp = spacy.load(LANGUAGE_FOLDER)
    nlp.add_pipe("chironomia_discourse")
    nlp.add_pipe("chironomia_gesture_types")
    return nlp


def test_a_pipeline_finds_the_components_by_name():
    assert registry.has("factories", "chironomia_discourse")
    assert registry.has("factories", "chironomia_gesture_types")


def test_relations_lie_on_the_tokens_of_the_text(pipeline):
    doc = pipeline(TEXT)
    (relation,) = doc._.discourse_relations
    assert [doc[i].text for i in relation.tokens] == ["because"]
    assert relation.sense == "Contingency.Cause.Reason"
    assert doc[relation.arg1[0] : relation.arg1[-1] + 1].text == "We stayed at home"
    assert doc[relation.arg2[0] : relation.arg2[-1] + 1].text == "it rained"


def test_gesture_labels_lie_on_the_tokens_of_the_text(pipeline):
    doc = pipeline(TEXT)
    assert doc._.gesture_labels
    assert {label.type for label in doc._.gesture_labels} <= set(GestureType)
    for label in doc._.gesture_labels:
        assert label.word == " ".join(doc[i].text.lower() for i in label.tokens)


def test_a_higher_threshold_keeps_less():
    nlp = spacy.load(LANGUAGE_FOLDER)
    nlp.add_pipe("chironomia_discourse", config={"threshold": 1.1})
    assert nlp(TEXT)._.discourse_relations == ()


def test_an_untrained_pipeline_still_gets_connectives():
    nlp = spacy.blank("en")
    nlp.add_pipe("chironomia_discourse")
    (relation,) = nlp(TEXT)._.discourse_relations
    assert relation.sense == "Contingency.Cause.Reason"
    assert relation.arg1
    assert relation.arg2


def test_an_empty_text_is_no_trouble(pipeline):
    doc = pipeline("")
    assert doc._.discourse_relations == doc._.gesture_labels == ()
