from structlog.testing import capture_logs

from annotations.corpus import Corpus
from indexing.build import IndexTools, build_index
from indexing.leave_one_out import held_out
from indexing.snapshot import IndexSource, open_index
from retrieval.options import RetrievalOptions
from retrieval.retriever import Retriever
from tests.indexing.synthetic import store
from tests.indexing.test_refresh import NAMES
from tests.indexing.tiny_corpus import SCOTT, SOLOMON, WAYNE, FakeEmbedder


def test_every_recording_asks_once_and_finds_nothing_of_itself(sqlite, root, folder):
    build_index(Corpus.open(root), sqlite, folder, IndexTools(FakeEmbedder()))
    snapshot = open_index(sqlite, folder, FakeEmbedder())
    retriever = Retriever(snapshot.index, FakeEmbedder(), snapshot.exemplars, snapshot.clips)
    queries = list(held_out(snapshot, RetrievalOptions(candidates=3)))

    assert [each.recording.id for each in queries] == sorted((SCOTT, SOLOMON, WAYNE))
    for each in queries:
        assert each.options.candidates == 3
        matches = retriever.retrieve(each.annotated, each.recording.speaker, each.options)
        assert matches
        found = {rival.exemplar.window.recording for match in matches for rival in match.rivals}
        assert each.recording.id not in found


def test_a_recording_whose_files_cannot_be_read_is_passed_over(sqlite, folder):
    store(sqlite, NAMES)
    with capture_logs() as logs:
        assert list(held_out(IndexSource(sqlite, folder, FakeEmbedder()).open())) == []
    assert [each["recording"] for each in logs if "recording" in each] == list(NAMES)
