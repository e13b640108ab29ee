"""Explicit discourse relations in a text: connectives, senses (PDTB-3) and arguments.

Strings of the lexicon are candidates; a network that reads each word in its context says which of
them are connectives here; the sense is what context adds to how often the connective has each one;
the arguments are clauses of the dependency tree.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from jaxtyping import Float

from annotations.arguments import Arguments, arguments
from annotations.connective_network import ConnectiveNetwork, TokenReadings
from annotations.language import Parsed, Parser, shipped_parser
from annotations.lexicon import Connective, Lexicon, shipped_lexicon
from annotations.relations import TokenRelation
from annotations.sense_priors import SensePriors

THRESHOLD = 0.45
"""Least probability of being a connective."""
START_PROBABILITY = 0.5
"""From here on a word begins a sentence, where nobody says which ones do."""
DECIDED = 0.5
"""A connective that has one second-level sense this often has it here too, whatever its context."""
NETWORK_FOLDER = Path(__file__).parent / "models" / "connectives"

Span = tuple[int, ...]

_READING = Lock()
"""spaCy and the tokenizer of MiniLM serve one thread at a time."""


@dataclass(frozen=True)
class DiscourseReading:
    """The relations of a text, and what they were read from."""

    relations: tuple[TokenRelation, ...]
    parsed: Parsed
    vectors: Float[np.ndarray, "token 384"]
    """MiniLM's vector of each given token: the mean over its pieces, 0 for an empty one."""


@dataclass(frozen=True)
class DiscourseAnnotator:
    """Finds the explicit relations of a text."""

    network: ConnectiveNetwork
    parser: Parser
    lexicon: Lexicon
    threshold: float = THRESHOLD

    def __call__(
        self,
        tokens: Sequence[str],
        sentence_starts: Sequence[bool] | None = None,
        given: Sequence[Span] | None = None,
        pauses: Sequence[int] = (),
    ) -> tuple[TokenRelation, ...]:
        """The relations in order of their connectives, as indices of ``tokens``.

        Where nobody says which tokens begin sentences, the network does; those in ``pauses`` do
        in any case. ``given`` connectives are kept as they are, in their order, and get sense and
        arguments.
        ``probability`` is that of the connective (1 for a given one) times that of its sense.
        """
        return self.read(tokens, sentence_starts, given, pauses).relations

    def read(
        self,
        tokens: Sequence[str],
        sentence_starts: Sequence[bool] | None = None,
        given: Sequence[Span] | None = None,
        pauses: Sequence[int] = (),
    ) -> DiscourseReading:
        """The same, with what it was read from."""
        with _READING:
            return self._read(tokens, sentence_starts, given, pauses)

    def _read(
        self,
        tokens: Sequence[str],
        sentence_starts: Sequence[bool] | None,
        given: Sequence[Span] | None,
        pauses: Sequence[int],
    ) -> DiscourseReading:
        split = self.parser.tokenized(tokens)
        readings = self.network.read([token.text for token in split.doc])
        breaks = frozenset(pauses)
        forced = split.spread([place in breaks for place in range(len(tokens))])
        starts = (
            [
                bool(start)
                for start in (readings.starts >= START_PROBABILITY) | np.array(forced, dtype=bool)
            ]
            if sentence_starts is None
            else split.spread(sentence_starts)
        )
        parsed = self.parser.parsed(split, starts)
        spans = None if given is None else [parsed.tokens_of(span) for span in given]
        found = self._relations(parsed, readings, spans)
        return DiscourseReading(
            tuple(_owned(relation, parsed, tokens) for relation in found),
            parsed,
            _owned_vectors(readings, parsed, len(tokens)),
        )

    def of_doc(self, parsed: Parsed) -> tuple[TokenRelation, ...]:
        """The relations of a text that another pipeline has parsed, as indices of its tokens."""
        readings = self.network.read([token.text for token in parsed.doc])
        return self._relations(parsed, readings, None)

    def _relations(
        self, parsed: Parsed, readings: TokenReadings, given: Sequence[Span] | None
    ) -> tuple[TokenRelation, ...]:
        texts = [token.text for token in parsed.doc]
        chosen = (
            self._connectives(texts, readings) if given is None else [(span, 1.0) for span in given]
        )
        relations = []
        for span, probability in chosen:
            sense, share = self._sense(texts, readings, span)
            places = arguments(parsed.doc, span) if span else Arguments((), ())
            relations.append(
                TokenRelation(
                    connective=" ".join(texts[token] for token in span),
                    tokens=span,
                    sense=sense,
                    arg1=places.arg1,
                    arg2=places.arg2,
                    probability=probability * share,
                )
            )
        return tuple(relations)

    def _connectives(
        self, texts: Sequence[str], readings: TokenReadings
    ) -> list[tuple[Span, float]]:
        """Accepted candidates; where two share a word the longer one stays."""
        scored = [
            (span, self._score(connective, span, readings))
            for connective, span in self.lexicon.candidates(texts)
        ]
        accepted = [(span, score) for span, score in scored if score >= self.threshold]
        accepted.sort(key=lambda each: (-len(each[0]), -each[1], each[0]))
        taken: set[int] = set()
        kept = []
        for span, score in accepted:
            if taken.isdisjoint(span):
                taken.update(span)
                kept.append((span, score))
        return sorted(kept)

    def _score(self, connective: Connective, span: Span, readings: TokenReadings) -> float:
        """Probability of a candidate: of several parts, all that may be misread alone count.

        "On the one hand" beside "on the other hand" is hardly ever anything else, whatever the
        network makes of it; "if" and "either" are.
        """
        places, begin = [], 0
        for part in connective.parts:
            places.append(span[begin : begin + len(part)])
            begin += len(part)
        *opening, last = places
        return min(readings.span(place) for place in (*(p for p in opening if len(p) == 1), last))

    def _sense(
        self, texts: Sequence[str], readings: TokenReadings, span: Span
    ) -> tuple[str, float]:
        """The best sense of the best second level, and how likely that level is."""
        words = " ".join(texts[token].lower() for token in span)
        vector = readings.vectors[list(span)].sum(dim=0) / max(len(span), 1)
        prior = self._priors.log_prior(words)
        if max(self._levels(prior).values()) < DECIDED:
            with torch.inference_mode():
                prior = prior + self.network.sense(vector).double().numpy()
        levels = self._levels(prior)
        best = max(levels, key=lambda level: (levels[level], level))
        inside = [i for i, s in enumerate(self._priors.senses) if second_level(s) == best]
        return self._priors.senses[max(inside, key=lambda i: prior[i])], levels[best]

    def _levels(self, logits: Float[np.ndarray, "sense"]) -> dict[str, float]:
        """Probability of each second-level sense."""
        shares = np.exp(logits - logits.max())
        levels: defaultdict[str, float] = defaultdict(float)
        for sense, share in zip(self._priors.senses, shares / shares.sum(), strict=True):
            levels[second_level(sense)] += float(share)
        return levels

    @cached_property
    def _priors(self) -> SensePriors:
        return SensePriors.of_lexicon(self.lexicon, self.network.config.senses)


