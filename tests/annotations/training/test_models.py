"""Training the shipped models, for a step or two, on a few sentences."""

import gzip
import json

import pytest
import torch

from annotations.connective_network import ConnectiveNetwork
from annotations.language import Parser
from annotations.lexicon import Lexicon
from annotations.training.discourse import NetworkTraining
from annotations.training.language import LanguageTraining, trees, without_punctuation
from annotations.training.models import ModelsTraining, train_models
from annotations.training.texts import TaggedText, TrainingFilesError, free_entries
from tests.annotations.small_trees import document


def test_training_writes_every_model_and_each_loads(tmp_path):
    texts = [document(), document(genre="fiction")]
    with gzip.open(tmp_path / "gum_train.json.gz", "wt", encoding="utf-8") as file:
        json.dump(texts, file)
    said: list[str] = []
    options = ModelsTraining(
        LanguageTraining(epochs=2, width=8, depth=1, embedding_rows=50),
        NetworkTraining(epochs=1, batch=2),
    )
    train_models(tmp_path, tmp_path / "models", options, said.append)

    assert len(said) == 4
    assert [c.text for c in Lexicon.load(tmp_path / "models/connectives.json").connectives][0]
    network = ConnectiveNetwork.load(tmp_path / "models/connectives")
    assert network.config.senses == ("Contingency.Cause.Reason",)
    parser = Parser.load(tmp_path / "models/language")
    assert len(parser.parsed(parser.tokenized(["We", "left."])).doc) == 3


def test_saved_networks_read_as_before(tmp_path):
    from annotations.discourse import shipped_discourse

    network = shipped_discourse().network
    network.save(tmp_path)
    words = ["We", "left", "because", "it", "rained"]
    again = ConnectiveNetwork.load(tmp_path).read(words)
    assert torch.equal(again.vectors, network.read(words).vectors)


def test_only_free_genres_are_trained_on(tmp_path):
    with gzip.open(tmp_path / "gum_train.json.gz", "wt", encoding="utf-8") as file:
        json.dump([document(), document(genre="reddit"), document(genre="fiction")], file)
    assert [entry["meta"]["genre"] for entry in free_entries(tmp_path)] == ["news"]


def test_a_folder_without_the_documents_is_named(tmp_path):
    with pytest.raises(TrainingFilesError, match="gum_train"):
        free_entries(tmp_path)


def test_bare_trees_lose_marks_and_keep_heads():
    (tree, *_) = trees(document(1))
    bare = without_punctuation(tree)
    assert [token.text for token in bare] == ["we", "left", "because", "it", "rained"]
    assert [token.head for token in bare] == [1, -1, 4, 4, 1]


def test_bare_texts_move_their_relations():
    bare = TaggedText.of(document(2)).bare()
    assert [relation.tokens for relation in bare.relations] == [(2,), (7,)]
    assert bare.starts == (True, False, False, False, False) * 2
