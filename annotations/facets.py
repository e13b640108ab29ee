"""How many exemplars of a list have each value of each facet."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from annotations.curation_records import FACETS, FacetName
from annotations.exemplar_filters import DURATION, QUALITY_TEXT
from annotations.tables import RecordingRow, RevisionRow
from annotations.use_queries import USUAL_JOBS, used_lately, with_near_duplicate

MOST_WORDS = 200
"""Only the most frequent words are listed."""
SECONDS = (0.25, 0.5, 1.0, 2.0)
"""Where one class of durations of words ends and the next begins."""
Facets = Mapping[str, Mapping[str, int]]
Conditions = Sequence[ColumnElement[bool]]
_COUNT = func.count()
_DERIVED = (used_lately(USUAL_JOBS), with_near_duplicate())
_PLACE = case(*((end > DURATION, place) for place, end in enumerate(SECONDS)), else_=len(SECONDS))
"""Which class of durations a revision belongs to."""


@dataclass
class _Tally:
    """Counts in the making."""

    recordings: Mapping[str, tuple[str, str]]
    """Speaker's name and split of each recording."""
    counts: dict[FacetName, Counter[str]] = field(
        default_factory=lambda: {name: Counter() for name in FACETS}
    )

    def label(self, label: str, source: str, kind: str, count: int) -> None:
        self.counts["label"][label] += count
        self.counts["source"][source] += count
        self.counts["kind"][kind] += count
        if kind == "gesture":
            self.counts["type"][label] += count

    def recording(self, recording: str, count: int) -> None:
        speaker, split = self.recordings[recording]
        self.counts["speaker"][speaker] += count
        self.counts["split"][split] += count

    def seconds(self, place: int, count: int) -> None:
        """A class of durations, such as ``0.25-0.5``: the last one has no end."""
        bounds = ["0", *(f"{each:g}" for each in SECONDS), ""]
        self.counts["seconds"][f"{bounds[place]}-{bounds[place + 1]}"] += count

    def quality(self, stored: str, count: int) -> None:
        for flag in json.loads(stored):
            self.counts["quality"][flag] += count

    def derived(self, used: int, near: int) -> None:
        self.counts["used"] += Counter({str(USUAL_JOBS): used})
        self.counts["near_duplicates"] += Counter({"true": near})

    @property
    def facets(self) -> Facets:
        """Most frequent first, then by name."""
        ranked = {name: _ranked(counts) for name, counts in self.counts.items()}
        ranked["word"] = ranked["word"][:MOST_WORDS]
        return {name: dict(each) for name, each in ranked.items()}


def all_facets(session: Session, where: Conditions) -> tuple[int, Facets]:
    """Count and facets of a whole version: one pass over an index of the database for each."""
    tally = _tally(session)
    for row in session.execute(_grouped(where, "label", "source", "kind")):
        tally.label(*row)
    for recording, count in session.execute(_grouped(where, "recording_id")):
        tally.recording(recording, count)
    for word, count in session.execute(
        _grouped(where, "word").order_by(_COUNT.desc(), RevisionRow.word).limit(MOST_WORDS)
    ):
        tally.counts["word"][word] += count
    durations = select(_PLACE, _COUNT).where(*where).group_by(_PLACE)
    for place, count in session.execute(durations):
        tally.seconds(place, count)
    flags = select(QUALITY_TEXT, _COUNT).where(*where).group_by(QUALITY_TEXT)
    for stored, count in session.execute(flags):
        tally.quality(stored, count)
    used, near = (_among(session, where, each) for each in _DERIVED)
    tally.derived(used, near)
    return tally.counts["kind"].total(), tally.facets


def found_facets(session: Session, where: Conditions) -> tuple[int, Facets]:
    """Count and facets of what a filter finds: one pass over what it finds."""
    tally = _tally(session)
    query = select(
        *(RevisionRow.exemplar_id, RevisionRow.label, RevisionRow.source, RevisionRow.kind),
        *(RevisionRow.recording_id, RevisionRow.word, QUALITY_TEXT, _PLACE),
    ).where(*where)
    rows = session.execute(query).all()
    for label, source, kind, count in _counted(row[1:4] for row in rows):
        tally.label(label, source, kind, count)
    for recording, count in Counter(row[4] for row in rows).items():
        tally.recording(recording, count)
    tally.counts["word"].update(row[5] for row in rows)
    for stored, count in Counter(row[6] for row in rows).items():
        tally.quality(stored, count)
    for place, count in Counter(row[7] for row in rows).items():
        tally.seconds(place, count)
    found = {row[0] for row in rows}
    used, near = (set(session.scalars(each)) for each in _DERIVED)
    tally.derived(len(found & used), len(found & near))
    return len(rows), tally.facets


def _among(session: Session, where: Conditions, ids: Select[int]) -> int:
    query = select(_COUNT).select_from(RevisionRow).where(*where, RevisionRow.exemplar_id.in_(ids))
    return session.scalar(query) or 0


def _counted(rows: Iterable[Sequence[str]]) -> Iterable[tuple[str, str, str, int]]:
    for (label, source, kind), count in Counter(tuple(row) for row in rows).items():
        yield label, source, kind, count


def _tally(session: Session) -> _Tally:
    stored = select(RecordingRow.id, RecordingRow.speaker_name, RecordingRow.split)
    return _Tally({row[0]: (row[1], row[2]) for row in session.execute(stored)})


def _grouped(where: Conditions, *names: str) -> Select[*tuple[Any, ...]]:
    columns = [getattr(RevisionRow, name) for name in names]
    return select(*columns, _COUNT).where(*where).group_by(*columns)


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
