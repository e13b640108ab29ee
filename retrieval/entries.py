"""Entries of an index as columns: ids, labels, speakers, recordings, vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
from jaxtyping import Bool, Float32, Int16, Int32, Int64

LARGEST_NUMBER = 1e9
"""Largest number of a vector: inner products then stay far from the end of float32."""
_BLOCK = 4096
"""Rows that are checked at a time."""


@dataclass(frozen=True, eq=False)
class EntryFacts:
    """Everything about entries but their vectors, one row an entry."""

    ids: Int64[np.ndarray, "entry"]
    numbers: Int64[np.ndarray, "entry"]
    """Revision that each vector belongs to."""
    labels: tuple[str, ...]
    """Names that ``label_codes`` count through."""
    label_codes: Int32[np.ndarray, "entry"]
    speakers: Int16[np.ndarray, "entry"]
    recordings: tuple[str, ...]
    """Names that ``recording_codes`` count through."""
    recording_codes: Int32[np.ndarray, "entry"]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def facts(self) -> "EntryFacts":
        """The same rows without vectors."""
        return EntryFacts(*(getattr(self, field.name) for field in fields(EntryFacts)))

    def facts_at(self, rows: Int64[np.ndarray, "row"] | Bool[np.ndarray, "entry"]) -> "EntryFacts":
        """Some of the rows, in the order asked for."""
        return EntryFacts(
            self.ids[rows],
            self.numbers[rows],
            self.labels,
            self.label_codes[rows],
            self.speakers[rows],
            self.recordings,
            self.recording_codes[rows],
        )

    @cached_property
    def recording_code_of(self) -> Mapping[str, int]:
        """Code of each recording's name."""
        return {name: code for code, name in enumerate(self.recordings)}

    @staticmethod
    def joined(groups: "Sequence[EntryFacts]") -> "EntryFacts":
        """The rows of several groups one after the other, under common names in sorted order."""
        labels, label_codes = _joined_names([(g.labels, g.label_codes) for g in groups])
        recordings, recording_codes = _joined_names(
            [(g.recordings, g.recording_codes) for g in groups]
        )
        return EntryFacts(
            np.concatenate([np.zeros(0, np.int64), *(g.ids for g in groups)]),
            np.concatenate([np.zeros(0, np.int64), *(g.numbers for g in groups)]),
            labels,
            label_codes,
            np.concatenate([np.zeros(0, np.int16), *(g.speakers for g in groups)]),
            recordings,
            recording_codes,
        )


@dataclass(frozen=True, eq=False)
class Entries(EntryFacts):
    """Entries with their vectors, by ascending id."""

    vectors: Float32[np.ndarray, "entry width"]

    def __post_init__(self) -> None:
        """Refuse entries that no index could answer for."""
        _check_shapes(self)
        _check_ids(self.ids)
        _check_codes("label", self.labels, self.label_codes)
        _check_codes("recording", self.recordings, self.recording_codes)
        check_numbers(self.ids, self.vectors)

    @property
    def width(self) -> int:
        """Numbers a vector."""
        return int(self.vectors.shape[1])

    @classmethod
    def of(  # noqa: PLR0913 - the columns of one table, all but three by name
        cls,
        ids: Sequence[int] | Int64[np.ndarray, "entry"],
        labels: Sequence[str],
        vectors: Float32[np.ndarray, "entry width"],
        *,
        numbers: Sequence[int] | Int64[np.ndarray, "entry"] | None = None,
        speakers: Sequence[int] | Int16[np.ndarray, "entry"] | None = None,
        recordings: Sequence[str] | None = None,
    ) -> Self:
        """Entries in any order, with the label and the recording of each.

        What is left out is revision 1, speaker 0 and the recording named ``""``.
        """
        keys = np.asarray(ids, dtype=np.int64)
        count = len(keys)
        label_names, label_codes = _coded(labels)
        recording_names, recording_codes = _coded(recordings or [""] * count)
        columns: tuple[np.ndarray[Any, Any], ...] = (
            np.asarray([1] * count if numbers is None else numbers, dtype=np.int64),
            label_codes,
            np.asarray([0] * count if speakers is None else speakers, dtype=np.int16),
            recording_codes,
            np.asarray(vectors, dtype=np.float32),
        )
        for name, column in zip(
            ("numbers", "labels", "speakers", "recordings", "vectors"), columns, strict=True
        ):
            if len(column) != count:
                raise ValueError(f"{count} ids but {len(column)} {name}; give one of each an entry")
        order = _ascending(keys)
        number, label, speaker, recording, vector = (column[order] for column in columns)
        return cls(
            keys[order], number, label_names, label, speaker, recording_names, recording, vector
        )

    @classmethod
    def none(cls, width: int) -> Self:
        """No entries of a width."""
        return cls.of([], [], np.zeros((0, width), dtype=np.float32))


