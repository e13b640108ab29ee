"""Edges of a skeleton for skeleton-aware convolution: their neighbours, and how they are merged.

Skeleton-aware networks (Aberman et al., SIGGRAPH 2020) as in the published evaluator: an edge is a
pair of joints; a virtual one, from the root to a joint that does not exist, carries the root.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

Edge = tuple[int, int]
"""A joint and its child."""
REACH = 2
"""Edges up to this many steps apart see each other."""


@dataclass(frozen=True)
class EdgeGraph:
    """The edges of one resolution of the skeleton, in the order of their channels."""

    edges: tuple[Edge, ...]

    @classmethod
    def of_skeleton(cls, parents: Sequence[int]) -> Self:
        """The virtual edge first, then the edge to each joint but the root."""
        bones = ((parent, child) for child, parent in enumerate(parents) if parent >= 0)
        return cls(((0, len(parents)), *bones))

    def __len__(self) -> int:
        return len(self.edges)

    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """For each edge, the edges within ``REACH``, itself included."""
        touching = [
            {other for other, b in enumerate(self.edges) if set(a) & set(b)} for a in self.edges
        ]
        near = touching
        for _ in range(REACH - 1):
            near = [set().union(*(touching[other] for other in reached)) for reached in near]
        return tuple(tuple(sorted(reached)) for reached in near)

    def pools(self, last: bool) -> tuple[tuple[int, ...], ...]:
        """Groups of edges that become one: pairs along each chain, the first alone if it is odd.

        Chains run from the root, or a joint where the body branches, to the next such joint or an
        end. The last resolution merges whole chains.
        """
        if last:
            return tuple(self._chains(0, ()))
        return tuple(pair for chain in self._chains(0, ()) for pair in _pairs(chain))

    def pooled(self) -> "EdgeGraph":
        """The next coarser resolution."""
        groups = self.pools(last=False)
        return EdgeGraph(
            tuple((self.edges[group[0]][0], self.edges[group[-1]][1]) for group in groups)
        )

    def _chains(self, joint: int, so_far: tuple[int, ...]) -> list[tuple[int, ...]]:
        degree = sum(joint in edge for edge in self.edges)
        if degree == 1:
            return [so_far]
        ended, start = ([so_far], ()) if degree > 2 and joint != 0 else ([], so_far)
        onward = [
            chain
            for place, (parent, child) in enumerate(self.edges)
            if parent == joint
            for chain in self._chains(child, (*start, place))
        ]
        return [*ended, *onward]


def _pairs(chain: tuple[int, ...]) -> list[tuple[int, ...]]:
    odd = len(chain) % 2
    head = [chain[:1]] if odd else []
    return head + [chain[place : place + 2] for place in range(odd, len(chain), 2)]
