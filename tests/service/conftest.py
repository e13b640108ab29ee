"""One tiny world and one real service for all tests of the service."""

import pytest

from service.settings import Settings
from service.supervisor import Supervisor
from tests.databases import KINDS
from tests.service.serving import served, wait_until
from tests.service.two_workers import shared_service
from tests.service.world import make_world, send, spoken, words_json


@pytest.fixture(scope="session")
def settings(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def supervisor(settings):
    """A real worker in a process of its own, kept alive."""
    given_up = []
    with Supervisor(settings, lambda: given_up.append(True)) as supervisor:
        yield supervisor
    assert not given_up


@pytest.fixture(scope="session")
def service(settings, supervisor):
    """The whole service, ready."""
    del supervisor
    with served(settings) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        yield client


@pytest.fixture(scope="session")
def desk(tmp_path_factory):
    """The API alone: nobody takes its jobs."""
    settings = Settings(
        home=tmp_path_factory.mktemp("desk"), weights="/nowhere", queue_jobs=3, tts="off"
    )
    with served(settings) as client:
        yield client


@pytest.fixture
def empty_desk(desk):
    """The API alone, its queue empty again afterwards."""
    jobs = []
    yield lambda **given: jobs.append(send(desk, **given)) or jobs[-1]
    for answer in jobs:
        if answer.status_code == 202:
            desk.post(answer.json()["links"]["cancel"])


@pytest.fixture(scope="session")
def done(service):
    """A job that has succeeded: sound, timed words, one seed."""
    answer = send(
        service,
        sound=spoken(6.0),
        words=words_json(6.0),
        options={"sampling": {"steps": 4, "seed": 7}},
        headers={"Prefer": "wait=100"},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module", params=KINDS)
def shared(request, settings, tmp_path_factory):
    """A service whose workers a module's tests share, over a database of either kind."""
    with shared_service(request.param, settings, tmp_path_factory.mktemp("shared")) as shared:
        yield shared


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Show the last lines of its workers beside a test that failed."""
    report = yield
    shared = getattr(item, "funcargs", {}).get("shared")
    if call.when == "call" and report.failed and shared is not None:
        report.sections.append(("its workers", shared.crew.told()))
    return report
