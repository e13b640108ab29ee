"""The manifest of a batch: one JSON object a line, all checked before any work is done."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from service.errors import GestureError, InvalidInputError
from service.intake import SpeechInput, checked_seconds
from service.options import GestureOptions, options_of, with_choices
from service.settings import Settings
from service.speakers import checked_speaker
from service.storage import sha256_of

FIELDS = ("id", "sound", "words", "text", "speaker", "options", "formats")
MOST_TOLD = 20
"""Problems of a manifest that are told at once."""
LONGEST_ID = 200

Told = Callable[[int, int], None]
"""Called with (done, total)."""
Find = Callable[[str], Path]
"""Finds a file by the name that a line gives it, or refuses."""


@dataclass(frozen=True)
class Entry:
    """One line of a manifest, checked."""

    line: int
    id: str
    sound: Path | None
    words: Path | None
    text: str | None
    speaker: int
    options: GestureOptions
    seconds: float = 0.0
    """Of the speech; 0 where it is yet to be spoken."""
    digest: str = ""
    """Sha256 of the speech, the speaker and the options: what decides the result on our side."""

    def given(self) -> SpeechInput:
        """The speech, read from disk."""
        return SpeechInput(
            sound=self.sound,
            words=None if self.words is None else self.words.read_bytes(),
            text=self.text,
        )

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
    return entries_of(text, settings, beside(path), told)


def entries_of(text: str, settings: Settings, find: Find, told: Told) -> tuple[Entry, ...]:
    """Every entry of a manifest's text, its files found by ``find``."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    entries: list[Entry] = []
    problems: list[Problem] = []
    for done, (number, line) in enumerate(lines):
        try:
            entries.append(_entry(number, line, find, settings))
        except GestureError as error:
            problems.append(Problem(number, error))
        told(done + 1, len(lines))
    problems += _repeated(entries)
    if problems:
        raise _invalid(problems)
    if not entries:
        raise InvalidInputError(
            "manifest_empty",
            "the manifest names nothing to do",
            field="manifest",
            found="no line",
            remedy='write one JSON object a line, e.g. {"sound": "talk.wav", "speaker": 3}',
        )
    return tuple(entries)


def beside(manifest: Path) -> Find:
    """Finds files by paths that count from the manifest's folder."""

    def find(named: str) -> Path:
        path = manifest.parent / named
        if path.is_file():
            return path
        raise InvalidInputError(
            "file_missing",
            f"there is no file {path}",
            found=named,
            remedy="paths count from the manifest's folder",
        )

    return find


def _entry(number: int, line: str, find: Find, settings: Settings) -> Entry:
    given = _object(line)
    sound, words = (_file(given, name, find) for name in ("sound", "words"))
    unnamed = f"line {number}" if sound is None else Path(given["sound"]).stem
    name = _typed(given, "id", str, "a text") or unnamed
    if len(name) > LONGEST_ID:
        raise _bad("id", f"at most {LONGEST_ID} characters", name)
    entry = Entry(
        line=number,
        id=name,
        sound=sound,
        words=words,
        text=_typed(given, "text", str, "a text"),
        speaker=checked_speaker(_typed(given, "speaker", int, "a whole number"), settings),
        options=_options(given),
    )
    seconds = checked_seconds(entry.given(), settings)
    return replace(entry, seconds=seconds, digest=_digest(entry))


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


def _file(given: dict[str, Any], field: str, find: Find) -> Path | None:
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


def _digest(entry: Entry) -> str:
    content = {
        "sound": None if entry.sound is None else sha256_of(entry.sound),
        "words": None if entry.words is None else sha256_of(entry.words),
        "text": entry.text,
        "speaker": entry.speaker,
        "options": entry.options.as_json(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _repeated(entries: list[Entry]) -> list[Problem]:
    """Ids that stand on two lines."""
    first: dict[str, int] = {}
    problems = []
    for entry in entries:
        if entry.id in first:
            error = InvalidInputError(
                "id_repeated",
                f"the id {entry.id!r} stands on line {first[entry.id]} already",
                field="id",
                found=entry.id,
                remedy="give each line an `id` of its own",
            )
            problems.append(Problem(entry.line, error))
        first.setdefault(entry.id, entry.line)
    return problems


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
