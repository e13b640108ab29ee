"""In which order exemplars are listed, and where in it a page begins."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from annotations.curation_errors import EditInvalidError
from annotations.curation_records import Order
from annotations.exemplar_filters import DURATION
from annotations.revision_repository import at_version
from annotations.tables import RevisionRow

_LARGEST_ID = 2**63
_SORTED_HERE: tuple[Order, ...] = ("seconds", "newest")
_KEYS: dict[Order, ColumnElement[Any]] = {
    "label": RevisionRow.label.expression,
    "seconds": DURATION,
    "newest": RevisionRow.seq.expression,
}
"""What is compared before the id, where anything is."""


@dataclass(frozen=True)
class ListPlace:
    """Where a page ends: the next one goes on behind it."""

    version: int
    last_id: int
    order: Order = "id"

    @property
    def cursor(self) -> str:
        """As text for a client."""
        order = "" if self.order == "id" else f":{self.order}"
        text = f"{self.version}:{self.last_id}{order}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str, order: Order) -> ListPlace:
    """The place of a cursor; `EditInvalidError` for a text that is none, or of another order."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.urlsafe_b64decode(padded).decode("ascii")
        version, last_id, *named = text.split(":")
        place = ListPlace(int(version), int(last_id), order)
        if not 0 <= place.last_id < _LARGEST_ID or not {*named} <= {*get_args(Order)}:
            raise ValueError(f"{text} is no place in a list")
    except (ValueError, binascii.Error) as error:
        raise EditInvalidError(
            "cursor", "the next_cursor of a page", repr(cursor), "begin with the first page"
        ) from error
    if (named or ["id"]) != [order]:
        raise EditInvalidError(
            *("cursor", f"that of a list ordered by {order}", repr(cursor)),
            "keep the order of the first page",
        )
    return place


def in_order(order: Order) -> tuple[ColumnElement[Any], ...]:
    """Columns to sort by: ties are broken by id."""
    if order == "newest":
        return _KEYS[order].desc(), RevisionRow.exemplar_id.desc()
    first = (_KEYS[order],) if order in _KEYS else ()
    return *first, RevisionRow.exemplar_id.expression


def ordered_ids(
    session: Session, where: Sequence[ColumnElement[bool]], order: Order
) -> tuple[int, ...]:
    """Ids of everything that fulfils conditions, in order.

    Numbers are sorted here: databases take three times as long for a hundred thousand.
    """
    ids = RevisionRow.exemplar_id
    if order not in _SORTED_HERE:
        query = select(ids).where(*where).order_by(*in_order(order))
        return tuple(row[0] for row in session.connection().execute(query).cursor.fetchall())
    query = select(ids, _KEYS[order]).where(*where)
    rows = session.connection().execute(query).cursor.fetchall()
    found = np.array([row[0] for row in rows], dtype=np.int64)
    keys = np.array([row[1] for row in rows])
    places = np.lexsort((found, keys))
    return tuple(found[places[::-1] if order == "newest" else places].tolist())


def behind(session: Session, place: ListPlace) -> ColumnElement[bool]:
    """Which revisions come behind a place; its exemplar is compared as it was at its version."""
    last = RevisionRow.exemplar_id
    if place.order == "id":
        return last > place.last_id
    key = _KEYS[place.order]
    shown = select(key).where(last == place.last_id, at_version(place.version))
    value = session.scalar(shown)
    if value is None:
        raise EditInvalidError(
            *("cursor", "the next_cursor of a page", "that of no exemplar"),
            "begin with the first page",
        )
    if place.order == "newest":
        return or_(key < value, and_(key == value, last < place.last_id))
    return or_(key > value, and_(key == value, last > place.last_id))
