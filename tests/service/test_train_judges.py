"""`chironomia train match` and `chironomia train gestures` on a small demo corpus."""

import pytest
from typer.testing import CliRunner

from evaluation.gesture_network import GestureRecogniser
from evaluation.match_network import MatchScorer
from evaluation.report.tools import Kit, loaded
from evaluation.trained_on import read_lesson
from indexing.demo.corpus import DemoOptions, write_demo_corpus
from service.cli import app


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    write_demo_corpus(folder, DemoOptions(recordings=6, seconds=16.0, seed=2))
    return folder


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


def test_a_scorer_is_trained_and_says_what_it_saw(corpus, tmp_path):
    done = run("train", "match", corpus, tmp_path, "--epochs", 1)

    assert done.exit_code == 0, done.output
    lesson = read_lesson(tmp_path)
    assert len(lesson.recordings) + len(lesson.held_out) == 6
    assert not set(lesson.recordings) & set(lesson.held_out)
    assert "held-out recordings" in lesson.ceiling
    assert "unreliable" in done.output
    assert isinstance(MatchScorer.load(tmp_path), MatchScorer)


def test_a_recogniser_is_trained_with_the_choreography_it_judges_by(corpus, tmp_path):
    done = run("train", "gestures", corpus, tmp_path, "--epochs", 1)

    assert done.exit_code == 0, done.output
    recall = loaded(Kit(gestures=tmp_path)).recall
    assert recall is not None
    assert set(recall.recogniser.gestures) <= set(recall.choreography.values())
    assert isinstance(GestureRecogniser.load(tmp_path), GestureRecogniser)


def test_a_split_without_recordings_is_named(corpus, tmp_path):
    done = run("train", "gestures", corpus, tmp_path, "--split", "nowhere")
    assert "no usable recording in nowhere" in str(done.exception)


def test_a_folder_that_does_not_say_what_it_saw_is_refused(tmp_path):
    with pytest.raises(ValueError, match="does not say what it was trained on"):
        read_lesson(tmp_path)
