"""The best times of known sounds in a recording: a segmental search with durations and pauses.

Names: ``T`` frames, ``U`` expected sounds in order, ``D`` frames of the longest sound. Boundary
``t`` lies before frame ``t``. ``ended[u]`` is the score of the first ``u`` sounds ending at the
present boundary, ``paused[u]`` that of a pause after them.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

IMPOSSIBLE = -1e9
_HOPELESS = IMPOSSIBLE / 10


@dataclass(frozen=True)
class Evidence:
    """Log likelihoods of every frame."""

    sounds: Float[np.ndarray, "T name"]
    pause: Float[np.ndarray, " T"]


@dataclass(frozen=True)
class Expectation:
    """The sounds in order."""

    names: Int[np.ndarray, " U"]
    """Column of the evidence."""
    durations: Float[np.ndarray, "U D"]
    """Log probability of 1..D frames."""
    pauses: Float[np.ndarray, " U"]
    """Log probability of a pause after it; `IMPOSSIBLE` inside words."""

    def __getitem__(self, part: slice) -> "Expectation":
        return Expectation(self.names[part], self.durations[part], self.pauses[part])

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Segments:
    """First and behind-the-last frame of each sound."""

    starts: Int[np.ndarray, " U"]
    ends: Int[np.ndarray, " U"]


@dataclass(frozen=True)
class _Choices:
    """What was best at each boundary."""

    lengths: Int[np.ndarray, "boundary U"]
    after_pause: Bool[np.ndarray, "boundary U"]
    pause_began: Bool[np.ndarray, "boundary after"]
    paused: Float[np.ndarray, " after"]
    ended: Float[np.ndarray, " after"]


def segment(evidence: Evidence, expected: Expectation) -> Segments | None:
    """Most likely times of all sounds; ``None`` where they do not fit."""
    choices = _searched(evidence, expected)
    possible = max(choices.paused[-1], choices.ended[-1]) > _HOPELESS
    return _traced(choices) if possible else None


def _searched(evidence: Evidence, expected: Expectation) -> _Choices:
    T, U, D = len(evidence.pause), len(expected), expected.durations.shape[1]
    total = np.zeros((T + 1, evidence.sounds.shape[1]))
    evidence.sounds.cumsum(axis=0, out=total[1:])
    lengths = np.zeros((T + 1, U), np.int16)
    after_pause, pause_began = np.zeros((T + 1, U), bool), np.zeros((T + 1, U + 1), bool)
    entry_cost = np.concatenate([[0.0], expected.pauses])
    durations, every, back = expected.durations.T.copy(), np.arange(U), np.arange(1, D + 1)
    begun = np.full((D, U), IMPOSSIBLE)
    paused, ended = np.full(U + 1, IMPOSSIBLE), np.full(U + 1, IMPOSSIBLE)
    ended[0] = 0.0
    for t in range(T + 1):
        here = total[t][expected.names]
        if t > 0:
            candidates = begun[(t - back) % D] + durations
            chosen = candidates.argmax(axis=0)
            lengths[t] = chosen + 1
            ended = np.concatenate([[IMPOSSIBLE], candidates[chosen, every] + here])
            paused = paused + evidence.pause[t - 1]
        after_pause[t] = paused[:-1] > ended[:-1]
        begun[t % D] = np.maximum(paused, ended)[:-1] - here
        entered = ended + entry_cost
        pause_began[t] = entered >= paused
        if t < T:
            paused = np.maximum(paused, entered)
    return _Choices(lengths, after_pause, pause_began, paused, ended)


def _traced(choices: _Choices) -> Segments:
    reached = choices.lengths.shape[1]
    starts, ends = np.zeros(reached, np.int64), np.zeros(reached, np.int64)
    t = len(choices.lengths) - 1
    in_pause = choices.paused[-1] > choices.ended[-1]
    for u in range(reached, 0, -1):
        if in_pause:
            t -= 1
            while not choices.pause_began[t, u]:
                t -= 1
        ends[u - 1] = t
        t -= int(choices.lengths[t, u - 1])
        starts[u - 1] = t
        in_pause = choices.after_pause[t, u - 1]
    return Segments(starts, ends)
