from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from structlog.testing import capture_logs

from diffusion.inversion import TrajectoryError
from indexing.trajectories import TrajectoryStore, discard_trajectories
from tests.indexing.tiny_corpus import trajectory

KEY = "2_scott_0_1_1@5.000"


@pytest.fixture
def store(tmp_path):
    return TrajectoryStore(tmp_path, "fake-weights")


def test_a_stored_trajectory_comes_back_the_same(store):
    assert store.get(KEY) is None
    assert store.put(KEY, trajectory(1.0))
    found = store.get(KEY)

    torch.testing.assert_close(found.latents, trajectory(1.0).latents, rtol=0, atol=0)
    assert found.latents.dtype == torch.float16
    assert (found.timesteps, found.weights_id) == ((10, 500), "fake-weights")


def test_the_first_one_stays(store):
    assert store.put(KEY, trajectory(1.0))
    assert not store.put(KEY, trajectory(2.0))
    assert store.get(KEY).clean[0, 0, 0] == 1.0


def test_missing_windows_are_named_once_and_in_order(store):
    store.put("b", trajectory(1.0))
    assert store.missing(["c", "b", "a", "c"]) == ("c", "a")


@pytest.mark.parametrize(
    "key", ["../out", "..", "", "a/b", "ü ?*[x]", "x" * 500, ".hidden", "C:\\x"]
)
def test_any_key_names_a_file_inside_the_folder(tmp_path, key):
    store = TrajectoryStore(tmp_path / "in", key)
    assert store.put(key, trajectory(1.0, key))

    assert store.get(key).weights_id == key
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert files[0].parent.parent == tmp_path / "in"


def test_weights_are_never_mixed(store, tmp_path):
    with pytest.raises(TrajectoryError, match="other-weights"):
        store.put(KEY, trajectory(1.0, "other-weights"))
    store.put(KEY, trajectory(1.0))
    assert TrajectoryStore(tmp_path, "other-weights").get(KEY) is None


@pytest.mark.parametrize("damage", ["cut", "empty", "noise"])
def test_a_damaged_file_counts_as_absent_and_is_replaced(store, tmp_path, damage):
    store.put(KEY, trajectory(1.0))
    (path,) = tmp_path.rglob("*.safetensors")
    content = path.read_bytes()
    damaged = {"cut": content[:-7], "empty": b"", "noise": b"\x07" * 500}
    path.write_bytes(damaged[damage])

    with capture_logs() as logs:
        assert store.get(KEY) is None
    assert logs[0]["log_level"] == "warning"
    assert store.missing([KEY]) == (KEY,)
    assert store.put(KEY, trajectory(2.0))
    assert store.get(KEY).clean[0, 0, 0] == 2.0


def test_discarding_forgets_what_every_weights_made_of_a_window(tmp_path):
    stores = [TrajectoryStore(tmp_path, name) for name in ("a", "b")]
    for store in stores:
        store.put(KEY, trajectory(1.0, store.weights_id))
        store.put("kept", trajectory(1.0, store.weights_id))

    discard_trajectories(tmp_path, [KEY, "never stored"])
    assert [store.missing([KEY, "kept"]) for store in stores] == [(KEY,), (KEY,)]


def test_many_writers_leave_one_whole_file(store, tmp_path):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: store.put(KEY, trajectory(3.0)), range(32)))

    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".safetensors"]
    assert store.get(KEY).clean[0, 0, 0] == 3.0
