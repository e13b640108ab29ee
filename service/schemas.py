"""JSON at the edge: what requests and answers look like."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from diffusion.config import SamplingOptions
from retrieval.matches import RetrievalOptions
from service.errors import InvalidInputError

JobState = Literal["queued", "running", "succeeded", "failed", "canceled", "expired"]

_STRICT = ConfigDict(extra="forbid")


class OptionsBody(BaseModel):
    """Options of a request; every field may be left out."""

    model_config = _STRICT

    retrieval: checked_dataclass(RetrievalOptions, config=_STRICT) = Field(  # type: ignore[valid-type]
        default_factory=RetrievalOptions
    )
    sampling: checked_dataclass(SamplingOptions, config=_STRICT) = Field(  # type: ignore[valid-type]
        default_factory=SamplingOptions
    )
