"""Tables of the bridge: what Odoo last confirmed, runs, changes waiting to go out and who has them
on the way, rows of Odoo that are not ours, hints that Odoo sent."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, Uuid, text

from backend.store.schema.columns import Document, Moment, metadata, person_column

_RUNNING = text("state = 'running'")

odoo_rows = Table(
    "odoo_rows", metadata,
    Column("attendance_id", Integer, ForeignKey("attendance.id"), primary_key=True),
    Column("connection_id", Integer, ForeignKey("connections.id"), primary_key=True),
    Column("odoo_id", Integer),
    Column("odoo_employee_id", Integer),
    Column("check_in", Moment),
    Column("check_out", Moment),
    Column("write_date", Moment),
    Column("state", String(16), nullable=False),
    Column("error", Text),
    Column("error_code", String(64)),
    Column("updated_at", Moment, nullable=False),
    Column("sent", Document, nullable=False),  # what was sent and never answered for
    Index("ix_odoo_rows_connection_id_odoo_id", "connection_id", "odoo_id"),
    Index("ix_odoo_rows_state", "state"),
)

sync_runs = Table(
    "sync_runs", metadata,
    Column("id", Integer, primary_key=True),
    Column("connection_id", Integer, ForeignKey("connections.id"), nullable=False),
    Column("kind", String(16), nullable=False),  # pull, push, reconcile
    Column("state", String(16), nullable=False),  # running, done, failed, abandoned
    Column("parameters", Document, nullable=False),
    Column("result", Document),
    Column("message", Text),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("lease_until", Moment, nullable=False),
    Column("trigger", String(16), nullable=False),  # hand, schedule, punch, hook
    Index("uq_sync_runs_running", "connection_id", unique=True,
          sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox", metadata,
    Column("id", Integer, primary_key=True),
    Column("connection_id", Integer, ForeignKey("connections.id"), nullable=False),
    person_column(),
    Column("attendance_id", Integer, ForeignKey("attendance.id"), nullable=False),
    Column("version", Integer, nullable=False),  # of the attendance row when it was queued
    Column("kind", String(16), nullable=False),  # change, or verify: read again what was unclear
    Column("state", String(16), nullable=False),  # waiting, parked
    Column("not_before", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("error_code", String(64)),
    Column("created_at", Moment, nullable=False),
    Index("uq_outbox_connection_id_attendance_id", "connection_id", "attendance_id", unique=True),
    Index("ix_outbox_state_not_before", "state", "not_before"),
    Index("ix_outbox_person", "person"),
    sqlite_autoincrement=True,
)

push_claims = Table(
    "push_claims", metadata,
    Column("connection_id", Integer, ForeignKey("connections.id"), primary_key=True),
    Column("person", Uuid, ForeignKey("persons.uuid"), primary_key=True),
    Column("claimed_by", Text),  # empty: nobody has the person's rows on the way
    Column("lease_until", Moment),
)

foreign_rows = Table(
    "foreign_rows", metadata,
    Column("connection_id", Integer, ForeignKey("connections.id"), primary_key=True),
    Column("odoo_id", Integer, primary_key=True),
    Column("odoo_employee_id", Integer, nullable=False),
    Column("employee_name", Text, nullable=False),  # for people whom we do not have
    Column("check_in", Moment, nullable=False),
    Column("check_out", Moment),
    Column("write_date", Moment),
    Column("seen_at", Moment, nullable=False),
    Index("ix_foreign_rows_odoo_employee_id_check_in", "odoo_employee_id", "check_in"),
    Index("ix_foreign_rows_check_in", "check_in"),
)

odoo_hints = Table(
    "odoo_hints", metadata,
    Column("id", Integer, primary_key=True),
    Column("connection_id", Integer, ForeignKey("connections.id"), nullable=False),
    Column("model", String(64), nullable=False),
    Column("odoo_id", Integer, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("reads_left", Integer, nullable=False),
    Index("ix_odoo_hints_due_at", "due_at"),
    Index("ix_odoo_hints_model_odoo_id", "model", "odoo_id"),
    sqlite_autoincrement=True,
)
