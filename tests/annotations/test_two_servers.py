"""Several processes on one database, writing and reading at once: nothing is lost or locked."""

import multiprocessing
import random
import threading

import pytest

from annotations.curation import Curation
from annotations.curation_errors import DuplicateRecordingError
from annotations.curation_records import Change, Comment, ExemplarFilter, Flag, Wanted
from annotations.database import Database
from annotations.exemplar_queries import ExemplarQueries
from annotations.records import StoredRecording
from annotations.repository import Repository
from tests.annotations.stored import BOTH, NAME, RECORDING, store
from tests.databases import KINDS, empty_database

SERVERS, EDITS = 3, 40
CORPUS = RECORDING.corpus


@pytest.fixture(params=KINDS)
def url(request, tmp_path):
    with empty_database(request.param, tmp_path) as url:
        yield url


def serve(url: str, name: str, seed: int, answers) -> None:
    """Edit and read in turn, as a server does; the versions of the edits, or what went wrong."""
    rng, versions = random.Random(seed), []
    try:
        with Database.open(url) as database:
            for number in range(EDITS):
                with database.session() as session:
                    change = Change(rng.choice((1, 2, 3)), Comment(f"{name} {number}"))
                    versions.append(Curation(session, name).apply([change]).version)
                with database.reading() as session:
                    queries = ExemplarQueries(session)
                    page = queries.page(ExemplarFilter(), Wanted(facets=True))
                    assert page.version >= versions[-1]
                    assert {row.seq for row in page.rows} <= set(range(1, page.version + 1))
        answers.put((name, versions))
    except Exception as error:  # noqa: BLE001  told to the test, whatever it is
        answers.put((name, repr(error)))


def test_servers_on_one_database_lose_no_edit_and_never_find_it_locked(url):
    with Database.open(url) as database:
        store(database, BOTH)
    spawned = multiprocessing.get_context("spawn")
    answers = spawned.Queue()
    servers = [
        spawned.Process(target=serve, args=(url, f"server {n}", n, answers)) for n in range(SERVERS)
    ]
    for server in servers:
        server.start()
    told = dict(answers.get(timeout=60) for _ in servers)
    for server in servers:
        server.join()

    assert all(isinstance(versions, list) for versions in told.values()), told
    made = sorted(version for versions in told.values() for version in versions)
    with Database.open(url) as database, database.reading() as session:
        events = Repository(session).versions.events(after=1)
        histories = [ExemplarQueries(session).history(each) for each in (1, 2, 3)]
    assert [event.seq for event in events] == made
    assert len(made) == len(set(made)) == SERVERS * EDITS
    for event in events:
        assert event.seq in told[event.event.actor]
    for history in histories:
        assert [each.change.after.revision for each in history] == [*range(1, len(history) + 1)]
        for earlier, later in zip(history, history[1:], strict=False):
            assert later.change.before == earlier.change.after


def test_two_builds_at_once_wait_for_each_other(url):
    """One stores a recording, the other leaves recordings out: both write the same rows."""
    problems = []

    def build(leave_out: bool) -> None:
        try:
            for _ in range(15):
                with database.session() as session:
                    repository = Repository(session)
                    if leave_out:
                        repository.leave_out(CORPUS, [])
                    else:
                        repository.put_recording(RECORDING)
                        started.wait(0.02)
                        repository.cut(NAME, "motion", BOTH)
        except Exception as error:  # noqa: BLE001  told to the test, whatever it is
            problems.append(error)

    started = threading.Event()
    with Database.open(url) as database:
        store(database, BOTH)
        threads = [threading.Thread(target=build, args=(each,)) for each in (True, False)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert problems == []


def test_an_edit_sees_what_another_server_confirmed_just_before(url):
    with Database.open(url) as one, Database.open(url) as two:
        store(one, BOTH)
        for number in range(10):
            writer, reader = (one, two) if number % 2 else (two, one)
            with writer.session() as session:
                flag = Flag(add=(f"x-{number}",))
                outcome = Curation(session, "rosa").apply([Change(1, flag)])
            with reader.reading() as session:
                facts = ExemplarQueries(session).facts(1)
            assert facts == outcome.rows[0].after
            assert len(facts.quality) == number + 2


def test_a_recording_of_another_corpus_is_refused_whichever_server_came_first(url):
    with Database.open(url) as one, Database.open(url) as two:
        store(one, BOTH)
        with two.session() as session, pytest.raises(DuplicateRecordingError, match="/elsewhere"):
            Repository(session).put_recording(
                StoredRecording(NAME, "/elsewhere", 1, "scott", "train", indexed=True)
            )
