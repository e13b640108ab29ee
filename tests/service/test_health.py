"""What the service tells of itself."""


def test_the_process_answers_even_without_a_worker(desk):
    assert desk.get("/healthz").json()["ok"] is True


def test_a_service_without_a_worker_is_not_ready(desk):
    answer = desk.get("/readyz")
    assert answer.status_code == 503
    assert "no worker" in answer.json()["problems"][0]
    assert desk.get("/v1/info").json()["ready"] is False


def test_a_service_with_a_worker_is_ready(service):
    assert service.get("/readyz").json() == {"ok": True, "problems": []}


def test_the_service_publishes_what_it_runs_its_limits_and_every_option(service, done):
    told = service.get("/v1/info").json()

    assert told["ready"] is True
    assert told["weights_id"] == done["weights_id"]
    assert told["index_version"] >= done["index_version"], "others may have edited it since"
    assert told["limits"]["max_seconds"] == 200.0
    assert told["limits"]["speakers"] == list(range(25))
    definitions = told["options"]["$defs"]
    assert "guide" in definitions["SamplingOptions"]["properties"]["mode"]["enum"]
    assert "candidates" in definitions["RetrievalOptions"]["properties"]
