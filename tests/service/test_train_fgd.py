import pytest
import typer
from typer.testing import CliRunner

from evaluation.fgd_weights import load_encoder
from service.commands.train_fgd import fgd
from tests.annotations.small_corpus import write_corpus


@pytest.fixture
def corpus(tmp_path):
    return write_corpus(tmp_path / "corpus")


def run(*arguments):
    app = typer.Typer()
    app.command()(fgd)
    return CliRunner().invoke(app, [*map(str, arguments), "--epochs", "1", "--device", "cpu"])


def test_the_command_writes_an_encoder_that_says_what_it_saw(corpus, tmp_path):
    done = run(corpus, tmp_path / "fgd")

    assert done.exit_code == 0, done.output
    encoder = load_encoder(tmp_path / "fgd")
    assert encoder.name == "own encoder of corpus, 1 epochs"
    assert encoder.id in done.output.replace("\n", " ")
    assert encoder.network.encoder.features == 240


def test_the_same_seed_writes_the_same_encoder_and_another_another(corpus, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert run(corpus, tmp_path / name, "--seed", seed).exit_code == 0

    first, again, other = (load_encoder(tmp_path / name).checksum for name in "abc")
    assert first == again != other


def test_a_split_without_motion_is_named(corpus, tmp_path):
    done = run(corpus, tmp_path / "fgd", "--split", "val")
    assert isinstance(done.exception, ValueError)
    assert "no recording with motion in val" in str(done.exception)


def test_recordings_of_several_splits_are_taken(corpus, tmp_path):
    done = run(corpus, tmp_path / "fgd", "--split", "train", "--split", "test")
    assert done.exit_code == 0, done.output
    assert '"recordings": 2' in (tmp_path / "fgd" / "config.json").read_text()
