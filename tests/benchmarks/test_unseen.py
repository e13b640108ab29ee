"""A corpus to learn from beside the recordings of another one."""

from pathlib import Path

from unseen import join, renamed

from annotations.corpus import Corpus
from tests.annotations.small_corpus import write_corpus


def test_unseen_recordings_get_names_of_their_own():
    assert renamed("1_alva_0_12_12") == "1_alva_9_12_12"


def test_training_recordings_and_all_unseen_ones_are_read_as_one_corpus(tmp_path: Path):
    known, unseen = write_corpus(tmp_path / "known"), write_corpus(tmp_path / "unseen")
    before = Corpus.open(known)
    train = [each.id for each in before.recordings if each.split == "train"]
    assert train
    assert len(train) < len(before.recordings)

    count = join(known, unseen, tmp_path / "both")

    both = Corpus.open(tmp_path / "both")
    by_split = {
        split: [each.id for each in both.recordings if each.split == split]
        for split in ("train", "test")
    }
    assert both.problems == ()
    assert by_split["train"] == train
    assert by_split["test"] == sorted(renamed(each.id) for each in before.recordings)
    assert count == len(both.recordings)
    assert all(len(each.speech().samples) for each in both.recordings)
