"""How many workers a server keeps, and how they share its cores."""

import pytest

from service.crew import workers_of
from service.settings import Settings
from service.supervisor import Supervisor


@pytest.mark.parametrize(
    ("asked", "cores", "expected"),
    [(None, 1, 1), (None, 2, 1), (None, 4, 2), (None, 64, 4), (1, 64, 1), (12, 2, 12)],
)
def test_cores_say_how_many_workers_unless_the_settings_do(asked, cores, expected):
    assert workers_of(Settings(workers=asked), cores) == expected


def test_each_worker_has_a_name_and_its_share_of_the_cores(settings, monkeypatch):
    started = []
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(
        "subprocess.Popen", lambda command, env, **_: started.append((command, env))
    )
    for place in range(2):
        Supervisor(
            settings.model_copy(update={"worker_name": "desk"}), lambda: None, place, threads=3
        )

    assert [env["CHIRONOMIA_WORKER_NAME"] for _, env in started] == ["desk", "desk-2"]
    assert [env["OMP_NUM_THREADS"] for _, env in started] == ["3", "3"]
    assert [command[-2:] for command, _ in started] == [["--place", "0"], ["--place", "1"]]
