"""Settings: where things lie and what the limits are.

Every one is an environment variable, ``CHIRONOMIA_HOME`` and the others below, or a line of the
TOML file that ``CHIRONOMIA_CONFIG`` names; the environment wins. They are read when a `Settings`
is made, never at import.
"""

import json
import os
from pathlib import Path
from typing import Literal

import pydantic
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from retrieval.weights import Weights
from service.config_file import PREFIX, check_variables, config_path, read_config, variable_of
from service.errors import InvalidInputError

BUNDLED = Path(__file__).resolve().parent.parent / "demo"
"""Corpus, weights and sample talk that come with the project."""

SECRETS = frozenset({"admin_key", "llm_key", "tts_key", "database_url"})
"""Settings whose values are never shown as they are."""

_Weights = pydantic.dataclasses.dataclass(
    Weights, config=pydantic.ConfigDict(extra="forbid"), frozen=True
)


class Settings(BaseSettings):
    """One record for API, worker and command line."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, allow_inf_nan=False)

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
    tts: str = Field(
        default="auto",
        description="Who speaks a text sent without a sound: `auto` (espeak-ng where installed), "
        "`off`, `espeak-ng`, the address of an OpenAI-compatible /v1/audio/speech, or a command "
        "that reads the text and writes {wav}.",
    )
    tts_voice: str = Field(default="", description="Voice of espeak-ng or of that address.")
    tts_model: str = Field(default="", description="Model to ask that address for.")
    tts_key: SecretStr | None = Field(default=None, description="Key of that address.")
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
        description="While sampling: `float32`, `bfloat16`, or `auto`: bfloat16 on a GPU and on a "
        "processor that multiplies in it (AVX-512 BF16 without AMX).",
    )
    cuda_graphs: bool = Field(
        default=False,
        description="On a GPU, launch a step of sampling as one CUDA graph. Off, as nobody has "
        "measured it yet: docs/performance.md.",
    )
    tick_windows: int = Field(
        default=16,
        ge=1,
        le=4096,
        description="Most windows that are sampled together; a large GPU may be faster with "
        "more than 16: `python benchmarks/batches.py --device cuda` measures it.",
    )
    host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    admin_key: SecretStr | None = Field(
        default=None,
        description="A key of scope admin, at least 32 characters; for a server in a container.",
    )
    port: int = Field(default=8000, ge=1, le=65535, description="Port the API listens on.")
    min_seconds: float = Field(default=0.5, ge=0, description="Shortest speech accepted.")
    max_seconds: float = Field(
        default=7200.0, gt=0, description="Longest speech accepted in one request."
    )
    max_upload_bytes: int = Field(
        default=1_500_000_000, ge=1, description="Largest upload accepted."
    )
    max_words_bytes: int = Field(
        default=32_000_000, ge=1, description="Largest file of words with times."
    )
    max_manifest_bytes: int = Field(
        default=32_000_000, ge=1, description="Largest manifest of a batch."
    )
    max_words: int = Field(default=40_000, ge=1, description="Most words accepted in one request.")
    queue_jobs: int = Field(default=64, ge=1, description="Most jobs waiting or running.")
    queue_seconds: float = Field(
        default=28_800.0, gt=0, description="Most seconds of speech waiting or running."
    )
    queue_hours: float = Field(
        default=24.0,
        gt=0,
        le=876_000,
        description="How long a job may wait for its turn before it expires.",
    )
    workers: int | None = Field(
        default=None,
        ge=1,
        le=256,
        description="Worker processes that `serve` or `worker` keeps on its machine, each with "
        "weights and index of its own (0.8 GB) and, of several GPUs, the next one. Unset: `serve` "
        "one for every two cores, four at most; `worker` one.",
    )
    worker_jobs: int = Field(
        default=8,
        ge=1,
        le=64,
        description="Jobs that one worker runs at once; their windows share batches.",
    )
    worker_name: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Name of a worker, its own among all that share a database; one that comes "
        "back under its name goes on at once with what it left. Unset: machine and process id.",
    )
    worker_lost_seconds: float = Field(
        default=15.0,
        ge=3.0,
        description="Silence of a worker after which the others take over what it ran.",
    )
    step_windows: int = Field(
        default=32,
        ge=2,
        description="Windows (10 s each) that a longer talk samples in one durable step; a "
        "worker that dies costs it no more.",
    )
    worker_batch_jobs: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Jobs of batches that one worker runs at once, beside the others.",
    )
    batch_jobs: int = Field(
        default=10_000, ge=1, description="Most jobs of batches waiting or running."
    )
    batch_hours: float = Field(
        default=500.0, gt=0, description="Most hours of speech of batches waiting or running."
    )
    result_days: float = Field(
        default=7.0, gt=0, le=36_500, description="How long results are kept."
    )
    drain_seconds: float = Field(
        default=30.0,
        ge=0,
        description="How long running jobs may go on after the signal to stop.",
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="How log lines of serve and worker are written."
    )
    log_level: Literal["debug", "info", "warning"] = Field(
        default="info", description="Least weight of the lines that are written."
    )
    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port where a worker of its own tells its metrics and health; none unless set.",
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="Address of that port; it asks for no key."
    )
    webhook_private: bool = Field(
        default=False,
        description="Let webhooks reach private addresses and plain HTTP: for tests, local use.",
    )

    @pydantic.field_validator("max_seconds")
    @classmethod
    def _some_length(cls, most: float, before: pydantic.ValidationInfo) -> float:
        least = before.data.get("min_seconds", 0.0)
        if most < least:
            raise ValueError(f"must be at least {variable_of('min_seconds')}, {least:g}")
        return most

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  there is no such file
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in code, then the environment, then the file."""
        content = read_config(config_path(), cls.model_fields)
        return init_settings, env_settings, InitSettingsSource(settings_cls, content)

    @property
    def database(self) -> str:
        """URL of the database in use."""
        return self.database_url or f"sqlite:///{(self.home / 'chironomia.db').resolve()}"

    @property
    def worker_connections(self) -> int:
        """Connections of a worker to the database: one for each job, some for what is beside."""
        return self.worker_jobs + self.worker_batch_jobs + 8

    @property
    def max_body_bytes(self) -> int:
        """Largest body of a request: a form may hold two large files and a few small fields."""
        return 2 * self.max_upload_bytes + 2**24

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
    return {variable_of(name): _plain(value) for name, value in given.items()}


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return json.dumps(value) if isinstance(value, dict) else str(value)


def settings_with(**given: object) -> Settings:
    """Settings from environment and file, with what the command line says on top."""
    check_variables(os.environ, Settings.model_fields)
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
    lines = (
        f"{name}: {each['msg'].removeprefix('Value error, ')}"
        + ("" if each["loc"][0] in SECRETS else f", found {each['input']!r}")
        for name, each in variables.items()
    )
    return InvalidInputError("setting_invalid", "\n".join(lines), field=", ".join(variables))


def _place(loc: tuple[int | str, ...]) -> str:
    """The variable, and what within it where it is JSON."""
    inside = (str(each) for each in loc[1:])
    return ": ".join((variable_of(str(loc[0])), *inside))
