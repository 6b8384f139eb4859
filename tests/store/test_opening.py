"""Opening: the key, the folder and the schema are found fit, or one line says what to do."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest
from sqlalchemy import text

from backend.config import PROJECT_ROOT
from backend.errors import SettingError
from backend.store import open_store
from backend.store.errors import DatabaseDamaged, DiskFull, NotOurDatabase, SchemaTooNew, WrongKey

A_KEY, ANOTHER = "a1" * 32, "b2" * 32


def key_file(settings):
    return settings.data_path / "secret.key"


def test_the_first_start_makes_a_key_that_only_its_owner_reads(any_database_settings):
    store = open_store(any_database_settings)
    path = key_file(any_database_settings)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(bytes.fromhex(path.read_text().strip())) == 32
    assert {item.name for item in path.parent.iterdir() if "key" in item.name} == {"secret.key"}
    before = path.read_text()
    store.close()
    open_store(any_database_settings).close()
    assert path.read_text() == before


def test_a_key_of_the_settings_needs_no_file(any_database_settings):
    settings = any_database_settings.but(secret_key=A_KEY)
    open_store(settings).close()
    assert not key_file(settings).exists()
    open_store(settings).close()


def filled(settings, clock):
    """A database with something sealed in it; the file's bytes where it is SQLite."""
    store = open_store(settings, clock)
    with store.write() as unit:
        unit.config.set_secret("hook", "s3cret")
    store.close()
    return fingerprint(settings)


def fingerprint(settings):
    file = settings.data_path / "attendance.db"
    return file.read_bytes() if file.exists() else None


def test_the_wrong_key_stops_the_start_and_changes_nothing(any_database_settings, clock):
    before = filled(any_database_settings.but(secret_key=A_KEY), clock)
    for migrate in (False, True):
        with pytest.raises(WrongKey, match="another key") as refused:
            open_store(any_database_settings.but(secret_key=ANOTHER), clock, migrate=migrate)
        assert "\n" not in str(refused.value)
    assert fingerprint(any_database_settings) == before
    open_store(any_database_settings.but(secret_key=A_KEY), clock).close()


def test_a_lost_key_file_is_not_replaced_by_a_new_one(any_database_settings, clock):
    before = filled(any_database_settings, clock)
    kept = key_file(any_database_settings).read_text()
    key_file(any_database_settings).unlink()
    with pytest.raises(WrongKey, match="is missing"):
        open_store(any_database_settings, clock)
    assert not key_file(any_database_settings).exists()
    assert fingerprint(any_database_settings) == before
    key_file(any_database_settings).write_text(kept)
    open_store(any_database_settings, clock).close()


def test_a_new_key_with_the_previous_one_reads_everything(any_database_settings, clock):
    filled(any_database_settings.but(secret_key=A_KEY), clock)
    both = any_database_settings.but(secret_key=ANOTHER, secret_key_previous=A_KEY)
    store = open_store(both, clock)
    with store.write() as unit:
        assert unit.config.get_secret("hook") == "s3cret"
        unit.config.set_secret("new", "value")
    store.close()
    for alone in (A_KEY, ANOTHER):  # each of them has something to open by now
        with pytest.raises(WrongKey):
            open_store(any_database_settings.but(secret_key=alone), clock)


@pytest.mark.parametrize("key", ["short", "zz" * 32, "a1" * 31])
def test_a_key_that_is_none_is_told_by_name(settings, key):
    with pytest.raises(SettingError, match=r"SECRET_KEY must hold 64 hexadecimal.*openssl rand"):
        open_store(settings.but(secret_key=key))


def test_a_newer_database_stops_the_start(any_database_settings, clock):
    store = open_store(any_database_settings, clock)
    with store.write() as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    for migrate in (False, True):
        with pytest.raises(SchemaTooNew, match="newer than the program"):
            open_store(any_database_settings, clock, migrate=migrate)


