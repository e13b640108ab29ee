"""Downloads of results that break off, are damaged, or are not there."""

import asyncio

import pytest

from chironomia import (
    AsyncClient,
    Client,
    DamagedDownloadError,
)
from chironomia.reading import read_record
from chironomia.records import Job
from tests.chironomia.nasty import Nasty, Say, Seen, nasty
from tests.chironomia.test_client import CONTENT, DIGEST, DONE, QUICK, both


def downloaded(server: Nasty, kind: str, path) -> None:
    job = read_record(Job, DONE)
    if kind == "sync":
        with Client(server.url, retry=QUICK) as client:
            assert client.download(job, "glb", path) == path
            return

    async def fetched() -> None:
        async with AsyncClient(server.url, retry=QUICK) as client:
            assert await client.download(job, "glb", path) == path

    asyncio.run(fetched())


def ranged(_server: Nasty, seen: Seen) -> Say:
    """A file server that cuts every body after 9,000 bytes."""
    start = int(seen.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
    status = 206 if "range" in seen.headers else 200
    return Say(status, CONTENT[start:], {"etag": f'"{DIGEST}"'}, cut=9_000)


@both
def test_a_download_goes_on_where_it_broke_off(kind, tmp_path):
    path = tmp_path / "deep" / "motion.glb"
    with nasty(answer=ranged) as server:
        downloaded(server, kind, path)
        asked = [each.headers.get("range") for each in server.seen]
        downloaded(server, kind, path)
        assert len(server.seen) == len(asked), "what is there was fetched again"
    assert path.read_bytes() == CONTENT
    assert asked == [None, "bytes=9000-", "bytes=18000-", "bytes=27000-"]
    assert [each.name for each in path.parent.iterdir()] == ["motion.glb"]


@both
def test_a_download_that_a_killed_program_began_is_finished(kind, tmp_path):
    path = tmp_path / "motion.glb"
    (tmp_path / f".motion.glb.{DIGEST[:16]}.part").write_bytes(CONTENT[:20_000])
    with nasty(answer=ranged) as server:
        downloaded(server, kind, path)
    assert path.read_bytes() == CONTENT
    assert server.seen[0].headers["range"] == "bytes=20000-"


@both
def test_a_damaged_download_never_appears(kind, tmp_path):
    path = tmp_path / "motion.glb"
    wrong = Say(200, CONTENT[:-1] + b"x", {"etag": f'"{DIGEST}"'})
    with nasty(wrong) as server, pytest.raises(DamagedDownloadError, match=DIGEST[:10]):
        downloaded(server, kind, path)
    assert list(tmp_path.iterdir()) == []


def test_a_result_that_is_not_there_is_told_with_those_that_are(tmp_path):
    with Client("http://127.0.0.1:9") as client, pytest.raises(ValueError, match="there are glb"):
        client.download(read_record(Job, DONE), "bvh", tmp_path / "x.bvh")
