"""Settings from a TOML file, and names that are no settings.

The file holds the names of `service.settings` in lower case; ``CHIRONOMIA_CONFIG`` names it.
"""

import difflib
import os
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from service.errors import InvalidInputError

PREFIX = "CHIRONOMIA_"
CONFIG = f"{PREFIX}CONFIG"
"""The variable that names the file."""
OTHER_NAMES = frozenset({"config", "traceback", "url", "key", "test_postgres", "parity", "data"})
"""Variables of ours that are no settings of the service: of the commands, the client, the tests."""


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def config_path(environment: Mapping[str, str] | None = None) -> Path | None:
    """The file of the settings, where one is named."""
    named = (os.environ if environment is None else environment).get(CONFIG)
    return Path(named).expanduser() if named else None


def read_config(path: Path | None, names: Collection[str]) -> dict[str, Any]:
    """The file's values by name; refused where it cannot be read or names no setting."""
    if path is None:
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, str(error), "name a file that exists and can be read") from error
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, str(error), "write it as TOML: name = value, text in quotes") from (
            error
        )
    for name in content:
        if name not in names:
            raise _unknown(name, f"{path}: {name}", names)
    return content


def check_variables(environment: Mapping[str, str], names: Collection[str]) -> None:
    """Refuse a ``CHIRONOMIA_`` variable that means nothing: it is a misspelled one."""
    for variable in sorted(environment):
        name = variable.removeprefix(PREFIX).lower()
        if variable.startswith(PREFIX) and name not in OTHER_NAMES and name not in names:
            raise _unknown(name, variable, names)


def _unknown(name: str, place: str, names: Collection[str]) -> InvalidInputError:
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    meant = f"did you mean {near[0]}? " if near else ""
    return InvalidInputError(
        "setting_unknown",
        f"there is no setting {name!r}",
        field=place,
        found=name,
        remedy=f"{meant}`chironomia config show` lists every setting",
    )


def _unreadable(path: Path, problem: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(
        "config_unreadable",
        f"the settings file {path} cannot be used: {problem}",
        field=CONFIG,
        found=str(path),
        remedy=remedy,
    )
