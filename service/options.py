"""Everything a caller may choose about one generation, and how it is read from JSON."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from diffusion.config import SamplingOptions
from motion.export.options import OutputOptions
from retrieval.matches import RetrievalOptions
from retrieval.options import LIMITS
from retrieval.weights import Weights, limits_of
from service.errors import InvalidInputError

_OPTIONS = "|".join(
    name
    for record in (RetrievalOptions, SamplingOptions, OutputOptions, Weights)
    for name in record.__dataclass_fields__
)
_COMPLAINT = re.compile(
    rf"(?P<field>{_OPTIONS})\b"
    r"(?: must be (?:within |one of )?(?P<limit>.+?)[,;] found (?P<found>.+))?"
)
"""How the checks of the records put it: the field first, then its limit and what was found."""


@dataclass(frozen=True)
class GestureOptions:
    """How exemplars are chosen, how motion is sampled around them, what files are made of it."""

    retrieval: RetrievalOptions = field(default_factory=RetrievalOptions)
    sampling: SamplingOptions = field(default_factory=SamplingOptions)
    output: OutputOptions = field(default_factory=OutputOptions)

    def as_json(self) -> dict[str, Any]:
        """Plain values, readable by `options_of`."""
        return asdict(self)


class OptionsBody(BaseModel):
    """Options of a request; every field may be left out."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    retrieval: RetrievalOptions = Field(default_factory=RetrievalOptions)
    sampling: SamplingOptions = Field(default_factory=SamplingOptions)
    output: OutputOptions = Field(default_factory=OutputOptions)


def options_schema() -> dict[str, Any]:
    """JSON schema of every option: what it does, its default, and the limits of retrieval's."""
    schema = OptionsBody.model_json_schema()
    limits = {Weights: {name: limits_of(name) for name in Weights.__dataclass_fields__}}
    for record, known in (limits | {RetrievalOptions: LIMITS}).items():
        properties = schema["$defs"][record.__name__]["properties"]
        for name, (least, most) in known.items():
            properties[name] |= {"minimum": least, "maximum": most}
    return schema


def options_of(json_text: str | None) -> GestureOptions:
    """Read options; raise `InvalidInputError` naming the first field that cannot be used."""
    try:
        body = OptionsBody.model_validate_json(json_text or "{}")
    except pydantic.ValidationError as error:
        raise _refused(error) from error
    options = GestureOptions(body.retrieval, body.sampling, body.output)
    _check_together(options)
    return options


def with_choices(json_text: str, group: str, choices: Mapping[str, Any]) -> str:
    """Options with others of one group, still unchecked; what is no object stays as it is.

    A choice that is ``None`` was not made.
    """
    made = {name: choice for name, choice in choices.items() if choice is not None}
    try:
        content = json.loads(json_text)
        present = content.get(group, {}) if isinstance(content, dict) else None
        if not made or not isinstance(present, dict):
            return json_text
        return json.dumps(content | {group: present | made})
    except (ValueError, RecursionError):
        return json_text


def _check_together(options: GestureOptions) -> None:
    """Refuse what was chosen and would have no effect beside the other choices."""
    retrieval, sampling = options.retrieval, options.sampling
    pulled = sampling.mode == "guide" and not sampling.published
    if retrieval.strength is not None and not pulled:
        raise _without_effect(
            "strength",
            retrieval.strength,
            "acts only with sampling.mode guide and sampling.behaviour default",
        )
    _check_placement(options)
    _check_prosody(retrieval)
    if retrieval.scorer == "published":
        why = "acts only with retrieval.scorer default"
        if retrieval.weights is not None:
            raise _without_effect("weights", "weights", why)
        if retrieval.recently_used:
            raise _without_effect("recently_used", len(retrieval.recently_used), why)


def _check_placement(options: GestureOptions) -> None:
    retrieval = options.retrieval
    if retrieval.placement == "published":
        _check_unchanged(
            retrieval,
            ("minimum_gap_seconds", "max_per_minute", "minimum_gap_chunks"),
            "does not act with retrieval.placement published",
        )
    if retrieval.placement != "default" or options.sampling.published:
        _check_unchanged(
            retrieval,
            ("before_seconds", "after_seconds"),
            "acts only with retrieval.placement default and sampling.behaviour default",
        )


def _check_unchanged(retrieval: RetrievalOptions, names: tuple[str, ...], why: str) -> None:
    plain = RetrievalOptions()
    for name in names:
        found = getattr(retrieval, name)
        if found != getattr(plain, name):
            raise _without_effect(name, found, why)


def _check_prosody(retrieval: RetrievalOptions) -> None:
    ours = "published" not in (retrieval.scorer, retrieval.placement)
    if retrieval.fill_with_prosody and not (retrieval.method == "auto" and ours):
        why = "acts only with retrieval.method auto, and scorer and placement of our own"
        raise _without_effect("fill_with_prosody", "true", why)


def _without_effect(name: str, found: float | str, why: str) -> InvalidInputError:
    place = f"options.retrieval.{name}"
    return InvalidInputError(
        "option_without_effect",
        f"{place} {why}",
        field=place,
        found=found if isinstance(found, str) else f"{found:g}",
        remedy="leave one of them out",
    )


def _refused(error: pydantic.ValidationError) -> InvalidInputError:
    first = error.errors()[0]
    place = tuple(str(each) for each in first["loc"])
    name, found = ".".join(("options", *place)), str(first["input"])[:200]
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        return InvalidInputError(
            "option_unknown",
            f"there is no option {name}",
            field=name,
            found=found,
            remedy=f"options here: {', '.join(_allowed(place))}",
        )
    limit = str(first.get("ctx", {}).get("expected", "")) or None
    if complaint := _COMPLAINT.match(message):
        # a record's own check, which pydantic reports for the record as a whole
        name, limit = f"{name}.{complaint['field']}", complaint["limit"]
        found = complaint["found"] or found
        message = message.removeprefix(complaint["field"]).lstrip()
    return InvalidInputError(
        "option_invalid",
        f"{name}: {message}",
        field=name,
        limit=limit,
        found=found,
        remedy="see /v1/info for every option",
    )


def _allowed(place: tuple[str, ...]) -> list[str]:
    """Names that could stand where an unknown one stood."""
    match place[:-1]:
        case ("retrieval", "weights"):
            return sorted(Weights.__dataclass_fields__)
        case ("retrieval",):
            return sorted(RetrievalOptions.__dataclass_fields__)
        case ("sampling",):
            return sorted(SamplingOptions.__dataclass_fields__)
        case ("output",):
            return sorted(OutputOptions.__dataclass_fields__)
        case _:
            return sorted(OptionsBody.model_fields)
