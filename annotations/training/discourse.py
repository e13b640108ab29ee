"""Training the network of connectives, sentence starts and senses.

Part of speech and dependency label are learned beside them, for they make the vectors better, and
are thrown away afterwards. Every text is read twice: as written, and in lower case without
punctuation.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from annotations.connective_network import (
    BEGINS,
    CONTINUES,
    MOST_PIECES,
    ConnectiveNetwork,
    NetworkConfig,
)
from annotations.sense_priors import SensePriors
from annotations.training.texts import TaggedText
from speech.token_vectors import MINILM_WIDTH

_IGNORED = -100
_WEIGHTS = {"connective": 3.0, "start": 0.5, "part_of_speech": 0.5, "dependency": 0.5, "sense": 0.1}
_HEADS_RATE = 2e-3


@dataclass(frozen=True)
class NetworkTraining:
    """How long and how fast."""

    epochs: int = 5
    batch: int = 16
    rate: float = 2e-4
    masked: float = 0.1
    """Share of tokens that are hidden, so that no single word is relied upon."""
    warmup_steps: int = 100
    seed: int = 0


@dataclass(frozen=True)
class _Prepared:
    """A text with its word pieces and the class of each token."""

    text: TaggedText
    pieces: list[list[int]]
    tags: tuple[int, ...]


@dataclass(frozen=True)
class _Item:
    """A stretch of whole sentences."""

    prepared: _Prepared
    tokens: range

    @property
    def pieces(self) -> list[list[int]]:
        return self.prepared.pieces[self.tokens.start : self.tokens.stop]


class _Heads(nn.Module):
    """The two heads that only training needs."""

    def __init__(self, texts: Sequence[TaggedText]) -> None:
        super().__init__()
        self.parts = _numbered(tag for text in texts for tag in text.parts_of_speech)
        self.labels = _numbered(tag for text in texts for tag in text.dependencies)
        self.part_of_speech = nn.Linear(MINILM_WIDTH, len(self.parts))
        self.dependency = nn.Linear(MINILM_WIDTH, len(self.labels))


def train_network(
    documents: Sequence[Mapping[str, Any]],
    options: NetworkTraining,
    progress: Callable[[str], None],
) -> ConnectiveNetwork:
    """A network for the relations of ``documents``; the same options give the same weights."""
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    whole = [TaggedText.of(document) for document in documents]
    texts = [*whole, *(text.bare() for text in whole)]
    priors = SensePriors.of(
        (text.words_at(relation.tokens), relation.sense)
        for text in whole
        for relation in text.relations
        if relation.sense
    )
    network = ConnectiveNetwork(NetworkConfig(priors.senses))
    heads, drop = _Heads(texts), nn.Dropout(0.1)
    optimiser = _optimiser(network, heads, options)
    prepared = [_Prepared(text, network.pieces(text.surfaces), _tags(text)) for text in texts]
    network.train()
    total = options.epochs * len(list(_batches(prepared, options, random.Random(0))))
    step = 0
    for epoch in range(options.epochs):
        losses = []
        for batch in _batches(prepared, options, rng):
            _set_rates(optimiser, step, total, options)
            read = [_masked(network, item, options.masked, rng) for item in batch]
            vectors = drop(network(read))
            loss = _loss(network, heads, priors, batch, vectors)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(_trained(network), 1.0)
            optimiser.step()
            losses.append(loss.item())
            step += 1
        progress(f"network: epoch {epoch + 1} of {options.epochs}, loss {_mean(losses):.3f}")
    return network.eval()


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(sorted(set(names)))}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(len(values), 1)


def _tags(text: TaggedText) -> tuple[int, ...]:
    tags = [0] * len(text.surfaces)
    for relation in text.relations:
        for token in relation.tokens:
            tags[token] = CONTINUES if token - 1 in relation.tokens else BEGINS
    return tuple(tags)


def _trained(network: nn.Module) -> list[nn.Parameter]:
    return [value for value in network.parameters() if value.requires_grad]


def _optimiser(
    network: ConnectiveNetwork, heads: nn.Module, options: NetworkTraining
) -> torch.optim.Optimizer:
    body = _trained(network.encoder)
    inner = {id(value) for value in body}
    outer = [value for value in _trained(network) if id(value) not in inner]
    groups = [
        {"params": body, "lr": options.rate, "full": options.rate},
        {"params": [*outer, *heads.parameters()], "lr": _HEADS_RATE, "full": _HEADS_RATE},
    ]
    return torch.optim.AdamW(groups, weight_decay=0.01)


def _set_rates(
    optimiser: torch.optim.Optimizer, step: int, total: int, options: NetworkTraining
) -> None:
    """Warm up, then fall in a straight line to nothing."""
    share = min(1.0, (step + 1) / options.warmup_steps) * max(0.0, 1.0 - step / (1.02 * total))
    for group in optimiser.param_groups:
        group["lr"] = group["full"] * share


def _batches(
    prepared: Sequence[_Prepared], options: NetworkTraining, rng: random.Random
) -> Iterator[list[_Item]]:
    """Stretches of random lengths, those of about one length together, in random order."""
    items = [item for each in prepared for item in _items(each, rng)]
    rng.shuffle(items)
    batches = []
    for at in range(0, len(items), options.batch * 20):
        near = sorted(items[at : at + options.batch * 20], key=lambda item: len(item.tokens))
        batches += [near[i : i + options.batch] for i in range(0, len(near), options.batch)]
    rng.shuffle(batches)
    yield from batches


def _items(prepared: _Prepared, rng: random.Random) -> Iterator[_Item]:
    """Cut a text before sentences, or inside one that is longer than the network reads at once."""
    starts = prepared.text.starts
    begin = length = 0
    most = rng.randint(MOST_PIECES // 4, MOST_PIECES)
    cut = 0
    for token, ids in enumerate(prepared.pieces):
        if starts[token]:
            cut = token
        length += len(ids)
        if length > (most if cut > begin else MOST_PIECES):
            end = cut if cut > begin else token
            yield _Item(prepared, range(begin, end))
            begin, length = end, sum(map(len, prepared.pieces[end : token + 1]))
            most = rng.randint(MOST_PIECES // 4, MOST_PIECES)
    if begin < len(prepared.pieces):
        yield _Item(prepared, range(begin, len(prepared.pieces)))


def _masked(
    network: ConnectiveNetwork, item: _Item, share: float, rng: random.Random
) -> list[list[int]]:
    """The word pieces with some tokens hidden, those of connectives never."""
    mask = [int(network.tokenizer.mask_token_id)]
    return [
        mask if not item.prepared.tags[token] and rng.random() < share else ids
        for token, ids in zip(item.tokens, item.pieces, strict=True)
    ]


def _loss(
    network: ConnectiveNetwork,
    heads: _Heads,
    priors: SensePriors,
    batch: Sequence[_Item],
    vectors: Tensor,
) -> Tensor:
    width = vectors.shape[1]
    loss = _WEIGHTS["connective"] * _entropy(
        network.connective(vectors), _padded(batch, width, lambda item, i: item.prepared.tags[i])
    )
    loss = loss + _WEIGHTS["start"] * _entropy(
        network.start(vectors), _padded(batch, width, _is_start)
    )
    loss = loss + _WEIGHTS["part_of_speech"] * _entropy(
        heads.part_of_speech(vectors),
        _padded(batch, width, lambda item, i: heads.parts[item.prepared.text.parts_of_speech[i]]),
    )
    loss = loss + _WEIGHTS["dependency"] * _entropy(
        heads.dependency(vectors),
        _padded(batch, width, lambda item, i: heads.labels[item.prepared.text.dependencies[i]]),
    )
    senses = _sense_loss(network, priors, batch, vectors)
    return loss if senses is None else loss + _WEIGHTS["sense"] * senses


def _is_start(item: _Item, token: int) -> int:
    return _IGNORED if token == item.tokens.start else int(item.prepared.text.starts[token])


def _padded(batch: Sequence[_Item], width: int, label: Callable[[_Item, int], int]) -> Tensor:
    rows = torch.full((len(batch), width), _IGNORED)
    for row, item in zip(rows, batch, strict=True):
        row[: len(item.tokens)] = torch.tensor([label(item, token) for token in item.tokens])
    return rows


def _entropy(logits: Tensor, labels: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())


def _sense_loss(
    network: ConnectiveNetwork, priors: SensePriors, batch: Sequence[_Item], vectors: Tensor
) -> Tensor | None:
    """What context adds to the prior of each connective, counted without this very place."""
    rows, offsets, targets = [], [], []
    for row, item in zip(vectors, batch, strict=True):
        text = item.prepared.text
        for relation in text.relations:
            if relation.sense and all(token in item.tokens for token in relation.tokens):
                rows.append(row[[t - item.tokens.start for t in relation.tokens]].mean(dim=0))
                words = text.words_at(relation.tokens)
                offsets.append(torch.from_numpy(priors.log_prior(words, relation.sense)).float())
                targets.append(priors.senses.index(relation.sense))
    if not rows:
        return None
    logits = network.sense(torch.stack(rows)) + torch.stack(offsets)
    return nn.functional.cross_entropy(logits, torch.tensor(targets))
