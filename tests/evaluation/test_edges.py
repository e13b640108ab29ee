import pytest

from evaluation.edges import EdgeGraph
from tests.parity import load_json

# a spine of three joints with two legs and a tail of two
PARENTS = (-1, 0, 1, 2, 2, 0, 5)


@pytest.mark.parametrize("case", ["real", "small"])
def test_parity_edges_neighbours_and_pools(case):
    expected = load_json("skconv")[case]
    graph = EdgeGraph.of_skeleton(expected["parents"])
    layers = expected["vae_layer"]

    for layer in range(layers):
        assert [list(edge) for edge in graph.edges] == expected["edges"][layer]
        assert [list(near) for near in graph.neighbours()] == expected["neighbours"][layer]
        pools = graph.pools(last=layer == layers - 1)
        assert [list(group) for group in pools] == expected["pooling"][layer]
        graph = graph.pooled()


def test_edges_up_to_two_steps_apart_are_neighbours():
    graph = EdgeGraph.of_skeleton(PARENTS)

    assert graph.edges == ((0, 7), (0, 1), (1, 2), (2, 3), (2, 4), (0, 5), (5, 6))
    assert graph.neighbours()[0] == (0, 1, 2, 5, 6)
    assert graph.neighbours()[3] == (1, 2, 3, 4)


def test_chains_end_where_the_body_branches_and_are_paired_from_their_far_end():
    graph = EdgeGraph.of_skeleton(PARENTS)

    assert graph.pools(last=False) == ((0,), (1, 2), (3,), (4,), (5, 6))
    assert graph.pooled().edges == ((0, 7), (0, 2), (2, 3), (2, 4), (0, 6))


def test_an_odd_chain_keeps_its_first_edge_and_the_last_layer_merges_it_whole():
    chain = EdgeGraph.of_skeleton((-1, 0, 1, 2))

    assert chain.pools(last=False) == ((0,), (1,), (2, 3))
    assert chain.pools(last=True) == ((0,), (1, 2, 3))
