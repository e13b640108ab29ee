"""A worker that is killed: another goes on where it was."""

import io
import signal
import zipfile

from annotations.database import Database
from service.storage import Storage
from tests.service.serving import served, wait_until
from tests.service.two_workers import WINDOWS, batches, row, sampled, sent, workers
from tests.service.world import finished


def arrays_of(client, job: str) -> dict[str, bytes]:
    """The members of the npz, to the bit; its comment names the job."""
    content = client.get(f"/v1/jobs/{job}/result.npz").raise_for_status().content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_another_worker_goes_on_where_a_killed_one_was(shared):
    with (
        served(shared) as client,
        Database.open(shared.database) as database,
        workers(shared, "one", "two") as both,
    ):
        job = sent(client)
        wait_until(lambda: len(batches(shared, job)) >= 2)
        killed = next(each for each in both if each.name == row(database, job).worker)
        (other,) = (each for each in both if each is not killed)
        killed.tell(signal.SIGKILL)
        killed.process.wait()
        kept = batches(shared, job)
        ended = finished(client, job)

        assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
        assert row(database, job).worker == other.name
        assert 2 <= len(kept) < 8, "it was killed too late for this test to mean anything"
        assert sampled(killed) + sampled(other) == WINDOWS
        assert sampled(other) > 0
        assert not Storage(shared.home).windows(job).exists()

        undisturbed = sent(client)
        assert finished(client, undisturbed)["attempt"] == 1
        assert sampled(killed) + sampled(other) == 2 * WINDOWS
        assert arrays_of(client, job) == arrays_of(client, undisturbed)
