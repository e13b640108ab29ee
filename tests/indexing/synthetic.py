"""Recordings in the database without files behind them, and random edits of them."""

import random
from collections.abc import Sequence

from sqlalchemy.orm import Session

from annotations.curation import Curation
from annotations.curation_errors import UndoConflictError
from annotations.curation_records import (
    Change,
    Comment,
    Edit,
    Flag,
    Relabel,
    Remove,
    Restore,
    Retime,
    Reword,
)
from annotations.database import Database
from annotations.records import (
    CutExemplar,
    CutWindow,
    StoredExemplar,
    StoredRecording,
    kind_of,
)
from annotations.repository import Repository
from annotations.types import (
    DiscourseRelation,
    GestureLabel,
    GestureType,
    Prominence,
    Window,
)
from speech.transcript import Interval

SENSES = ("Contingency.Cause.Reason", "Comparison.Contrast", "Expansion.Conjunction")
TYPES = (GestureType.ICONIC, GestureType.DEICTIC)
WORDS = ("because", "but", "huge", "river", "so", "home", "later", "rain")
CORPUS = "/nowhere/corpus"


def recording(name: str, speaker: int = 1) -> StoredRecording:
    return StoredRecording(
        id=name,
        corpus=CORPUS,
        speaker=speaker,
        speaker_name="scott",
        split="train",
        files={"audio": f"wave16k/{name}.wav", "motion": f"smplxflame_30/{name}.npz"},
        seconds=60.0,
        fingerprint="made",
        indexed=True,
    )


def cut_windows(name: str, speaker: int, count: int, seed: int) -> tuple[CutWindow, ...]:
    """Windows of one relation and one or two gestures each."""
    rng = random.Random(f"{name} {seed}")
    return tuple(_window(name, speaker, 5.0 * number, rng) for number in range(count))


def _window(name: str, speaker: int, start: float, rng: random.Random) -> CutWindow:
    words = [rng.choice(WORDS) for _ in range(16)]
    times = [Interval(0.6 * i, 0.6 * i + 0.4) for i in range(16)]
    one, two, three = sorted(rng.sample(range(16), 3))
    relations = (
        DiscourseRelation(
            words[one], rng.choice(SENSES), Interval(0, 9), times[one], tokens=(one,)
        ),
    )
    gestures = tuple(
        GestureLabel(
            rng.choice((GestureType.ICONIC, GestureType.DEICTIC)), words[i], times[i], (i,)
        )
        for i in (two, three)
    )
    prominences = tuple(
        Prominence(word, time, rng.uniform(0, 3)) for word, time in zip(words, times, strict=True)
    )
    window = Window(name, speaker, start, " ".join(words), relations, gestures, prominences)
    return CutWindow(window, tuple(CutExemplar(each, 1.0) for each in (*relations, *gestures)))


def store(database: Database, names: Sequence[str], windows: int = 3, seed: int = 0) -> None:
    """One transaction, event and version a recording."""
    for number, name in enumerate(names):
        with database.session() as session:
            repository = Repository(session)
            repository.put_recording(recording(name, number % 25))
            cuts = cut_windows(name, number % 25, windows, seed)
            repository.cut(name, f"content {seed}", cuts, "made")


class Editor:
    """Makes random edits, bulk edits, undos, and cuts recordings anew."""

    def __init__(self, database: Database, names: Sequence[str], seed: int) -> None:
        self._database, self._names = database, names
        self._rng = random.Random(seed)
        self._seqs: list[int] = []

    def step(self) -> int:
        """Make one change; the version that is the newest after it."""
        choose = self._rng.random()
        with self._database.session() as session:
            repository = Repository(session)
            if choose < 0.1:
                name = self._rng.choice(self._names)
                speaker = self._names.index(name) % 25
                cuts = cut_windows(name, speaker, 3, self._rng.randrange(3))
                repository.cut(name, f"content {self._rng.randrange(2)}", cuts, "made")
            elif choose < 0.15:
                kept = [each for each in self._names if self._rng.random() < 0.8]
                repository.leave_out(CORPUS, kept, "made")
            elif choose < 0.2:
                repository.put_back(self._rng.choice(self._names), "made")
            elif choose < 0.35 and self._seqs:
                self._undo(Curation(session, "mira"))
            else:
                self._edit(session)
            return repository.versions.head()

    def _edit(self, session: Session) -> None:
        repository = Repository(session)
        stored = repository.exemplars(self._rng.sample(repository.indexed_ids(1), 6))
        many = self._rng.sample(sorted(stored), self._rng.choice((1, 1, 1, min(5, len(stored)))))
        edit = self._random_edit()
        fitting = [each for each in many if _fits(edit, stored[each])]
        if fitting:
            curation = Curation(session, "mira")
            outcome = curation.apply([Change(each, edit) for each in fitting])
            if outcome.version is not None:
                self._seqs.append(outcome.version)

    def _undo(self, curation: Curation) -> None:
        try:
            outcome = curation.undo(self._rng.choice(self._seqs))
        except UndoConflictError:
            return
        if outcome.version is not None:
            self._seqs.append(outcome.version)

    def _random_edit(self) -> Edit:
        start = self._rng.uniform(0, 9)
        return self._rng.choice(
            (
                Relabel(self._rng.choice((*SENSES, "iconic", "metaphoric"))),
                Retime(start, start + 0.5, start),
                Reword(self._rng.choice(WORDS)),
                Flag(add=("unsure",)),
                Comment(f"note {self._rng.random()}"),
                Remove(),
                Restore(),
            )
        )


def _fits(edit: Edit, stored: StoredExemplar) -> bool:
    """A label must be of the annotation's kind."""
    if not isinstance(edit, Relabel):
        return True
    return (kind_of(stored.exemplar.annotation) == "relation") == (edit.label in SENSES)
