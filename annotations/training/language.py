"""Training the spaCy pipeline: tagger, morphologizer, parser, sentence boundaries.

Every document is learned twice: as written, and in lower case without punctuation, as speech
recognition gives it.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.training import Example

_SENTENCES = (3, 14)
"""Sentences that are parsed together: a parser must see where one ends."""
_FIRST_BATCH_WORDS, _MOST_BATCH_WORDS, _BATCH_GROWTH = 200, 2000, 1.3
_RATE, _WARMUP_STEPS, _LAST_RATE_SHARE = 1e-3, 250, 0.05
_ROOT = -1
_META = {
    "name": "chironomia_gum",
    "version": "1.0.0",
    "description": (
        "English tagger, morphologizer and parser, trained on the genres of GUM (Zeldes, 2017) "
        "that carry no non-commercial clause, as written and in lower case without punctuation"
    ),
    "license": "Apache-2.0; annotations of GUM CC BY 4.0, texts CC BY and CC BY-SA, see NOTICE",
}


@dataclass(frozen=True)
class LanguageTraining:
    """How long, how wide, from which seed."""

    epochs: int = 22
    width: int = 96
    depth: int = 4
    embedding_rows: int = 2000
    dropout: float = 0.1
    seed: int = 0


@dataclass(frozen=True)
class TreeToken:
    """One token of a gold tree; ``head`` is its place in the sentence, -1 for the root."""

    text: str
    part_of_speech: str
    tag: str
    head: int
    dependency: str


Sentence = tuple[TreeToken, ...]


def train_language(
    documents: Sequence[Mapping[str, Any]],
    options: LanguageTraining,
    progress: Callable[[str], None],
) -> "Language":
    """A pipeline for the trees of ``documents``."""
    from thinc.api import Adam
    from thinc.util import fix_random_seed

    fix_random_seed(options.seed)
    rng = random.Random(options.seed)
    texts = [variant for document in documents for variant in _variants(document)]
    pipeline = _untrained(options)
    everything = list(_examples(pipeline, texts, rng))
    pipeline.initialize(lambda: everything)
    optimiser = Adam(_RATE, L2=0.01, grad_clip=1.0, use_averages=True)
    step = 0
    for epoch in range(options.epochs):
        losses: dict[str, float] = {}
        for batch in _batches(list(_examples(pipeline, texts, rng)), epoch, rng):
            step += 1
            fall = 1.0 - (1.0 - _LAST_RATE_SHARE) * epoch / options.epochs
            optimiser.learn_rate = _RATE * min(1.0, step / _WARMUP_STEPS) * fall
            pipeline.update(batch, sgd=optimiser, drop=options.dropout, losses=losses)
        shown = ", ".join(f"{name} {loss:.0f}" for name, loss in losses.items())
        progress(f"language: epoch {epoch + 1} of {options.epochs}, loss {shown}")
    with pipeline.use_params(optimiser.averages):
        trained = pipeline.to_bytes()
    pipeline.from_bytes(trained)
    pipeline.meta.update(_META)
    return pipeline


def trees(document: Mapping[str, Any]) -> tuple[Sentence, ...]:
    """The gold trees of one entry of the JSON."""
    found = (
        tuple(
            TreeToken(
                "".join(token["surface"].split()),
                token["upos"],
                token["xpos"],
                token["head"] - 1,
                token["deprel"],
            )
            for token in sentence["tokens"]
        )
        for sentence in document["sentences"]
    )
    return tuple(sentence for sentence in found if sentence)


def without_punctuation(sentence: Sentence) -> Sentence:
    """The tree in lower case without its marks; what hung on a mark hangs on the mark's head."""
    kept = [
        place
        for place, token in enumerate(sentence)
        if token.part_of_speech != "PUNCT"
        and (token.part_of_speech != "SYM" or any(c.isalnum() for c in token.text))
    ]
    places = {old: new for new, old in enumerate(kept)}
    heads = [_kept_head(sentence, place, places) for place in kept]
    root = next((i for i, head in enumerate(heads) if head == _ROOT), 0)
    return tuple(
        TreeToken(
            token.text.lower(),
            token.part_of_speech,
            token.tag,
            root if head == _ROOT and i != root else head,
            token.dependency,
        )
        for i, (token, head) in enumerate(zip((sentence[p] for p in kept), heads, strict=True))
    )


def _kept_head(sentence: Sentence, place: int, places: Mapping[int, int]) -> int:
    head = sentence[place].head
    while head != _ROOT and head not in places:
        head = sentence[head].head
    return places.get(head, _ROOT)


def _variants(document: Mapping[str, Any]) -> Iterator[tuple[Sentence, ...]]:
    whole = trees(document)
    yield whole
    yield tuple(bare for bare in map(without_punctuation, whole) if bare)


def _examples(
    pipeline: "Language", texts: Sequence[Sequence[Sentence]], rng: random.Random
) -> "Iterator[Example]":
    """A few sentences at a time, cut anew at each call."""
    from spacy.tokens import Doc
    from spacy.training import Example

    for sentences in texts:
        begin = 0
        while begin < len(sentences):
            count = rng.randint(*_SENTENCES)
            gold = _doc(pipeline, sentences[begin : begin + count])
            plain = Doc(pipeline.vocab, words=[token.text for token in gold])
            yield Example(plain, gold)
            begin += count


def _doc(pipeline: "Language", sentences: Sequence[Sentence]) -> "Doc":
    from spacy.tokens import Doc

    offsets = [0]
    for sentence in sentences:
        offsets.append(offsets[-1] + len(sentence))
    placed = [
        (token, offset + (place if token.head == _ROOT else token.head))
        for offset, sentence in zip(offsets, sentences, strict=False)
        for place, token in enumerate(sentence)
    ]
    return Doc(
        pipeline.vocab,
        words=[token.text for token, _ in placed],
        tags=[token.tag for token, _ in placed],
        pos=[token.part_of_speech for token, _ in placed],
        heads=[head for _, head in placed],
        deps=["ROOT" if t.head == _ROOT else t.dependency for t, _ in placed],
    )


def _batches(
    examples: "list[Example]", epoch: int, rng: random.Random
) -> "Iterator[list[Example]]":
    """Batches by words, growing from epoch to epoch."""
    rng.shuffle(examples)
    most = min(_MOST_BATCH_WORDS, _FIRST_BATCH_WORDS * _BATCH_GROWTH**epoch)
    batch: list[Example] = []
    words = 0
    for example in examples:
        batch.append(example)
        words += len(example.reference)
        if words >= most:
            yield batch
            batch, words = [], 0
    if batch:
        yield batch


def _untrained(options: LanguageTraining) -> "Language":
    import spacy

    pipeline = spacy.blank("en")
    embedding = {
        "@architectures": "spacy.HashEmbedCNN.v2",
        "width": options.width,
        "depth": options.depth,
        "embed_size": options.embedding_rows,
        "window_size": 1,
        "maxout_pieces": 3,
        "subword_features": True,
        "pretrained_vectors": None,
    }
    shared = {
        "@architectures": "spacy.Tok2VecListener.v1",
        "width": options.width,
        "upstream": "*",
    }
    tagging = {"@architectures": "spacy.Tagger.v2", "tok2vec": shared}
    parsing = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "parser",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
        "tok2vec": shared,
    }
    pipeline.add_pipe("tok2vec", config={"model": embedding})
    pipeline.add_pipe("tagger", config={"model": tagging})
    pipeline.add_pipe("morphologizer", config={"model": tagging})
    pipeline.add_pipe("parser", config={"min_action_freq": 10, "model": parsing})
    return pipeline
