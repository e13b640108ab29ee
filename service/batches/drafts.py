"""Jobs of a batch between the check of its lines and the transaction that queues them all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from annotations.json_text import JsonText, json_text
from annotations.records import JobDraft

IN_MEMORY_BYTES = 2**23
"""Of requests: those of a small batch never come to disk."""


@dataclass
class KeptDrafts:
    """Drafts whose requests lie in a file, for the words of many long talks do not fit into memory.

    Each is read when its turn comes, and goes into the database as it was written.
    """

    requests: IO[bytes]
    """One a line."""
    heads: list[JobDraft] = field(default_factory=list)
    """All but the requests."""

    def add(self, draft: JobDraft) -> JobDraft:
        """Keep one more; returns what stays of it in memory."""
        self.requests.write(json_text(draft.request).encode() + b"\n")
        self.heads.append(replace(draft, request={}))
        return self.heads[-1]

    def __iter__(self) -> Iterator[JobDraft]:
        self.requests.seek(0)
        for head, request in zip(self.heads, self.requests, strict=True):
            yield replace(head, request=JsonText(request.decode()))


@contextmanager
def kept_drafts(folder: Path) -> Iterator[KeptDrafts]:
    """Room for drafts, in a file of that folder that nobody sees and that goes with this block."""
    with SpooledTemporaryFile(IN_MEMORY_BYTES, dir=str(folder)) as file:
        yield KeptDrafts(file)
