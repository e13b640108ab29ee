"""Every query about answered writes: a write repeated under its key is answered, not done again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from annotations.key_tables import AnsweredWriteRow

KEPT = timedelta(days=7)
"""How long an answer is remembered."""
_CLAIMED = 0
"""Status of a write that is being done in this transaction."""


@dataclass(frozen=True)
class WriteKey:
    """An idempotency key, whose it is, and the sha256 of the request sent under it."""

    actor: str
    key: str
    digest: str


@dataclass(frozen=True)
class StoredAnswer:
    """What a write was answered with."""

    status: int
    answer: Mapping[str, Any]
    etag: str | None = None
    location: str | None = None


class WriteKeyReusedError(ValueError):
    """An idempotency key came back with another request."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"idempotency key {key!r} belongs to another write; repeat that one unchanged, "
            "or use another key"
        )


class AnswerRepository:
    """Answered writes of one session; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def claim(self, write: WriteKey) -> StoredAnswer | None:
        """Reserve a key for this transaction, or find what the same write was answered with.

        A second writer under the same key waits here until the first has ended. Raises
        `WriteKeyReusedError` where the key was used for another request.
        """
        now = datetime.now(UTC)
        self._session.execute(delete(AnsweredWriteRow).where(AnsweredWriteRow.at < now - KEPT))
        row = {
            "actor": write.actor,
            "key": write.key,
            "digest": write.digest,
            "at": now,
            "status": _CLAIMED,
            "answer": {},
        }
        if self._inserted(row):
            return None
        known = self._session.get_one(
            AnsweredWriteRow, (write.actor, write.key), populate_existing=True
        )
        if known.digest != write.digest:
            raise WriteKeyReusedError(write.key)
        return StoredAnswer(known.status, known.answer, known.etag, known.location)

    def record(self, write: WriteKey, answer: StoredAnswer) -> None:
        """Remember the answer of the write that was claimed."""
        row = self._session.get_one(AnsweredWriteRow, (write.actor, write.key))
        row.status, row.answer = answer.status, dict(answer.answer)
        row.etag, row.location = answer.etag, answer.location
        self._session.flush()

    def _inserted(self, row: Mapping[str, Any]) -> bool:
        """Whether the row was not there yet."""
        actor = AnsweredWriteRow.actor
        if self._session.get_bind().dialect.name == "postgresql":
            on_postgres = postgresql.insert(AnsweredWriteRow).values(**row)
            statement = on_postgres.on_conflict_do_nothing().returning(actor)
        else:
            on_sqlite = sqlite.insert(AnsweredWriteRow).values(**row)
            statement = on_sqlite.on_conflict_do_nothing().returning(actor)
        return self._session.scalar(statement) is not None