def second_level(sense: str) -> str:
    """The first two levels, belief and speech-act variants folded."""
    return ".".join(level.split("+")[0] for level in sense.split(".")[:2])


def _owned(relation: TokenRelation, parsed: Parsed, tokens: Sequence[str]) -> TokenRelation:
    """The relation in terms of the given tokens."""
    places = parsed.owners_of(relation.tokens)
    return replace(
        relation,
        connective=" ".join(tokens[place] for place in places),
        tokens=places,
        arg1=parsed.owners_of(relation.arg1),
        arg2=parsed.owners_of(relation.arg2),
    )


def _owned_vectors(
    readings: TokenReadings, parsed: Parsed, tokens: int
) -> Float[np.ndarray, "token 384"]:
    """Means over the pieces of each given token."""
    owner = np.array(parsed.owner, dtype=np.int64)
    plain = readings.plain.numpy()
    sums = np.zeros((tokens, plain.shape[1]), dtype=np.float32)
    np.add.at(sums, owner, plain)
    counts = np.bincount(owner, minlength=tokens)
    means: Float[np.ndarray, "token 384"] = sums / np.maximum(counts, 1)[:, None].astype(np.float32)
    return means


@lru_cache(maxsize=1)
def shipped_discourse() -> DiscourseAnnotator:
    """The annotator that comes with the package, loaded once."""
    return DiscourseAnnotator(
        ConnectiveNetwork.load(NETWORK_FOLDER), shipped_parser(), shipped_lexicon()
    )
