"""The first schema: every table, one site, one connection."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GENESIS = "0" * 64


def upgrade() -> None:
    create_people()
    create_faces()
    create_punches()
    create_rulings()
    create_attendance()
    create_odoo()
    create_devices()
    create_journal()
    create_access()
    create_system()
    insert_first_rows()


def create_people() -> None:
    op.create_table(
        "sites",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.String(length=64)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sites"),
    )
    op.create_table(
        "connections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("db", sa.Text()),
        sa.Column("username", sa.Text()),
        sa.Column("transport", sa.String(length=16)),
        sa.Column("sealed_secret", sa.LargeBinary()),
        sa.Column("secret_kind", sa.String(length=16)),
        sa.Column("state", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_connections"),
    )
    op.create_table(
        "persons",
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("badge", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("department", sa.Text()),
        sa.Column("position", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("metadata", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer()),
        sa.Column("odoo_id", sa.Integer()),
        sa.Column("pin_hash", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_persons_connection_id"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_persons_site_id"),
        sa.PrimaryKeyConstraint("uuid", name="pk_persons"),
        sa.UniqueConstraint("badge", name="uq_persons_badge"),
        sa.UniqueConstraint("connection_id", "odoo_id", name="uq_persons_connection_id_odoo_id"),
        sa.UniqueConstraint("person_id", name="uq_persons_person_id"),
    )
    op.create_index("ix_persons_department", "persons", ["department"])
    op.create_index("ix_persons_name", "persons", ["name"])
    op.create_table(
        "person_aliases",
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.uuid"], name="fk_person_aliases_person"),
        sa.PrimaryKeyConstraint("alias", name="pk_person_aliases"),
    )
    op.create_index("ix_person_aliases_person", "person_aliases", ["person"])
    op.create_table(
        "person_pseudonyms",
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.uuid"], name="fk_person_pseudonyms_person"),
        sa.PrimaryKeyConstraint("person", name="pk_person_pseudonyms"),
        sa.UniqueConstraint("pseudonym", name="uq_person_pseudonyms_pseudonym"),
    )
    op.create_table(
        "tombstones",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_tombstones"),
    )


def create_faces() -> None:
    op.create_table(
        "consents",
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("text_version", sa.String(length=32), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Text()),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["person"], ["persons.uuid"], name="fk_consents_person"),
        sa.PrimaryKeyConstraint("uuid", name="pk_consents"),
    )
    op.create_index("ix_consents_person", "consents", ["person"])
    op.create_index("uq_consents_in_force", "consents", ["person"], unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"))
    op.create_table(
        "face_templates",
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("sealed_vector", sa.LargeBinary(), nullable=False),
        sa.Column("engine", sa.String(length=64), nullable=False),
        sa.Column("dim", sa.Integer(), nullable=False),
        sa.Column("quality", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.uuid"], name="fk_face_templates_person"),
        sa.PrimaryKeyConstraint("uuid", name="pk_face_templates"),
    )
    op.create_index("ix_face_templates_person", "face_templates", ["person"])
    op.create_table(
        "gallery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gallery"),
    )


def create_punches() -> None:
    op.create_table(
        "punches",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid()),
        sa.Column("pseudonym", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.Text()),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("confidence", sa.Float()),
        sa.Column("distance", sa.Float()),
        sa.Column("liveness", sa.Float()),
        sa.Column("clock_suspect", sa.Boolean(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True)),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.uuid"], name="fk_punches_person"),
        sa.PrimaryKeyConstraint("seq", name="pk_punches"),
        sa.UniqueConstraint("uuid", name="uq_punches_uuid"),
    )
    op.create_index("ix_punches_person_at", "punches", ["person", "at"])
    op.create_table(
        "chain_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chain_head"),
    )
    op.create_table(
        "chain_checkpoints",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_chain_checkpoints"),
    )
    op.create_table(
        "punch_outcomes",
        sa.Column("punch", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid()),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("session", sa.Uuid()),
        sa.ForeignKeyConstraint(["person"], ["persons.uuid"], name="fk_punch_outcomes_person"),
        sa.ForeignKeyConstraint(["punch"],
            ["punches.uuid"],
            name="fk_punch_outcomes_punch", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("punch", name="pk_punch_outcomes"),
    )
    op.create_index("ix_punch_outcomes_person", "punch_outcomes", ["person"])


def create_rulings() -> None:
    op.create_table(
        "corrections",
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("check_in", sa.DateTime(timezone=True)),
        sa.Column("check_out", sa.DateTime(timezone=True)),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid()),
        sa.ForeignKeyConstraint(["person"], ["persons.uuid"], name="fk_corrections_person"),
        sa.PrimaryKeyConstraint("uuid", name="pk_corrections"),
    )
    op.create_index("ix_corrections_person_start", "corrections", ["person", "start"])
    op.create_table(
        "policies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duplicate_window", sa.Integer(), nullable=False),
        sa.Column("max_shift", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("period_lock", sa.Date()),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_policies_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_policies"),
        sqlite_autoincrement=True,
    )


def create_attendance() -> None:
    op.create_table(
        "attendance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("check_in", sa.DateTime(timezone=True), nullable=False),
        sa.Column("check_out", sa.DateTime(timezone=True)),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.Column("flags", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("device", sa.Text()),
        sa.Column("confidence", sa.Float()),
        sa.Column("distance", sa.Float()),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("closed_by", sa.Uuid()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["person"], ["persons.uuid"], name="fk_attendance_person"),
        sa.PrimaryKeyConstraint("id", name="pk_attendance"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attendance_day", "attendance", ["day"])
    op.create_index("ix_attendance_person_check_in", "attendance", ["person", "check_in"])
    op.create_index("uq_attendance_open", "attendance", ["person"], unique=True,
        sqlite_where=sa.text("superseded_at IS NULL AND check_out IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL AND check_out IS NULL"))
    op.create_index("uq_attendance_uuid_in_force", "attendance", ["uuid"], unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"))


def create_odoo() -> None:
    op.create_table(
        "odoo_rows",
        sa.Column("attendance_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("odoo_id", sa.Integer()),
        sa.Column("odoo_employee_id", sa.Integer()),
        sa.Column("check_in", sa.DateTime(timezone=True)),
        sa.Column("check_out", sa.DateTime(timezone=True)),
        sa.Column("write_date", sa.DateTime(timezone=True)),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("error_code", sa.String(length=64)),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attendance_id"], ["attendance.id"], name="fk_odoo_rows_attendance_id"),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_odoo_rows_connection_id"),
        sa.PrimaryKeyConstraint("attendance_id", "connection_id", name="pk_odoo_rows"),
    )
    op.create_index("ix_odoo_rows_connection_id_odoo_id", "odoo_rows", ["connection_id", "odoo_id"])
    op.create_index("ix_odoo_rows_state", "odoo_rows", ["state"])
    op.create_table(
        "sync_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("parameters", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True)),
        sa.Column("message", sa.Text()),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_sync_runs_connection_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sync_runs"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_sync_runs_running", "sync_runs", ["connection_id"], unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"))
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("attendance_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text()),
        sa.Column("error_code", sa.String(length=64)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attendance_id"], ["attendance.id"], name="fk_outbox_attendance_id"),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_outbox_connection_id"),
        sa.ForeignKeyConstraint(["person"], ["persons.uuid"], name="fk_outbox_person"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_person", "outbox", ["person"])
    op.create_index("ix_outbox_state_not_before", "outbox", ["state", "not_before"])
    op.create_index("uq_outbox_connection_id_attendance_id", "outbox", ["connection_id", "attendance_id"],
        unique=True)


def create_devices() -> None:
    op.create_table(
        "devices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sealed_source", sa.LargeBinary()),
        sa.Column("options", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_devices_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_devices"),
    )


def create_journal() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "system_logs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_system_logs"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_system_logs_at", "system_logs", ["at"])
    op.create_index("ix_system_logs_category_at", "system_logs", ["category", "at"])


def create_access() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("scopes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("hash", name="uq_api_keys_hash"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("username", name="uq_users_username"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "page_sessions",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"],
            ["users.id"],
            name="fk_page_sessions_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("hash", name="pk_page_sessions"),
    )
    op.create_index("ix_page_sessions_user_id", "page_sessions", ["user_id"])
    op.create_table(
        "pin_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Uuid()),
        sa.Column("device", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.uuid"], name="fk_pin_attempts_person"),
        sa.PrimaryKeyConstraint("id", name="pk_pin_attempts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pin_attempts_device_at", "pin_attempts", ["device", "at"])
    op.create_index("ix_pin_attempts_person_at", "pin_attempts", ["person", "at"])


def create_system() -> None:
    op.create_table(
        "system_config",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("value", sa.JSON(none_as_null=True)),
        sa.Column("sealed_value", sa.LargeBinary()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_system_config"),
    )


def insert_first_rows() -> None:
    """The rows that the program counts on: the first site and connection, the heads of the chain
    and of the gallery."""
    now = datetime.now(UTC)
    moment = sa.column("created_at", sa.DateTime(timezone=True))
    updated = sa.column("updated_at", sa.DateTime(timezone=True))
    state = sa.column("state", sa.JSON())
    sites = sa.table("sites", sa.column("id"), sa.column("name"), moment)
    connections = sa.table("connections", sa.column("id"), sa.column("name"), state, updated)
    chain_head = sa.table("chain_head", sa.column("id"), sa.column("seq"), sa.column("hash"))
    gallery = sa.table("gallery", sa.column("id"), sa.column("version"))
    op.execute(sites.insert().values(id=1, name="Main site", created_at=now))
    op.execute(connections.insert().values(id=1, name="Odoo", state={}, updated_at=now))
    op.execute(chain_head.insert().values(id=1, seq=0, hash=GENESIS))
    op.execute(gallery.insert().values(id=1, version=1))
