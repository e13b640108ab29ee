"""Everything a caller may choose about one generation, and how it is read from JSON."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from diffusion.config import SamplingOptions
from retrieval.matches import RetrievalOptions
from service.errors import InvalidInputError

_STRICT = ConfigDict(extra="forbid")
_Retrieval = pydantic.dataclasses.dataclass(RetrievalOptions, config=_STRICT, frozen=True)
_Sampling = pydantic.dataclasses.dataclass(SamplingOptions, config=_STRICT, frozen=True)


@dataclass(frozen=True)
class GestureOptions:
    """How exemplars are chosen, and how motion is sampled around them."""

    retrieval: RetrievalOptions = field(default_factory=RetrievalOptions)
    sampling: SamplingOptions = field(default_factory=SamplingOptions)

    def with_seed(self, seed: int) -> Self:
        """The same choices with another seed."""
        return replace(self, sampling=replace(self.sampling, seed=seed))

    def as_json(self) -> dict[str, Any]:
        """Plain values, readable by `options_of`."""
        return asdict(self)


class OptionsBody(BaseModel):
    """Options of a request; every field may be left out."""

    model_config = _STRICT

    retrieval: _Retrieval = Field(default_factory=_Retrieval)  # type: ignore[valid-type]
    sampling: _Sampling = Field(default_factory=_Sampling)  # type: ignore[valid-type]


def options_of(json_text: str | None) -> GestureOptions:
    """Read options; raise `InvalidInputError` naming the first field that cannot be used."""
    try:
        body = OptionsBody.model_validate_json(json_text or "{}")
    except pydantic.ValidationError as error:
        raise _refused(error) from error
    return GestureOptions(body.retrieval, body.sampling)


def _refused(error: pydantic.ValidationError) -> InvalidInputError:
    first = error.errors()[0]
    place = tuple(str(each) for each in first["loc"])
    name, found = ".".join(("options", *place)), str(first["input"])[:200]
    if first["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        return InvalidInputError(
            "option_unknown",
            f"there is no option {name}",
            field=name,
            found=found,
            remedy=f"options here: {', '.join(_allowed(place))}",
        )
    return InvalidInputError(
        "option_invalid",
        f"{name}: {first['msg'].removeprefix('Value error, ')}",
        field=name,
        limit=str(first.get("ctx", {}).get("expected", "")) or None,
        found=found,
        remedy="see /v1/info for every option",
    )


def _allowed(place: tuple[str, ...]) -> list[str]:
    """Names that could stand where an unknown one stood."""
    match place[:-1]:
        case ("retrieval",):
            return sorted(RetrievalOptions.__dataclass_fields__)
        case ("sampling",):
            return sorted(SamplingOptions.__dataclass_fields__)
        case _:
            return sorted(OptionsBody.model_fields)
