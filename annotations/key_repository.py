"""Every query about the keys of callers; the keys themselves are never stored."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from annotations.key_tables import KeyRow


@dataclass(frozen=True)
class StoredKey:
    """A key as the database knows it."""

    name: str
    """Who holds it; the actor of every edit made with it."""
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None


class KeyNameTakenError(ValueError):
    """A key of that name is in use."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"a key named {name!r} is in use; revoke it first, or take another name")


class KeyRepository:
    """Keys of one session; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, name: str, digest: str, scopes: tuple[str, ...]) -> StoredKey:
        """Store the sha256 of a key; raises `KeyNameTakenError` while another has its name."""
        if self._in_use(name) is not None:
            raise KeyNameTakenError(name)
        row = KeyRow(
            name=name,
            digest=digest,
            scopes=list(scopes),
            created_at=datetime.now(UTC),
            revoked_at=None,
        )
        self._session.add(row)
        self._session.flush()
        return _key(row)

    def under(self, digest: str) -> StoredKey | None:
        """The key of that sha256, unless there is none or it was revoked."""
        query = select(KeyRow).where(KeyRow.digest == digest, KeyRow.revoked_at.is_(None))
        row = self._session.scalar(query)
        return None if row is None else _key(row)

    def any_ever(self) -> bool:
        """Whether a key was ever made: a service that lost its last key must not fall open."""
        return bool(self._session.scalar(select(exists().select_from(KeyRow))))

    def any_in_use(self) -> bool:
        """Whether anybody holds a key that works."""
        query = select(exists().select_from(KeyRow).where(KeyRow.revoked_at.is_(None)))
        return bool(self._session.scalar(query))

    def listed(self) -> tuple[StoredKey, ...]:
        """All keys, oldest first, the revoked ones among them."""
        return tuple(_key(row) for row in self._session.scalars(select(KeyRow).order_by(KeyRow.id)))

    def revoke(self, name: str) -> StoredKey | None:
        """Make the key of that name useless from now on; ``None`` where there is none in use."""
        row = self._in_use(name)
        if row is None:
            return None
        row.revoked_at = datetime.now(UTC)
        self._session.flush()
        return _key(row)

    def _in_use(self, name: str) -> KeyRow | None:
        query = select(KeyRow).where(KeyRow.name == name, KeyRow.revoked_at.is_(None))
        return self._session.scalar(query)


def _key(row: KeyRow) -> StoredKey:
    return StoredKey(row.name, tuple(row.scopes), row.created_at, row.revoked_at)
