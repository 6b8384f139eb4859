"""Alembic's entry: runs the revisions on the connection, and in the transaction, it is given."""

from __future__ import annotations

from alembic import context

from backend.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, compare_type=True, transactional_ddl=True,
    render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
