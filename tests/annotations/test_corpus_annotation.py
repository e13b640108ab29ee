"""Annotating a corpus: what is written, what is left alone, what is reported."""

import json
from dataclasses import replace

import pytest

from annotations.beat2 import gesture_labels, read_prom, read_relations, read_sem
from annotations.corpus import Corpus
from annotations.corpus_annotation import (
    MANIFEST,
    CorpusAnnotation,
    Tier,
    annotate_corpus,
    sem_labels,
    tiers_named,
)
from annotations.fields import AnnotationFileError
from annotations.types import (
    AnnotatedSpeech,
    DiscourseRelation,
    GestureLabel,
    GestureType,
    Prominence,
)
from speech.transcript import Interval, Speech

HALF, WHOLE, SOUND = "28_tiffnay_0_9_9", "1_wayne_0_1_1", "2_scott_0_4_4"


class Annotator:
    """Sees a contrast at "but", a river, and stress everywhere; counts its calls."""

    calls = 0

    def __call__(self, speech: Speech) -> AnnotatedSpeech:
        self.calls += 1
        words = speech.words
        but = DiscourseRelation(
            "but",
            "Comparison.Contrast",
            Interval(words[0].interval.start, words[9].interval.end),
            words[4].interval,
            tokens=(4,),
            probability=0.75,
            arg1_tokens=(0, 1, 2, 3),
            arg2_tokens=(5, 6, 7, 8, 9),
        )
        river = GestureLabel(GestureType.ICONIC, "river", words[7].interval, (7,), 0.9)
        stressed = tuple(Prominence(word.text, word.interval, 1.25) for word in words)
        return AnnotatedSpeech(speech, (but,), (river,), stressed, ("a note",))


def outcomes_of(folder, annotate, **options):
    found = annotate_corpus(Corpus.open(folder), annotate, CorpusAnnotation(**options))
    return {outcome.recording_id: outcome for outcome in found}


def test_missing_files_are_written_in_the_published_formats(folder):
    outcome = outcomes_of(folder, Annotator())[HALF]
    assert outcome.written == tuple(Tier)
    assert outcome.notes == ("a note",)
    path = folder / Tier.DISCOURSE.name_of(HALF)
    (relation,) = read_relations(path).relations
    assert (relation.tokens, relation.arg1, relation.arg2) == ((4,), (0, 1, 2, 3), (5, 6, 7, 8, 9))
    assert relation.sense == "Comparison.Contrast"
    labels = read_sem(folder / Tier.SEM.name_of(HALF))
    assert [(label.name, label.keywords) for label in labels if label.type] == [
        ("07_iconic_h", "river")
    ]
    assert {each.value for each in read_prom(folder / Tier.PROM.name_of(HALF))} == {1.25}


def test_files_of_people_are_left_alone_unless_overwriting_is_asked_for(folder):
    path = folder / Tier.SEM.name_of(WHOLE)
    before = path.read_bytes()
    assert outcomes_of(folder, Annotator())[WHOLE].kept == tuple(Tier)
    assert path.read_bytes() == before
    assert outcomes_of(folder, Annotator(), overwrite=True)[WHOLE].written == tuple(Tier)
    assert path.read_bytes() != before


def test_a_second_run_repeats_nothing_and_spares_what_people_changed_since(folder):
    outcomes_of(folder, Annotator())
    edited = folder / Tier.SEM.name_of(HALF)
    edited.write_text("07_iconic_h\t0\t1\t1\t0.7\tour edit\n", encoding="utf-8")
    annotate = Annotator()
    outcome = outcomes_of(folder, annotate)[HALF]
    assert (outcome.done, outcome.kept) == ((Tier.DISCOURSE, Tier.PROM), (Tier.SEM,))
    assert annotate.calls == 0
    assert "our edit" in edited.read_text(encoding="utf-8")


def test_an_interrupted_run_goes_on_with_what_is_missing(folder):
    outcomes_of(folder, Annotator())
    (folder / Tier.PROM.name_of(HALF)).unlink()
    outcome = outcomes_of(folder, Annotator())[HALF]
    assert outcome.written == (Tier.PROM,)
    assert not list(folder.rglob("*.part"))


def test_only_the_wanted_files_are_written(folder):
    outcomes_of(folder, Annotator(), tiers=(Tier.PROM,))
    assert (folder / Tier.PROM.name_of(HALF)).exists()
    assert not (folder / Tier.SEM.name_of(HALF)).exists()


def test_a_read_only_corpus_is_annotated_elsewhere(folder, tmp_path):
    before = sorted(folder.rglob("*"))
    out = tmp_path / "out"
    assert outcomes_of(folder, Annotator(), output=out)[HALF].written == tuple(Tier)
    assert sorted(folder.rglob("*")) == before
    assert (out / Tier.SEM.name_of(HALF)).exists()
    assert not (out / Tier.SEM.name_of(WHOLE)).exists()
    assert (out / MANIFEST).exists()


def test_sound_and_words_are_enough(folder):
    (folder / f"smplxflame_30/{HALF}.npz").unlink()
    assert outcomes_of(folder, Annotator())[HALF].written == tuple(Tier)


def test_what_cannot_be_read_is_reported_and_the_rest_goes_on(folder):
    (folder / f"wave16k/{WHOLE}.wav").write_bytes(b"no sound")
    (folder / f"textgrid/{SOUND}.TextGrid").write_text("no words")
    found = outcomes_of(folder, Annotator())
    assert found[WHOLE].problem
    assert "TextGrid" in found[SOUND].problem or "ooTextFile" in found[SOUND].problem
    assert found[HALF].written == tuple(Tier)


def test_a_recording_without_words_is_skipped_without_being_a_failure(folder):
    outcome = outcomes_of(folder, Annotator())[SOUND]
    assert (outcome.skipped, outcome.problem) == ("has no words", "")


def test_a_broken_manifest_is_named(folder):
    (folder / MANIFEST).write_text(json.dumps([1]))
    with pytest.raises(AnnotationFileError, match=MANIFEST):
        outcomes_of(folder, Annotator())


def test_labels_tile_the_recording_and_read_back_as_they_were():
    beat = GestureLabel(GestureType.BEAT, "big", Interval(1.0, 1.5))
    point = GestureLabel(GestureType.DEICTIC, "over there", Interval(1.4, 2.0), probability=0.2)
    labels = sem_labels((point, beat), 3.0)
    ends = [label.interval.end for label in labels]
    assert [label.interval.start for label in labels] == [0.0, *ends[:-1]]
    assert ends[-1] == 3.0
    read = gesture_labels(labels, 3.0)
    assert read == (beat, replace(point, interval=Interval(1.5, 2.0), probability=1.0))
    assert [label.name for label in labels if label.type] == ["01_beat_align", "02_deictic_l"]


def test_tiers_are_chosen_by_name():
    assert tiers_named("prom, discourse") == (Tier.DISCOURSE, Tier.PROM)
    with pytest.raises(ValueError, match="found gestures"):
        tiers_named("gestures")
