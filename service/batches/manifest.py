"""The manifest of a batch: one JSON object a line, all checked before any work is done."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from service.errors import GestureError, InvalidInputError
from service.intake import Examined, SpeechInput, check_file_size, glance
from service.options import GestureOptions, options_of, with_choices
from service.settings import Settings
from service.speakers import checked_speaker
from service.storage import sha256_of
from speech.words import unstorable

FIELDS = ("id", "sound", "words", "text", "speaker", "options", "formats")
MOST_TOLD = 20
"""Problems of a manifest that are told at once."""
LONGEST_ID = 200
LONGEST_PATH = 500
"""Of a file that is told of."""

T = TypeVar("T")
Told = Callable[[int, int], None]
"""Called with (done, total)."""


@dataclass(frozen=True)
class Named:
    """A file that lines name."""

    path: Path
    sha256: str


Find = Callable[[str], Named]
"""Finds a file by the name that a line gives it, or refuses."""


@dataclass(frozen=True)
class Entry:
    """One line of a manifest, checked."""

    line: int
    id: str
    sound: Named | None
    words: Named | None
    text: str | None
    speaker: int
    options: GestureOptions

    def given(self) -> SpeechInput:
        """The speech, read from disk."""
        return SpeechInput(
            sound=None if self.sound is None else self.sound.path,
            words=None if self.words is None else self.words.path.read_bytes(),
            text=self.text,
        )

    @property
    def digest(self) -> str:
        """Sha256 of speech, speaker and options: what decides the result on our side."""
        content = {
            "sound": None if self.sound is None else self.sound.sha256,
            "words": None if self.words is None else self.words.sha256,
            "text": self.text,
            "speaker": self.speaker,
            "options": self.options.as_json(),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def key(self, weights_id: str, index_version: int) -> str:
        """Name of the result: the same speech and choices, weights and index, the same name."""
        parts = f"{self.digest} {weights_id} {index_version}"
        return hashlib.sha256(parts.encode()).hexdigest()[:40]


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line."""

    line: int
    error: GestureError

    def __str__(self) -> str:
        body = self.error.as_json()
        told = [f"{name}: {body[name]}" for name in ("field", "found", "remedy") if name in body]
        return "; ".join([f"line {self.line}: {body['message']}", *told])


def read_manifest(path: Path, settings: Settings, told: Told) -> tuple[Entry, ...]:
    """Every entry; raise `InvalidInputError` that names line, field, found and remedy of each."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad("MANIFEST", "UTF-8 text", error) from error
    checker = Checker(settings, beside(path), lambda entry, _speech: entry)
    return checker.checked(lines_of(text), told)


def lines_of(text: str) -> list[tuple[int, str]]:
    """The lines of a manifest that say something, with their numbers."""
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


@dataclass(frozen=True)
class Checker(Generic[T]):
    """Checks lines without decoding any sound, and makes something of each."""

    settings: Settings
    find: Find
    make: Callable[[Entry, Examined], T]
    """It may refuse an entry as well."""

    def checked(self, lines: Sequence[tuple[int, str]], told: Told) -> tuple[T, ...]:
        """What was made of each line; raise `InvalidInputError` that tells every bad one."""
        made: list[T] = []
        problems: list[Problem] = []
        first: dict[str, int] = {}
        for done, (number, line) in enumerate(lines):
            try:
                entry = _read(number, line, self.find, self.settings)
                speech = glance(entry.given(), self.settings)
                _check_id(entry, first)
                made.append(self.make(entry, speech))
            except GestureError as error:
                problems.append(Problem(number, error))
            told(done + 1, len(lines))
        if problems:
            raise _invalid(problems)
        if not made:
            raise _empty()
        return tuple(made)


def beside(manifest: Path) -> Find:
    """Finds files by paths that count from the manifest's folder; each is hashed once."""
    known: dict[Path, Named] = {}

    def find(named: str) -> Named:
        path = manifest.parent / named
        if path in known:
            return known[path]
        problem = "there is no file"
        try:
            if path.is_file():
                return known.setdefault(path, Named(path, sha256_of(path)))
        except OSError as error:
            problem = f"{error.strerror}:"
        raise InvalidInputError(
            "file_missing",
            f"{problem} {str(path)[:LONGEST_PATH]}",
            found=named[:LONGEST_PATH],
            remedy="paths count from the manifest's folder",
        )

    return find


