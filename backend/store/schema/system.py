"""What the product remembers about itself: saved settings, check values, when each job last ran."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, String, Table, Text

from backend.store.schema.columns import Document, Moment, metadata

system_config = Table(
    "system_config", metadata,
    Column("key", String(128), primary_key=True),
    Column("value", Document),
    Column("sealed_value", LargeBinary),
    Column("updated_at", Moment, nullable=False),
)

scheduled_jobs = Table(
    "scheduled_jobs", metadata,
    Column("name", String(64), primary_key=True),
    Column("last_due", Moment),  # the newest time that was acted upon, or given up
    Column("last_run", Moment),
    Column("owner", Text),  # the process that is at it
    Column("lease_until", Moment),
    Column("failing_since", Moment),
    Column("message", Text),
)
