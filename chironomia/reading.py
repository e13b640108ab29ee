"""JSON of the service into frozen records; a field that is not known here is passed over."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from chironomia.errors import UnexpectedAnswerError

T = TypeVar("T")


def read_record(kind: type[T], content: Any) -> T:
    """A record of that type; raise `UnexpectedAnswerError` where a field does not fit."""
    if not isinstance(content, Mapping):
        raise UnexpectedAnswerError(
            f"{kind.__name__} must be a JSON object, found {content!r:.200}"
        )
    given = {}
    for name, (hint, required) in _fields(cast("Any", kind)).items():
        if name in content:
            given[name] = _value(hint, content[name], f"{kind.__name__}.{name}")
        elif required:
            raise UnexpectedAnswerError(f"{kind.__name__} comes without its field {name!r}")
    return kind(**given)


@cache
def _fields(kind: type[Any]) -> dict[str, tuple[Any, bool]]:
    """Type of each field, and whether it must be there."""
    hints = get_type_hints(kind)
    return {
        each.name: (
            hints[each.name],
            each.default is MISSING and each.default_factory is MISSING,
        )
        for each in fields(kind)
    }


def _value(hint: Any, content: Any, place: str) -> Any:
    """A value of a field, by its type."""
    origin = get_origin(hint)
    if origin in {Union, UnionType}:
        return _optional(hint, content, place)
    if origin is tuple:
        of = get_args(hint)[0]
        return tuple(_value(of, each, place) for each in _checked(content, list, place))
    if hint is Any or origin in {Literal, Mapping, dict}:
        return content
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return read_record(hint, content)
    if hint is datetime:
        return _moment(content, place)
    if hint is float:
        return float(_checked(content, (int, float), place))
    return _checked(content, hint, place)


def _optional(hint: Any, content: Any, place: str) -> Any:
    kinds = [each for each in get_args(hint) if each is not type(None)]
    return None if content is None else _value(kinds[0], content, place)


def _moment(content: Any, place: str) -> datetime:
    try:
        return datetime.fromisoformat(_checked(content, str, place))
    except ValueError as error:
        raise UnexpectedAnswerError(f"{place} must be a time, found {content!r:.100}") from error


def _checked(content: Any, kind: Any, place: str) -> Any:
    if not isinstance(content, kind):
        raise UnexpectedAnswerError(f"{place} has a value of another type: {content!r:.100}")
    return content