def test_somebody_else_s_database_is_left_alone(any_database_settings, clock):
    from backend.store.engine import connect

    any_database_settings.data_path.mkdir(parents=True)
    engine = connect(any_database_settings.database, any_database_settings.database_timeout)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    engine.dispose()
    with pytest.raises(NotOurDatabase, match="other tables"):
        open_store(any_database_settings, clock, migrate=True)


def test_a_data_folder_that_cannot_be_made_is_one_clear_line(settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingError, match=r"DATA_DIR cannot be written: .*/file/data") as refused:
        open_store(settings.but(data_dir=tmp_path / "file" / "data"))
    assert "\n" not in str(refused.value)


def test_a_read_only_data_folder_is_one_clear_line(settings, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o555)
    for parent in (folder, *list(folder.parents)[:3]):
        os.chmod(parent, 0o555 if parent == folder else 0o755)
    program = (
        "import os\n"
        "from pathlib import Path\n"
        "from backend.config import load\n"
        "from backend.errors import SettingError\n"
        "from backend.store import open_store\n"
        f"settings = load({{'data_dir': Path({str(folder)!r})}}, {{}}, [])\n"
        "if os.geteuid() == 0: os.setgid(65534); os.setuid(65534)\n"  # root may write anywhere
        "try: open_store(settings)\n"
        "except SettingError as error: print(error)\n")
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          cwd=PROJECT_ROOT)
    assert told.stdout.count("\n") == 1, told.stderr
    assert f"DATA_DIR cannot be written: {folder}: Permission denied" in told.stdout


def test_a_damaged_file_is_told_before_anything_is_touched(settings, clock):
    settings.data_path.mkdir(parents=True)
    (settings.data_path / "attendance.db").write_bytes(b"this is not a database" * 1000)
    with pytest.raises(SettingError, match=r"damaged.*restore a backup"):
        open_store(settings, clock, migrate=True)


def test_a_page_gone_bad_is_found_at_the_start(settings, clock):
    store = open_store(settings, clock)
    with store.write() as unit:
        for number in range(400):
            unit.logs.append("system", "info", f"line {number}", {"text": "x" * 200})
    store.close()
    file = settings.data_path / "attendance.db"
    content = bytearray(file.read_bytes())
    content[-40_000:-20_000] = os.urandom(20_000)
    file.write_bytes(content)
    with pytest.raises((DatabaseDamaged, SettingError), match="damaged"):
        open_store(settings, clock, migrate=True)


@pytest.mark.parametrize(("url", "fault"), [
    ("mysql://localhost/x", "mysql; SQLite and PostgreSQL"),
    ("nonsense", "DATABASE_URL cannot be used"),
    ("sqlite://", "must name a file"),
    ("postgresql+psycopg://nobody@127.0.0.1:1/none", "server cannot be used"),
])
def test_a_database_that_cannot_be_reached_is_told(settings, url, fault):
    with pytest.raises(SettingError, match=fault) as refused:
        open_store(settings.but(database_url=url))
    assert "\n" not in str(refused.value)


def test_a_full_disk_refuses_the_unit_and_keeps_the_rest(settings, clock):
    store = open_store(settings, clock)
    with store.write() as unit:
        unit.config.set("before", 1)
    with pytest.raises(DiskFull, match="Free some space"), store.write() as unit:
        pages = unit.connection.exec_driver_sql("PRAGMA page_count").scalar()
        unit.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        unit.config.set("half", 1)
        unit.config.set("big", "x" * 100_000)
    with store.read() as unit:
        assert unit.config.get("before") == 1
        assert unit.config.get("half") is None
    store.close()


def test_the_database_is_readable_by_its_owner_only(settings, clock):
    store = open_store(settings, clock)
    with store.write() as unit:
        unit.config.set("a", 1)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode)
                 for path in settings.data_path.glob("attendance.db*") if path.suffix != ".lock"}
    assert modes == dict.fromkeys(("attendance.db", "attendance.db-wal", "attendance.db-shm"), 0o600)
    store.close()


def test_sqlite_is_set_up_to_survive_a_power_cut(settings, clock):
    store = open_store(settings, clock)
    with store.engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                 for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15000}
    store.close()
