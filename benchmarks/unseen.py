"""A corpus to learn and retrieve from, with the recordings of another one to be judged on.

    python benchmarks/unseen.py KNOWN UNSEEN OUT

Both are corpora of the demo generator, of different seeds. OUT has the training recordings of KNOWN
and all of UNSEEN, these as the split `test`; files are linked, not copied. Recordings of two seeds
bear the same names, so those of UNSEEN get a 9 in the place of the kind of speech: `1_alva_0_1_1`
becomes `1_alva_9_1_1`.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

SPLIT_FILE = "train_test_split.csv"


def renamed(recording: str) -> str:
    """The name of an unseen recording beside known ones."""
    speaker, name, _, *rest = recording.split("_")
    return "_".join((speaker, name, "9", *rest))


def split_of(corpus: Path) -> dict[str, str]:
    """The split of every recording."""
    rows = (corpus / SPLIT_FILE).read_text(encoding="utf-8").split()[1:]
    return {name: split for name, _, split in (row.partition(",") for row in rows)}


def files_of(corpus: Path, recording: str) -> Iterator[Path]:
    """Every file of one recording: its name, then a full stop or an underscore and a word."""
    for path in corpus.glob(f"*/{recording}*"):
        rest = path.name.removeprefix(recording)
        if rest.startswith(".") or rest[1:2].isalpha():
            yield path


def join(known: Path, unseen: Path, out: Path) -> int:
    """Link both into ``out``; returns how many recordings it has."""
    taken = {name: (known, name, "train") for name, s in split_of(known).items() if s == "train"}
    taken |= {renamed(name): (unseen, name, "test") for name in split_of(unseen)}
    for name, (corpus, old, _) in taken.items():
        for path in files_of(corpus, old):
            link = out / path.parent.name / (name + path.name.removeprefix(old))
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.exists():
                link.symlink_to(os.path.relpath(path.resolve(), link.parent.resolve()))
    rows = [f"{name},{split}" for name, (_, _, split) in taken.items()]
    (out / SPLIT_FILE).write_text("\n".join(("id,type", *rows, "")), encoding="utf-8")
    return len(taken)


def main() -> None:
    """Join two corpora."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("known", type=Path)
    parser.add_argument("unseen", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    count = join(asked.known, asked.unseen, asked.out)
    sys.stdout.write(f"{count} recordings in {asked.out}\n")


if __name__ == "__main__":
    main()
