"""Enrolment pictures, where the policy keeps them, and which templates were made from each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "enrolment_pictures",
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("sealed_picture", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("keep_until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.uuid"], name="fk_enrolment_pictures_person"),
        sa.PrimaryKeyConstraint("uuid", name="pk_enrolment_pictures"),
    )
    op.create_index("ix_enrolment_pictures_person", "enrolment_pictures", ["person"])
    op.create_index("ix_enrolment_pictures_keep_until", "enrolment_pictures", ["keep_until"])
    op.add_column("face_templates", sa.Column("picture", sa.Uuid()))
