"""Migrations: a filled database keeps its rows, is copied first, and is migrated once."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from backend.store import migrating, open_store
from backend.store.engine import WRITING, connect
from backend.store.errors import SchemaOutdated
from backend.store.schema import metadata

REBUILD = '''
"""A later revision: rebuilds two tables that others point to."""
import sqlalchemy as sa
from alembic import op

revision = "test2"
down_revision = "{head}"

def upgrade():
    recreate = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("users", recreate=recreate) as batch:
        batch.add_column(sa.Column("language", sa.String(8)))
    with op.batch_alter_table("persons", recreate=recreate) as batch:
        batch.add_column(sa.Column("nickname", sa.Text()))
    {more}
'''

PERSON = UUID(int=7)
A_PERSON = """
INSERT INTO persons (uuid, person_id, name, metadata, active, site_id, created_at, updated_at)
VALUES (:person, '1001', 'Alice', '{}', true, 1, :now, :now)
"""
A_ROW = """
INSERT INTO attendance (id, uuid, person, check_in, check_out, assumed, flags, day, zone, source, opened_by,
                        version, created_at, updated_at, superseded_at)
VALUES (:id, :uuid, :person, :now, :now, false, '[]', '2026-03-02', 'UTC', 'face', :uuid, 1, :now, :now, :gone)
"""
A_CONFIRMED_ROW = """
INSERT INTO odoo_rows (attendance_id, connection_id, odoo_id, check_in, check_out, state, updated_at)
VALUES (:id, 1, :id + 100, :now, :now, 'synced', :now)
"""


@pytest.fixture
def later(tmp_path):
    """Writes the revision of a program to come; gives the folder that holds it."""
    def make(more: str = "") -> list[Path]:
        folder = tmp_path / "later"
        folder.mkdir(exist_ok=True)
        (folder / "test2.py").write_text(REBUILD.format(more=more, head=migrating.HEAD))
        return [folder]

    return make


@pytest.fixture
def filled(any_database_settings, clock, a_vector):
    """Settings of a database with a row in many tables, children among them."""
    store = open_store(any_database_settings, clock)
    with store.write() as unit:
        alice = unit.people.add("1001", "Alice")
        unit.people.alias(alice.uuid, "A-1")
        unit.consents.give(alice.uuid, "1", "hr")
        unit.templates.add(alice.uuid, a_vector(1), "dlib-resnet-v1", {}, "upload")
        user = unit.users.add("admin", "hash", "admin")
        unit.sessions.add("digest", user.id, "csrf", clock().replace(year=2030))
    store.close()
    return any_database_settings


def test_the_revisions_make_exactly_the_tables_of_the_schema(any_database_settings, clock):
    store = open_store(any_database_settings, clock)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        indexes = {index["name"] for table in metadata.tables
                   for index in inspect(connection).get_indexes(table)}
    assert {index.name for table in metadata.tables.values() for index in table.indexes} <= indexes
    store.close()


def test_the_program_wants_the_newest_revision():
    assert migrating._scripts(()).get_current_head() == migrating.HEAD


def test_a_migration_keeps_the_children_of_a_table_that_is_built_anew(filled, clock, later):
    versions = later()
    store = open_store(filled, clock, migrate=True, versions=versions)
    with store.read() as unit:
        assert "nickname" in {
            column["name"] for column in inspect(unit.connection).get_columns("persons")}
        person = unit.people.by_person_id("A-1")  # through the alias
        assert (person.person_id, person.consent, person.faces) == ("1001", True, 1)
        assert unit.sessions.get("digest").user.username == "admin"  # ON DELETE CASCADE
        assert unit.templates.all_in_force().matrix.shape == (1, 128)
    with pytest.raises(Exception, match=r"(?i)foreign key"), store.write() as unit:
        unit.connection.execute(text("DELETE FROM persons"))  # they are on again
    store.close()


def test_sqlite_is_copied_before_a_migration(settings, clock, later, a_vector):
    open_store(settings, clock).close()
    open_store(settings, clock, migrate=True, versions=later()).close()
    (backup,) = (settings.data_path / "backups").iterdir()
    assert backup.name == f"before-migration-{migrating.HEAD}-20260302T080000Z.db"
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (migrating.HEAD,)


def test_an_older_database_waits_for_who_may_migrate(filled, clock, later):
    versions = later()
    with pytest.raises(SchemaOutdated, match="python -m backend migrate"):
        open_store(filled, clock, versions=versions)
    open_store(filled, clock, migrate=True, versions=versions).close()
    open_store(filled, clock, versions=versions).close()


@pytest.mark.parametrize("more", [
    "raise RuntimeError('half way')",
    "op.execute(\"DELETE FROM sites\")",  # leaves people who point to nothing
])
def test_a_migration_that_fails_changes_nothing(filled, clock, later, more):
    with pytest.raises(Exception, match=r"half way|nothing was changed|(?i:foreign key)"):
        open_store(filled, clock, migrate=True, versions=later(more))
    store = open_store(filled, clock)
    with store.read() as unit:
        assert unit.people.by_person_id("1001").faces == 1
        assert "nickname" not in {
            column["name"] for column in inspect(unit.connection).get_columns("persons")}
    store.close()


def test_no_migration_without_a_backup(settings, clock, later):
    open_store(settings, clock).close()
    (settings.data_path / "backups").write_text("in the way")
    with pytest.raises(Exception, match="No migration without a backup"):
        open_store(settings, clock, migrate=True, versions=later())
    engine = connect(settings.database, settings.database_timeout)
    assert migrating.current_revision(engine) == migrating.HEAD
    engine.dispose()


def test_many_who_start_at_once_create_and_migrate_once(any_database_settings, clock, later):
    faults, versions = [], later()

    def start(**options):
        try:
            open_store(any_database_settings, clock, **options).close()
        except Exception as error:
            faults.append(error)

    for options in ({}, {"migrate": True, "versions": versions}):
        threads = [threading.Thread(target=start, kwargs=options) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert faults == []
    open_store(any_database_settings, clock, versions=versions).close()


def test_sessions_that_were_never_sent_wait_in_the_outbox_after_the_migration(any_database_settings, clock):
    settings = any_database_settings
    settings.data_path.mkdir(parents=True, exist_ok=True)
    engine = connect(settings.database, settings.database_timeout)
    with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        command.upgrade(migrating._config((), connection), "0001")
        connection.execute(text(A_PERSON), {"person": PERSON.hex, "now": clock()})
        for number in (1, 2, 3):
            connection.execute(text(A_ROW), {"id": number, "uuid": uuid4().hex, "person": PERSON.hex,
                                             "now": clock(), "gone": None if number < 3 else clock()})
        for number in (2, 3):
            connection.execute(text(A_CONFIRMED_ROW), {"id": number, "now": clock()})
    migrating.upgrade(engine, clock, settings.data_path)
    with engine.connect() as connection:
        # 1 was never sent, 2 is in step, 3 vanished while Odoo holds it.
        assert connection.execute(text("SELECT attendance_id FROM outbox ORDER BY id")).scalars().all() == [1, 3]
        assert connection.execute(text("SELECT sent FROM odoo_rows WHERE attendance_id = 2")).scalar() in ([], "[]")
    engine.dispose()


def test_sessions_of_before_belong_to_the_first_connection_that_has_a_name_now(settings, clock):
    open_store(settings, clock).close()
    url = settings.data_path / "attendance.db"
    with closing(sqlite3.connect(url)) as old:  # as it was before
        old.executescript("""
            DROP INDEX uq_connections_name;
            ALTER TABLE connections DROP COLUMN removed_at;
            ALTER TABLE attendance DROP COLUMN connection_id;
            UPDATE connections SET name = 'Odoo';
            UPDATE alembic_version SET version_num = '0004';
        """)
        old.execute(A_PERSON, {"person": PERSON.hex, "now": "2026-03-02 08:00:00"})
        old.execute(A_ROW, {"person": PERSON.hex, "id": 1, "uuid": uuid4().hex, "now": "2026-03-02 08:00:00",
                            "gone": None})
        old.commit()
    store = open_store(settings, clock, migrate=True)
    with store.read() as unit:
        assert unit.connections.names() == {1: "default"}
        assert [row.connection_id for row in unit.attendance.of(PERSON)] == [1]
    store.close()
