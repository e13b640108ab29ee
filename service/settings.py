"""Settings: where things lie and what the limits are; every one an environment variable.

``CHIRONOMIA_HOME`` and the others below are read when a `Settings` is made, never at import.
"""

import json
from pathlib import Path
from typing import Literal

import pydantic
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from retrieval.weights import Weights
from service.errors import InvalidInputError

BUNDLED = Path(__file__).resolve().parent.parent / "demo"
"""Corpus, weights and sample talk that come with the project."""

_Weights = pydantic.dataclasses.dataclass(
    Weights, config=pydantic.ConfigDict(extra="forbid"), frozen=True
)


class Settings(BaseSettings):
    """One record for API, worker and command line."""

    model_config = SettingsConfigDict(env_prefix="CHIRONOMIA_", frozen=True)

    home: Path = Field(
        default=Path("out/service"), description="Uploads, results, index and database."
    )
    database_url: str | None = Field(
        default=None, description="SQLAlchemy URL; SQLite inside `home` unless given."
    )
    weights: str = Field(
        default=str(BUNDLED / "weights"), description="Weights: a folder of ours or a hub id."
    )
    corpus: Path = Field(
        default=BUNDLED / "corpus", description="Corpus to index, in BEAT2's layout."
    )
    language: str | None = Field(
        default=None,
        description="spaCy pipeline that parses in place of ours: folder or installed package.",
    )
    transcriber: str | None = Field(
        default=None,
        description="Whisper model that finds the words of a sound sent without any: folder or id.",
    )
    llm_url: str | None = Field(
        default=None,
        description="OpenAI-compatible endpoint that labels gesture types, ending in /v1.",
    )
    llm_model: str = Field(default="", description="Model to ask there.")
    llm_key: SecretStr | None = Field(default=None, description="Key of the endpoint.")
    retrieval_weights: _Weights = Field(  # type: ignore[valid-type]
        default_factory=_Weights,
        description='Weights of the default score as JSON, e.g. {"speaker": 2}; others stay.',
    )
    device: str = Field(default="auto", description="`auto`, `cpu`, `cuda` or `cuda:N`.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="While sampling: `float32`, `bfloat16`, or `auto`: bfloat16 on a GPU alone.",
    )
    host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    admin_key: SecretStr | None = Field(
        default=None,
        description="A key of scope admin, at least 32 characters; for a server in a container.",
    )
    port: int = Field(default=8000, ge=1, le=65535, description="Port the API listens on.")
    min_seconds: float = Field(default=0.5, description="Shortest speech accepted.")
    max_seconds: float = Field(default=900.0, description="Longest speech accepted in one request.")
    max_upload_bytes: int = Field(default=200_000_000, description="Largest upload accepted.")
    max_words: int = Field(default=20_000, description="Most words accepted in one request.")
    queue_jobs: int = Field(default=64, ge=1, description="Most jobs waiting or running.")
    queue_seconds: float = Field(
        default=7200.0, description="Most seconds of speech waiting or running."
    )
    worker_jobs: int = Field(
        default=8,
        ge=1,
        le=64,
        description="Jobs that one worker runs at once; their windows share batches.",
    )
    result_days: float = Field(default=7.0, description="How long results are kept.")
    log_format: Literal["console", "json"] = Field(
        default="console", description="How log lines of serve and worker are written."
    )

    @property
    def database(self) -> str:
        """URL of the database in use."""
        return self.database_url or f"sqlite:///{(self.home / 'chironomia.db').resolve()}"

    @property
    def jobs_database(self) -> str:
        """URL of the durable job engine's own tables.

        One SQLite file each keeps the two writers apart; on Postgres the engine has its own
        schema in the same database.
        """
        if self.database_url is not None and not self.database_url.startswith("sqlite"):
            return self.database_url
        return f"sqlite:///{(self.home / 'jobs.db').resolve()}"

    @property
    def index(self) -> Path:
        """Folder of index versions and trajectories."""
        return self.home / "index"


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment variables that make the same settings in another process."""
    given = settings.model_dump(exclude_none=True)
    return {f"CHIRONOMIA_{name.upper()}": _plain(value) for name, value in given.items()}


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return json.dumps(value) if isinstance(value, dict) else str(value)


def settings_with(**given: object) -> Settings:
    """Settings from the environment, with what the command line says on top."""
    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings.model_validate(Settings().model_dump() | chosen)
    except ValidationError as error:
        raise _refused(error) from error
    except SettingsError as error:
        raise InvalidInputError(
            "setting_invalid",
            f"a CHIRONOMIA_ variable is not the JSON it should be: {error}",
            remedy="write lists and weights as JSON",
        ) from error


def _refused(error: ValidationError) -> InvalidInputError:
    """One line for each variable that cannot be used."""
    variables = {_place(each["loc"]): each for each in error.errors()}
    lines = (f"{name}: {each['msg']}, found {each['input']!r}" for name, each in variables.items())
    return InvalidInputError("setting_invalid", "\n".join(lines), field=", ".join(variables))


def _place(loc: tuple[int | str, ...]) -> str:
    """The variable, and what within it where it is JSON."""
    inside = (str(each) for each in loc[1:])
    return ": ".join((f"CHIRONOMIA_{str(loc[0]).upper()}", *inside))
