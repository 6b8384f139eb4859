"""The bridge: claims, unclear sendings, foreign rows, hints, the schedule's memory."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

UNSENT = """
INSERT INTO outbox (connection_id, person, attendance_id, version, kind, state, not_before, attempts, created_at)
SELECT 1, attendance.person, attendance.id, attendance.version, 'change', 'waiting', attendance.updated_at, 0,
       attendance.updated_at
FROM attendance LEFT JOIN odoo_rows ON odoo_rows.attendance_id = attendance.id AND odoo_rows.connection_id = 1
WHERE attendance.superseded_at IS NULL AND (
        odoo_rows.attendance_id IS NULL OR odoo_rows.state = 'pending'
        OR odoo_rows.state = 'synced' AND (odoo_rows.check_in <> attendance.check_in
            OR coalesce(odoo_rows.check_out, odoo_rows.check_in) <> coalesce(attendance.check_out, odoo_rows.check_in)))
   OR attendance.superseded_at IS NOT NULL AND odoo_rows.odoo_id IS NOT NULL
      AND odoo_rows.state NOT IN ('removed', 'deleted')
"""

PARKED = """
INSERT INTO outbox (connection_id, person, attendance_id, version, kind, state, not_before, attempts, error,
                    error_code, created_at)
SELECT odoo_rows.connection_id, attendance.person, attendance.id, attendance.version, 'change', 'parked',
       odoo_rows.updated_at, 0, odoo_rows.error, odoo_rows.error_code, odoo_rows.updated_at
FROM attendance JOIN odoo_rows ON odoo_rows.attendance_id = attendance.id
WHERE odoo_rows.state IN ('failed', 'conflict', 'deleted')
  AND (attendance.superseded_at IS NULL OR odoo_rows.state = 'conflict')
  AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.attendance_id = attendance.id
                  AND outbox.connection_id = odoo_rows.connection_id)
"""


def upgrade() -> None:
    change_outbox()
    add_columns()
    create_tables()
    # What a push by hand would have sent goes out by itself from now on.
    op.execute(UNSENT)
    # What Odoo did not take waits for somebody, as before.
    op.execute(PARKED)


def change_outbox() -> None:
    op.drop_table("outbox")  # nothing was ever put into it
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("attendance_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("error_code", sa.String(length=64)),
        sa.Column("created_at", MOMENT, nullable=False),
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


def add_columns() -> None:
    op.create_index("ix_attendance_uuid", "attendance", ["uuid"])
    with op.batch_alter_table("odoo_rows") as batch:
        batch.add_column(sa.Column("sent", sa.JSON(none_as_null=True), nullable=False,
                                   server_default=sa.text("'[]'")))
    with op.batch_alter_table("sync_runs") as batch:
        batch.add_column(sa.Column("trigger", sa.String(length=16), nullable=False,
                                   server_default=sa.text("'hand'")))
    with op.batch_alter_table("persons") as batch:
        batch.add_column(sa.Column("pin_mark", sa.String(length=64)))
    with op.batch_alter_table("connections") as batch:
        batch.add_column(sa.Column("secret_saved_at", MOMENT))
        batch.add_column(sa.Column("secret_expires_on", sa.Date()))
        batch.add_column(sa.Column("sealed_hook_secret", sa.LargeBinary()))
        batch.add_column(sa.Column("paused_at", MOMENT))


def create_tables() -> None:
    op.create_table(
        "push_claims",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("lease_until", MOMENT),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_push_claims_connection_id"),
        sa.ForeignKeyConstraint(["person"], ["persons.uuid"], name="fk_push_claims_person"),
        sa.PrimaryKeyConstraint("connection_id", "person", name="pk_push_claims"),
    )
    op.create_table(
        "foreign_rows",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("odoo_id", sa.Integer(), nullable=False),
        sa.Column("odoo_employee_id", sa.Integer(), nullable=False),
        sa.Column("employee_name", sa.Text(), nullable=False),
        sa.Column("check_in", MOMENT, nullable=False),
        sa.Column("check_out", MOMENT),
        sa.Column("write_date", MOMENT),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_foreign_rows_connection_id"),
        sa.PrimaryKeyConstraint("connection_id", "odoo_id", name="pk_foreign_rows"),
    )
    op.create_index("ix_foreign_rows_odoo_employee_id_check_in", "foreign_rows", ["odoo_employee_id", "check_in"])
    op.create_index("ix_foreign_rows_check_in", "foreign_rows", ["check_in"])
    op.create_table(
        "odoo_hints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("odoo_id", sa.Integer(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("reads_left", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_odoo_hints_connection_id"),
        sa.PrimaryKeyConstraint("id", name="pk_odoo_hints"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_odoo_hints_due_at", "odoo_hints", ["due_at"])
    op.create_index("ix_odoo_hints_model_odoo_id", "odoo_hints", ["model", "odoo_id"])
    op.create_table(
        "scheduled_jobs",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("last_due", MOMENT),
        sa.Column("last_run", MOMENT),
        sa.Column("owner", sa.Text()),
        sa.Column("lease_until", MOMENT),
        sa.Column("failing_since", MOMENT),
        sa.Column("message", sa.Text()),
        sa.PrimaryKeyConstraint("name", name="pk_scheduled_jobs"),
    )
