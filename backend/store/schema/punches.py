"""Tables of facts and of what may overrule them: punches with their chain, corrections, policies."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
)

from backend.store.schema.columns import Moment, metadata, person_column

punches = Table(
    "punches", metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("uuid", Uuid, nullable=False, unique=True),
    person_column(nullable=True),  # emptied by an erasure that pseudonymises
    Column("pseudonym", String(32), nullable=False),
    Column("at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("device", Text),
    Column("source", String(16), nullable=False),
    Column("direction", String(8), nullable=False),
    Column("confidence", Float),
    Column("distance", Float),
    Column("liveness", Float),
    Column("clock_suspect", Boolean, nullable=False),
    Column("claimed_at", Moment),
    Column("hash", String(64), nullable=False),
    Index("ix_punches_person_at", "person", "at"),
)

chain_head = Table(
    "chain_head", metadata,
    Column("id", Integer, primary_key=True),  # one row; locking it makes writers queue
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

chain_checkpoints = Table(
    "chain_checkpoints", metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # last punch removed
    Column("hash", String(64), nullable=False),
    Column("removed", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
)

punch_outcomes = Table(
    "punch_outcomes", metadata,
    Column("punch", Uuid, ForeignKey("punches.uuid", ondelete="CASCADE"), primary_key=True),
    person_column(nullable=True, index=True),
    Column("outcome", String(16), nullable=False),
    Column("reason", Text),
    Column("session", Uuid),
)

corrections = Table(
    "corrections", metadata,
    Column("uuid", Uuid, primary_key=True),
    person_column(),
    Column("start", Moment, nullable=False),
    Column("end", Moment, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("check_in", Moment),
    Column("check_out", Moment),
    Column("source", String(16), nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("opened_by", Uuid),
    Index("ix_corrections_person_start", "person", "start"),
)

policies = Table(
    "policies", metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", Integer, ForeignKey("sites.id"), nullable=False),
    Column("effective_from", Moment, nullable=False),
    Column("duplicate_window", Integer, nullable=False),  # seconds
    Column("max_shift", Integer, nullable=False),  # seconds
    Column("zone", String(64), nullable=False),
    Column("period_lock", Date),
    Column("recorded_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
