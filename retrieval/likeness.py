"""The likeness of two vectors, defined so that every machine and every arrangement agrees on it.

A likeness is the inner product summed in float64 in one fixed order and rounded once to float32.
It depends on the two vectors alone; where most numbers of a query are zero, only the others are
summed. Fast kernels sum in float32 in an order of their own (FAISS,
BLAS, CUDA), so they only choose who is looked at; how far they can be off is bounded here.
"""

import numpy as np
from jaxtyping import Float32, Float64, Int64

_HALF_STEP = 2.0**-24
"""Largest relative error of one rounding to float32."""
_SMALLEST = 2.0**-126
"""Products below it may be lost entirely."""
_BLOCK = 2048
"""Rows that are widened to float64 at a time."""


def told(query: Float32[np.ndarray, "width"]) -> slice | Int64[np.ndarray, "column"]:
    """The columns that are summed: all, or those that are not zero where these are few."""
    columns = np.flatnonzero(query)
    return columns if 2 * len(columns) < len(query) else slice(None)


def likenesses(
    query: Float32[np.ndarray, "width"], vectors: Float32[np.ndarray, "row width"]
) -> Float32[np.ndarray, "row"]:
    """Likeness of every row with the query."""
    columns = told(query)
    return summed(query[columns], vectors[:, columns])


def summed(
    query: Float32[np.ndarray, "column"], vectors: Float32[np.ndarray, "row column"]
) -> Float32[np.ndarray, "row"]:
    """The same of the told columns alone."""
    exact: Float64[np.ndarray, column] = query.astype(np.float64)
    found = np.empty(len(vectors), dtype=np.float32)
    for start in range(0, len(vectors), _BLOCK):
        rows = np.ascontiguousarray(vectors[start : start + _BLOCK], dtype=np.float64)
        found[start : start + _BLOCK] = (rows * exact).sum(axis=1)
    return found


def slack(query: Float32[np.ndarray, "width"], longest: float) -> float:
    """How far a float32 product and a likeness can lie apart, both ways together.

    ``longest`` is no less than the Euclidean length of any vector. Any order of summation is within
    as many roundings of the sum of absolute products as there are products that are not zero
    (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1), and Cauchy and Schwarz
    bound that sum by the lengths; two more cover the rounding of the likeness and of the limit.
    """
    length = float(np.linalg.norm(query.astype(np.float64)))
    roundings = (int(np.count_nonzero(query)) + 2) * _HALF_STEP
    relative = roundings / (1.0 - roundings)
    return 2.0 * (relative * length * longest + len(query) * _SMALLEST)


def longest_length(squares: float, width: int) -> float:
    """No less than the Euclidean length whose square was summed, in float32, as ``squares``."""
    roundings = (width + 2) * _HALF_STEP
    return float(np.sqrt(squares / (1.0 - roundings) + width * _SMALLEST))


def best(
    ids: Int64[np.ndarray, "row"], found: Float32[np.ndarray, "row"], k: int
) -> Int64[np.ndarray, "best"]:
    """Rows of the ``k`` largest likenesses: largest first, then by rising id."""
    order: Int64[np.ndarray, row] = np.lexsort((ids, -found))[:k]
    return order
