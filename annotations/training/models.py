"""Everything that annotation ships, made again from a folder of annotated documents."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from annotations.gum import build_lexicon
from annotations.training.discourse import NetworkTraining, train_network
from annotations.training.language import LanguageTraining, train_language
from annotations.training.texts import free_entries


@dataclass(frozen=True)
class ModelsTraining:
    """How each model is trained."""

    language: LanguageTraining = field(default_factory=LanguageTraining)
    network: NetworkTraining = field(default_factory=NetworkTraining)


def train_models(
    folder: Path, models: Path, options: ModelsTraining, progress: Callable[[str], None]
) -> None:
    """Write ``connectives.json``, ``language/`` and ``connectives/`` to the folder ``models``.

    ``folder`` holds ``gum_train.json.gz``; only genres without a non-commercial clause are used.
    """
    documents = free_entries(folder)
    models.mkdir(parents=True, exist_ok=True)
    build_lexicon(folder).save(models / "connectives.json")
    progress(f"lexicon: {models / 'connectives.json'}")
    train_network(documents, options.network, progress).save(models / "connectives")
    train_language(documents, options.language, progress).to_disk(models / "language")
