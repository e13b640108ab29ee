"""Every request has an id, is counted, and leaves one line."""

import pytest
from structlog.testing import capture_logs

from annotations.database import Database
from annotations.job_repository import JobRepository
from service.app import create_app
from service.engine import prepare_engine
from service.request_log import UNMATCHED, given_or_new
from service.settings import Settings
from tests.service.serving import served
from tests.service.world import send, words_json

KEY = "chironomia_this-is-not-a-key-but-looks-like-one-000"


@pytest.fixture(scope="module")
def served_alone(tmp_path_factory):
    """The API alone, and where its jobs are."""
    settings = Settings(home=tmp_path_factory.mktemp("log"), weights="/nowhere")
    with served(settings) as client, Database.open(settings.database) as database:
        yield client, database


@pytest.fixture
def lines():
    """Log lines of the test, as they are made."""
    with capture_logs() as lines:
        yield lines


def of_requests(lines) -> list[dict]:
    return [line for line in lines if line["event"] == "request"]


def test_the_id_of_the_caller_is_kept_answered_logged_and_stored_with_the_job(served_alone, lines):
    client, database = served_alone
    answer = send(client, words=words_json(), headers={"X-Request-Id": "studio-7.take_2"})
    assert answer.headers["X-Request-Id"] == "studio-7.take_2"
    with database.reading() as session:
        job = JobRepository(session).get(answer.json()["id"])
    client.post(answer.json()["links"]["cancel"])
    assert job.request_id == "studio-7.take_2"
    line = of_requests(lines)[0]
    assert line["method"] == "POST"
    assert line["route"] == "/v1/gestures"
    assert line["status"] == 202
    assert line["seconds"] > 0


@pytest.mark.parametrize(
    "given", ["short", "x" * 129, "with blank in it", "ünïcödé-id-1", "-front-x"]
)
def test_an_id_that_is_none_is_replaced(given):
    assert given_or_new(given) != given
    assert given_or_new(None) != given_or_new(None)
    assert given_or_new("a-good-id") == "a-good-id"


def test_refusals_before_any_route_have_an_id_as_well(served_alone, lines):
    client, _ = served_alone
    answer = client.get("/v1/info", headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 401
    assert len(answer.headers["X-Request-Id"]) == 32
    [line] = of_requests(lines)
    assert (line["route"], line["status"], line["code"]) == (UNMATCHED, 401, "key_unknown")
    assert KEY not in str(lines)


def test_the_line_names_the_template_of_the_route_and_no_query(served_alone, lines):
    client, _ = served_alone
    client.get("/v1/jobs/no-such-job", params={"wait": 0, "token": KEY})
    client.get(f"/made/up/{'x' * 50}")
    known, unknown = of_requests(lines)
    assert known["route"] == "/v1/jobs/{job_id}"
    assert unknown["route"] == UNMATCHED
    assert KEY not in str(lines)


def test_machines_that_ask_for_health_leave_no_line_of_weight(served_alone, lines):
    client, _ = served_alone
    for path in ("/healthz", "/readyz", "/metrics"):
        client.get(path)
    assert {line["log_level"] for line in of_requests(lines)} == {"debug"}


def test_our_own_bug_is_answered_logged_and_counted_under_the_id(tmp_path, lines):
    from starlette.testclient import TestClient

    settings = Settings(home=tmp_path, weights="/nowhere")
    with Database.open(settings.database) as database:
        prepare_engine(settings)
        app = create_app(settings, database)

        @app.get("/healthz/bug")
        def bug() -> None:
            raise RuntimeError("on purpose")

        with TestClient(app, raise_server_exceptions=False, client=("127.0.0.1", 1)) as client:
            client.headers["Host"] = "127.0.0.1"
            answer = client.get("/healthz/bug", headers={"X-Request-Id": "the-request-with-a-bug"})
            exposed = client.get("/metrics").text
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] == "the-request-with-a-bug"
    assert answer.headers["Connection"] == "close"
    assert answer.json()["error"]["code"] == "unexpected"
    # a service of other tests may still be telling of its last request
    own = [line["status"] for line in of_requests(lines) if line["path"] == "/healthz/bug"]
    assert own == [500]
    assert 'requests_total{method="GET",route="/healthz/bug",status="500"} 1.0' in exposed
