"""The small corpus, anew for each test."""

from pathlib import Path

import pytest

from tests.annotations.small_corpus import write_corpus


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "beat_english_v2.0.0")
