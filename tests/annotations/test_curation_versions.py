"""Undo, additions, what is live, and tags."""

from dataclasses import replace

import pytest

from annotations.curation import Curation
from annotations.curation_errors import (
    EditInvalidError,
    UndoConflictError,
    UnknownEventError,
    UnknownVersionError,
)
from annotations.curation_records import (
    Change,
    NewExemplar,
    Relabel,
    Remove,
    Reword,
)
from annotations.records import SYSTEM
from annotations.repository import Repository
from annotations.types import GestureType
from tests.annotations.stored import (
    BOTH,
    NAME,
    WINDOW,
    applied,
    curating,
    exemplars_at,
    store,
)
from tests.annotations.test_curation import database, facts, head, ids

__all__ = ["database", "ids"]


def test_undo_restores_and_undoing_the_undo_edits_again(database, ids):
    old = exemplars_at(database)
    edit = applied(database, Change(ids[0], Reword("since")), Change(ids[1], Remove()))
    with curating(database) as curation:
        undo = curation.undo(edit.version, "a mistake")
    back = exemplars_at(database)

    assert (undo.event.event.undoes, undo.event.event.operation) == (edit.version, "undo")
    assert [each.exemplar for each in back.values()] == [each.exemplar for each in old.values()]
    with curating(database) as curation:
        curation.undo(undo.version)
    assert facts(database, ids[0]).word == "since"
    assert list(exemplars_at(database)) == [ids[0]]


def test_an_event_whose_rows_were_changed_since_is_not_undone(database, ids):
    first = applied(database, Change(ids[0], Reword("since")), Change(ids[1], Reword("large")))
    applied(database, Change(ids[1], Reword("vast")), actor="ada")
    with curating(database) as curation, pytest.raises(UndoConflictError) as caught:
        curation.undo(first.version)
    assert caught.value.exemplar_ids == (ids[1],)
    assert [(row.before.word, row.after.word) for row in caught.value.rows] == [("large", "vast")]


@pytest.mark.usefixtures("ids")
def test_builds_and_tags_are_not_undone(database):
    with curating(database) as curation:
        curation.tag("first")
        with pytest.raises(EditInvalidError, match="tag by rosa"):
            curation.undo(head(database) + 1)
        with pytest.raises(EditInvalidError, match=f"cut by {SYSTEM}"):
            curation.undo(head(database))
        with pytest.raises(UnknownEventError):
            curation.undo(99)


NEW = NewExemplar(NAME, "gesture", "deictic", "rained", 8.0, 8.5, stroke_seconds=8.2, comment="!")


def test_an_added_exemplar_is_indexed_in_the_window_where_it_lies_most_central(database):
    store(database, BOTH)
    with curating(database) as curation:
        (row,) = curation.add(
            replace(NEW, start_seconds=14.0, end_seconds=14.5, stroke_seconds=14)
        ).rows
    assert row.before is None
    assert (row.after.window_start_seconds, row.after.start_seconds) == (10.0, 4.0)
    assert (row.after.stroke_seconds, row.after.source, row.after.comment) == (4.0, "curator", "!")
    stored = exemplars_at(database)[row.exemplar_id]
    assert stored.exemplar.annotation in stored.exemplar.window.gestures
    assert stored.exemplar.annotation.type is GestureType.DEICTIC


def test_an_added_exemplar_can_be_taken_back_and_edited_like_others(database, ids):
    with curating(database) as curation:
        added = curation.add(NEW)
    new = added.rows[0].exemplar_id
    applied(database, Change(new, Relabel("iconic")))
    assert len(exemplars_at(database)[new].exemplar.window.gestures) == 2
    with curating(database) as curation:
        curation.undo(head(database))
        curation.undo(added.version)
    assert list(exemplars_at(database)) == list(ids)
    assert len(exemplars_at(database)[ids[0]].exemplar.window.gestures) == 1


