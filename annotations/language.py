"""The spaCy pipeline that reads sentences: tags, parts of speech, dependencies.

The shipped one was trained on the open genres of GUM (`annotations.training.language`); any other
English pipeline with a tagger and a parser can take its place. Nothing is downloaded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

LANGUAGE_FOLDER = Path(__file__).parent / "models" / "language"
MOST_TOKENS = 400
"""Tokens parsed at once where no sentence starts earlier."""


class LanguagePipelineError(ValueError):
    """A spaCy pipeline cannot be loaded, or lacks what annotation needs."""


@dataclass(frozen=True)
class Parsed:
    """A text as spaCy tokens, and whose they are."""

    doc: "Doc"
    owner: tuple[int, ...]
    """For each token of ``doc`` the index of the given token that it is a piece of."""

    def spread(self, starts: Sequence[bool]) -> list[bool]:
        """Sentence starts of the given tokens as those of the pieces."""
        before = (None, *self.owner)
        return [starts[own] and own != last for own, last in zip(self.owner, before, strict=False)]

    def tokens_of(self, given: Sequence[int]) -> tuple[int, ...]:
        """Pieces of some given tokens, punctuation aside where a word stands beside it."""
        wanted = frozenset(given)
        pieces = [i for i, own in enumerate(self.owner) if own in wanted]
        words = [i for i in pieces if any(letter.isalnum() for letter in self.doc[i].text)]
        return tuple(words or pieces)

    def owners_of(self, pieces: Sequence[int]) -> tuple[int, ...]:
        """Given tokens of some pieces, each once, in order."""
        return tuple(dict.fromkeys(self.owner[piece] for piece in pieces))


@dataclass(frozen=True)
class Parser:
    """A spaCy pipeline, applied to tokens that somebody else has cut."""

    pipeline: "Language"

    @classmethod
    def load(cls, source: str | Path) -> "Parser":
        """Load a pipeline from a folder or an installed package; it must tag and parse."""
        import spacy

        try:
            pipeline = spacy.load(source)
        except (OSError, ValueError) as error:
            raise LanguagePipelineError(
                f"spaCy pipeline {source}: {error}; expected a folder or an installed package"
            ) from error
        if "parser" not in pipeline.pipe_names:
            raise LanguagePipelineError(
                f"spaCy pipeline {source} has {', '.join(pipeline.pipe_names) or 'no components'}; "
                "expected a tagger and a parser among them: choose an English pipeline that parses"
            )
        return cls(pipeline)

    def tokenized(self, tokens: Sequence[str]) -> Parsed:
        """Split tokens as the pipeline's training data were: "don't," is do, n't and a comma."""
        from spacy.tokens import Doc

        split = {token: self._pieces("".join(token.split())) for token in dict.fromkeys(tokens)}
        texts = [piece for token in tokens for piece in split[token]]
        owner = [place for place, token in enumerate(tokens) for _ in split[token]]
        return Parsed(Doc(self.pipeline.vocab, words=texts), tuple(owner))

    def _pieces(self, token: str) -> list[str]:
        return [piece.text for piece in self.pipeline.tokenizer(token)] if token else []

    def parsed(self, split: Parsed, starts: Sequence[bool] | None = None) -> Parsed:
        """Tag and parse; with ``starts`` sentences begin just there."""
        from spacy.tokens import Doc

        texts = [token.text for token in split.doc]
        if not texts:
            return split
        stretches = list(_stretches(len(texts), starts))
        parts = [
            Doc(
                self.pipeline.vocab,
                words=texts[stretch.start : stretch.stop],
                sent_starts=_sentence_marks(starts, stretch),
            )
            for stretch in stretches
        ]
        done = list(self.pipeline.pipe(parts, batch_size=16))
        return Parsed(Doc.from_docs(done) if len(done) > 1 else done[0], split.owner)


def _sentence_marks(
    starts: Sequence[bool] | None, stretch: range
) -> list[bool | int | None] | None:
    if starts is None:
        return None
    return [i == stretch.start or bool(starts[i]) for i in stretch]


def _stretches(tokens: int, starts: Sequence[bool] | None) -> Iterator[range]:
    """Cut before the last sentence start within reach, or at the limit."""
    begin = 0
    while tokens - begin > MOST_TOKENS:
        limit = begin + MOST_TOKENS
        known = [] if starts is None else [i for i in range(begin + 1, limit + 1) if starts[i]]
        stop = known[-1] if known else limit
        yield range(begin, stop)
        begin = stop
    yield range(begin, tokens)


@lru_cache(maxsize=1)
def shipped_parser() -> Parser:
    """The pipeline that comes with the package, loaded once."""
    return Parser.load(LANGUAGE_FOLDER)