def _read(number: int, line: str, find: Find, settings: Settings) -> Entry:
    try:
        return _entry(number, line, find, settings)
    except RecursionError as error:
        raise _bad("", "one JSON object a line, not nested so deep", line.strip()) from error


def _entry(number: int, line: str, find: Find, settings: Settings) -> Entry:
    given = _object(line)
    sound, words = (_file(given, name, find) for name in ("sound", "words"))
    if words is not None:
        check_file_size("words", words.path.stat().st_size, settings.max_words_bytes)
    unnamed = f"line {number}" if sound is None else Path(given["sound"]).stem
    name = _typed(given, "id", str, "a text") or unnamed
    if len(name) > LONGEST_ID:
        raise _bad("id", f"at most {LONGEST_ID} characters", name)
    return Entry(
        line=number,
        id=name,
        sound=sound,
        words=words,
        text=_typed(given, "text", str, "a text"),
        speaker=checked_speaker(_typed(given, "speaker", int, "a whole number"), settings),
        options=_options(given),
    )


def _object(line: str) -> dict[str, Any]:
    try:
        given = json.loads(line)
    except ValueError as error:
        raise _bad("", f"one JSON object a line ({error})", line.strip()) from error
    if not isinstance(given, dict):
        raise _bad("", "one JSON object a line", line.strip())
    unknown = sorted(set(given) - set(FIELDS))
    if unknown:
        raise _bad(unknown[0], f"one of the fields {', '.join(FIELDS)}", unknown[0])
    return given


def _file(given: dict[str, Any], field: str, find: Find) -> Named | None:
    """A file that a line names."""
    named = _typed(given, field, str, "the name of a file")
    if named is None:
        return None
    try:
        return find(named)
    except GestureError as error:
        error.body = replace(error.body, field=field)
        raise


def _options(given: dict[str, Any]) -> GestureOptions:
    options = _typed(given, "options", dict, "an object") or {}
    formats = _typed(given, "formats", list, "a list such as ['glb', 'bvh']")
    return options_of(with_choices(json.dumps(options), "output", {"formats": formats}))


def _typed(given: dict[str, Any], name: str, kind: type, meant: str) -> Any:
    found = given.get(name)
    if found is not None and (not isinstance(found, kind) or isinstance(found, bool)):
        raise _bad(name, meant, found)
    if isinstance(found, str) and (wrong := unstorable(found)) is not None:
        raise _bad(name, f"{meant}, without {wrong}", ascii(found))
    return found


def _bad(field: str, limit: str, found: object) -> InvalidInputError:
    return InvalidInputError(
        "manifest_invalid",
        f"{field or 'a line'} must be {limit}",
        field=field or None,
        limit=limit,
        found=str(found)[:200],
        remedy="correct the line",
    )


def _check_id(entry: Entry, first: dict[str, int]) -> None:
    """Refuse an id that stands on an earlier line, whose number is kept with it."""
    before = first.setdefault(entry.id, entry.line)
    if before != entry.line:
        raise InvalidInputError(
            "id_repeated",
            f"the id {entry.id!r} stands on line {before} already",
            field="id",
            found=entry.id,
            remedy="give each line an `id` of its own",
        )


def _empty() -> InvalidInputError:
    return InvalidInputError(
        "manifest_empty",
        "the manifest names nothing to do",
        field="manifest",
        found="no line",
        remedy='write one JSON object a line, e.g. {"sound": "talk.wav", "speaker": 3}',
    )


def _invalid(problems: list[Problem]) -> InvalidInputError:
    shown = "\n".join(str(each) for each in problems[:MOST_TOLD])
    more = len(problems) - MOST_TOLD
    tail = f"\nand {more} more" if more > 0 else ""
    return InvalidInputError(
        "manifest_invalid",
        f"{len(problems)} lines of the manifest cannot be used, nothing was done:\n{shown}{tail}",
        field="manifest",
        found=f"{len(problems)} lines that cannot be used",
        remedy="correct these lines and send the whole manifest again",
    ).with_detail(
        {"lines": [{"line": each.line} | each.error.as_json() for each in problems[:MOST_TOLD]]}
    )
