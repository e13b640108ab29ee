"""The exemplars of one index version, read from SQL when they are asked for."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Int64

from annotations.database import Database
from annotations.repository import Repository
from annotations.types import Exemplar

KEPT_EXEMPLARS = 16_384
"""How many stay in memory; some ten kilobytes each."""
_PORTION = 2_000
"""Exemplars read at once where all are walked through."""


class StoredExemplars:
    """An `ExemplarSource` over one version: it never changes, whatever is edited meanwhile.

    The exemplars asked for last stay in memory. Threads may share it.
    """

    def __init__(
        self,
        database: Database,
        version: int,
        ids: Int64[np.ndarray, "entry"],
        kept: Mapping[int, Exemplar] | None = None,
    ) -> None:
        """``ids``, ascending, are all exemplars of the version; ``kept`` are known already."""
        self._database = database
        self.version = version
        self.ids = ids
        self._kept = OrderedDict(kept or {})
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, exemplar_id: int) -> bool:
        place = int(np.searchsorted(self.ids, exemplar_id))
        return place < len(self.ids) and int(self.ids[place]) == exemplar_id

    def of(self, ids: Iterable[int]) -> Mapping[int, Exemplar]:
        """The exemplars of these entries; entries that are not there are left out."""
        wanted = [each for each in dict.fromkeys(ids) if each in self]
        with self._lock:
            found = {each: self._kept[each] for each in wanted if each in self._kept}
            for each in found:
                self._kept.move_to_end(each)
        missing = [each for each in wanted if each not in found]
        if missing:
            read = self._read(missing)
            self._remember(read)
            found |= read
        return {each: found[each] for each in wanted}

    def every(self) -> Iterator[Exemplar]:
        """All exemplars, in the order of their ids; read in portions."""
        read = self.of if len(self) <= KEPT_EXEMPLARS else self._read
        for start in range(0, len(self), _PORTION):
            yield from read(self.ids[start : start + _PORTION].tolist()).values()

    def at(
        self,
        version: int,
        ids: Int64[np.ndarray, "entry"],
        changed: Sequence[int],
        windows: Collection[str],
    ) -> "StoredExemplars":
        """The same of another version, between which only ``windows`` show other tiers.

        What is known of other windows is taken over; the exemplars ``changed`` are read at once.
        """
        if len(changed) > _PORTION:
            return StoredExemplars(self._database, version, ids)
        fresh = StoredExemplars(self._database, version, ids)._read(changed)
        with self._lock:
            kept = {i: e for i, e in self._kept.items() if e.window.key not in windows}
        return StoredExemplars(self._database, version, ids, kept | fresh)

    def _read(self, ids: Sequence[int]) -> dict[int, Exemplar]:
        if not ids:
            return {}
        with self._database.reading() as session:
            stored = Repository(session).exemplars(ids, self.version)
        return {each: stored[each].exemplar for each in ids}

    def _remember(self, read: Mapping[int, Exemplar]) -> None:
        with self._lock:
            self._kept.update(read)
            while len(self._kept) > KEPT_EXEMPLARS:
                self._kept.popitem(last=False)
