"""Sentences and words as unit vectors whose inner product is their likeness in meaning."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float32

from speech.token_vectors import ModelFilesError, loading, minilm_folder, sha256_of

_MINILM = "all-MiniLM-L6-v2"
_BATCH = 64
_REMEMBERED_TEXTS = 20_000


class Embedder(Protocol):
    """Turns texts into unit vectors; another ``id`` means that vectors cannot be compared."""

    @property
    def id(self) -> str:
        """Name and checksum of the model."""
        ...

    @property
    def width(self) -> int:
        """Numbers a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Float32[np.ndarray, "text width"]:
        """Unit vectors of the texts, one a row."""
        ...


class SentenceEmbedder:
    """A sentence-transformers model; without ``source``, the MiniLM model that is installed.

    The model loads at first use. The most recent texts are remembered.
    """

    def __init__(self, source: str | Path | None = None, device: str = "cpu") -> None:
        """``source`` is a folder or a hub id."""
        self._source = source
        self._device = device
        self._vectors: OrderedDict[str, Float32[np.ndarray, width]] = OrderedDict()
        self._lock = threading.Lock()

    @cached_property
    def _folder(self) -> Path:
        if self._source is None:
            return minilm_folder()
        if Path(self._source).is_dir():
            return Path(self._source)
        return _downloaded(str(self._source))

    @cached_property
    def id(self) -> str:
        """Name and checksum of the weights: the same text has the same vector under the same id."""
        name = _MINILM if self._source is None else Path(self._source).name
        return f"{name}@{_weights_sha256(self._folder)[:12]}"

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        with loading():
            return SentenceTransformer(str(self._folder), device=self._device).eval()

    @cached_property
    def width(self) -> int:
        """Numbers a vector."""
        return int(self.embed([""]).shape[1])

    def embed(self, texts: Sequence[str]) -> Float32[np.ndarray, "text width"]:
        """Unit vectors of the texts, one a row."""
        if not texts:
            return np.zeros((0, self.width), dtype=np.float32)
        with self._lock:
            found = {text: self._vectors[text] for text in texts if text in self._vectors}
            unknown = [text for text in dict.fromkeys(texts) if text not in found]
            found |= dict(zip(unknown, self._computed(unknown), strict=True))
            self._remember(found)
        return np.stack([found[text] for text in texts])

    def _computed(self, texts: list[str]) -> Float32[np.ndarray, "text width"]:
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        vectors = self._model.encode(
            texts, batch_size=_BATCH, convert_to_numpy=True, show_progress_bar=False
        ).astype(np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Float32[np.ndarray, "text width"] = vectors / np.maximum(norms, 1e-12)
        unit.flags.writeable = False
        return unit

    def _remember(self, found: dict[str, Float32[np.ndarray, "width"]]) -> None:
        for text, vector in found.items():
            self._vectors[text] = vector
            self._vectors.move_to_end(text)
        while len(self._vectors) > _REMEMBERED_TEXTS:
            self._vectors.popitem(last=False)


def _downloaded(hub_id: str) -> Path:
    """Snapshot of a hub model: the local one where there is one."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(hub_id, local_files_only=True))
    except LocalEntryNotFoundError:
        return Path(snapshot_download(hub_id))


def _weights_sha256(folder: Path) -> str:
    """One checksum over the folder's safetensors files, or a plain error where there is none."""
    files = sorted(folder.rglob("*.safetensors"))
    if not files:
        raise ModelFilesError(f"no safetensors weights in {folder}; give a sentence model's folder")
    if len(files) == 1:
        return sha256_of(files[0])
    sums = "".join(sha256_of(file) for file in files)
    return hashlib.sha256(sums.encode()).hexdigest()
