"""A question why: which exemplars a talk gets, and what it would get without some of them."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from service.request import GestureRequest, JobKind


@dataclass(frozen=True)
class ExplanationRequest:
    """One accepted question."""

    kind: ClassVar[JobKind] = "explanation"
    seed: ClassVar[None] = None
    asked: GestureRequest
    """The speech, its speaker and the options; nothing is sampled."""
    index: int
    """Version of the index."""
    without: tuple[int, ...] = ()
    """Exemplars that are treated as if they were gone."""
    notes: tuple[str, ...] = ()
    """What whoever asked should know of the speech."""

    @property
    def seconds(self) -> float:
        """Of the speech."""
        return self.asked.seconds

    def to_json(self) -> dict[str, Any]:
        """Plain values for the job's row."""
        return self.asked.to_json() | {
            "kind": self.kind,
            "index": self.index,
            "without": list(self.without),
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """The question that `to_json` wrote."""
        asked = GestureRequest.from_json(content)
        return cls(asked, content["index"], tuple(content["without"]), tuple(content["notes"]))
