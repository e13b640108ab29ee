"""What a performance is annotated with, in the formats of BEAT2 and RAG-Gesture.

Everything here is known, not guessed: it was written down before it was performed.
"""

import json
from collections.abc import Sequence

from indexing.demo.events import Event
from indexing.demo.performance import Performance
from indexing.demo.voice import SpokenWord
from speech.transcript import Interval

_CODES = {
    "deictic": ("04_deictic_h", 0.4),
    "iconic": ("07_iconic_h", 0.7),
    "metaphoric": ("10_metaphoric_h", 1.0),
}
_BEAT = ("01_beat_align", 0.1)
_NOTHING = ("00_nogesture", 0.0)
_QUIET_SECONDS = 1.2
_BEFORE_PEAK_SECONDS, _AFTER_PEAK_SECONDS = 0.35, 0.55


def textgrid(words: Sequence[SpokenWord], seconds: float, phones: bool = True) -> str:
    """Praat's long text form with a tier of words and one of phones; lines end as in BEAT2."""
    spoken = [(word.word.text, word.word.interval) for word in words]
    tiers = [("words", _tiled(spoken, seconds))]
    if phones:
        sounds = [(phone.text, phone.interval) for word in words for phone in word.phones]
        tiers.append(("phones", _tiled(sounds, seconds)))
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', ""]
    lines += ["xmin = 0 ", f"xmax = {_number(seconds)} ", "tiers? <exists> "]
    lines += [f"size = {len(tiers)} ", "item []: "]
    for number, (name, intervals) in enumerate(tiers, start=1):
        lines += [f"    item [{number}]:", '        class = "IntervalTier" ']
        lines += [f'        name = "{name}" ', "        xmin = 0 "]
        lines += [f"        xmax = {_number(seconds)} "]
        lines += [f"        intervals: size = {len(intervals)} "]
        for place, (text, interval) in enumerate(intervals, start=1):
            lines += [f"        intervals [{place}]:"]
            lines += [f"            xmin = {_number(interval.start)} "]
            lines += [f"            xmax = {_number(interval.end)} "]
            lines += [f'            text = "{text}" ']
    return "\n".join(lines) + "\n"


def _number(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".")


def _tiled(labelled: Sequence[tuple[str, Interval]], seconds: float) -> list[tuple[str, Interval]]:
    """Fill the gaps between labels with empty intervals."""
    tiled: list[tuple[str, Interval]] = []
    cursor = 0.0
    for text, interval in labelled:
        if interval.start > cursor:
            tiled.append(("", Interval(cursor, interval.start)))
        tiled.append((text, Interval(max(cursor, interval.start), interval.end)))
        cursor = interval.end
    if cursor < seconds:
        tiled.append(("", Interval(cursor, seconds)))
    return tiled


def gesture_lines(performance: Performance) -> str:
    """The gesture tier: labelled gestures, beats between them, silence where nothing happens."""
    end = round(performance.motion.seconds, 3)
    lines: list[str] = []
    cursor = 0.0
    for (code, score), interval, keyword in _labels(performance):
        start = max(cursor, round(interval.start, 3))
        stop = min(end, round(interval.end, 3))
        if stop - start < 0.2:
            continue
        lines += _between(performance.events, cursor, start)
        lines.append(_line(code, start, stop, score, keyword))
        cursor = stop
    lines += _between(performance.events, cursor, end)
    return "\n".join(lines) + "\n"


def _labels(performance: Performance) -> list[tuple[tuple[str, float], Interval, str]]:
    """Labelled gestures with the time from before their stroke to the end of their word."""
    found: list[tuple[tuple[str, float], Interval, str]] = []
    performed = {id(event.mark): event for event in performance.events if event.mark is not None}
    for sentence, words in zip(performance.sentences, performance.utterance.sentences, strict=True):
        for mark in sentence.marks:
            event = performed.get(id(mark))
            if mark.type is None or event is None:
                continue
            span = words[mark.start : mark.stop]
            start = min(span[0].word.interval.start, event.peak_seconds - _BEFORE_PEAK_SECONDS)
            stop = max(span[-1].word.interval.end, event.peak_seconds + _AFTER_PEAK_SECONDS)
            keyword = " ".join(word.word.text for word in span)
            found.append((_CODES[mark.type.value], Interval(max(start, 0.0), stop), keyword))
    return found


def _between(events: Sequence[Event], start: float, stop: float) -> list[str]:
    """Beats, or nothing, from one label to the next."""
    if stop - start < 1e-3:
        return []
    inside = [event.peak_seconds for event in events if start <= event.peak_seconds < stop]
    if not inside and stop - start > _QUIET_SECONDS:
        return [_line(_NOTHING[0], start, stop, _NOTHING[1], "")]
    return [_line(_BEAT[0], start, stop, _BEAT[1], "")]


def _line(code: str, start: float, stop: float, score: float, keyword: str) -> str:
    times = f"{_number(start)}\t{_number(stop)}\t{_number(stop - start)}"
    return f"{code}\t{times}\t{_number(score)}\t{keyword}"


def relations_json(performance: Performance) -> str:
    """Relations with positions counted over all sentences, as RAG-Gesture reads them."""
    sentences = performance.utterance.sentences
    relations: list[dict[str, object]] = []
    first = 0
    for sentence, words in zip(performance.sentences, sentences, strict=True):
        if sentence.relation is not None:
            found = sentence.relation
            spans = (("Connective", found.connective), ("Arg1", found.arg1), ("Arg2", found.arg2))
            relations.append(
                {name: _span(words, places, first) for name, places in spans}
                | {"Sense": [found.sense], "Type": "Explicit"}
            )
        first += len(words)
    document = {
        "sentences": [{"tokens": [_token(word) for word in words]} for words in sentences],
        "relations": relations,
    }
    return json.dumps(document, indent=1)


def _span(words: tuple[SpokenWord, ...], places: tuple[int, ...], first: int) -> dict[str, object]:
    return {
        "RawText": " ".join(words[place].word.text for place in places),
        "TokenList": [first + place for place in places],
    }


def _token(word: SpokenWord) -> dict[str, object]:
    interval = word.word.interval
    return {"surface": word.word.text, "startSec": interval.start, "endSec": interval.end}


def whisper_json(performance: Performance) -> str:
    """Words with times in the form of a Whisper transcription, one segment a sentence."""
    segments = [
        {
            "id": number,
            "start": words[0].word.interval.start,
            "end": words[-1].word.interval.end,
            "text": " " + " ".join(word.word.text for word in words),
            "words": [
                {
                    "word": f" {word.word.text}",
                    "start": word.word.interval.start,
                    "end": word.word.interval.end,
                }
                for word in words
            ],
        }
        for number, words in enumerate(performance.utterance.sentences)
    ]
    text = "".join(str(segment["text"]) for segment in segments)
    return json.dumps({"text": text, "segments": segments, "language": "en"}, indent=1)


def prominence_lines(performance: Performance, basename: str) -> str:
    """The prominence each word was spoken with, and the break behind it."""
    lines = [
        f"{basename}\t{_number(word.word.interval.start)}\t{_number(word.word.interval.end)}"
        f"\t{word.word.text}\t{word.strength:.3f}\t{word.boundary:.3f}"
        for word in performance.utterance.words
    ]
    return "\n".join(lines) + "\n"
