"""A long talk in batches of windows, of which those that are done are kept outside.

Batches follow one another in the order of sampling: first all windows that come after none. A talk
that is begun again elsewhere finds the batches that were done, and samples the others in the same
company as it would have, so that the outcome is the same to the bit.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Protocol, Self

import numpy as np
from jaxtyping import Float
from torch import Tensor

from annotations.types import PlacedExemplar
from diffusion.config import Precision
from diffusion.engine import Engine
from diffusion.sampling import Watch
from diffusion.talk_request import TalkRequest
from speech.transcript import Speech

Tokens = Float[Tensor, "1 token width"]
BATCHES_AT_HAND = 4
"""Read from outside and held: a window's own, and those of its neighbours."""

Batch = tuple[int, ...]
"""Indices of windows that are sampled together."""


class KeptWindows(Protocol):
    """Where finished batches of one talk lie."""

    @property
    def batch_windows(self) -> int:
        """Windows in one batch; a talk that has no more is not kept."""
        ...

    def of(self, talk: str) -> Self:
        """Where batches of a talk of that digest lie, and of no other."""
        ...

    def once(self, batch: Batch, sample: Callable[[], Mapping[int, Tokens]]) -> None:
        """Keep what ``sample`` gives for a batch, unless that is kept already."""
        ...

    def read(self, batch: Batch) -> Mapping[int, Tokens]:
        """Tokens of a kept batch by window."""
        ...


def sampled_or_kept(
    engine: Engine, request: TalkRequest, kept: KeptWindows | None, digest: Callable[[], str]
) -> Iterator[Tokens]:
    """Clean tokens of a talk's windows, in their order; those of a long one are kept as well.

    ``digest`` names what is sampled to; it is asked for a long talk alone.
    """
    if kept is None or len(request.plan) <= kept.batch_windows:
        return engine.run(request)
    return _KeptTalk(engine, request, kept.of(digest())).run()


def talk_digest(speech: Speech, exemplars: Sequence[PlacedExemplar], precision: Precision) -> str:
    """Sha256 over samples, word times, placement and the precision of sampling.

    Who speaks a text, recognises words or labels gestures may do it otherwise another time; and
    another machine may sample in another precision.
    """
    digest = hashlib.sha256(np.ascontiguousarray(speech.samples).data)
    digest.update(precision.encode())
    for word in speech.words:
        start, end = float(word.interval.start), float(word.interval.end)
        digest.update(repr((word.text, start, end)).encode())
    for each in exemplars:
        place = (each.target, each.source, each.strength, each.delay_frames, each.held)
        digest.update(repr((each.clip.key, place)).encode())
    return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class _KeptTalk:
    """A long talk and what is kept of it."""

    engine: Engine
    request: TalkRequest
    kept: KeptWindows

    def run(self) -> Iterator[Tokens]:
        """Tokens of one window after the other, once all are kept."""
        batches = self._batches()
        place = {index: batch for batch in batches for index in batch}
        read = lru_cache(BATCHES_AT_HAND)(self.kept.read)
        done = 0
        for batch in batches:
            request = partial(self._request, batch, done, lambda index: read(place[index])[index])
            self.kept.once(batch, partial(self._sampled, request))
            done += len(batch)
        for window in self.request.plan:
            yield read(place[window.index])[window.index]

    def _batches(self) -> tuple[Batch, ...]:
        """All windows in the order of sampling."""
        plan = sorted(self.request.plan, key=lambda each: (bool(each.after), each.index))
        indices, size = [each.index for each in plan], self.kept.batch_windows
        return tuple(tuple(indices[at : at + size]) for at in range(0, len(indices), size))

    def _sampled(self, request: Callable[[], TalkRequest]) -> Mapping[int, Tokens]:
        """Tokens of the windows of a batch."""
        asked = request()
        return {
            window.index: tokens
            for window, tokens in zip(asked.plan, self.engine.run(asked), strict=True)
        }

    def _request(self, batch: Batch, done: int, token: Callable[[int], Tokens]) -> TalkRequest:
        """A batch as a talk of its own, behind ``done`` windows of this one."""
        plan = tuple(each for each in self.request.plan if each.index in set(batch))
        outside = {index for each in plan for index in each.after}.difference(batch)
        return replace(
            self.request,
            plan=plan,
            watch=self._watch(done),
            known={index: token(index) for index in sorted(outside)},
        )

    def _watch(self, done: int) -> Watch:
        """Tells of the whole talk what it hears of a batch."""
        watch, steps = self.request.watch, self.request.steps
        report, total = watch.report, len(self.request.plan) * steps
        if report is None:
            return watch
        return replace(watch, report=lambda now, _: report(done * steps + now, total))
