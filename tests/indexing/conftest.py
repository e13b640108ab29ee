"""Databases and a tiny corpus, anew for each test."""

import shutil

import pytest

from annotations.database import Database
from tests.databases import KINDS, empty_database
from tests.indexing.tiny_corpus import write_corpus


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with empty_database(request.param, tmp_path) as url, Database.open(url) as database:
        yield database


@pytest.fixture
def sqlite(tmp_path):
    with Database.open(f"sqlite:///{tmp_path / 'one.db'}") as database:
        yield database


@pytest.fixture(scope="session")
def pristine(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus") / "beat")


@pytest.fixture
def root(pristine, tmp_path):
    return shutil.copytree(pristine, tmp_path / "beat")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"
