"""Documents in the layout of relations files, read, filled with relations, and written back.

One document ``{"sentences": [{"tokens": [{"surface"}]}], "relations": [...]}`` or a list of them,
plain or gzipped; keys that we do not know are kept as they are.
"""

import gzip
import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from annotations.fields import AnnotationFileError, field_of, list_of, string_of
from annotations.relations import TokenRelation

LONGEST_MEAN = 60
"""Tokens a sentence on average, beyond which the sentences of a document are not believed."""
_GZIP = b"\x1f\x8b"
_HIDDEN = "_"
"""Stands for each token where a text may not be passed on."""

Span = tuple[int, ...]


class FindsRelations(Protocol):
    """What finds relations in tokens; `annotations.discourse.DiscourseAnnotator` is one."""

    def __call__(
        self,
        tokens: Sequence[str],
        sentence_starts: Sequence[bool] | None = None,
        given: Sequence[Span] | None = None,
    ) -> tuple[TokenRelation, ...]:
        """The relations, with indices of ``tokens``; one for each of ``given``, if any."""
        ...


@dataclass(frozen=True)
class RelationsDocument:
    """One document as written, with what annotation needs of it."""

    entry: Mapping[str, Any]
    tokens: tuple[str, ...]
    """Surfaces without blanks, over all sentences."""
    starts: tuple[bool, ...]
    """Whether each token begins one of the document's sentences."""
    connectives: tuple[Span, ...]
    """Places of the explicit connectives that the document gives, in its order."""

    @classmethod
    def of(cls, entry: Any, path: Path = Path("document"), place: str = "") -> "RelationsDocument":
        """Check one document; errors name ``path`` and the place within it."""
        tokens: list[str] = []
        starts: list[bool] = []
        for number, sentence in enumerate(list_of(path, place.rstrip("."), entry, "sentences")):
            within = f"{place}sentences[{number}]"
            for index, token in enumerate(list_of(path, within, sentence, "tokens")):
                surface = string_of(path, f"{within}.tokens[{index}]", token, "surface")
                tokens.append("".join(surface.split()))
                starts.append(index == 0)
        connectives = _connectives(path, place, entry, tokens)
        return cls(entry, tuple(tokens), tuple(starts), connectives)

    @property
    def has_words(self) -> bool:
        """Whether there are words to read."""
        meta = self.entry.get("meta")
        told = meta.get("has_text", True) if isinstance(meta, dict) else True
        return bool(told) and any(token not in ("", _HIDDEN) for token in self.tokens)

    @property
    def sentence_starts(self) -> tuple[bool, ...] | None:
        """The same as ``starts``; ``None`` where the document's sentences say nothing."""
        count = sum(self.starts)
        unmarked = count < 2 or len(self.tokens) > LONGEST_MEAN * count
        return None if unmarked else self.starts


def annotated(
    document: RelationsDocument, finds: FindsRelations, given_connectives: bool = False
) -> dict[str, Any]:
    """The document with the relations found in it, and none of its own.

    With ``given_connectives`` its explicit connectives stay, and get sense and arguments.
    """
    relations: list[dict[str, Any]] = []
    given = document.connectives if given_connectives else None
    if document.has_words and given != ():
        for index, relation in enumerate(finds(document.tokens, document.sentence_starts, given)):
            connective = relation.tokens if given is None else given[index]
            relations.append(_written(relation, connective, document.tokens))
    return {**document.entry, "relations": relations}


def _written(relation: TokenRelation, connective: Span, texts: Sequence[str]) -> dict[str, Any]:
    def phrase(tokens: Span) -> dict[str, Any]:
        return {"RawText": " ".join(texts[token] for token in tokens), "TokenList": list(tokens)}

    return {
        "Type": "Explicit",
        "Connective": phrase(connective),
        "Arg1": phrase(relation.arg1),
        "Arg2": phrase(relation.arg2),
        "Sense": [relation.sense],
        "Probability": round(relation.probability, 4),
    }


def read_relation_documents(path: Path) -> tuple[tuple[RelationsDocument, ...], bool]:
    """Documents of a file, and whether it holds a list of them.

    Raises `AnnotationFileError`, which names the file and the field.
    """
    content = _json(path)
    if not isinstance(content, list):
        return (RelationsDocument.of(content, path),), False
    numbered = enumerate(content)
    return tuple(RelationsDocument.of(each, path, f"[{i}].") for i, each in numbered), True


def _json(path: Path) -> Any:
    try:
        packed = path.read_bytes()
        plain = gzip.decompress(packed) if packed.startswith(_GZIP) else packed
        return json.loads(plain.decode("utf-8-sig"))
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        problem = f"expected a whole gzip file: {error}; pack it again"
        raise AnnotationFileError(path, None, "gzip", problem) from error
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
        raise AnnotationFileError(path, None, "file", problem) from error
    except (ValueError, RecursionError) as error:
        problem = f"expected one document or a list of them as UTF-8 JSON: {error}"
        raise AnnotationFileError(path, None, "json", problem) from error


def _connectives(path: Path, place: str, entry: Any, tokens: Sequence[str]) -> tuple[Span, ...]:
    """Explicit connectives; relations without ``Type`` count as explicit."""
    if entry.get("relations") is None:
        return ()
    found = []
    for number, relation in enumerate(list_of(path, place.rstrip("."), entry, "relations")):
        within = f"{place}relations[{number}]"
        connective = field_of(path, within, relation, "Connective")
        if relation.get("Type", "Explicit") == "Explicit":
            found.append(_token_list(path, f"{within}.Connective", connective, tokens))
    return tuple(span for span in found if span)


def _token_list(path: Path, place: str, part: Any, tokens: Sequence[str]) -> Span:
    """Checked indices of one part of a relation."""
    indices = list_of(path, place, part, "TokenList")
    for index in indices:
        known = isinstance(index, int) and not isinstance(index, bool)
        if not known or not 0 <= index < len(tokens):
            problem = f"expected indices from 0 to {len(tokens) - 1}, found {index!r}"
            raise AnnotationFileError(path, None, f"{place}.TokenList", problem)
    if indices and not any(tokens[index] for index in indices):
        problem = f"expected tokens with a surface, found empty ones at {indices}"
        raise AnnotationFileError(path, None, f"{place}.TokenList", problem)
    return tuple(indices)


def write_relation_documents(path: Path, entries: Sequence[Any], listed: bool) -> None:
    """Write JSON, gzipped where the name ends in ``.gz``; the file is whole or not there."""
    content = list(entries) if listed else entries[0]
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    plain = text.encode("utf-8", errors="surrogatepass")
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_aside(path) as part:
        part.write_bytes(gzip.compress(plain, mtime=0) if path.suffix == ".gz" else plain)


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A file beside ``path`` that takes its place once the block is left without an error."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
