"""Batches of fixed sizes against the denoiser itself; the recorder here repeats the work."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from diffusion.denoiser import Denoiser
from diffusion.graphs import GraphedDenoiser
from diffusion.schedule import Schedule
from diffusion.timed import TimedDenoiser
from tests.diffusion.test_denoiser import some_conditions, some_tokens, woken

SCHEDULE = Schedule.scaled_linear()


class Repeating:
    """Records as a CUDA graph does: the same tensors are read and written each time."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, work):
        answer = work()
        self.sizes.append(len(answer))
        return lambda: answer.copy_(work()), answer


@pytest.fixture(scope="module", params=[0, 8], ids=["published", "with a local path"])
def timed(request):
    denoiser = woken(Denoiser.tiny(local_channels=request.param))
    return TimedDenoiser.of(denoiser, SCHEDULE.timesteps)


@pytest.fixture
def repeating():
    return Repeating()


def asked(timed, rows: int, shift: int = 0):
    """Tokens, timesteps, conditions and weights of so many windows."""
    x = some_tokens(timed.denoiser, batch=rows + shift)[shift:]
    places = [(13 * row + shift) % SCHEDULE.steps for row in range(rows)]
    timestep = torch.tensor([SCHEDULE.timesteps[place] for place in places])
    prepared = timed.denoiser.prepare(some_conditions(timed.denoiser, rows + shift))[shift:]
    return x, timestep, prepared, torch.linspace(1.0, 3.0, rows)


@pytest.mark.parametrize("guided", [True, False])
def test_a_batch_of_any_size_is_answered_as_by_the_denoiser(timed, repeating, guided):
    graphed = GraphedDenoiser(timed, repeating)
    for rows in (1, 3, 4, 5, 2, 1):
        x, timestep, prepared, weight = asked(timed, rows)
        given = (x, timestep, prepared, weight if guided else None)
        found = graphed.weighed(*given)
        torch.testing.assert_close(found, timed.weighed(*given), rtol=1e-5, atol=1e-5)
    assert repeating.sizes == [1, 4, 8, 2], "a size is recorded once"


def test_conditions_that_stay_are_held_and_others_taken_over(timed, repeating):
    graphed = GraphedDenoiser(timed, repeating)
    first, other = asked(timed, 3), asked(timed, 3, shift=2)
    answers = [graphed.weighed(*each) for each in (first, first, other, first)]

    assert torch.equal(answers[0], answers[1])
    assert torch.equal(answers[0], answers[3]), "an answer is overwritten, or conditions are old"
    torch.testing.assert_close(answers[2], timed.weighed(*other), rtol=1e-5, atol=1e-5)
    assert not torch.allclose(answers[0], answers[2])


def test_with_and_without_guidance_are_recorded_apart(timed, repeating):
    graphed = GraphedDenoiser(timed, repeating)
    x, timestep, prepared, weight = asked(timed, 2)
    guided, plain = (graphed.weighed(x, timestep, prepared, each) for each in (weight, None))

    assert repeating.sizes == [2, 2]
    assert not torch.allclose(guided, plain)


def test_threads_are_answered_one_after_the_other(timed, repeating):
    graphed = GraphedDenoiser(timed, repeating)
    requests = [asked(timed, 1 + number % 3, shift=number) for number in range(12)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda each: graphed.weighed(*each), requests))
    for answer, each in zip(found, requests, strict=True):
        torch.testing.assert_close(answer, timed.weighed(*each), rtol=1e-5, atol=1e-5)
