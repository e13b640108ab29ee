"""`index check`: what is derived agrees with SQL, or is made anew."""

import pytest
from sqlalchemy import delete

from annotations.corpus import Corpus
from annotations.tables import EmbeddingRow
from indexing.build import IndexTools, build_index
from indexing.check import IndexCheck
from indexing.snapshot import IndexSource
from tests.indexing.tiny_corpus import WAYNE, FakeEmbedder, FakePipeline


@pytest.fixture
def source(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, IndexTools(FakeEmbedder(), FakePipeline()))
    return IndexSource(sqlite, folder, FakeEmbedder())


def problems(source, mend=True):
    return [each.problem for each in IndexCheck(source, "fake-weights", mend).run()]


def test_a_whole_index_gives_no_finding(source):
    assert problems(source) == []


def test_damaged_files_are_told_of_and_mended(source, folder):
    [file] = folder.glob("base/*/*.f32")
    content = bytearray(file.read_bytes())
    content[40] ^= 1
    file.write_bytes(content)

    assert len(problems(source, mend=False)) == 1
    [finding] = IndexCheck(source, "fake-weights").run()
    assert "damaged" in finding.problem
    assert finding.mended
    assert problems(source) == []


def test_vectors_that_are_missing_in_sql_are_made_again(source):
    with source.database.session() as session:
        session.execute(delete(EmbeddingRow).where(EmbeddingRow.exemplar_id <= 2))
    assert any("2 exemplars have no vector" in each for each in problems(source))
    assert problems(source) == []


def test_what_cannot_be_mended_comes_with_its_remedy(source, root, folder):
    (root / "wave16k" / f"{WAYNE}.wav").unlink()
    next(folder.glob("trajectories/*/*.safetensors")).unlink()
    found = IndexCheck(source, "fake-weights").run()

    assert {each.mended for each in found} == {False}
    assert any("no inversion" in each.problem for each in found)
    assert any(f"{WAYNE}.wav is not there" in each.problem for each in found)
    assert all(each.remedy for each in found)
