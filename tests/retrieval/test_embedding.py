"""The sentence embedder on the model that is installed."""

import numpy as np
import pytest

from retrieval.embedding import SentenceEmbedder
from speech.token_vectors import ModelFilesError, minilm_folder


@pytest.fixture(scope="module")
def embedder():
    return SentenceEmbedder()


def test_vectors_have_unit_length_and_the_stated_width(embedder):
    vectors = embedder.embed(["a huge fish", "because", ""])

    assert vectors.shape == (3, embedder.width)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_words_of_like_meaning_are_nearer_than_words_of_like_spelling(embedder):
    house, home, mouse = embedder.embed(["house", "home", "mouse"])

    assert house @ home > house @ mouse + 0.1


def test_a_text_has_the_same_vector_alone_in_company_and_again(embedder):
    texts = ["we went up the river", "up", "then"]
    together = embedder.embed(texts)
    apart = np.concatenate([SentenceEmbedder.embed(embedder, [text]) for text in texts])
    fresh = SentenceEmbedder().embed(texts[:1])

    np.testing.assert_array_equal(apart, together)
    np.testing.assert_allclose(fresh, together[:1], atol=1e-5)


def test_repeated_texts_in_one_call_share_their_vector(embedder):
    first, other, again = embedder.embed(["so", "but", "so"])

    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_id_carries_the_checksum_and_a_folder_has_its_own_name(embedder):
    assert embedder.id == "all-MiniLM-L6-v2@53aa51172d14"
    assert SentenceEmbedder(minilm_folder()).id == "model@53aa51172d14"


def test_no_texts_give_no_vectors(embedder):
    assert embedder.embed([]).shape == (0, embedder.width)


def test_a_folder_without_weights_is_refused(tmp_path):
    with pytest.raises(ModelFilesError, match="no safetensors weights"):
        _ = SentenceEmbedder(tmp_path).id
