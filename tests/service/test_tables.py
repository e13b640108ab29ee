"""Exemplars as tables: out, edited, and in again."""

import csv
import io
from dataclasses import replace

import pyarrow
import pytest
from pyarrow import parquet

from annotations.curation import Curation
from annotations.curation_errors import EditConflictError
from annotations.curation_records import Change, Comment, ExemplarFilter
from annotations.database import Database
from annotations.exchange import export_rows
from annotations.exemplar_queries import ExemplarQueries
from service.routes.tables import Asked
from service.writes import Writing
from tests.service.curated import curated, head, one, patch
from tests.service.serving import served

IMPORT = "/v1/exemplars/import"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with served(curated(tmp_path_factory.mktemp("tables"), max_upload_bytes=100_000)) as client:
        yield client


@pytest.fixture
def client(service):
    """The store, and afterwards as it was."""
    before = head(service)
    yield service
    for seq in range(head(service), before, -1):
        service.post(f"/v1/versions/{seq}/undo").raise_for_status()


def export(client, form: str, **wanted) -> bytes:
    answer = client.get(f"/v1/exemplars/export.{form}", params=wanted).raise_for_status()
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    return answer.content


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def table_of(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def send(client, content: bytes, **fields):
    return client.post(IMPORT, files={"file": ("table.csv", content)}, data=fields)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_export_sent_back_changes_nothing(client, form):
    before = head(client)
    answer = send(client, export(client, form))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["version"], answer.json()["total"]) == (None, 0)
    assert head(client) == before


def test_an_export_has_the_rows_of_its_filter_and_version(client):
    old = head(client)
    exemplar, headers = one(client, word="huge")
    patch(client, exemplar, headers, {"operation": "reword", "word": "vast"}).raise_for_status()

    answer = client.get("/v1/exemplars/export.csv", params={"label": "iconic", "version": old})
    assert [row["word"] for row in rows_of(answer.content)] == ["huge"]
    assert answer.headers["Index-Version"] == str(old)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="exemplars-{old}.csv"'
    table = parquet.read_table(io.BytesIO(export(client, "parquet")))
    assert sorted(table["word"].to_pylist()) == sorted(
        row["word"] for row in client.get("/v1/exemplars").json()["exemplars"]
    )


def test_an_edited_table_is_tried_dry_and_then_made_in_one_transaction(client):
    before = head(client)
    rows = rows_of(export(client, "csv", kind="gesture"))
    for row in rows:
        row["quality"] = "favourite"
    rows[0]["label"] = rows[0]["sense"] = "deictic"
    rows[1]["removed"] = "true"
    table = table_of(rows)

    dry = send(client, table, dry_run="true")
    assert (dry.json()["total"], dry.json()["version"]) == (4, None)
    assert head(client) == before
    done = send(client, table, reason="the spring clean")
    assert (done.json()["total"], done.json()["version"]) == (4, before + 1)
    assert done.json()["event"]["reason"] == "the spring clean"
    found = client.get("/v1/exemplars", params={"quality": "favourite"}).json()
    assert found["total"] == 3
    again = rows_of(export(client, "csv", kind="gesture"))
    assert {row["quality"] for row in again} == {"favourite"}


def test_a_table_of_few_columns_edits_only_those(client):
    exemplar, _ = one(client, word="rose")
    table = pyarrow.table({"id": [exemplar["id"]], "comment": ["a fine beat"]})
    sink = io.BytesIO()
    parquet.write_table(table, sink)

    answer = client.post(IMPORT, files={"file": ("edits.parquet", sink.getvalue())})

    assert answer.status_code == 200, answer.text
    now, _ = one(client, word="rose")
    changed = {name for name in now if now[name] != exemplar[name]}
    assert changed == {"comment", "revision", "seq"}


