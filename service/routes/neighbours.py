"""Exemplars that are alike."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.neighbours import NeighboursBody
from service.reads import ReadingDep, RowId
from service.routes.exemplars import READ_ERRORS, AtVersion

router = APIRouter(prefix="/v1/exemplars", tags=["exemplars"])


@router.get("/{exemplar_id}/neighbours", responses=READ_ERRORS)
def get_neighbours(
    reading: ReadingDep,
    exemplar_id: RowId,
    limit: Annotated[int, Query(ge=1, le=200)] = 10,
    version: AtVersion = None,
) -> NeighboursBody:
    """The exemplars of the same label that are nearest, by the vectors that retrieval searches.

    Exact. An exemplar has its vector once a worker has taken up its newest edit; until then
    nothing is compared.
    """
    seen = reading.versions.resolve(reading.version(version))
    return NeighboursBody.of(reading, exemplar_id, seen, limit)
