"""How work is spread over cores: who works on what, with how many of torch's threads."""

import threading

import pytest
import torch

from diffusion.cores import WORTH_A_THREAD, WORTH_THREADS, Cores
from diffusion.denoiser import Denoiser

SMALL, LARGE = Cores(4, 4, WORTH_THREADS - 1), Cores(4, 4, WORTH_THREADS)


@pytest.fixture(autouse=True)
def _own_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


class Seen:
    """Work that notes who did it, with how many of torch's threads."""

    def __init__(self) -> None:
        self.parts: list[tuple[int, int, int]] = []

    def __call__(self, windows):
        self.parts.append((threading.get_ident(), torch.get_num_threads(), len(windows)))
        return [-each for each in windows]


@pytest.mark.parametrize(
    ("cores", "windows", "lanes", "parts"),
    [
        (SMALL, 1, 1, [(1, 1)]),
        (SMALL, 2 * WORTH_A_THREAD - 1, 1, [(1, 7)]),
        (SMALL, 16, 1, [(1, 4)] * 4),
        (SMALL, 16, 2, [(1, 8)] * 2),
        (SMALL, 16, 4, [(1, 16)]),
        (LARGE, 1, 1, [(4, 1)]),
        (LARGE, 16, 2, [(2, 16)]),
        (Cores(4, 1, 0), 16, 1, [(4, 16)]),
    ],
)
def test_windows_of_small_networks_go_to_several_threads(cores, windows, lanes, parts):
    seen = Seen()

    answers = cores.spread(seen, list(range(windows)), lanes)

    assert answers == [-each for each in range(windows)]
    assert [(threads, count) for _, threads, count in seen.parts] == parts
    assert len({thread for thread, *_ in seen.parts}) <= len(parts)


def test_an_error_of_a_helper_is_the_tick_s_and_comes_when_all_have_ended():
    ended = []

    def work(windows):
        if 4 in windows:
            raise ArithmeticError("the fifth")
        ended.append(len(windows))
        return list(windows)

    with pytest.raises(ArithmeticError, match="the fifth"):
        Cores(2, 2).spread(work, list(range(8)), 1)
    assert ended == [4]


def test_lanes_want_talks_and_windows():
    for cores in (SMALL, LARGE):
        assert [cores.lanes(8, windows) for windows in (1, 7, 8, 64)] == [1, 1, 2, 4]
        assert cores.lanes(1, 64) == 1


def test_beside_its_ticks_a_short_talk_of_a_small_network_needs_one_thread():
    assert [SMALL.beside(1, windows) for windows in (1, 3, 4)] == [1, 1, 4]
    assert [LARGE.beside(talks, 1) for talks in (1, 2, 8)] == [4, 2, 1]


def test_no_threads_are_refused():
    with pytest.raises(
        ValueError, match="threads and most_lanes must be at least 1, found 0 and 1"
    ):
        Cores(0)


def test_the_released_size_is_large_and_a_tiny_network_small():
    with torch.device("meta"):
        released = Denoiser()
    assert not Cores(2, 2, released.largest_product).small
    assert Cores(2, 2, Denoiser.tiny().largest_product).small