def check_numbers(
    ids: Int64[np.ndarray, "entry"], vectors: Float32[np.ndarray, "entry width"]
) -> None:
    """Refuse NaN, infinite and huge numbers, naming the first entry that holds one."""
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK]
        if block.size and not max(block.max(), -block.min()) <= LARGEST_NUMBER:
            row, column = np.argwhere(~(np.abs(block) <= LARGEST_NUMBER))[0]
            raise ValueError(
                f"the vector of entry {ids[start + row]} holds {block[row, column]} at number "
                f"{column}; numbers must be finite and at most {LARGEST_NUMBER:g} in size: "
                "embed the entry again"
            )


def _check_shapes(entries: Entries) -> None:
    if entries.vectors.ndim != 2 or entries.vectors.dtype != np.float32:
        raise ValueError(
            "vectors must be float32 of shape (entry, width), found "
            f"{entries.vectors.dtype} of shape {entries.vectors.shape}"
        )
    names = ("numbers", "label_codes", "speakers", "recording_codes", "vectors")
    lengths = {name: len(getattr(entries, name)) for name in names}
    if set(lengths.values()) != {len(entries.ids)}:
        raise ValueError(f"{len(entries.ids)} ids but {lengths}; give one of each an entry")


def _check_ids(ids: Int64[np.ndarray, "entry"]) -> None:
    steps = np.diff(ids)
    if (steps == 0).any():
        repeated = ids[1:][steps == 0][0]
        raise ValueError(f"ids repeat: {repeated}; each entry needs an id of its own")
    if (steps < 0).any():
        place = int(np.argmax(steps < 0))
        raise ValueError(
            f"ids must ascend, found {ids[place]} before {ids[place + 1]}; "
            "build the record with Entries.of, which sorts"
        )


def _check_codes(kind: str, names: tuple[str, ...], codes: Int32[np.ndarray, "entry"]) -> None:
    if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < len(names):
        raise ValueError(
            f"{kind} codes must lie in 0..{len(names) - 1}, found {codes.min()}..{codes.max()}"
        )


def _coded(names: Sequence[str]) -> tuple[tuple[str, ...], Int32[np.ndarray, "entry"]]:
    """Distinct names in sorted order, and the place of each among them."""
    known = tuple(sorted(set(names)))
    code_of = {name: code for code, name in enumerate(known)}
    return known, np.array([code_of[name] for name in names], dtype=np.int32)


def _joined_names(
    groups: Sequence[tuple[tuple[str, ...], Int32[np.ndarray, "entry"]]],
) -> tuple[tuple[str, ...], Int32[np.ndarray, "entry"]]:
    known = tuple(sorted({name for names, _ in groups for name in names}))
    code_of = {name: code for code, name in enumerate(known)}
    recoded = [np.zeros(0, np.int32)]
    for names, codes in groups:
        recoded.append(np.array([code_of[name] for name in names], dtype=np.int32)[codes])
    return known, np.concatenate(recoded)


def _ascending(ids: Int64[np.ndarray, "entry"]) -> slice | Int64[np.ndarray, "entry"]:
    """Order that sorts ids; all of them as they are where they are sorted, without a copy."""
    if (np.diff(ids) > 0).all():
        return slice(None)
    return np.argsort(ids, kind="stable")
