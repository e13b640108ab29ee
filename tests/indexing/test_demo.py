"""The demo corpus: its layout, what is known about it, and whether the motion is lifelike."""

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from annotations.corpus import Corpus
from indexing.demo.corpus import DemoOptions, write_demo_corpus, write_sample_talk
from indexing.demo.gestures import MOVEMENTS
from indexing.demo.patterns import RELATION_PATTERNS, TALK, WORD_PATTERNS
from indexing.demo.performance import Performance, perform
from indexing.demo.script import any_topic, written
from indexing.demo.speakers import SPEAKERS, speaker_of
from indexing.demo.synthesis import phonemes_of, sound_of, voice_installed
from indexing.demo.talks import subject_of, talks
from motion.body import joint_positions
from motion.files import read_npz
from motion.parts import EYES, JOINTS, joint
from motion.rotation import geodesic, matrix_from_axis_angle
from speech.transcript import SAMPLE_RATE

SMALL = DemoOptions(recordings=2, seconds=12.0, seed=3)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo_corpus(folder, SMALL)
    return folder


@pytest.fixture(scope="module")
def performance() -> Performance:
    rng = np.random.default_rng(5)
    (sentences,) = talks(1, [20.0], (), rng)
    return perform(sentences, SPEAKERS[1], rng)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_the_corpus_opens_without_problems(corpus):
    opened = Corpus.open(corpus)

    assert opened.problems == ()
    assert len(opened.recordings) == SMALL.recordings


def test_the_same_seed_writes_the_same_bytes(corpus, tmp_path):
    write_demo_corpus(tmp_path, SMALL)

    assert digests(tmp_path) == digests(corpus)


def test_sound_lasts_a_little_longer_than_motion(corpus):
    for path in (corpus / "smplxflame_30").glob("*.npz"):
        sound = soundfile.info(corpus / "wave16k" / f"{path.stem}.wav")
        motion = read_npz(path)
        assert sound.samplerate == SAMPLE_RATE
        assert sound.channels == 1
        assert 0.2 <= sound.duration - motion.seconds <= 0.6


def test_relations_point_at_the_words_they_name(corpus):
    relations = 0
    for path in (corpus / "discourse_rels").iterdir():
        document = json.loads(path.read_text())
        words = [t["surface"] for sentence in document["sentences"] for t in sentence["tokens"]]
        for relation in document["relations"]:
            for part in ("Connective", "Arg1", "Arg2"):
                named = " ".join(words[place] for place in relation[part]["TokenList"])
                assert named == relation[part]["RawText"] != ""
            relations += 1
    assert relations > 0


def test_gesture_labels_tile_the_recording(corpus):
    for path in (corpus / "sem").iterdir():
        rows = [line.split("\t") for line in path.read_text().splitlines()]
        starts = [float(row[1]) for row in rows]
        ends = [float(row[2]) for row in rows]
        motion = read_npz(corpus / "smplxflame_30" / f"{path.stem}.npz")
        assert starts == [0.0, *ends[:-1]]
        assert ends[-1] == pytest.approx(motion.seconds, abs=1e-3)


def test_prominent_words_are_louder(performance):
    samples = performance.utterance.samples
    loudness: dict[bool, list[float]] = {True: [], False: []}
    for word in performance.utterance.words:
        span = word.word.interval
        piece = samples[round(span.start * SAMPLE_RATE) : round(span.end * SAMPLE_RATE)]
        if word.strength > 1.8 or word.strength < 0.5:
            loudness[word.strength > 1.8].append(float(np.sqrt((piece**2).mean())))

    assert np.median(loudness[True]) > 1.3 * np.median(loudness[False])


def test_every_sense_and_every_gesture_word_has_eight_clips():
    options = DemoOptions()
    rng = np.random.default_rng(options.seed)
    lengths = [options.seconds] * options.recordings
    sentences = [s for talk in talks(options.recordings, lengths, (), rng) for s in talk]
    counts: dict[str, int] = {}
    for sentence in sentences:
        if sentence.relation is not None:
            connective = "_".join(sentence.words[place] for place in sentence.relation.connective)
            subject = f"{sentence.relation.sense} {connective}"
            counts[subject] = counts.get(subject, 0) + 1
        for mark in sentence.marks:
            if mark.type is not None:
                subject = f"{'_'.join(sentence.words[mark.start : mark.stop])}:{mark.type.value[0]}"
                counts[subject] = counts.get(subject, 0) + 1

    wanted = {subject_of(pattern) for pattern in (*RELATION_PATTERNS, *WORD_PATTERNS)}
    assert {subject for subject in wanted if counts.get(subject, 0) < 8} == set()


def test_patterns_name_only_movements_that_exist():
    rng = np.random.default_rng(0)
    patterns = (*RELATION_PATTERNS, *WORD_PATTERNS, *TALK)
    named = {
        mark.movement
        for pattern in patterns
        for mark in written(pattern, any_topic(rng), rng).marks
    }

    assert named <= set(MOVEMENTS)


