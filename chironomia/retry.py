"""When a request is sent again, and after which pause."""

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from chironomia.steps import Lost, Reply

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Status of answers that may be others the next time, where they do not say so themselves."""

LONGEST_TOLD_SECONDS = 86_400.0
"""Of a pause that an answer asks for; what names more is a mistake, and cannot be slept."""


@dataclass(frozen=True)
class Retry:
    """Pauses that double, with chance in them so that many clients do not come back at once."""

    attempts: int = 6
    """Of one request, the first among them."""
    first_seconds: float = 0.5
    longest_seconds: float = 30.0

    def pause(self, attempt: int, outcome: Reply | Lost) -> float | None:
        """Seconds until attempt ``attempt + 1``; ``None`` where there is to be none.

        ``Retry-After`` is a lower bound.
        """
        if attempt >= self.attempts or not _passing(outcome):
            return None
        doubled = min(self.first_seconds * 2.0 ** (attempt - 1), self.longest_seconds)
        told = 0.0 if isinstance(outcome, Lost) else _told_seconds(outcome)
        return max(told, doubled * random.uniform(0.5, 1.0))


def _passing(outcome: Reply | Lost) -> bool:
    """Whether the trouble may pass; an answer in the service's own form knows best."""
    if isinstance(outcome, Lost):
        return True
    problem = outcome.problem
    if problem is not None:
        return problem.retryable
    return outcome.status in PASSING


def _told_seconds(reply: Reply) -> float:
    """``Retry-After`` as seconds from now, in either of its forms."""
    told = reply.headers.get("retry-after", "")
    try:
        seconds = float(told)
    except ValueError:
        seconds = _seconds_until(told)
    return min(max(seconds, 0.0), LONGEST_TOLD_SECONDS) if math.isfinite(seconds) else 0.0


def _seconds_until(told: str) -> float:
    """Seconds until a date of HTTP; 0 where it is none."""
    try:
        then = parsedate_to_datetime(told)
    except ValueError:
        return 0.0
    # one that comes as -0000 has no zone of its own, and means UTC
    zoned = then if then.tzinfo is not None else then.replace(tzinfo=UTC)
    return (zoned - datetime.now(UTC)).total_seconds()
