"""The table of devices: cameras, browsers and programs that send sightings or punches."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from backend.store.schema.columns import Document, Moment, metadata

devices = Table(
    "devices", metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),  # camera, browser, api
    Column("sealed_source", LargeBinary),  # a stream's address may hold a password
    Column("options", Document, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("site_id", Integer, ForeignKey("sites.id"), nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)
