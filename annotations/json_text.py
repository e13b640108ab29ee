"""JSON that is stored as it was written, without being read and written once more."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


class JsonText(Mapping[str, Any]):
    """An object in JSON; only who looks into it has it read."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __getitem__(self, name: str) -> Any:
        return json.loads(self.text)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(json.loads(self.text))

    def __len__(self) -> int:
        return len(json.loads(self.text))


def json_text(value: object) -> str:
    """A value of a JSON column as the database is given it."""
    return value.text if isinstance(value, JsonText) else json.dumps(value)
