"""Gesture types by a language model behind any OpenAI-compatible endpoint.

The model gets numbered words, ten seconds at a time, and answers with indices and a type of the
enum. What cannot be had, or cannot be trusted, is answered by the built-in labeller, and the result
says so. The key is sent to the endpoint and appears nowhere else.
"""

import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from annotations.gesture_types import WINDOW_SECONDS, Candidate, arranged, candidate_at
from annotations.llm_answers import MOST_WORDS, Answer, checked, question
from annotations.types import GestureLabel, GestureType, Prominence, Source
from speech.words import Word

LLM_WEIGHT = 0.9
"""Score of a label on strong words; as for triggers, it is less on weak ones."""
MOST_FAILURES = 2
"""Windows in a row that fail before the others are no longer sent."""
MOST_ANSWER_BYTES = 1_000_000
FIRST_WAIT_SECONDS = 0.5
"""Before the second attempt; doubled before each further one."""
_KEY = re.compile(r"[!-~]+")
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_FORMAT_REFUSED = frozenset({400, 415, 422, 501})


class LLMError(Exception):
    """The endpoint gave no usable answer; says why, never with text of the endpoint."""

    def __init__(self, reason: str, wait: float | None = None, *, final: bool = False) -> None:
        self.wait = wait
        """Seconds that the endpoint asked to wait."""
        self.final = final
        """Whether asking again is of no use."""
        super().__init__(reason)


@dataclass(frozen=True)
class Labelled:
    """Labels by time, and what a user should know of how they came about."""

    labels: tuple[GestureLabel, ...]
    note: str | None = None


