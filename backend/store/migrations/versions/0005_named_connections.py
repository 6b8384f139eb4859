"""Several databases of Odoo: names of connections, and to which one each session belongs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
THERE = sa.text("removed_at IS NULL")


def upgrade() -> None:
    op.add_column("connections", sa.Column("removed_at", MOMENT))
    op.execute("UPDATE connections SET name = 'default' WHERE id = 1")
    if op.get_bind().dialect.name == "postgresql":
        # The first one was inserted with its number, of which the sequence knows nothing.
        op.execute("ALTER SEQUENCE connections_id_seq RESTART WITH 2")
    op.create_index("uq_connections_name", "connections", ["name"], unique=True,
                    sqlite_where=THERE, postgresql_where=THERE)
    # Added in place: a rebuild of the largest table would take minutes. Connections are never deleted.
    op.add_column("attendance", sa.Column("connection_id", sa.Integer(), nullable=False,
                                          server_default=sa.text("1")))
