"""Tokens with relations on them, as ``discourse_rels`` files hold them, and their windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from annotations.types import DiscourseRelation
from speech.transcript import Interval, Word


@dataclass(frozen=True)
class TokenRelation:
    """An explicit relation by token indices, which count over the whole document."""

    connective: str
    tokens: tuple[int, ...]
    """The connective's tokens; at least one."""
    sense: str
    arg1: tuple[int, ...] = ()
    arg2: tuple[int, ...] = ()
    probability: float = 1.0


@dataclass(frozen=True)
class RelationsFile:
    """Timed tokens, punctuation among them, and the relations on them."""

    tokens: tuple[Word, ...]
    relations: tuple[TokenRelation, ...]

    @cached_property
    def word_of_token(self) -> tuple[int, ...]:
        """For each token the word it belongs to: those timed like their predecessor are glued."""
        places: list[int] = []
        for index, token in enumerate(self.tokens):
            glued = index > 0 and token.interval == self.tokens[index - 1].interval
            places.append(places[-1] if glued else places[-1] + 1 if places else 0)
        return tuple(places)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Words with their punctuation: tokens of the same time glued together."""
        texts: list[str] = []
        intervals: list[Interval] = []
        for token, place in zip(self.tokens, self.word_of_token, strict=True):
            if place == len(texts):
                texts.append(token.text)
                intervals.append(token.interval)
            else:
                texts[place] += token.text
        return tuple(Word(text, span) for text, span in zip(texts, intervals, strict=True))

    def within(self, window: Interval) -> tuple[DiscourseRelation, ...]:
        """The relations whose connective lies wholly inside, their spans clamped to the window.

        Argument texts keep the tokens inside. Times count as those of the tokens do; the
        relations' ``tokens`` are indices into `words`.
        """
        return tuple(
            self._relation(relation, window)
            for relation in self.relations
            if self._extent(relation.tokens).inside(window)
        )

    def _relation(self, relation: TokenRelation, window: Interval) -> DiscourseRelation:
        every = relation.tokens + relation.arg1 + relation.arg2
        whole = Interval(
            self.tokens[min(every)].interval.start,
            max(self.tokens[min(every)].interval.start, self.tokens[max(every)].interval.end),
        )
        return DiscourseRelation(
            connective=relation.connective,
            sense=relation.sense,
            interval=whole.clamped(window),
            connective_interval=self._extent(relation.tokens),
            arg1=self._text(relation.arg1, window),
            arg2=self._text(relation.arg2, window),
            tokens=tuple(dict.fromkeys(self.word_of_token[token] for token in relation.tokens)),
        )

    def argument_interval(self, tokens: Sequence[int], window: Interval) -> Interval | None:
        """From the first to the last token of an argument, clamped; ``None`` for no tokens."""
        return self._extent((tokens[0], tokens[-1])).clamped(window) if tokens else None

    def _extent(self, tokens: Sequence[int]) -> Interval:
        first, last = self.tokens[min(tokens)].interval, self.tokens[max(tokens)].interval
        return Interval(first.start, max(first.start, last.end))

    def _text(self, tokens: Sequence[int], window: Interval) -> str:
        return " ".join(
            self.tokens[token].text
            for token in tokens
            if self.tokens[token].interval.inside(window)
        )
