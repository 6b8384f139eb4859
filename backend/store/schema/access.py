"""Tables of who may do what: API keys, page users and their sessions, wrong PINs."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from backend.store.schema.columns import Document, Moment, metadata, person_column

api_keys = Table(
    "api_keys", metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),  # SHA-256 of the key
    Column("prefix", String(16), nullable=False),  # to recognise a key by, not to use it
    Column("scopes", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
    sqlite_autoincrement=True,
)

users = Table(
    "users", metadata,
    Column("id", Integer, primary_key=True),
    Column("username", Text, nullable=False, unique=True),  # lower case
    Column("password_hash", Text, nullable=False),  # argon2id
    Column("role", String(16), nullable=False),  # admin, hr, viewer
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    sqlite_autoincrement=True,
)

page_sessions = Table(
    "page_sessions", metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of the cookie
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_page_sessions_user_id", "user_id"),
)

pin_attempts = Table(
    "pin_attempts", metadata,
    Column("id", Integer, primary_key=True),
    person_column(nullable=True),
    Column("device", Text),
    Column("at", Moment, nullable=False),
    Index("ix_pin_attempts_person_at", "person", "at"),
    Index("ix_pin_attempts_device_at", "device", "at"),
    sqlite_autoincrement=True,
)
