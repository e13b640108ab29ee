"""The commands that a reader types, one after the other, on a tiny corpus."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
import torch

from motion.files import read_npz, write_npz
from motion.parts import Part
from service import cli
from tests.indexing.tiny_corpus import SCOTT, write_corpus


@pytest.fixture
def command(monkeypatch, capsys):
    """Run a command as a shell would; it must succeed. Returns what it printed."""

    def run(*arguments: object) -> str:
        monkeypatch.setattr("sys.argv", ["chironomia", *map(str, arguments)])
        with suppress(SystemExit):
            cli.main()
        shown = capsys.readouterr()
        assert "error" not in shown.err.lower(), shown.err
        return shown.out

    return run


def lively(corpus: Path) -> Path:
    """Every joint and the face move a little: no network can be fitted to a body at rest."""
    drawn = torch.Generator().manual_seed(0)
    for path in sorted((corpus / "smplxflame_30").iterdir()):
        motion = read_npz(path)
        for each in (motion.poses, motion.translation, motion.expression):
            each += 0.01 * torch.randn(each.shape, generator=drawn)
        write_npz(motion, path)
    return corpus


def test_from_a_corpus_to_trained_weights_to_gestures_to_numbers(command, tmp_path):
    corpus = lively(write_corpus(tmp_path / "corpus"))
    prepared, trained, weights = (tmp_path / name for name in ("prepared", "run", "weights"))
    talk = corpus / "wave16k" / f"{SCOTT}.wav"
    words = corpus / "textgrid" / f"{SCOTT}.TextGrid"
    brief = ("--steps", 2, "--batch", 2, "--device", "cpu")
    lying = ("--home", tmp_path / "home", "--weights", weights)

    command("train", "prepare", corpus, prepared, "--stride-seconds", 4)
    for part in Part:
        shown = command(
            "train", "vae", prepared, trained, "--part", part, "--latent-dim", 8, *brief
        )
        assert "train" in shown
    command("train", "denoiser", prepared, trained, weights, "--width", 32, *brief)
    built = command("index", "build", corpus, *lying)
    made = ("--words", words, "--out", tmp_path / "out", "--no-preview", *lying)
    told = command("generate", talk, *made, "--options", '{"sampling": {"steps": 4}}')
    report = tmp_path / "insertion.json"
    command("evaluate", "insertion", talk, "--words", words, "--out", report, *lying)

    assert "exemplars of 3 recordings" in built
    assert "What was retrieved where and why" in told
    assert len(read_npz(tmp_path / "out" / "motion.npz")) == 22 * 30
    assert "wrists" in json.loads(report.read_text())["without"]
