"""Whether a service with these settings would work here: looked at one thing after the other.

Nothing is changed: no schema is upgraded, nothing is downloaded.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from annotations.database import (
    Database,
    DatabaseUnavailableError,
    DatabaseUrlError,
    SchemaState,
    schema_state,
    without_password,
)
from service.config_file import config_path
from service.errors import GestureError
from service.keys import KeyDesk
from service.loading import Loader, device_of
from service.settings import Settings

LEAST_FREE_BYTES = 2**30
"""Free space below which a service is likely to run full soon."""


@dataclass(frozen=True)
class Check:
    """What was found about one thing."""

    name: str
    found: str
    remedy: str | None = None
    """What to do where something is wrong."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.remedy is None


def checks(settings: Settings) -> Iterator[Check]:
    """Everything that is looked at, in the order in which a start needs it."""
    path = config_path()
    yield Check("settings", "environment alone" if path is None else f"environment and {path}")
    yield _home(settings.home)
    yield _free(settings.home)
    yield _checked("device", lambda: device_of(settings.device))
    state = _schema(settings)
    if isinstance(state, Check):
        yield state
    else:
        yield Check("database", f"{without_password(settings.database)}, {_told(state)}")
    yield _weights(settings)
    if isinstance(state, SchemaState):
        yield from _with_database(settings, state)


def _home(home: Path) -> Check:
    try:
        home.mkdir(parents=True, exist_ok=True)
        for folder in (home, home / "uploads", home / "results", home / "index"):
            if folder.exists():
                with tempfile.TemporaryFile(dir=folder):
                    pass
    except OSError as error:
        remedy = "let the user of the service write there, or name another CHIRONOMIA_HOME"
        return Check("home", f"{home} is not writable: {error}", remedy)
    return Check("home", f"{home} is writable")


def _free(home: Path) -> Check:
    try:
        free = shutil.disk_usage(home).free
    except OSError as error:
        return Check("disk", str(error), "name a CHIRONOMIA_HOME that exists")
    found = f"{free / 2**30:.1f} GiB free"
    if free >= LEAST_FREE_BYTES:
        return Check("disk", found)
    remedy = f"free {LEAST_FREE_BYTES // 2**30} GiB at least, or lower CHIRONOMIA_RESULT_DAYS"
    return Check("disk", found, remedy)


def _schema(settings: Settings) -> SchemaState | Check:
    try:
        state = schema_state(settings.database)
    except (DatabaseUnavailableError, DatabaseUrlError) as error:
        return Check("database", str(error), "put CHIRONOMIA_DATABASE_URL right, start the server")
    if state.found is not None and state.found > state.newest:
        found = f"its schema is at step {state.found}, this release knows {state.newest}"
        return Check("database", found, "install the release that wrote it, or a newer one")
    return state


def _told(state: SchemaState) -> str:
    if state.found is None:
        return "empty: the first start makes its tables"
    if state.found == state.newest:
        return f"schema at step {state.newest}"
    return f"schema at step {state.found}: the next start takes it to {state.newest}"


def _weights(settings: Settings) -> Check:
    """Loads them, strictly: the only way to know that they are whole."""
    if not Path(settings.weights).is_dir():
        if Path(settings.weights).is_absolute() or settings.weights.startswith("."):
            remedy = "name a folder written by `chironomia train` or `import-published`"
            return Check("weights", f"{settings.weights} is no folder", remedy)
        return Check("weights", f"{settings.weights}: a hub id, fetched at the first start")
    loading = settings.model_copy(update={"device": "cpu"})
    return _checked("weights", lambda: f"{settings.weights}, {_loaded(loading)}")


def _loaded(settings: Settings) -> str:
    from diffusion.pipeline import GesturePipeline
    from diffusion.weights import WeightsError
    from service.errors import UnavailableError

    try:
        return f"id {GesturePipeline.from_pretrained(settings.weights).weights_id}"
    except WeightsError as error:
        raise UnavailableError(
            "weights_unusable", str(error), remedy="name a whole weights folder"
        ) from error


def _with_database(settings: Settings, state: SchemaState) -> Iterator[Check]:
    """What only an up-to-date database can tell."""
    if state.found != state.newest:
        if settings.host in {"127.0.0.1", "localhost", "::1"}:
            yield Check("keys", "none needed: the server listens on this machine only")
        remedy = "run `chironomia index build`"
        yield Check("index", "not known before the database is up to date", remedy)
        return
    with Database.open(settings.database) as database:
        yield _checked("keys", lambda: _keys(settings, KeyDesk(database)))
        yield _checked("index", lambda: _index(Loader(settings, database)))


def _keys(settings: Settings, keys: KeyDesk) -> str:
    if settings.admin_key is None:
        keys.check_host(settings.host)
    in_use = sum(key.revoked_at is None for key in keys.listed())
    return f"{in_use} in use; the server listens on {settings.host}"


def _index(loader: Loader) -> str:
    snapshot = loader.snapshot()
    return f"version {snapshot.version}, {len(snapshot.index.ids)} exemplars"


def _checked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, look())
    except GestureError as error:
        return Check(name, str(error), error.body.remedy or "see above")
