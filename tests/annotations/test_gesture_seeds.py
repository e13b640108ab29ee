"""Seed phrases and the likeness of words to them."""

import json

import numpy as np
import pytest

from annotations.gesture_seeds import read_seeds, shipped_seeds, word_vectors
from annotations.types import GestureType


def test_every_type_has_about_twenty_seeds():
    kinds = [seed.type for seed in read_seeds()]
    assert {kind: kinds.count(kind) for kind in GestureType} == dict.fromkeys(GestureType, 20)
    assert all(seed.words and len(seed.span) >= 1 for seed in read_seeds())


def test_seeds_know_each_other():
    assert shipped_seeds().accuracy() >= 0.75


def test_shares_are_distributions_and_tell_unseen_words():
    words = [
        "he",
        "kicked",
        "the",
        "can",
        "along",
        "the",
        "road",
        "while",
        "thinking",
        "of",
        "philosophy",
    ]
    shares = shipped_seeds().shares(word_vectors(words))
    assert shares.shape == (len(words), len(GestureType))
    assert np.allclose(shares.sum(axis=1), 1.0)
    kinds = list(GestureType)
    assert kinds[shares[words.index("kicked")].argmax()] is GestureType.ICONIC
    assert kinds[shares[words.index("philosophy")].argmax()] is GestureType.METAPHORIC


def test_every_word_gets_a_vector_whatever_it_is():
    words = ["", "😀", "日本語" * 40, "x" * 5000, *["word"] * 300]
    vectors = word_vectors(words)
    assert vectors.shape == (len(words), 384)
    assert np.isfinite(vectors).all()
    assert word_vectors([]).shape == (0, 384)


def test_a_seed_without_one_span_is_refused(tmp_path):
    path = tmp_path / "seeds.json"
    path.write_text(json.dumps({"iconic": ["he threw the ball"]}), encoding="utf-8")
    with pytest.raises(ValueError, match="one span in brackets"):
        read_seeds(path)
