"""Questions at the door, and where a learnt template comes from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "confirmations",
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Text()),
        sa.Column("track_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("distance", sa.Float()),
        sa.Column("confidence", sa.Float()),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.ForeignKeyConstraint(["person"], ["persons.uuid"], name="fk_confirmations_person"),
        sa.PrimaryKeyConstraint("uuid", name="pk_confirmations"),
    )
    op.create_index("ix_confirmations_person", "confirmations", ["person"])
    op.create_index("ix_confirmations_expires_at", "confirmations", ["expires_at"])
    op.add_column("face_templates", sa.Column("punch", sa.Uuid()))
