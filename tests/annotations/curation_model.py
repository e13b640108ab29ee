"""What curation is to do, told once more without a database: a list of states for each exemplar."""

from dataclasses import dataclass, field, replace

from annotations.curation_records import (
    Change,
    Comment,
    Edit,
    ExemplarFacts,
    Flag,
    Relabel,
    Remove,
    Restore,
    Retime,
    Reword,
)
from motion.timeline import WINDOW_SECONDS
from speech.transcript import TIME_TOLERANCE


@dataclass(frozen=True)
class State:
    """What is compared of one exemplar."""

    annotation: int
    window_start: float
    sense: str
    word: str
    start: float
    end: float
    quality: tuple[str, ...]
    comment: str
    source: str
    probability: float
    removed: bool

    @classmethod
    def of(cls, facts: ExemplarFacts) -> "State":
        """As the database tells it."""
        return cls(
            *(facts.annotation_id, facts.window_start_seconds, facts.sense, facts.word),
            *(facts.start_seconds, facts.end_seconds, facts.quality, facts.comment),
            *(facts.source, facts.probability, facts.removed),
        )

    def says(self, other: "State") -> bool:
        """Whether both say one annotation, wherever their windows begin."""
        apart = self.window_start - other.window_start
        moved = (abs(self.start + apart - other.start), abs(self.end + apart - other.end))
        named = (self.annotation, self.sense, self.word)
        return named == (other.annotation, other.sense, other.word) and max(moved) < TIME_TOLERANCE


@dataclass
class Model:
    """Every exemplar's states by the version that began them."""

    chains: dict[int, list[tuple[int, State]]] = field(default_factory=dict)
    events: dict[int, tuple[dict[int, State | None], dict[int, State]]] = field(
        default_factory=dict
    )

    def at(self, version: int) -> dict[int, State]:
        """Everything that was there at a version."""
        found = {}
        for each, chain in self.chains.items():
            states = [state for seq, state in chain if seq <= version]
            if states:
                found[each] = states[-1]
        return found

    def now(self, exemplar: int) -> State:
        """The current state of one exemplar."""
        return self.chains[exemplar][-1][1]

    def edited(self, changes: list[Change]) -> dict[int, State]:
        """What edits make, one after another; nothing is kept."""
        draft = {each: self.now(each) for each in self.chains}
        for change in changes:
            before = dict(draft)
            target = before[change.exemplar_id]
            for each, state in before.items():
                if each == change.exemplar_id:
                    draft[each] = _made(state, change.edit)
                elif self._reached(change.exemplar_id, each, before, change.edit):
                    apart = target.window_start - state.window_start
                    draft[each] = _made_beside(state, change.edit, apart)
        return {each: state for each, state in draft.items() if state != self.now(each)}

    def write(self, seq: int, made: dict[int, State]) -> None:
        """Keep what an event made."""
        before = {each: self.now(each) if each in self.chains else None for each in made}
        self.events[seq] = (before, made)
        for each, state in made.items():
            self.chains.setdefault(each, []).append((seq, state))

    def undone(self, seq: int) -> dict[int, State] | None:
        """What the inverse of an event makes; none where a row was changed since."""
        before, after = self.events[seq]
        if any(self.now(each) != state for each, state in after.items()):
            return None
        return {each: before[each] or replace(now, removed=True) for each, now in after.items()}

    def _reached(self, target: int, other: int, draft: dict[int, State], edit: Edit) -> bool:
        one, two = draft[target], draft[other]
        if one.annotation != two.annotation:
            return False
        if not two.removed:
            return not isinstance(edit, Restore)
        if not one.removed or not one.says(two):
            return False
        (first, was), (second, theirs) = self.chains[target][-1], self.chains[other][-1]
        together = first == second or not was.removed
        return was.removed == theirs.removed and together


def _made(state: State, edit: Edit) -> State:
    curated = {"source": "curator", "probability": 1.0}
    match edit:
        case Relabel(label):
            return state if label == state.sense else replace(state, sense=label, **curated)
        case Reword(word):
            return state if word == state.word else replace(state, word=word, **curated)
        case Retime(start, end):
            if (start, end) == (state.start, state.end):
                return state
            return replace(state, start=start, end=end, **curated)
        case Flag(add, remove):
            kept = tuple(each for each in state.quality if each not in remove)
            more = tuple(each for each in add if each not in kept)
            return replace(state, quality=kept + more)
        case Comment(text):
            return replace(state, comment=text)
        case Remove():
            return replace(state, removed=True)
    return replace(state, removed=False)


def _made_beside(state: State, edit: Edit, apart: float) -> State:
    if not isinstance(edit, Retime):
        return _made(state, edit)
    moved = Retime(edit.start_seconds + apart, edit.end_seconds + apart)
    if moved.start_seconds < 0.0 or moved.end_seconds > WINDOW_SECONDS + 1e-9:
        return replace(state, removed=True)
    return _made(state, moved)
