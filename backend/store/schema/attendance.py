"""The table of attendance: what the rules made of the punches."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Float, Index, Integer, String, Table, Text, Uuid, text

from backend.store.schema.columns import Document, Moment, metadata, person_column

_IN_FORCE = text("superseded_at IS NULL")
_OPEN = text("superseded_at IS NULL AND check_out IS NULL")

attendance = Table(
    "attendance", metadata,
    Column("id", Integer, primary_key=True),
    Column("uuid", Uuid, nullable=False),
    person_column(),
    Column("check_in", Moment, nullable=False),
    Column("check_out", Moment),
    Column("assumed", Boolean, nullable=False),
    Column("flags", Document, nullable=False),
    Column("day", Date, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("source", String(16), nullable=False),
    Column("device", Text),
    Column("confidence", Float),
    Column("distance", Float),
    Column("opened_by", Uuid, nullable=False),
    Column("closed_by", Uuid),
    Column("version", Integer, nullable=False),  # counts the changes of the row
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("superseded_at", Moment),
    Column("connection_id", Integer, nullable=False),  # the database of Odoo that it belongs to, for good
    # A session that comes back after it vanished gets a new number: Odoo's row is gone, too.
    Index("uq_attendance_uuid_in_force", "uuid", unique=True,
          sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
    Index("uq_attendance_open", "person", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_attendance_uuid", "uuid"),
    Index("ix_attendance_person_check_in", "person", "check_in"),
    Index("ix_attendance_day", "day"),
    sqlite_autoincrement=True,
)
