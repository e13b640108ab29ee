"""Which moments of a talk ask for a gesture, and what stands around them."""

from dataclasses import replace

import numpy as np
import pytest

from annotations.types import AnnotatedSpeech, GestureLabel, GestureType, Prominence
from retrieval.context import (
    context_of_window,
    key_word,
    nearby,
    prominence_of,
    stress_seconds,
    stressed_part,
    words_around,
)
from retrieval.matches import RetrievalOptions
from retrieval.query import moments_of
from speech.transcript import SAMPLE_RATE, Interval, Speech, Word
from tests.retrieval.worlds import exemplar, label, relation, talk

OPTIONS = RetrievalOptions()


def words_asked(moments):
    return [query.annotation.word for query in moments.queries]


def test_beats_ask_for_nothing():
    annotated = talk("we saw it", label("we", "beat", 0.0), label("saw", "iconic", 5.0))

    assert words_asked(moments_of(annotated, 0, OPTIONS)) == ["saw"]


def test_a_deictic_inside_a_connective_gives_way_and_is_told_why():
    annotated = talk(
        "",
        relation("that is why", "Contingency.Cause.Result", 4.0, 0.9),
        label("that", "deictic", 4),
    )

    moments = moments_of(annotated, 0, OPTIONS)

    assert words_asked(moments) == ["that is why"]
    assert '"that is why"' in moments.dropped[0].reason
    assert "same time" in moments.dropped[0].reason


def test_moments_keep_their_distance_and_the_prominent_one_stays():
    annotated = replace(
        talk("", label("big", "iconic", 4.0), label("fish", "iconic", 5.0)),
        prominences=(Prominence("fish", Interval(5.0, 5.4), 2.5),),
    )

    moments = moments_of(annotated, 0, OPTIONS)

    assert words_asked(moments) == ["fish"]
    assert "s away" in moments.dropped[0].reason
    assert len(moments_of(annotated, 0, RetrievalOptions(minimum_gap_seconds=0.5)).queries) == 2


def test_no_more_than_so_many_in_a_minute():
    labels = [label("up", "iconic", 3.0 * i) for i in range(60)]
    options = RetrievalOptions(max_per_minute=6)

    moments = moments_of(talk("", *labels, seconds=180), 0, options)

    times = [query.stress_seconds for query in moments.queries]
    assert len(times) == 18
    assert all(sum(t <= other < t + 60 for other in times) <= 6 for t in times)
    assert len(moments.queries) + len(moments.dropped) == len(labels)


def test_improbable_annotations_ask_for_nothing_where_a_limit_is_set():
    annotated = talk("", replace(label("up", "iconic", 3.0), probability=0.2))

    assert words_asked(moments_of(annotated, 0, OPTIONS)) == ["up"]
    assert (
        "0.20"
        in moments_of(annotated, 0, RetrievalOptions(minimum_probability=0.5)).dropped[0].reason
    )


def test_the_published_placement_is_asked_for_every_moment():
    annotated = talk("", label("big", "iconic", 4.0), label("fish", "iconic", 4.5))

    assert len(moments_of(annotated, 0, RetrievalOptions(placement="published")).queries) == 2


def test_the_context_is_the_sentence_around_the_word():
    words = [
        Word(text, Interval(i, i + 0.5))
        for i, text in enumerate(["No.", "We", "saw", "a", "fish.", "Then", "rain"])
    ]
    close = [Word(w.text, w.interval.shifted(-0.5 * i)) for i, w in enumerate(words)]

    assert words_around(close, Interval(1.5, 1.6)) == "We saw a fish."


def test_a_corpus_window_without_word_times_still_gives_a_context():
    entry = exemplar(1, label("fish", "iconic", 5.0), text="one two three fish five six")

    assert "fish" in context_of_window(entry.window, entry.annotation)


def test_words_are_compared_without_case_and_punctuation():
    assert key_word('"For example,"') == "for example"


def test_prominence_is_the_mean_of_the_words_inside_and_unknown_without_any():
    tier = (Prominence("for", Interval(1, 1.2), 1.0), Prominence("example", Interval(1.2, 2), 2.0))

    assert prominence_of(Interval(1, 2), tier) == pytest.approx(1.5)
    assert prominence_of(Interval(3, 4), tier) is None


def test_the_stressed_syllable_is_where_the_word_is_loudest():
    samples = np.zeros(3 * SAMPLE_RATE, dtype=np.float32)
    times = np.arange(len(samples)) / SAMPLE_RATE
    samples += 0.3 * np.exp(-(((times - 1.62) / 0.05) ** 2)).astype(np.float32)
    speech = Speech(samples, (Word("banana", Interval(1.2, 1.8)),))

    assert stress_seconds(speech, Interval(1.2, 1.8), ()) == pytest.approx(1.62, abs=0.02)


def test_of_several_words_the_prominent_one_carries_the_stress():
    speech = talk("very big fish").speech
    tier = tuple(Prominence(w.text, w.interval, i == 1) for i, w in enumerate(speech.words))

    found = stress_seconds(speech, Interval(0.0, 1.4), tier)

    assert speech.words[1].interval.start < found < speech.words[1].interval.end


def test_a_contrast_in_two_parts_is_struck_on_its_second_item_and_a_condition_on_its_first():
    words = talk("if it rains then we stay").speech.words
    tokens = (0, 3)
    whole = Interval(words[0].interval.start, words[3].interval.end)

    def part(sense):
        paired = replace(relation("if then", sense, 0.0), connective_interval=whole, tokens=tokens)
        return stressed_part(paired, words)

    assert part("Contingency.Condition") == words[0].interval
    assert part("Comparison.Contrast") == words[3].interval


def test_a_connective_in_one_piece_is_struck_as_a_whole():
    words = talk("because it rains").speech.words
    because = relation("because", "Contingency.Cause.Reason", 0.0)

    assert stressed_part(because, words) == because.focus


def test_an_item_of_a_list_asks_more_than_a_plain_and():
    annotated = talk(
        "second we ate and slept",
        relation("second", "Expansion.Conjunction", 0.0),
        relation("and", "Expansion.Conjunction", 5.0),
    )
    second, plain_and = moments_of(annotated, 0, OPTIONS).queries

    assert second.importance > plain_and.importance


def test_a_talk_is_looked_at_near_the_focus_and_whole_where_nothing_is_near():
    words = tuple(Word(f"w{i}", Interval(i, i + 0.5)) for i in range(200))
    near = nearby(words, Interval(100.0, 101.0))
    assert (near[0].text, near[-1].text) == ("w70", "w131")
    assert nearby(words, Interval(500.0, 501.0)) == words


def test_gestures_are_thinned_alike_at_any_place_of_a_long_talk():
    def kept(start):
        labels = [
            GestureLabel(
                GestureType.ICONIC,
                f"w{i}",
                Interval(start + 1.5 * i, start + 1.5 * i + 0.4),
                probability=0.5 + (i * 7 % 10) / 20,
            )
            for i in range(60)
        ]
        early = GestureLabel(GestureType.ICONIC, "before", Interval(1.0, 1.4))
        speech = Speech(np.zeros(16000 * 4000, np.float32), ())
        annotated = AnnotatedSpeech(speech, gestures=(*([early] if start else []), *labels))
        moments = moments_of(annotated, 0, RetrievalOptions(method="gesture_type"))
        return [q.annotation.word for q in moments.queries if q.annotation.word != "before"]

    assert kept(0.0) == kept(3000.0)
    assert 5 < len(kept(0.0)) < 60
