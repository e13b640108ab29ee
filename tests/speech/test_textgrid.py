"""TextGrids as other programs write or break them: cut short, odd labels, numbers, line ends."""

import pytest

from speech.transcript import Interval, TranscriptError, Word, read_textgrid

HEADER = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
SHORT = (
    HEADER
    + '0\n3\n<exists>\n1\n"IntervalTier"\n"words"\n0\n3\n2\n'
    + '0\n0.5\n"on"\n0.5\n1.4\n"hand"\n'
)
LONG = (
    HEADER
    + """xmin = 0
xmax = 3
tiers? <exists>
size = 1
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 3
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = "on"
        intervals [2]:
            xmin = 0.5
            xmax = 1.4
            text = "hand"
"""
)
BARE = """File type = "ooTextFile"
Object class = "TextGrid"
0 3   ! the "whole" time, 3 seconds
<exists>
1 tier
"IntervalTier" "words" ! class and name
0 3 2 ! intervals [9]:
0 0.5 "on" 0.5
1.4 "hand"! the end"""
WORDS = (Word("on", Interval(0.0, 0.5)), Word("hand", Interval(0.5, 1.4)))
FORMS = pytest.mark.parametrize("text", [SHORT, LONG], ids=["short", "long"])
EXPONENTS = pytest.mark.parametrize(
    ("plain", "exponent"), [("1.4", "1.4e0"), ("0.5", "5E-1"), ("3", "3e+00"), ("3", "0.3e1")]
)


@pytest.fixture
def read(tmp_path):
    """Reads a text as the bytes of a real file."""

    def read_written(text):
        path = tmp_path / "talk.TextGrid"
        path.write_bytes(text.encode())
        return read_textgrid(path)

    return read_written


@FORMS
def test_a_textgrid_cut_anywhere_is_refused(read, text):
    whole = text.rstrip()
    assert read(whole) == WORDS
    for length in range(len(whole)):
        with pytest.raises(TranscriptError):
            read(whole[:length])


def test_a_short_textgrid_says_how_many_intervals_it_lacks(read):
    with pytest.raises(TranscriptError, match="found 1 intervals; expected the 2 that it"):
        read(SHORT[: SHORT.index("0.5\n1.4")])
    with pytest.raises(TranscriptError, match="file"):
        read(SHORT.replace("\n2\n", f"\n{'9' * 5000}\n"))


@FORMS
def test_an_announcement_in_a_label_counts_nothing(read, text):
    label = "intervals: size = 5"
    assert [word.text for word in read(text.replace("hand", label))] == ["on", label]


@FORMS
def test_a_negative_time_is_refused_with_word_and_field(read, text):
    first = text.replace("0.5", "-0.5", 1)
    with pytest.raises(TranscriptError, match=r"found -0.5 s; .* at least 0 s") as refusal:
        read(first)
    assert (refusal.value.index, refusal.value.field) == (0, "end")
    with pytest.raises(TranscriptError, match=r"found -1e-05 s; ") as refusal:
        read(text.replace("0.5", "-1e-05").replace("-1e-05", "0.5", 1))
    assert (refusal.value.index, refusal.value.field) == (1, "start")


@pytest.mark.parametrize("gap", ["\n", "\n\n", " !\n", "\t\u00a0\n  "])
def test_a_negative_time_is_refused_however_it_is_spaced(read, gap):
    for line in ("xmin = -0.1", "xmin=-.1 ", "xmin = -1e-1\t"):
        with pytest.raises(TranscriptError, match=r"found -0?\.1 s") as refusal:
            read(LONG.replace("]:\n            xmin = 0\n", f"]:{gap}{line}\n", 1))
        assert (refusal.value.index, refusal.value.field) == (0, "start")


def test_only_the_times_of_words_may_not_be_negative(read):
    tier, phones = LONG[LONG.index("    item [1]") :], '"phones"'
    other = tier.replace('"words"', phones).replace("xmin = 0\n", "xmin = -1\n")
    assert read(LONG + other.replace("item [1]", "item [2]")) == WORDS
    assert read(LONG.replace("xmin = 0\n", "xmin = -1\n", 2)) == WORDS


@FORMS
@pytest.mark.parametrize("zero", ["-0", "-0.0", "0e0", "-0e-5"])
def test_minus_zero_is_zero(read, text, zero):
    lines = [line[:-1] + zero if line.strip(" xmin=") == "0" else line for line in text.split("\n")]
    words = read("\n".join(lines))
    assert words == WORDS
    assert str(words[0].interval.start) == "0.0"


@FORMS
@EXPONENTS
def test_times_with_exponents_are_read(read, text, plain, exponent):
    changed = text.replace(f"{plain}\n", f"{exponent}\n")
    assert changed != text
    assert read(changed) == WORDS