@dataclass(frozen=True)
class LLMLabeller:
    """Asks an endpoint; never raises for what the endpoint does."""

    url: str
    """Base such as ``http://localhost:8080/v1``, or the whole address of chat/completions."""
    model: str
    key: str | None = field(default=None, repr=False)
    timeout_seconds: float = 20.0
    """For one window: all attempts and waits together."""
    retries: int = 2

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(
                "LLM url: expected an address like http://localhost:8080/v1, found one with the "
                f"scheme {parts.scheme or 'missing'!r}; give scheme, host and path"
            )
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(
                "LLM url: expected scheme, host and path, found a user name, a query or a "
                "fragment; give the key as `key`"
            )
        if self.key is not None and not _KEY.fullmatch(self.key):
            raise ValueError(
                "LLM key: expected printable ASCII without blanks, found something else, not shown "
                "here; check what was pasted"
            )
        if self.timeout_seconds <= 0 or self.retries < 0:
            raise ValueError(
                f"LLM: expected timeout_seconds above 0 and retries of at least 0, found "
                f"{self.timeout_seconds} and {self.retries}"
            )

    def __call__(
        self,
        words: Sequence[Word],
        prominences: Sequence[Prominence],
        built_in: Sequence[GestureLabel],
        taken: frozenset[int] = frozenset(),
    ) -> Labelled:
        """The endpoint's labels; those of ``built_in`` in the windows where it fails."""
        values = [found.value for found in prominences]
        windows = list(_windows(words))
        found: list[Candidate] = []
        problems: list[str] = []
        in_a_row = 0
        with httpx.Client(headers=self._headers) as client:
            for window in windows:
                try:
                    if in_a_row >= MOST_FAILURES:
                        raise LLMError("not asked any more")
                    found += self._asked(client, words, values, window)
                    in_a_row = 0
                except LLMError as error:
                    problems.append(str(error))
                    in_a_row = MOST_FAILURES if error.final else in_a_row + 1
                    found += _kept(built_in, window)
        if windows and len(problems) == len(windows):
            return Labelled(tuple(built_in), _note(problems, len(windows)))
        return Labelled(arranged(words, prominences, found, taken), _note(problems, len(windows)))

    def _asked(
        self, client: httpx.Client, words: Sequence[Word], values: Sequence[float], window: range
    ) -> list[Candidate]:
        """Labels of one window, as candidates."""
        answer = self._answer(client, [words[at].text for at in window])
        spans = [
            (label.type, range(window[label.first], window[label.last] + 1))
            for label in answer.labels
        ]
        return [
            candidate_at(kind, span, LLM_WEIGHT, (words, values), Source.LLM)
            for kind, span in spans
        ]

    def _answer(self, client: httpx.Client, texts: Sequence[str]) -> Answer:
        """The first usable answer, within the attempts and the time that there are."""
        deadline = time.monotonic() + self.timeout_seconds
        request = question(self.model, texts)
        attempt = 0
        while True:
            try:
                return checked(self._content(client, request, deadline), len(texts))
            except _FormatRefusedError:
                del request["response_format"]
                continue
            except LLMError as error:
                wait = error.wait if error.wait is not None else FIRST_WAIT_SECONDS * 2**attempt
                late = time.monotonic() + wait >= deadline
                if error.final or late or attempt >= self.retries:
                    raise
            except ValueError as error:
                if attempt >= self.retries or time.monotonic() >= deadline:
                    raise LLMError(str(error)) from error
                wait = 0.0
            attempt += 1
            time.sleep(wait)

    def _content(self, client: httpx.Client, request: dict[str, Any], deadline: float) -> str:
        """What the model wrote, from one attempt."""
        left = max(deadline - time.monotonic(), 0.01)
        body = bytearray()
        try:
            with client.stream("POST", self._address, json=request, timeout=left) as response:
                _check_status(response, "response_format" in request)
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > MOST_ANSWER_BYTES:
                        raise LLMError(f"an answer of over {MOST_ANSWER_BYTES} bytes")
                    if time.monotonic() > deadline:
                        raise LLMError(f"no answer within {self.timeout_seconds:g} s")
        except httpx.TimeoutException as error:
            raise LLMError(f"no answer within {self.timeout_seconds:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise LLMError(f"connection failed: {type(error).__name__}") from error
        return _written(bytes(body))

    @property
    def _address(self) -> str:
        base = self.url.rstrip("/")
        return base if base.endswith("/chat/completions") else f"{base}/chat/completions"

    @property
    def _headers(self) -> dict[str, str]:
        return {} if self.key is None else {"Authorization": f"Bearer {self.key}"}


class _FormatRefusedError(Exception):
    """The endpoint may not know ``response_format``."""


def _check_status(response: httpx.Response, with_format: bool) -> None:
    status = response.status_code
    if status == 200:
        return
    if with_format and status in _FORMAT_REFUSED:
        raise _FormatRefusedError
    wait = _seconds(response.headers.get("Retry-After"))
    raise LLMError(f"HTTP status {status}", wait, final=status not in _AGAIN)


def _seconds(retry_after: str | None) -> float | None:
    """The wait a header asks for, in seconds or as a date; ``None`` where it says nothing."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return min(float(retry_after), _DAY_SECONDS)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((aware - datetime.now(UTC)).total_seconds(), 0.0)


_DAY_SECONDS = 86_400.0


def _written(body: bytes) -> str:
    """The text of the first choice; `ValueError` where there is none."""
    try:
        content = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise ValueError("a reply that is no chat completion") from error
    if not isinstance(content, str):
        raise ValueError("a reply without text")  # noqa: TRY004
    return content


def _windows(words: Sequence[Word]) -> Iterator[range]:
    """Stretches of words within ten seconds."""
    start = 0
    for index, word in enumerate(words):
        long = word.interval.end - words[start].interval.start > WINDOW_SECONDS
        if index > start and (long or index - start >= MOST_WORDS):
            yield range(start, index)
            start = index
    if words:
        yield range(start, len(words))


def _kept(labels: Sequence[GestureLabel], window: range) -> list[Candidate]:
    """The built-in labels that begin in a window, beats aside: those are found again."""
    return [
        Candidate(
            label.type,
            range(label.tokens[0], label.tokens[-1] + 1),
            label.interval,
            label.probability,
            label.source,
        )
        for label in labels
        if label.type is not GestureType.BEAT and label.tokens[0] in window
    ]


def _note(problems: Sequence[str], windows: int) -> str | None:
    if not problems:
        return None
    return (
        f"the language model did not label {len(problems)} of {windows} stretches of ten seconds "
        f"({problems[0]}); the built-in labeller answered there"
    )
