"""The network that reads words in context: connectives, sentence starts and senses.

all-MiniLM-L6-v2 (Wang et al., 2020; Apache 2.0), its upper layers trained further on open genres of
GUM, with three linear heads. Only what was trained lies in the folder; the rest comes from the
installed MiniLM package.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from speech.token_vectors import MINILM_SHA256, MINILM_WIDTH, loading, minilm_folder

BEGINS, CONTINUES = 1, 2
"""Classes of a token: outside (0), first of a contiguous run of connective words, later in one."""
MOST_PIECES = 128
"""Word pieces the network reads at once."""
MARGIN_PIECES = 16
"""Pieces at an inner edge of a reading that only serve as context."""
_PIECES_PER_TOKEN = 6
_BATCH = 16
_WEIGHTS, _CONFIG = "model.safetensors", "config.json"


@dataclass(frozen=True)
class NetworkConfig:
    """What the weights were trained for."""

    senses: tuple[str, ...]
    first_trained_layer: int = 2
    base_sha256: str = MINILM_SHA256


@dataclass(frozen=True)
class TokenReadings:
    """What the network says of each token of a text."""

    begins: Float[np.ndarray, "token"]
    continues: Float[np.ndarray, "token"]
    starts: Float[np.ndarray, "token"]
    """How likely the token begins a sentence."""
    vectors: Float[Tensor, "token 384"]
    plain: Float[Tensor, "token 384"]
    """MiniLM's own vectors, of its highest layer that was not trained further."""

    def span(self, tokens: Sequence[int]) -> float:
        """How likely just these tokens are a connective: that of the least likely one.

        A run of neighbours begins at its first token, continues at the others and not beyond.
        """
        inside = set(tokens)
        runs = [self.continues[t] if t - 1 in inside else self.begins[t] for t in tokens]
        beyond = [t + 1 for t in tokens if t + 1 not in inside and t + 1 < len(self.begins)]
        return float(min([*runs, *(1.0 - self.continues[beyond])]))