@FORMS
def test_small_times_keep_every_digit(read, text):
    times = text.replace("0.5", "1.2345678901234567e-05")
    assert read(times)[0].interval.end == 1.2345678901234567e-05


@FORMS
@pytest.mark.parametrize("time", ["1e400", "1e", "e1", "1e5e5", "1e999999999999"])
def test_numbers_that_are_none_are_refused(read, text, time):
    with pytest.raises(TranscriptError):
        read(text.replace("1.4", time))


@FORMS
@pytest.mark.parametrize(
    "label", ["1e-05", "xmin = -1e5", 'say ""-2e1""', "a\n-1e5\nxmax = -1e5\nb"]
)
def test_numbers_in_labels_stay_as_they_are(read, text, label):
    spoken = " ".join(label.replace('""', '"').split())
    assert [word.text for word in read(text.replace("hand", label))] == ["on", spoken]


@FORMS
@pytest.mark.parametrize("end", ["\r", "\r\n", "\r\r\n"])
def test_line_ends_of_every_system_are_read(read, text, end):
    assert read(text.replace("\n", end)) == WORDS


@FORMS
@pytest.mark.parametrize(
    "label",
    [
        "intervals [3]:",
        "points [",
        "item [2]:",
        "ooTextFile short",
        'a\n"IntervalTier"\n"words"\n0\n3\n2\n',
        '"TextTier"',
        'class = "IntervalTier" name = "words"',
        "a\nintervals: size = 9",
        'a\ntext = "b"\nxmin = 1',
        '"',
        '"on"',
        '"\n"',
        "! on <exists> 5",
    ],
)
def test_a_label_may_look_like_any_part_of_the_file(read, text, label):
    for word in ("on", "hand"):
        doubled = label.replace('"', '""')
        spoken = " ".join(label.split())
        words = read(text.replace(f'"{word}"', f'"{doubled}"'))
        assert [each.text for each in words] == [
            spoken if each == word else each for each in ("on", "hand")
        ]
        assert [each.interval for each in words] == [each.interval for each in WORDS]


@FORMS
@pytest.mark.parametrize("label", ['"on"', 'say "on" now', 'he said "on"', '6" tall'])
def test_quotes_that_should_be_doubled_end_no_label(read, text, label):
    assert [word.text for word in read(text.replace("hand", label))] == ["on", label]
    assert [word.text for word in read(text.replace('"on"', f'"{label}"'))] == [label, "hand"]


def test_a_layout_of_ones_own_and_remarks_are_read(read):
    assert read(BARE) == WORDS
    assert read(SHORT.replace("ooTextFile", "ooTextFile short").replace("Object class = ", "")) == (
        WORDS
    )
    assert read(LONG.replace(" = ", "=")) == WORDS


def test_a_tier_of_points_is_passed_over(read):
    points = '"TextTier"\n"words"\n0\n3\n1\n0.5\n"points [1]:"\n'
    two = SHORT.replace("<exists>\n1", "<exists>\n2")
    assert read(two + points) == WORDS
    assert read(two.replace('"IntervalTier"', points + '"IntervalTier"')) == WORDS
    with pytest.raises(TranscriptError, match="found 1 points; expected the 2 that it announces"):
        read(two + points.replace("3\n1\n", "3\n2\n"))
    with pytest.raises(TranscriptError, match="found 1 tiers; expected the 2 that it announces"):
        read(two)


@pytest.mark.parametrize(
    ("whole", "broken", "named"),
    [
        ("xmax = 0.5", "xmax = half", r"found '.on.' in line 18; expected .* a number"),
        ('"on"', "on", r"found '0.5' in line 20; expected .* a text in quotes"),
        ('text = "hand"', 'text = "hand', r"found '.hand' in line 22; expected .* a text"),
        ('text = "hand"', "", r"found its end; expected .* a text in quotes"),
        ('"IntervalTier"', '"Tier"', r"found the tier class 'Tier'; expected IntervalTier or"),
    ],
)
def test_what_is_broken_is_named_with_its_line(read, whole, broken, named):
    with pytest.raises(TranscriptError, match=named) as refusal:
        read(LONG.replace(whole, broken))
    assert refusal.value.field == "file"


@pytest.mark.parametrize(
    "part", ['"', '""', '" ', "1", "1.", "1e", "-", "! ", "intervals[", '"a" "', "= "]
)
@pytest.mark.parametrize("last", ["x", '"', "\n"])
def test_a_line_of_a_million_characters_is_read_in_its_length(read, part, last):
    """Where tokens were tried again and again, a tenth of it would take minutes."""
    with pytest.raises(TranscriptError):
        read(HEADER + part * (1_000_000 // len(part)) + last)
