"""Table of questions at the door: a face that was nearly sure, and who may confirm it."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text, Uuid

from backend.store.schema.columns import Moment, metadata, person_column

confirmations = Table(
    "confirmations", metadata,
    Column("uuid", Uuid, primary_key=True),  # also of the punch that it becomes
    person_column(index=True),  # the candidate; no page is told
    Column("device", Text),
    Column("track_id", Integer, nullable=False),
    Column("at", Moment, nullable=False),  # of the sighting
    Column("reason", String(32), nullable=False),
    Column("distance", Float),
    Column("confidence", Float),
    Column("expires_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Index("ix_confirmations_expires_at", "expires_at"),
)
