"""Backups: made while others write, checked before they are put back, pruned."""

from __future__ import annotations

import stat
import threading

import pytest
from sqlalchemy import text

from backend.errors import NotFound, SettingError
from backend.ops import backup
from backend.store import open_store
from backend.store.errors import NotOurDatabase, SchemaTooNew, WrongKey


@pytest.fixture
def start(settings, clock):
    """Opens the store of these settings, or of others."""
    opened = []

    def start(other=None):
        opened.append(open_store(other or settings, clock))
        return opened[-1]

    yield start
    for store in opened:
        store.close()


def remember(store, text):
    with store.write() as unit:
        unit.config.set_secret("what", text)


def remembered(store):
    with store.read() as unit:
        return unit.config.get_secret("what")


def test_a_copy_is_whole_and_its_owner_s(settings, clock, start):
    remember(start(), "first")
    path = backup.create(settings, clock=clock)
    assert path == settings.data_path / "backups" / "face-attendance-20260302T080000Z.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {one.name for one in path.parent.iterdir()} == {path.name}  # no key, nothing half-written


def test_a_copy_can_be_made_while_others_write(settings, start):
    store, end = start(), threading.Event()

    def write():
        number = 0
        while not end.is_set():
            number += 1
            with store.write() as unit:
                unit.config.set("one", number)
                unit.config.set("two", number)

    thread = threading.Thread(target=write)
    thread.start()
    copies = [backup.create(settings) for _ in range(5)]
    end.set()
    thread.join()
    assert len(set(copies)) == 5
    for copy in copies:
        backup.restore(settings, copy)
        with store.read() as unit:
            assert unit.config.get("one") == unit.config.get("two")


def test_a_copy_is_put_back_under_running_processes_and_the_galleries_are_read_anew(
        settings, clock, start):
    store = start()
    remember(store, "first")
    copy = backup.create(settings, clock=clock)
    remember(store, "second")
    with store.write() as unit:
        unit.templates.bump()
        version = unit.gallery_version()
    kept = backup.restore(settings, copy, clock)
    assert remembered(store) == "first"
    with store.read() as unit:
        assert unit.gallery_version() > version
    backup.restore(settings, kept, clock)
    assert remembered(store) == "second"
    assert remembered(start()) == "second"


def test_a_copy_with_its_key_starts_a_new_machine(settings, clock, start, tmp_path):
    remember(start(), "first")
    copy = backup.create(settings, with_key=True, clock=clock)
    assert stat.S_IMODE(copy.with_suffix(".key").stat().st_mode) == 0o600
    elsewhere = settings.but(data_dir=tmp_path / "new machine")
    assert backup.restore(elsewhere, copy, clock) is None
    assert remembered(start(elsewhere)) == "first"


def test_a_copy_under_another_key_is_refused_and_nothing_changed(settings, clock, start, tmp_path):
    remember(start(), "first")
    copy = backup.create(settings, clock=clock)
    elsewhere = settings.but(data_dir=tmp_path / "other machine")
    store = start(elsewhere)
    remember(store, "kept")
    with pytest.raises(WrongKey, match="sealed with another key"):
        backup.restore(elsewhere, copy, clock)
    assert remembered(store) == "kept"
    assert not (elsewhere.data_path / "backups").exists()


def test_what_is_no_copy_is_refused(settings, clock, start, tmp_path):
    store = start()
    remember(store, "kept")
    (tmp_path / "text.db").write_text("not a database at all, but long enough to look like one")
    (tmp_path / "empty.db").touch()
    for name in ("text.db", "empty.db", "absent.db"):
        with pytest.raises(NotOurDatabase):
            backup.restore(settings, tmp_path / name, clock)
    assert remembered(store) == "kept"


def test_a_copy_of_a_newer_program_is_refused(settings, clock, start):
    store = start()
    with store.write() as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    copy = backup.create(settings, clock=clock)
    with pytest.raises(SchemaTooNew):
        backup.restore(settings, copy, clock)


def test_the_newest_copies_are_kept(settings, clock, start):
    import os

    start()
    paths = []
    for number in range(5):
        paths.append(backup.create(settings, with_key=True, clock=clock))
        os.utime(paths[-1], (1_700_000_000 + number,) * 2)
    assert [one.path for one in backup.existing(settings)] == paths[::-1]
    assert sorted(backup.prune(settings, keep=2)) == sorted(paths[:3])
    assert [one.path for one in backup.existing(settings)] == [paths[4], paths[3]]
    assert len(list((settings.data_path / "backups").iterdir())) == 4
    assert "with the key" in str(backup.existing(settings)[0])


def test_without_a_database_there_is_nothing_to_copy(settings):
    with pytest.raises(NotFound, match="no database"):
        backup.create(settings)


def test_postgresql_has_its_own_tools(settings):
    url = "postgresql+psycopg://attendance:geheim@localhost/attendance"
    with pytest.raises(SettingError, match="pg_dump") as told:
        backup.create(settings.but(database_url=url))
    assert "geheim" not in str(told.value)
