"""``python -m indexing.demo demo`` rewrites what the project ships: a small corpus and a talk."""

import logging
import shutil
import sys
from pathlib import Path

from indexing.demo.corpus import SHIPPED, write_demo_corpus, write_sample_talk
from indexing.demo.speakers import SPEAKERS


def main(folder: Path) -> None:
    """Replace ``corpus`` and ``talk`` in a folder."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    log = logging.getLogger(__name__)
    for name in ("corpus", "talk"):
        shutil.rmtree(folder / name, ignore_errors=True)
    write_demo_corpus(
        folder / "corpus", SHIPPED, lambda done, total: log.info("recording %d of %d", done, total)
    )
    write_sample_talk(folder / "talk", SPEAKERS[0])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m indexing.demo FOLDER")
    main(Path(sys.argv[1]))