def test_an_import_repeated_under_its_key_is_done_once(client):
    exemplar, _ = one(client, word="rose")
    first, second = (
        client.post(
            IMPORT,
            files={"file": ("t.csv", f"id,comment\n{exemplar['id']},{text}\n".encode())},
            headers={"Idempotency-Key": "table"},
        )
        for text in ("once", "once")
    )
    other = client.post(
        IMPORT,
        files={"file": ("t.csv", f"id,comment\n{exemplar['id']},twice\n".encode())},
        headers={"Idempotency-Key": "table"},
    )
    assert second.json() == first.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert other.status_code == 409


def test_a_row_that_was_passed_by_refuses_the_whole_table(client):
    table = export(client, "csv").replace(b"because", b"since")
    exemplar, headers = one(client, word="huge")
    patch(client, exemplar, headers, {"operation": "comment", "text": "faster"})
    rows = rows_of(table)
    for row in rows:
        row["comment"] = "slower"
    before = head(client)

    answer = send(client, table_of(rows))

    assert answer.status_code == 412
    detail = answer.json()["error"]["detail"]
    assert (detail["yours"]["comment"], detail["theirs"]["comment"]) == ("slower", "faster")
    assert head(client) == before


def test_bad_cells_are_listed_by_row_and_column(client):
    before = head(client)
    rows = rows_of(export(client, "csv"))
    rows[0]["start_seconds"] = "soon"
    rows[1]["label"] = rows[1]["sense"] = "nonsense"
    rows[2]["id"] = "12345"

    answer = send(client, table_of(rows))

    assert answer.status_code == 422
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == ("import_invalid", "file")
    assert error["detail"]["total"] == 3
    places = {(cell["row"], cell["column"]) for cell in error["detail"]["cells"]}
    assert {(1, "start_seconds"), (3, "id")} < places
    assert head(client) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "column id"),
        (b"word\nhuge\n", "column id"),
        (b"id,colour\n1,red\n", "column id"),
        (b"id,word\n1\n", "2 columns"),
        (b"PAR1 is how it begins", "Parquet"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b'id,word\n1,"huge\n', "CSV"),
    ],
)
def test_what_is_no_table_is_refused(client, content, said):
    answer = send(client, content)
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["error"]["limit"]


def test_an_import_is_a_file_of_a_known_size_and_nothing_else(client):
    missing = client.post(IMPORT, data={"reason": "x"})
    unknown = send(client, b"id\n", dryrun="true")
    large = send(client, b"id\n" + b"1\n" * 60_000)
    assert (missing.status_code, missing.json()["error"]["field"]) == (422, "file")
    assert (unknown.status_code, unknown.json()["error"]["field"]) == (422, "dryrun")
    assert (large.status_code, large.json()["error"]["limit"]) == (413, "100000 bytes")
    assert client.get("/v1/exemplars/export.xlsx").status_code == 422


class Meanwhile(io.BytesIO):
    """A table during whose reading somebody else does something."""

    def __init__(self, content: bytes, act) -> None:
        super().__init__(content)
        self.act = act

    def readable(self) -> bool:
        if self.act is not None:
            act, self.act = self.act, None
            act()
        return True


def test_others_write_while_a_large_table_is_compared_and_are_seen_by_it(tmp_path):
    """A write at a time: the jobs of everybody else would wait for the comparison."""
    settings = curated(tmp_path)
    with Database.open(settings.database) as database:
        with database.reading() as session:
            rows = ExemplarQueries(session).every(ExemplarFilter())
            table = io.BytesIO()
            export_rows([replace(rows[0], comment="from the table")], table, "csv")

        def another() -> None:
            with database.session() as session:
                Curation(session, "bob").apply([Change(rows[0].id, Comment("bob's"))])

        asked = Asked.of(database, Meanwhile(table.getvalue(), another), "csv")

        with database.session() as session:
            writing = Writing(session, "ada")
            changes = asked.changes_in(writing)
            with pytest.raises(EditConflictError):
                writing.curation.apply(changes)
        again = Asked.of(database, table, "csv")
        assert again.head == asked.head + 1
