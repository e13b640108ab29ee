import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.audio import read_header
from speech.transcript import (
    SAMPLE_RATE,
    Interval,
    Speech,
    TranscriptError,
    Word,
    check_fits,
    read_textgrid,
    read_words_json,
    silent_speech,
    write_textgrid,
)
from tests.parity import load_json, parity_folder
from tests.speech.sounds import real_folder

WORDS = (
    Word("so", Interval(0.5, 0.75)),
    Word("we", Interval(0.75, 1.0)),
    Word('say "hi"', Interval(1.5, 2.25)),
)
LISTED = [{"word": w.text, "start": w.interval.start, "end": w.interval.end} for w in WORDS]
SHORT = """File type = "ooTextFile"
Object class = "TextGrid"

0
3
<exists>
1
"IntervalTier"
"words"
0
3
5
0
0.5
""
0.5
0.75
"so"
0.75
1
"we"
1
1.5
"sil"
1.5
2.25
"say ""hi\"""
"""

times = st.floats(0.0, 100.0)


@st.composite
def intervals(draw):
    return Interval(*sorted((draw(times), draw(times))))


@st.composite
def talks(draw):
    """Up to 30 s of speech, its words in order and apart."""
    edges = sorted(draw(st.lists(st.integers(0, 3000), unique=True, max_size=20)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    words = tuple(Word(f"w{a}", Interval(a / 100, b / 100)) for a, b in pairs)
    seed = draw(st.integers(0, 9))
    samples = np.random.default_rng(seed).normal(size=30 * SAMPLE_RATE).astype(np.float32)
    return Speech(samples, words)


@given(intervals(), intervals())
def test_a_clamped_interval_lies_inside_and_is_what_both_share(one, other):
    clamped = one.clamped(other)
    assert clamped.inside(other)
    if one.overlaps(other):
        assert clamped.inside(one)
        assert clamped.duration > 0
        assert other.overlaps(one)
    else:
        assert clamped.duration == 0


@given(intervals(), st.floats(0.0, 50.0))
def test_shifting_an_interval_keeps_its_length(interval, seconds):
    shifted = interval.shifted(seconds)
    assert shifted.duration == pytest.approx(interval.duration, abs=1e-9)
    assert shifted.middle == pytest.approx(interval.middle + seconds, abs=1e-9)


def test_an_interval_cannot_end_before_it_starts_or_be_nan():
    for start, end in ((2.0, 1.0), (float("nan"), 1.0), (0.0, float("nan"))):
        with pytest.raises(ValueError, match="ends before it starts"):
            Interval(start, end)


@given(talks(), st.integers(-5, 30), st.integers(1, 12))
def test_a_window_has_its_length_and_only_words_inside(talk, start, length):
    window = talk.window(start, start + length)
    assert window.seconds == length
    assert all(word.interval.inside(Interval(0.0, length)) for word in window.words)
    assert all(word.interval.duration > 0 for word in window.words)
    inside = max(0, min(30, start + length) - max(0, start))
    assert np.count_nonzero(window.samples) == inside * SAMPLE_RATE


@given(talks(), st.integers(0, 20), st.integers(0, 5))
def test_a_window_of_a_window_is_the_later_window(talk, start, offset):
    outer = talk.window(start, start + 10).window(offset, offset + 4)
    direct = talk.window(start + offset, start + offset + 4)
    np.testing.assert_array_equal(outer.samples, direct.samples)
    assert [word.text for word in outer.words] == [word.text for word in direct.words]
    for ours, theirs in zip(outer.words, direct.words, strict=True):
        assert ours.interval.start == pytest.approx(theirs.interval.start, abs=1e-9)


@given(talks())
def test_a_written_textgrid_reads_back_the_same_words(tmp_path_factory, talk):
    path = tmp_path_factory.mktemp("grids") / "talk.TextGrid"
    write_textgrid(path, talk.words, talk.seconds)
    assert read_textgrid(path) == talk.words


def test_a_textgrid_tiles_the_sound_with_its_silences(tmp_path):
    path = tmp_path / "talk.TextGrid"
    write_textgrid(path, WORDS, 3.0)
    text = path.read_text()
    assert read_textgrid(text) == WORDS
    assert "intervals: size = 6" in text
    assert text.count('text = ""') == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_short_textgrid_reads_in_any_encoding(tmp_path, encoding):
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    path = tmp_path / "talk.TextGrid"
    path.write_bytes((mark + SHORT.replace("so", "naïve")).encode(encoding))
    words = read_textgrid(path)
    assert [word.text for word in words] == ["naïve", "we", 'say "hi"']
    assert [word.interval for word in words] == [word.interval for word in WORDS]
    assert read_textgrid(path.read_bytes()) == words


def test_windows_line_ends_do_no_harm(tmp_path):
    write_textgrid(tmp_path / "talk.TextGrid", WORDS, 3.0)
    text = (tmp_path / "talk.TextGrid").read_text()
    assert read_textgrid(text.replace("\n", "\r\n").encode()) == WORDS


def test_the_words_tier_is_found_among_others():
    phones = SHORT[SHORT.index('"IntervalTier"') :].replace('"words"', '"phones"')
    assert read_textgrid(SHORT.replace("<exists>\n1", "<exists>\n2") + phones) == WORDS
    with pytest.raises(TranscriptError, match="interval tiers 'phones'; expected exactly one"):
        read_textgrid(SHORT.replace('"words"', '"phones"'))


def test_a_broken_textgrid_is_refused(tmp_path):
    path = tmp_path / "talk.TextGrid"
    write_textgrid(path, WORDS, 3.0)
    text = path.read_text()
    for broken in (text[: text.index("intervals [3]")], text.replace("xmin = 0.75", "xmin = x")):
        with pytest.raises(TranscriptError):
            read_textgrid(broken)
    for other in ("", "hello", "{}", b"\xff\xfe\x00", b"\x80\x81"):
        with pytest.raises(TranscriptError, match="transcript: file"):
            read_textgrid(other)


def test_unsorted_words_of_a_textgrid_are_named():
    unsorted = SHORT.replace('0.75\n1\n"we"', '0.25\n0.5\n"we"')
    with pytest.raises(TranscriptError, match="word 2, start: found 'we' from 0.25 s") as refusal:
        read_textgrid(unsorted)
    assert (refusal.value.index, refusal.value.field) == (2, "start")


@pytest.mark.parametrize(
    "content",
    [
        LISTED,
        {"words": LISTED},
        {"segments": [{"words": LISTED[:1]}, {"words": LISTED[1:]}]},
        {"text": "", "segments": [{"text": " ", "start": 0}, {"words": LISTED}]},
        [{"text": f" {entry['word']} ", **entry} for entry in LISTED],
        [{"text": e["word"], "start": e["start"], "end": e["end"]} for e in LISTED],
    ],
)
def test_words_in_json_of_every_known_form_are_the_same(content):
    assert read_words_json(json.dumps(content)) == WORDS


def test_json_is_read_from_a_path_and_from_bytes(tmp_path):
    path = tmp_path / "words.json"
    path.write_text(json.dumps(LISTED))
    assert read_words_json(path) == read_words_json(path.read_bytes()) == WORDS


def spoilt(index: int, **change) -> str:
    listed = [dict(entry) for entry in LISTED]
    listed[index] |= change
    return json.dumps(listed)


@pytest.mark.parametrize(
    ("text", "index", "field"),
    [
        (spoilt(1, start=-0.5), 1, "start"),
        (spoilt(1, start=0.9, end=0.8), 1, "end"),
        (spoilt(2, start=0.1, end=0.2), 2, "start"),
        (spoilt(1, start=0.6), 1, "start"),
        (spoilt(0, end=float("nan")), 0, "end"),
        (spoilt(0, end=float("inf")), 0, "end"),
        (spoilt(0, end=None), 0, "end"),
        (spoilt(0, end=True), 0, "end"),
        (spoilt(0, end="0.5"), 0, "end"),
        (spoilt(0, end=10**400), 0, "end"),
        (spoilt(2, word=5), 2, "word"),
        (spoilt(1, word="hu\ud800ge"), 1, "word"),
        ("[1, 2]", 0, "word"),
        ("3", None, "file"),
        ("{", None, "file"),
        ("[" * 100_000, None, "file"),
        ('[{"word": "a", "start": 0, "end": 1' + "0" * 5_000 + "}]", None, "file"),
        ('{"segments": [{"text": "no word times"}]}', None, "segments"),
    ],
)
def test_bad_words_are_refused_with_index_and_field(text, index, field):
    with pytest.raises(TranscriptError) as refusal:
        read_words_json(text)
    assert (refusal.value.index, refusal.value.field) == (index, field)
    assert refusal.value.expected in str(refusal.value)


def test_words_nested_to_any_depth_are_refused():
    for depth in range(1, 1_200):
        nested = "[" * depth + "1" + "]" * depth
        for text in (nested, f'[{{"word": {nested}}}]'):
            with pytest.raises(TranscriptError):
                read_words_json(text)


def test_rounding_and_pieces_of_one_word_are_no_overlap():
    assert len(read_words_json(spoilt(1, start=0.74))) == 3
    assert len(read_words_json(spoilt(1, start=0.5, end=0.75))) == 3


def test_words_that_outlast_the_sound_are_refused():
    check_fits(WORDS, 2.25)
    check_fits(WORDS, 2.21)
    with pytest.raises(TranscriptError, match=r"word 2, end: .*until 2.250 s; .*at 2.000 s"):
        check_fits(WORDS, 2.0)


def test_words_alone_get_silence_of_their_length():
    speech = silent_speech(WORDS, 4.0)
    assert speech.seconds == 4.0
    assert speech.words == WORDS
    assert not speech.samples.any()
    with pytest.raises(TranscriptError, match="found 0 s"):
        silent_speech((), 0)
    with pytest.raises(TranscriptError, match="end"):
        silent_speech(WORDS, 1.0)


def test_real_textgrids_fit_their_sounds():
    folder = real_folder() / "beat2-mini"
    paths = sorted((folder / "textgrid").glob("*.TextGrid"))
    assert paths
    for path in paths:
        words = read_textgrid(path)
        assert len(words) > 100
        check_fits(words, read_header(folder / "wave16k" / f"{path.stem}.wav").seconds)


def test_parity_textgrid_words_and_times_are_those_of_the_cases():
    """TextGrid reader against the cases' words tier, times to 1e-9, silences left out."""
    expected = load_json("discourse_files/expected")["textgrid"]["words"]
    found = read_textgrid(parity_folder() / "discourse_files" / "main.TextGrid")
    spoken = [(start, end, text) for start, end, text in expected if text]
    assert [word.text for word in found] == [text for _, _, text in spoken]
    edges = np.array([(word.interval.start, word.interval.end) for word in found])
    worst = np.abs(edges - np.array([entry[:2] for entry in spoken])).max()
    print(f"TextGrid times: worst error {worst:.2e}, allowed 1e-9")  # noqa: T201
    assert worst <= 1e-9
