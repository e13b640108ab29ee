"""A tiny curated store: recordings, windows and exemplars whose every value is known."""

from contextlib import contextmanager
from dataclasses import replace

from annotations.curation import Curation
from annotations.records import CutExemplar, CutWindow, StoredRecording
from annotations.repository import Repository
from annotations.types import (
    DiscourseRelation,
    GestureLabel,
    GestureType,
    Prominence,
    Source,
    Window,
)
from speech.transcript import Interval

NAME = "2_scott_0_1_1"
RECORDING = StoredRecording(
    NAME, "/corpus", 1, "scott", "train", {"motion": "a"}, seconds=60.0, indexed=True
)
BECAUSE = DiscourseRelation(
    "because",
    "Contingency.Cause.Reason",
    Interval(0.1, 3.3),
    Interval(1.1, 1.1 + 0.2),
    arg1="I left",
    arg2="it rained",
    tokens=(3, 4),
    probability=1 / 3,
    source=Source.LEXICON,
    arg1_tokens=(0, 1),
)
HUGE = GestureLabel(GestureType.ICONIC, "huge", Interval(6.2, 6.7), (9,), 0.7, Source.RULES)
STRONG = Prominence("huge", Interval(6.2, 6.7), 2.34567890123, 0.1)
WEAK = Prominence("it", Interval(1.6, 1.8), 0.5)
WINDOW = Window(
    NAME, 1, 5.0, "I left because it rained a huge lot", (BECAUSE,), (HUGE,), (WEAK, STRONG)
)
CUT = CutWindow(WINDOW, (CutExemplar(BECAUSE, 0.25, 1.5, ("still_hands",)), CutExemplar(HUGE)))

_LATER = Interval(1.2, 1.7)
NEXT_WINDOW = Window(
    NAME, 1, 10.0, "a huge lot", (), (replace(HUGE, interval=_LATER),), (replace(STRONG),)
)
BOTH = (CUT, CutWindow(NEXT_WINDOW, (CutExemplar(replace(HUGE, interval=_LATER)),)))
"""Two windows that overlap: the gesture has an exemplar in each."""


def store(database, windows=(CUT,), recording=RECORDING) -> tuple[int, ...]:
    """Ids of the exemplars of one recording, cut and stored."""
    with database.session() as session:
        repository = Repository(session)
        repository.put_recording(recording)
        repository.cut(recording.id, "motion", windows)
        return repository.indexed_ids()


@contextmanager
def curating(database, actor="rosa"):
    """One transaction of a curator."""
    with database.session() as session:
        yield Curation(session, actor)


def applied(database, *changes, reason="", actor="rosa"):
    """The outcome of edits, committed."""
    with curating(database, actor) as curation:
        return curation.apply(changes, reason)


def exemplars_at(database, version=None):
    """Every indexed exemplar of a version by id."""
    with database.reading() as session:
        repository = Repository(session)
        return repository.exemplars(repository.indexed_ids(version), version)
