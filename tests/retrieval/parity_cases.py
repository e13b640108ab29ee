"""Turns the golden retrieval cases into our records."""

from typing import Any

from annotations.types import DiscourseRelation, GestureLabel, GestureType, Prominence, Window
from speech.transcript import Interval, Word


def prominences(rows: list[Any]) -> tuple[Prominence, ...]:
    return tuple(Prominence(word, Interval(start, end), value) for word, start, end, value in rows)


def window_of(sample: dict[str, Any]) -> Window:
    recording, _, index = sample.get("name", "query/0").partition("/")
    return Window(
        recording=recording,
        speaker=sample["speaker"],
        start_seconds=float(index),
        text=sample["text"],
        relations=tuple(
            DiscourseRelation(connective, sense, Interval(*span), Interval(*own), arg1, arg2)
            for connective, sense, arg1, arg2, *times in sample["discourse"]
            for span, own in [(times[:2], times[2:])]
        ),
        gestures=tuple(
            GestureLabel(
                GestureType(label["name"]), label["word"], Interval(label["start"], label["end"])
            )
            for label in sample["gesture_labels"]
        ),
        prominences=prominences(sample["prominence"]),
    )


def words_of(sample: dict[str, Any]) -> tuple[Word, ...]:
    return tuple(Word(text, Interval(*span)) for span, text in sample["text_times"])
