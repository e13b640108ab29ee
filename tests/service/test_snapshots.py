"""Which index version a worker answers from, edit after edit."""

import shutil
from dataclasses import dataclass

import pytest

from annotations.curation import Curation
from annotations.curation_records import Change, Remove, Reword
from annotations.database import Database
from annotations.repository import Repository
from service.errors import InvalidInputError, UnavailableError
from service.loading import Loader
from service.snapshots import KEPT, Snapshots


@pytest.fixture
def own(settings, tmp_path):
    """The same world with a database of its own."""
    home = tmp_path / "home"
    shutil.copytree(settings.index, home / "index")
    with Database.open(settings.database) as database, database.engine.connect() as connection:
        connection.connection.execute(f"VACUUM INTO '{home / 'chironomia.db'}'")
    return settings.model_copy(update={"home": home})


@pytest.fixture
def database(own):
    with Database.open(own.database) as database:
        yield database


@pytest.fixture
def snapshots(own, database):
    return Snapshots(Loader(own, database))


def edited(database, edit, place: int = 0) -> int:
    with database.session() as session:
        exemplar = Repository(session).indexed_ids()[place]
        return Curation(session, "mira").apply([Change(exemplar, edit)]).version


def test_an_edit_is_seen_by_the_next_job_while_a_running_one_keeps_its_version(snapshots, database):
    running = snapshots.live()
    first = running.snapshot.index.ids[0]
    version = edited(database, Remove())
    following = snapshots.live()

    assert following.version == version
    assert first not in following.snapshot.index
    assert first in running.snapshot.index
    assert first in running.generator.retriever.index
    assert following.generator.retriever.index is following.snapshot.index
    assert following.generator.pipeline.codec is running.generator.pipeline.codec
    assert snapshots.live() is following


def test_a_rolled_back_index_answers_as_before_until_it_is_promoted(snapshots, database):
    before = snapshots.live()
    version = edited(database, Remove())
    assert snapshots.live().version == version
    with database.session() as session:
        Curation(session, "mira").roll_back(before.version)
    assert snapshots.live().snapshot.index.ids.tolist() == before.snapshot.index.ids.tolist()
    with database.session() as session:
        Curation(session, "mira").promote()
    assert snapshots.live().version == version


def test_a_request_may_name_a_tag_a_number_or_staging(snapshots, database):
    live = snapshots.live()
    with database.session() as session:
        Curation(session, "mira").tag("premiere")
        Curation(session, "mira").roll_back(live.version)
    version = edited(database, Reword("volcano"))

    assert snapshots.at("premiere").version == snapshots.at("live").version == live.version
    assert snapshots.at("staging").version == snapshots.at(version).version == version
    with pytest.raises(InvalidInputError, match="matinee") as refused:
        snapshots.at("matinee")
    assert (refused.value.body.code, refused.value.body.field) == ("index_unknown", "index")
    assert refused.value.body.remedy


def test_only_a_few_versions_stay_open(snapshots, database):
    snapshots.live()
    for place in range(KEPT + 2):
        edited(database, Reword(f"word{place}"), place)
        snapshots.live()
    assert len(snapshots._opened) == KEPT


@dataclass(frozen=True)
class FailingLoader(Loader):
    """Cannot use versions from a number on."""

    bad_from: int = 0

    def refreshed(self, snapshot, version):
        if version >= self.bad_from:
            raise UnavailableError("index_unusable", f"version {version} is not for us")
        return super().refreshed(snapshot, version)


def test_a_version_that_cannot_be_used_leaves_the_one_before_in_service(own, database):
    with database.reading() as session:
        head = Repository(session).versions.head()
    snapshots = Snapshots(FailingLoader(own, database, bad_from=head + 2))
    edited(database, Reword("volcano"))
    usable = snapshots.live()
    edited(database, Reword("glacier"))

    assert snapshots.live() is usable
    assert snapshots.live() is usable
    with pytest.raises(UnavailableError, match="not for us"):
        snapshots.at("staging")


def test_files_follow_when_much_has_changed(own, database, monkeypatch):
    monkeypatch.setattr("service.snapshots.CHANGES_IN_MEMORY", 1)
    snapshots = Snapshots(Loader(own, database))
    # other tests may have edited the world that this one is a copy of
    earlier = snapshots.live().snapshot.changes
    before = snapshots.live().version
    versions = [edited(database, Reword(word), place) for place, word in enumerate("ab")]
    assert snapshots.live().snapshot.changes == earlier + 2

    snapshots.write_files()
    assert snapshots.live().snapshot.changes == 0
    [place] = (own.index / "base").iterdir()
    assert place.name.startswith(f"{versions[-1]}-")
    assert snapshots.live().version == versions[-1] > before
