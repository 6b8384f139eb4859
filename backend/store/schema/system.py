"""The table of what the product remembers about itself: saved settings, check values."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, String, Table

from backend.store.schema.columns import Document, Moment, metadata

system_config = Table(
    "system_config", metadata,
    Column("key", String(128), primary_key=True),
    Column("value", Document),
    Column("sealed_value", LargeBinary),
    Column("updated_at", Moment, nullable=False),
)