class ConnectiveNetwork(nn.Module):
    """MiniLM with heads for connectives, sentence starts and senses."""

    def __init__(self, config: NetworkConfig) -> None:
        """The original MiniLM under new heads; `load` puts trained weights in."""
        super().__init__()
        from transformers import AutoModel

        self.config = config
        with loading():
            self.encoder = AutoModel.from_pretrained(minilm_folder(), dtype=torch.float32)
        self.encoder.pooler = None
        self.connective = nn.Linear(MINILM_WIDTH, 3)
        self.start = nn.Linear(MINILM_WIDTH, 2)
        self.sense = nn.Linear(MINILM_WIDTH, len(config.senses))
        self.encoder.embeddings.requires_grad_(False)
        for layer in self.encoder.encoder.layer[: config.first_trained_layer]:
            layer.requires_grad_(False)

    def forward(self, pieces: Sequence[Sequence[Sequence[int]]]) -> Float[Tensor, "text token 384"]:
        """Vectors of the tokens of several texts, a token given by its word pieces.

        A token's vector is the mean of those of its first and last piece.
        """
        return self._both(pieces)[1]

    def _both(self, pieces: Sequence[Sequence[Sequence[int]]]) -> tuple[Tensor, Tensor]:
        """The vectors of the highest untrained layer, and of the last."""
        ids, mask, first, last = self._batch(pieces)
        read = self.encoder(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        row = torch.arange(len(ids))[:, None]
        layers = (read.hidden_states[self.config.first_trained_layer], read.last_hidden_state)
        plain, vectors = ((layer[row, first] + layer[row, last]) / 2 for layer in layers)
        return plain, vectors

    def _batch(
        self, pieces: Sequence[Sequence[Sequence[int]]]
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Piece ids, attention mask, and each token's first and last piece, padded."""
        opening, closing = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id
        length = max(sum(map(len, text)) for text in pieces) + 2
        width = max(map(len, pieces))
        ids = torch.zeros(len(pieces), length, dtype=torch.long)
        mask, first = torch.zeros_like(ids), torch.zeros(len(pieces), width, dtype=torch.long)
        last = torch.zeros_like(first)
        for row, text in enumerate(pieces):
            flat = [opening, *(piece for token in text for piece in token), closing]
            ids[row, : len(flat)] = torch.tensor(flat)
            mask[row, : len(flat)] = 1
            ends = torch.tensor([len(token) for token in text]).cumsum(0)
            last[row, : len(text)] = ends
            first[row, 1 : len(text)] = ends[:-1] + 1
            first[row, 0] = 1
        return ids, mask, first, last

    @cached_property
    def tokenizer(self) -> Any:
        """MiniLM's word pieces; upper and lower case are one."""
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(minilm_folder())

    def pieces(self, tokens: Sequence[str]) -> list[list[int]]:
        """Word pieces of each token, at least one and at most six."""
        if not tokens:
            return []
        different = list(dict.fromkeys(tokens))
        found = self.tokenizer(different, add_special_tokens=False)["input_ids"]
        kept = (ids[:_PIECES_PER_TOKEN] or [self.tokenizer.unk_token_id] for ids in found)
        pieces = dict(zip(different, kept, strict=True))
        return [pieces[token] for token in tokens]

    @torch.inference_mode()
    def read(self, tokens: Sequence[str]) -> TokenReadings:
        """Read a text of any length, in overlapping stretches of `MOST_PIECES`."""
        pieces = self.pieces(tokens)
        plain, vectors = (torch.zeros(len(tokens), MINILM_WIDTH) for _ in range(2))
        stretches = sorted(_stretches(pieces), key=lambda s: s.stop - s.start)
        for at in range(0, len(stretches), _BATCH):
            batch = stretches[at : at + _BATCH]
            both = self._both([pieces[s.start : s.stop] for s in batch])
            for into, found in zip((plain, vectors), both, strict=True):
                for stretch, rows in zip(batch, found, strict=True):
                    kept = rows[stretch.first - stretch.start : stretch.last - stretch.start]
                    into[stretch.first : stretch.last] = kept
        tags = self.connective(vectors).softmax(-1).numpy()
        starts = self.start(vectors).softmax(-1).numpy()[:, 1]
        return TokenReadings(tags[:, BEGINS], tags[:, CONTINUES], starts, vectors, plain)

    def save(self, folder: Path) -> None:
        """Write the configuration and, in half precision, what differs from MiniLM."""
        folder.mkdir(parents=True, exist_ok=True)
        trained = {name for name, value in self.named_parameters() if value.requires_grad}
        state = {n: v.half().contiguous() for n, v in self.state_dict().items() if n in trained}
        save_file(state, folder / _WEIGHTS)
        (folder / _CONFIG).write_text(json.dumps(asdict(self.config), indent=1) + "\n", "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "ConnectiveNetwork":
        """Read what `save` wrote, strictly, over the MiniLM that it was trained on."""
        content = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        config = NetworkConfig(**{**content, "senses": tuple(content["senses"])})
        if config.base_sha256 != MINILM_SHA256:
            raise ValueError(
                f"{folder} was trained on the MiniLM with sha256 {config.base_sha256}, found "
                f"{MINILM_SHA256}; train it again with `chironomia train discourse`"
            )
        network = cls(config)
        trained = {name for name, value in network.named_parameters() if value.requires_grad}
        state = load_file(folder / _WEIGHTS)
        if set(state) != trained:
            raise ValueError(
                f"{folder / _WEIGHTS} holds {len(state)} tensors, expected the {len(trained)} of "
                "layers and heads named by config.json; the folder is torn: install again"
            )
        network.load_state_dict({n: v.float() for n, v in state.items()}, strict=False)
        return network.eval()


@dataclass(frozen=True)
class _Stretch:
    """Tokens read at once, and those of them whose vectors are kept."""

    start: int
    stop: int
    first: int
    last: int


def _stretches(pieces: Sequence[Sequence[int]]) -> Iterator[_Stretch]:
    """Cover the tokens; neighbours share about two margins, each keeps the inner half."""
    ends = np.cumsum([0, *(len(token) for token in pieces)])
    start = first = 0
    while first < len(pieces):
        stop = int(np.searchsorted(ends, ends[start] + MOST_PIECES, side="right")) - 1
        if stop >= len(pieces):
            yield _Stretch(start, len(pieces), first, len(pieces))
            return
        last = int(np.searchsorted(ends, ends[stop] - MARGIN_PIECES, side="right")) - 1
        yield _Stretch(start, stop, first, last)
        first = last
        start = int(np.searchsorted(ends, ends[last] - MARGIN_PIECES))
