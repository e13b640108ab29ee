"""A talk in batches: what is kept is not sampled again, and the outcome is the same to the bit."""

import dataclasses

import numpy as np
import pytest
import torch

from diffusion.sampling import Watch
from speech.transcript import Speech
from tests.diffusion.test_pipeline import FAST, pipeline, placed, speech  # noqa: F401  a fixture

WINDOWS = 10


def talk() -> Speech:
    """84 seconds."""
    heard = speech(28.0)
    return Speech(np.tile(heard.samples, 3), heard.words)


class Kept:
    """Batches in memory; breaks off before it keeps the one of that number."""

    batch_windows = 2

    def __init__(self, breaks_at: int | None = None) -> None:
        self.tokens, self.sampled, self.breaks_at = {}, [], breaks_at
        self.talks = {}

    def of(self, talk: str):
        self.tokens = self.talks.setdefault(talk, {})
        return self

    def once(self, batch, sample) -> None:
        if batch in self.tokens:
            return
        tokens = sample()
        if len(self.tokens) == self.breaks_at:
            self.breaks_at = None
            raise ConnectionAbortedError
        self.sampled += sorted(tokens)
        self.tokens[batch] = tokens

    def read(self, batch):
        return self.tokens[batch]


def motion(pipeline, kept, options=FAST, watch=None, said=None, start=8):  # noqa: F811
    return pipeline.keeping(kept)(said or talk(), 1, [placed(None, start)], options, watch)


@pytest.mark.parametrize("behaviour", ["default", "published"])
@pytest.mark.parametrize("breaks_at", [0, 2, 4])
def test_a_talk_goes_on_where_it_broke_off(pipeline, behaviour, breaks_at):  # noqa: F811
    options = dataclasses.replace(FAST, behaviour=behaviour)
    undisturbed, broken = Kept(), Kept(breaks_at)
    expected = motion(pipeline, undisturbed, options)
    with pytest.raises(ConnectionAbortedError):
        motion(pipeline, broken, options)
    assert len(broken.tokens) == breaks_at

    found = motion(pipeline, broken, options)

    assert sorted(broken.sampled) == sorted(undisturbed.sampled)
    assert len(set(broken.sampled)) == len(broken.sampled)
    assert torch.equal(found.poses, expected.poses)
    assert torch.equal(found.translation, expected.translation)


def quieter(said: Speech) -> Speech:
    return Speech(said.samples * np.float32(0.5) + np.float32(1e-3), said.words)


def other_times(said: Speech) -> Speech:
    return Speech(said.samples, said.words[:1])


@pytest.mark.parametrize("changed", [quieter, other_times, None])
def test_what_is_kept_of_another_sound_or_another_placement_is_not_taken(pipeline, changed):  # noqa: F811
    other = {"start": 9} if changed is None else {"said": changed(talk())}
    expected = motion(pipeline, Kept(), **other)
    broken = Kept(breaks_at=4)
    with pytest.raises(ConnectionAbortedError):
        motion(pipeline, broken)

    found = motion(pipeline, broken, **other)

    assert torch.equal(found.poses, expected.poses)
    assert len(broken.sampled) == 4 * Kept.batch_windows + WINDOWS


def test_even_windows_come_first_and_the_motion_is_that_without_batches(pipeline):  # noqa: F811
    kept = Kept()
    found = motion(pipeline, kept)
    assert [index for batch in kept.tokens for index in batch] == [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]
    plain = pipeline(talk(), 1, [placed(None, start=8)], FAST)
    torch.testing.assert_close(found.poses, plain.poses, rtol=0, atol=1e-4)


def test_progress_is_of_the_whole_talk(pipeline):  # noqa: F811
    told = []
    motion(pipeline, Kept(), watch=Watch(lambda done, total: told.append((done, total))))
    assert {total for _, total in told} == {WINDOWS * FAST.denoising_steps}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]


def test_a_talk_of_one_batch_is_not_kept(pipeline):  # noqa: F811
    kept = Kept()
    pipeline.keeping(kept)(speech(12.0), 1, [], FAST)
    assert kept.tokens == {}