def test_emphasised_subjects_come_more_often():
    subject = "Contingency.Cause.Reason because"
    found = {}
    for emphasis in ((), (subject,)):
        told = talks(4, [60.0] * 4, emphasis, np.random.default_rng(1))
        connectives = [
            sentence.words[sentence.relation.connective[0]]
            for talk in told
            for sentence in talk
            if sentence.relation is not None
        ]
        found[emphasis] = connectives.count("because")

    assert found[(subject,)] > 2 * found[()]


def test_strokes_are_fastest_at_the_planned_time(performance):
    places = joint_positions(performance.motion)
    wrists = places[:, [joint("left_wrist"), joint("right_wrist")]]
    speed = wrists.diff(dim=0).norm(dim=-1).amax(dim=1).numpy()
    late = []
    for event in performance.events:
        first, last = round((event.peak_seconds - 0.4) * 30), round((event.peak_seconds + 0.4) * 30)
        if event.rank >= 2 and first > 0 and last < len(speed):
            late.append((first + int(speed[first:last].argmax()) + 0.5) / 30 - event.peak_seconds)

    assert len(late) >= 3
    assert abs(np.median(late)) < 0.1


def test_strokes_are_not_later_than_the_stressed_syllable(performance):
    for sentence, words in zip(performance.sentences, performance.utterance.sentences, strict=True):
        for event in performance.events:
            if event.mark in sentence.marks and event.mark.type is not None:
                times = [word.stress_seconds for word in words[event.mark.start : event.mark.stop]]
                assert min(times) - 0.3 <= event.peak_seconds <= max(times)


def test_feet_stand_still_most_of_the_time_and_never_sink(performance):
    places = joint_positions(performance.motion)
    for side in ("left", "right"):
        foot = places[:, joint(f"{side}_foot")]
        speed = foot.diff(dim=0).norm(dim=-1) * 30
        assert speed.median() < 0.02
        assert foot[:, 1].min() > 0.0


def test_all_joints_but_the_eyes_move_and_none_jumps(performance):
    rotations = matrix_from_axis_angle(performance.motion.poses.double())
    speed = torch.rad2deg(geodesic(rotations[1:], rotations[:-1])) * 30
    moving = [number for number in range(JOINTS) if number not in EYES]

    assert (performance.motion.poses[:, list(EYES)] == 0).all()
    assert (speed[:, moving].amax(dim=0) > 0.5).all()
    assert speed.max() < 900


def test_hands_stay_out_of_the_body(performance):
    places = joint_positions(performance.motion)
    across = (
        places[:, [joint("left_wrist"), joint("right_wrist")]] - places[:, None, joint("spine3")]
    )
    inside = (across[..., 0].abs() < 0.10) & (across[..., 2].abs() < 0.08)
    at_trunk = inside & (across[..., 1] > -0.3) & (across[..., 1] < 0.15)

    assert not at_trunk.any()


def test_without_a_synthesiser_the_words_are_hummed(monkeypatch, tmp_path):
    caches = (voice_installed, sound_of, phonemes_of)
    monkeypatch.setenv("PATH", str(tmp_path))
    for cached in caches:
        cached.cache_clear()
    try:
        names = write_demo_corpus(tmp_path / "corpus", DemoOptions(recordings=1, seconds=6.0))
    finally:
        for cached in caches:
            cached.cache_clear()

    sound, _ = soundfile.read(tmp_path / "corpus" / "wave16k" / f"{names[0]}.wav")
    assert np.abs(sound).max() > 0.5
    assert Corpus.open(tmp_path / "corpus").problems == ()


def test_a_twelfth_is_held_out_from_every_speaker():
    from indexing.demo.corpus import split_of

    splits = [split_of(number) for number in range(DemoOptions().recordings)]
    tested = {number % len(SPEAKERS) for number, split in enumerate(splits) if split == "test"}

    assert splits.count("test") == len(SPEAKERS) == len(tested)
    assert 3 <= splits.count("val") <= 6


def test_a_compact_corpus_reads_alike(tmp_path):
    for compact in (False, True):
        options = DemoOptions(recordings=1, seconds=6.0, compact=compact, held_out=False)
        (name,) = write_demo_corpus(tmp_path / str(compact), options)
    plain, small = (tmp_path / kind / "smplxflame_30" / f"{name}.npz" for kind in ("False", "True"))

    torch.testing.assert_close(read_npz(small).poses, read_npz(plain).poses, atol=1e-4, rtol=0.0)
    assert small.stat().st_size < 0.4 * plain.stat().st_size
    with (tmp_path / "True" / "train_test_split.csv").open() as file:
        assert [row["type"] for row in csv.DictReader(file)] == ["train"]


def test_the_sample_talk_has_sound_words_and_text(tmp_path):
    write_sample_talk(tmp_path, SPEAKERS[0])

    text = (tmp_path / "talk.txt").read_text()
    for phrase in ("on the one hand", "on the other hand", "second", "because", "huge", "here"):
        assert phrase in text
        assert phrase.split()[-1] in (tmp_path / "talk.TextGrid").read_text()
    assert 18 <= soundfile.info(tmp_path / "talk.wav").duration <= 32


def test_unknown_speakers_and_empty_corpora_are_refused():
    with pytest.raises(ValueError, match="no speaker 99"):
        speaker_of(99)
    with pytest.raises(ValueError, match="recordings must be at least 1"):
        DemoOptions(recordings=0)
