"""Random edits, undos and additions give what a model says, at every version."""

import random

import pytest

from annotations.curation_errors import UndoConflictError
from annotations.curation_records import (
    Change,
    Comment,
    ExemplarFilter,
    Flag,
    NewExemplar,
    Relabel,
    Remove,
    Restore,
    Retime,
    Reword,
)
from annotations.database import Database
from annotations.exemplar_queries import ExemplarQueries
from annotations.repository import Repository
from tests.annotations.curation_model import Model, State
from tests.annotations.stored import BOTH, NAME, curating, store
from tests.databases import KINDS, empty_database

STEPS = 60
SENSES = ("Contingency.Cause.Reason", "Comparison.Contrast", "Expansion.Conjunction")
TYPES = ("iconic", "deictic", "metaphoric")


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        yield database


def everything(database, version=None):
    """Every exemplar by id, removed ones too."""
    with database.reading() as session:
        found = ExemplarQueries(session).every(ExemplarFilter(removed=None, version=version))
    return {each.id: each for each in found}


def states(database, version=None):
    return {each: State.of(facts) for each, facts in everything(database, version).items()}


def random_edit(rng, state):
    start = rng.choice((0.5, 1.5, 5.5, 6.5, rng.uniform(0.0, 9.0)))
    labels = TYPES if state.sense in TYPES else SENSES
    flag = rng.choice(("unsure", "favourite"))
    return rng.choice(
        (
            *(Relabel(rng.choice(labels)), Reword(rng.choice(("so", "vast", "home")))),
            *(Retime(start, start + 0.5), Comment(rng.choice(("", "odd", "fine")))),
            *(Flag(add=(flag,)), Flag(remove=(flag, "still_hands"))),
            *(Remove(), Restore()),
        )
    )


class Player:
    """Does the same to a database and to a model."""

    def __init__(self, database, seed) -> None:
        self.database, self.rng = database, random.Random(seed)
        store(database, BOTH)
        self.model = Model({each: [(1, state)] for each, state in states(database).items()})

    def step(self) -> None:
        self.rng.choices((self.edit, self.undo, self.add), (10, 5, 1))[0]()

    def edit(self) -> None:
        count = self.rng.choice((1, 1, 1, 2, 3))
        chosen = self.rng.choices(sorted(self.model.chains), k=count)
        changes = [Change(each, random_edit(self.rng, self.model.now(each))) for each in chosen]
        made = self.model.edited(changes)
        with curating(self.database) as curation:
            dry = curation.apply(changes, dry_run=True)
            outcome = curation.apply(changes)
        assert [row.exemplar_id for row in dry.rows] == sorted(made)
        self._compare(outcome, made)

    def undo(self) -> None:
        if not self.model.events:
            return
        seq = self.rng.choice(sorted(self.model.events)[-6:])
        made = self.model.undone(seq)
        with curating(self.database) as curation:
            if made is None:
                with pytest.raises(UndoConflictError):
                    curation.undo(seq)
                return
            outcome = curation.undo(seq)
        self._compare(outcome, made)

    def add(self) -> None:
        start = self.rng.uniform(5.0, 19.0)
        new = NewExemplar(NAME, "gesture", "iconic", "home", start, start + 0.5)
        with curating(self.database) as curation:
            outcome = curation.add(new)
        [row] = outcome.rows
        assert row.before is None
        assert row.after.start_seconds + row.after.window_start_seconds == pytest.approx(start)
        self._compare(outcome, {row.exemplar_id: State.of(row.after)})

    def _compare(self, outcome, made) -> None:
        assert {row.exemplar_id: State.of(row.after) for row in outcome.rows} == made
        assert (outcome.version is None) == (not made)
        if made:
            self.model.write(outcome.version, made)
        assert states(self.database) == {each: self.model.now(each) for each in self.model.chains}


@pytest.mark.parametrize("seed", range(4))
def test_random_edits_give_what_the_model_says(database, seed):
    player = Player(database, seed)
    for _ in range(STEPS):
        player.step()

    model, rng = player.model, random.Random(seed)
    versions = [1, *model.events]
    for version in rng.sample(versions, 8):
        assert states(database, version) == model.at(version)
    for _ in range(6):
        compare_difference(database, model, *rng.sample(versions, 2))
    compare_histories(database, model)


def compare_difference(database, model, old, new) -> None:
    """A difference is what two versions do not show alike; removed exemplars are not shown."""
    before, after = (
        {each: state for each, state in model.at(version).items() if not state.removed}
        for version in (old, new)
    )
    with database.reading() as session:
        found = ExemplarQueries(session).diff(old, new)
    assert {row.exemplar_id for row in found} == {
        each for each in before.keys() | after.keys() if before.get(each) != after.get(each)
    }
    for row in found:
        assert (row.before and State.of(row.before)) == before.get(row.exemplar_id)
        assert (row.after and State.of(row.after)) == after.get(row.exemplar_id)


def compare_histories(database, model) -> None:
    """The history of an exemplar is its chain, and says what the events say."""
    with database.reading() as session:
        events = {each.seq: each for each in Repository(session).versions.events()}
        for each, chain in model.chains.items():
            history = ExemplarQueries(session).history(each)
            assert [(e.event.seq, State.of(e.change.after)) for e in history] == chain
            for entry in history:
                told = events[entry.event.seq].event.after["rows"][str(each)]
                assert (told["number"], told["word"], told["removed"]) == (
                    *(entry.change.after.revision, entry.change.after.word),
                    entry.change.after.removed,
                )
