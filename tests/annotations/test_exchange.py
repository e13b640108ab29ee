import csv
import io
import tracemalloc
from dataclasses import replace

import pytest

from annotations.curation_errors import EditConflictError, EditInvalidError, ImportInvalidError
from annotations.curation_records import Change, Comment, ExemplarFilter, Flag, Relabel, Retime
from annotations.database import Database
from annotations.exchange import export_rows, import_changes
from annotations.exemplar_queries import ExemplarQueries
from tests.annotations.stored import applied, curating, store
from tests.databases import empty_database

FORMS = ("csv", "parquet")


@pytest.fixture
def database(tmp_path):
    with empty_database("sqlite", tmp_path) as url, Database.open(url) as database:
        store(database)
        note = 'said "so",\r\n=twice; \u00e9'
        applied(database, Change(1, Comment(note)), Change(2, Retime(6.1, 6.7, 6.1 + 1e-15)))
        yield database


def rows_of(database):
    with database.reading() as session:
        return ExemplarQueries(session).every(ExemplarFilter(removed=None))


def exported(database, form="csv") -> bytes:
    table = io.BytesIO()
    export_rows(rows_of(database), table, form)
    return table.getvalue()


def read(database, content: bytes, form="csv"):
    with database.reading() as session:
        return import_changes(session, io.BytesIO(content), form)


def edited(database, *cells) -> bytes:
    """The exported CSV table with other cells: (row, column, text)."""
    rows = list(csv.DictReader(io.StringIO(exported(database).decode(), newline="")))
    for row, column, text in cells:
        rows[row - 1][column] = text
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@pytest.mark.parametrize("form", FORMS)
def test_a_table_read_back_asks_for_no_change(database, form):
    assert read(database, exported(database, form), form) == ()


@pytest.mark.parametrize("form", FORMS)
def test_a_table_is_written_to_files_too(database, tmp_path, form):
    file = tmp_path / f"table.{form}"
    export_rows(rows_of(database), file, form)
    assert file.read_bytes() == exported(database, form)
    with database.reading() as session:
        assert import_changes(session, file, form) == ()


@pytest.mark.parametrize("form", FORMS)
def test_a_table_of_a_later_state_brings_an_earlier_one_forward(tmp_path, form):
    """Exported from one database, imported into a twin that lacks the edits."""
    tables = []
    (tmp_path / "twin").mkdir()
    for folder in (tmp_path, tmp_path / "twin"):
        with empty_database("sqlite", folder) as url, Database.open(url) as database:
            store(database)
            if not tables:
                applied(
                    database,
                    Change(1, Relabel("Contingency.Condition.Arg2-as-cond")),
                    Change(1, Flag(("unsure",), ("still_hands",))),
                    Change(2, Retime(5.5, 6.0, 5.75)),
                    Change(2, Comment("better so")),
                )
                tables.append(exported(database, form))
                wanted = rows_of(database)
            else:
                with curating(database) as curation:
                    changes = import_changes(curation._session, io.BytesIO(tables[0]), form)
                    bare = [Change(each.exemplar_id, each.edit) for each in changes]
                    assert curation.apply(bare, dry_run=True).version is None
                    curation.apply(bare, "import")
                assert rows_of(database) == wanted


def test_edited_cells_become_edits_of_that_revision(database):
    content = edited(
        database,
        (1, "label", "Temporal.Synchrony"),
        (2, "word", "enormous"),
        (2, "removed", "TRUE"),
        (2, "quality", "unsure x-late"),
    )
    changes = read(database, content)
    assert [(each.exemplar_id, each.if_revision) for each in changes] == [(1, 2)] + [(2, 2)] * 3
    assert changes[0].edit == Relabel("Temporal.Synchrony")
    assert changes[2].edit == Flag(("unsure", "x-late"), ())

    applied(database, Change(2, Comment("meanwhile")))
    with curating(database) as curation, pytest.raises(EditConflictError):
        curation.apply(read(database, content))


def test_columns_that_are_missing_are_not_edited(database):
    (change,) = read(database, b"\xef\xbb\xbfid,comment\r\n2,hello\r\n\r\n")
    assert change == Change(2, Comment("hello"))


def test_every_bad_cell_is_named_by_row_and_column(database):
    content = edited(
        database,
        (1, "label", "sideways"),
        (1, "start_seconds", "soon"),
        (2, "recording", "another"),
        (2, "removed", "perhaps"),
    )
    with pytest.raises(ImportInvalidError) as caught:
        read(database, content)
    found = {(cell.row, cell.column) for cell in caught.value.cells}
    assert found == {(1, "label"), (1, "start_seconds"), (2, "recording"), (2, "removed")}
    assert "row 1, label" in str(caught.value)


def test_unknown_and_repeated_ids_are_named_and_no_more_than_twenty(database):
    content = b"id\n1\n1\n1.5\n" + b"77\n" * 30
    with pytest.raises(ImportInvalidError) as caught:
        read(database, content)
    assert (len(caught.value.cells), caught.value.total) == (20, 32)
    assert {(3, "id"), (2, "id"), (4, "id")} <= {(c.row, c.column) for c in caught.value.cells}


@pytest.mark.parametrize(
    ("content", "form", "said"),
    [
        (b"", "csv", "column id"),
        (b"name,id\n", "csv", "column id"),
        (b"word\nx\n", "csv", "column id"),
        (b"id,id\n1,1\n", "csv", "column id"),
        (b"id,word\n1\n", "csv", "2 columns"),
        (b"\xff\xfe", "csv", "UTF-8"),
        (b'id\n"1', "csv", "CSV"),
        (b"PAR1 but not really", "parquet", "Parquet"),
        (b"", "parquet", "Parquet"),
    ],
)
def test_what_is_no_table_is_refused(database, content, form, said):
    with pytest.raises(EditInvalidError, match=said):
        read(database, content, form)


@pytest.mark.parametrize("quality", [[5], 5, {"flag": "unsure"}])
def test_flags_of_another_kind_are_bad_cells(database, quality):
    import pyarrow
    from pyarrow import parquet

    table = io.BytesIO()
    parquet.write_table(pyarrow.table({"id": [1], "quality": [quality]}), table)
    with pytest.raises(ImportInvalidError, match="row 1, quality: must be flags"):
        read(database, table.getvalue(), "parquet")


@pytest.mark.parametrize("form", FORMS)
def test_a_large_table_is_never_held_as_a_whole(database, form):
    """Twenty thousand rows as dictionaries are some forty megabytes."""
    known = rows_of(database)
    rows = [replace(known[0], id=1_000_000 + number, comment="") for number in range(20_000)]
    table = io.BytesIO()
    export_rows(rows, table, form)
    table.seek(0)
    del rows
    with database.reading() as session:
        tracemalloc.start()
        with pytest.raises(ImportInvalidError) as told:
            import_changes(session, table, form)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (told.value.total, len(told.value.cells)) == (20_000, 20)
    assert peak < 15e6
