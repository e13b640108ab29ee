"""Parts of a result file, and answers to those who have it already."""

import pytest


def test_a_part_of_a_result_is_sent_only_of_the_file_that_is_meant(service, done):
    link, whole = done["links"]["bvh"], service.get(done["links"]["bvh"])
    tag = whole.headers["ETag"]

    def part(asked: str, **more):
        return service.get(link, headers={"Range": asked, **more})

    same, other = part("bytes=0-3", **{"If-Range": tag}), part("bytes=0-3", **{"If-Range": '"x"'})
    assert (same.status_code, same.content) == (206, whole.content[:4])
    assert same.headers["Content-Range"] == f"bytes 0-3/{len(whole.content)}"
    assert (other.status_code, other.content) == (200, whole.content)
    assert part("bytes=-5").content == whole.content[-5:]
    assert part("lines=0-3").status_code == 200
    assert part("bytes=0-1,4-5").headers["Content-Type"].startswith("multipart/byteranges")
    assert "immutable" in whole.headers["Cache-Control"]


@pytest.mark.parametrize(
    "asked", ["bytes=999999999-", "bytes=5-2", "bytes=a-b", "bytes=", "bytes=-0"]
)
def test_a_part_that_is_not_there_is_refused_with_the_size_of_the_file(service, done, asked):
    answer = service.get(done["links"]["bvh"], headers={"Range": asked})
    size = len(service.get(done["links"]["bvh"]).content)

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{size}"
    assert answer.json()["error"]["field"] == "Range"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_whoever_names_what_it_has_gets_no_file(service, done, form):
    tag = service.get(done["links"]["bvh"]).headers["ETag"]
    answer = service.get(done["links"]["bvh"], headers={"If-None-Match": form.format(tag)})
    assert (answer.status_code, answer.headers["ETag"]) == (304, tag)
