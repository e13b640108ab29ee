import shutil

import pytest
import torch

from speech.token_vectors import (
    MINILM_WIDTH,
    ModelFilesError,
    TokenVectors,
    TooManyTokensError,
    check_weights,
    glued,
    minilm_folder,
    on_frames,
    sum_of_layers,
    word_means,
)
from speech.transcript import Interval, Word
from tests.parity import assert_close, load, load_json
from tests.speech.models import bert_folder, tokenizer_folder


@pytest.fixture(scope="module")
def toy_bert(tmp_path_factory):
    return bert_folder(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="module")
def minilm():
    return TokenVectors(minilm_folder(), layers=(-1,))


def cases() -> list[tuple[dict, dict]]:
    tensors, _ = load("word_features")
    sentences = load_json("word_features")["sentences"]
    return [
        (case, {k.split("/", 1)[1]: v for k, v in tensors.items() if k.startswith(f"s{i}/")})
        for i, case in enumerate(sentences)
    ]


def spoken(segments) -> list[Word]:
    return [Word(text, Interval(start, end)) for (start, end), text in segments]


def test_parity_words_of_equal_times_are_glued():
    """``glued`` against the merged segments of the cases; exact."""
    for case, _ in cases():
        assert list(glued(spoken(case["segments"]))) == spoken(case["merged"])


def test_parity_text_feature_is_the_sum_of_the_last_layers():
    """``sum_of_layers`` against the published token features."""
    _, config = load("word_features")
    for case, tensors in cases():
        found = sum_of_layers(tensors["in/hidden_states"], config["layers_summed"])
        assert_close(found, tensors["out/text_feature"], 1e-6, f"text feature {case['sentence']}")


def test_parity_word_vectors_are_means_over_pieces(tmp_path):
    """Tokenizer and ``word_means`` against the published word vectors."""
    from transformers import AutoTokenizer

    content = load_json("word_features")
    folder = tokenizer_folder(tmp_path, content["vocabulary"], content["cased"])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for case, tensors in cases():
        texts = [word.text for word in glued(spoken(case["segments"]))]
        tokens = tokenizer(texts, is_split_into_words=True)
        assert tokens["input_ids"] == case["token_ids"]
        found = word_means(tensors["out/text_feature"], tokens.word_ids(), len(texts))
        assert_close(found, tensors["out/word_vectors"], 1e-6, f"word vectors {case['sentence']}")


def test_parity_word_vectors_lie_on_the_published_frames():
    """``on_frames`` against the frame-aligned features."""
    _, config = load("word_features")
    for case, tensors in cases():
        times = [word.interval for word in glued(spoken(case["segments"]))]
        found = on_frames(tensors["out/word_vectors"], times, config["frames"], config["fps"])
        assert_close(found, tensors["out/frame_aligned"], 1e-6, f"frames {case['sentence']}")


def test_windows_go_through_the_compared_steps(toy_bert):
    from transformers import AutoModel, AutoTokenizer

    vectors = TokenVectors(toy_bert, layers=(-4, -3, -2, -1))
    tokenizer, model = AutoTokenizer.from_pretrained(toy_bert), AutoModel.from_pretrained(toy_bert)
    words = spoken([[(0.1, 0.5), "we"], [(0.5, 1.2), "lik"], [(0.5, 1.2), "eing"]])
    tokens = tokenizer(["we", "likeing"], is_split_into_words=True, return_tensors="pt")
    with torch.no_grad():
        hidden = model.eval()(**tokens, output_hidden_states=True).hidden_states
    means = word_means(sum_of_layers(hidden, (-4, -3, -2, -1))[0], tokens.word_ids(), 2)
    expected = on_frames(means, [Interval(0.1, 0.5), Interval(0.5, 1.2)], 150, 15)
    assert_close(vectors.of_windows([words], 150, 15)[0], expected, 1e-6, "window")


def test_frames_outside_words_are_zero_and_words_outside_the_frames_are_cut():
    vectors = torch.eye(3)
    times = [Interval(-0.5, 0.1), Interval(0.2, 0.2), Interval(9.9, 12.0)]
    laid = on_frames(vectors, times, 150, 15)
    assert laid.shape == (150, 3)
    assert laid[0].tolist() == [1, 0, 0]
    assert laid[148].tolist() == laid[149].tolist() == [0, 0, 1]
    assert laid[1:148].count_nonzero() == 0


def test_a_word_without_pieces_is_zero():
    means = word_means(torch.ones(3, 2), [None, 1, 1], 3)
    assert means.tolist() == [[0, 0], [1, 1], [0, 0]]


def test_a_text_has_the_same_vectors_alone_and_in_company(minilm):
    texts = [["we", "like", "it"], [], ["they", "like", "it"], ["a", "longer", "text", "here"]]
    together = minilm.of(texts)
    assert [vectors.shape for vectors in together] == [(len(t), MINILM_WIDTH) for t in texts]
    for text, vectors in zip(texts, together, strict=True):
        assert torch.equal(minilm.of([text])[0], vectors)


def test_words_are_seen_in_their_context(minilm):
    river, money = minilm.of([["the", "river", "bank"], ["the", "money", "bank"]])
    assert not torch.allclose(river[2], money[2], atol=0.1)
    near = minilm.of([["huge"], ["enormous"], ["yesterday"]])
    alike = torch.cosine_similarity(near[0], near[1]) - torch.cosine_similarity(near[0], near[2])
    assert alike > 0


def test_too_many_words_for_the_text_model_are_refused(toy_bert):
    with pytest.raises(TooManyTokensError, match=r"200 words make 202 tokens, over the 128"):
        TokenVectors(toy_bert, layers=(-1,)).of([["we"] * 200])


def test_weights_of_another_model_are_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    with pytest.raises(ModelFilesError, match="no weights at"):
        check_weights(path, "0" * 64)
    shutil.copy(minilm_folder() / "config.json", path)
    with pytest.raises(ModelFilesError, match="expected 0000"):
        check_weights(path, "0" * 64)
