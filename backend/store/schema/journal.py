"""Tables that tell what happened: events for the pages, the log for people. Both are pruned."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from backend.store.schema.columns import Document, Moment, metadata

events = Table(
    "events", metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("payload", Document, nullable=False),
    sqlite_autoincrement=True,  # a page resumes after the last id it saw
)

system_logs = Table(
    "system_logs", metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("category", String(32), nullable=False),
    Column("level", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("details", Document, nullable=False),
    Index("ix_system_logs_at", "at"),
    Index("ix_system_logs_category_at", "category", "at"),
    sqlite_autoincrement=True,
)