@pytest.mark.usefixtures("ids")
def test_an_addition_is_refused_twice_outside_and_of_nowhere(database):
    with curating(database) as curation:
        new = curation.add(NEW).rows[0].exemplar_id
        for wrong, said in (
            (NEW, f"restore exemplar {new}"),
            (replace(NEW, end_seconds=15.5), "one stored window"),
            (replace(NEW, start_seconds=2.0), "one stored window"),
            (replace(NEW, window_start_seconds=10.0), "from 10 s"),
            (replace(NEW, recording="nobody"), "index its corpus"),
            (replace(NEW, kind="relation"), "a PDTB sense"),
            (replace(NEW, end_seconds=7.0), "end after the start"),
        ):
            with pytest.raises(EditInvalidError, match=said):
                curation.add(wrong)


def test_an_addition_may_bring_its_own_window(database):
    store(database, windows=())
    bare = replace(WINDOW, relations=(), gestures=())
    with curating(database) as curation:
        assert curation.add(replace(NEW, window=bare), dry_run=True).rows[0].exemplar_id == 0
    assert exemplars_at(database) == {}
    with curating(database) as curation:
        curation.add(replace(NEW, window=bare))
    (stored,) = exemplars_at(database).values()
    assert stored.exemplar.window.text == WINDOW.text


def test_live_follows_until_it_is_pinned_and_follows_again(database, ids):
    first = head(database)
    applied(database, Change(ids[0], Reword("since")))
    second = head(database)

    def live():
        with database.reading() as session:
            return Repository(session).versions.resolve("live")

    assert live() == second
    with curating(database) as curation:
        assert curation.roll_back(first).version == first
    applied(database, Change(ids[0], Reword("as")))
    assert live() == first
    with curating(database) as curation:
        assert curation.promote(second).seq == second
        assert live_in(curation) == second
        assert curation.promote(follow=True).seq is None
    assert live() == head(database) == second + 2


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize("point", [Curation.promote, Curation.roll_back])
def test_live_cannot_be_pinned_to_the_empty_version(database, point):
    newest = head(database)
    with curating(database) as curation:
        curation.tag("nothing", 0)
        for empty in (0, "nothing"):
            with pytest.raises(EditInvalidError, match=f"found version {empty!r}, which is empty"):
                point(curation, empty)
        assert live_in(curation) == newest


def test_nothing_is_live_before_anything_is_indexed(database):
    with curating(database) as curation:
        with pytest.raises(EditInvalidError, match="found the newest version, which is empty"):
            curation.promote()
        assert curation.promote(follow=True).seq is None


def live_in(curation):
    return curation._versions.resolve("live")


def test_tags_name_versions_and_events_of_tags_make_none(database, ids):
    first = head(database)
    with curating(database) as curation:
        curation.tag("show-1")
    applied(database, Change(ids[0], Reword("since")))
    with database.reading() as session:
        versions = Repository(session).versions
        assert versions.resolve("show-1") == first
        assert versions.resolve(first + 1) == first
        assert versions.resolve("staging") == versions.resolve() == first + 2
        assert [tag.name for tag in versions.tags()] == ["live", "show-1", "staging"]
        for unknown in ("show-2", 99, -1):
            with pytest.raises(UnknownVersionError):
                versions.resolve(unknown)
    with curating(database) as curation:
        curation.untag("show-1")
        for wrong in ("live", "staging", "Show", ""):
            with pytest.raises(EditInvalidError, match="tag must be"):
                curation.tag(wrong)
        with pytest.raises(UnknownVersionError):
            curation.untag("show-1")
    with database.reading() as session:
        seen = [each.event.operation for each in Repository(session).versions.events()]
    assert seen == ["cut", "tag", "reword", "untag"]


@pytest.mark.parametrize("actor", ["", "  ", SYSTEM])
def test_a_curator_has_a_name(database, actor):
    with database.session() as session, pytest.raises(EditInvalidError, match="actor"):
        Curation(session, actor)
