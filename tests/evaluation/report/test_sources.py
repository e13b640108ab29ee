import shutil

import pytest

from evaluation.report.sources import ReportError, find_results, open_reference
from tests.evaluation.report.worlds import IDS, write_reference, write_system


def names(found):
    return [result.id for result in found.results]


def test_a_corpus_gives_its_recordings_with_sound_and_tiers(tmp_path):
    takes = open_reference(write_reference(tmp_path / "corpus"))

    assert tuple(takes) == IDS
    assert all(take.sound and take.tiers.sem and take.tiers.textgrid for take in takes.values())


def test_a_folder_that_holds_the_corpus_is_enough(tmp_path):
    write_reference(tmp_path / "beat_english_v2.0.0")
    assert tuple(open_reference(tmp_path)) == IDS


def test_recordings_without_sound_still_have_motion(tmp_path):
    takes = open_reference(write_reference(tmp_path / "corpus", sound=False))

    assert tuple(takes) == IDS
    assert all(take.sound is None for take in takes.values())


def test_a_plain_folder_of_npz_and_wav_is_a_reference(tmp_path):
    corpus = write_reference(tmp_path / "corpus")
    plain = tmp_path / "plain"
    plain.mkdir()
    for path in [*corpus.rglob("*.npz"), *list(corpus.rglob("*.wav"))[:1]]:
        shutil.copy(path, plain)

    takes = open_reference(plain)

    assert tuple(takes) == IDS
    assert sum(take.sound is not None for take in takes.values()) == 1


def test_no_folder_and_an_empty_one_are_named(tmp_path):
    with pytest.raises(ReportError, match="no folder at"):
        open_reference(tmp_path / "nothing")
    with pytest.raises(ReportError, match="holds no motion"):
        open_reference(tmp_path)


@pytest.mark.parametrize(
    "path",
    [
        "{id}.npz",
        "res_{id}.npz",
        "mambatalk_{id}.npz",
        "{id}_seed0.npz",
        "{id}/motion.npz",
        "{id}/pred_motion.npz",
        "{id}/seed 3/motion.npz",
        "deep/{id}.npz",
    ],
)
def test_results_are_matched_by_the_name_of_file_or_folder(tmp_path, path):
    for name in IDS:
        file = tmp_path / path.format(id=name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()

    found = find_results(tmp_path, IDS)

    assert names(found) == list(IDS)
    assert found.unmatched == ()


def test_ids_that_begin_alike_are_kept_apart(tmp_path):
    for name in ("2_scott_0_1_1", "2_scott_0_1_10", "12_scott_0_1_1"):
        (tmp_path / f"{name}.npz").touch()

    found = find_results(tmp_path, ["2_scott_0_1_1", "2_scott_0_1_10"])

    assert names(found) == ["2_scott_0_1_1", "2_scott_0_1_10"]
    assert [result.motions[0].stem for result in found.results] == names(found)
    assert found.unmatched == ("12_scott_0_1_1.npz",)


def test_real_motion_beside_results_is_no_result(tmp_path):
    for head in ("gt_", "res_"):
        (tmp_path / f"{head}{IDS[0]}.npz").touch()

    (result,) = find_results(tmp_path, IDS).results

    assert [path.name for path in result.motions] == [f"res_{IDS[0]}.npz"]


def test_several_motions_of_a_recording_are_its_seeds(tmp_path):
    for seed in (2, 1, 3):
        file = tmp_path / f"seed{seed}" / f"{IDS[0]}.npz"
        file.parent.mkdir()
        file.touch()

    (result,) = find_results(tmp_path, IDS).results

    assert [path.parent.name for path in result.motions] == ["seed1", "seed2", "seed3"]


def test_a_sound_beside_the_motion_is_found(tmp_path):
    write_system(tmp_path, head="res_")
    (tmp_path / f"res_{IDS[0]}.wav").touch()
    (tmp_path / f"{IDS[1]}.wav").touch()

    sounds = [result.sound for result in find_results(tmp_path, IDS).results]

    assert [sound.name if sound else None for sound in sounds] == [
        f"res_{IDS[0]}.wav",
        f"{IDS[1]}.wav",
        None,
    ]


def test_no_match_at_all_says_how_to_name_files(tmp_path):
    (tmp_path / "take7.npz").touch()
    with pytest.raises(ReportError, match=r"found take7\.npz.*name files by recording"):
        find_results(tmp_path, IDS)
