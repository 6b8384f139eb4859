"""Tables of who people are, and where: sites, connections, persons, their former ids."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from backend.store.schema.columns import Document, Moment, metadata, person_column

_THERE = text("removed_at IS NULL")

sites = Table(
    "sites", metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("zone", String(64)),  # NULL: the setting TIMEZONE
    Column("created_at", Moment, nullable=False),
)

connections = Table(
    "connections", metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("url", Text),
    Column("db", Text),
    Column("username", Text),
    Column("transport", String(16)),
    Column("sealed_secret", LargeBinary),  # password or API key
    Column("secret_kind", String(16)),  # "password" or "api_key"
    Column("secret_saved_at", Moment),
    Column("secret_expires_on", Date),  # of an API key, where somebody said so
    Column("sealed_hook_secret", LargeBinary),  # of the address that Odoo's automations call
    Column("paused_at", Moment),  # somebody has stopped what goes by itself
    Column("state", Document, nullable=False),  # what a pull remembers: cursors, last message
    Column("updated_at", Moment, nullable=False),
    Column("removed_at", Moment),  # rows and runs still name it; nothing is exchanged any more
    Index("uq_connections_name", "name", unique=True, sqlite_where=_THERE, postgresql_where=_THERE),
)

persons = Table(
    "persons", metadata,
    Column("uuid", Uuid, primary_key=True),
    Column("person_id", Text, nullable=False, unique=True),
    Column("badge", Text, unique=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("department", Text),
    Column("position", Text),
    Column("phone", Text),
    Column("metadata", Document, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("site_id", Integer, ForeignKey("sites.id"), nullable=False),
    Column("connection_id", Integer, ForeignKey("connections.id")),  # NULL: the first one
    Column("odoo_id", Integer),
    Column("pin_hash", Text),
    Column("pin_mark", String(64)),  # a keyed hash of the PIN that Odoo had when pin_hash was made
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("erased_at", Moment),
    UniqueConstraint("connection_id", "odoo_id"),
    Index("ix_persons_name", "name"),
    Index("ix_persons_department", "department"),
)

person_aliases = Table(
    "person_aliases", metadata,
    Column("alias", Text, primary_key=True),
    person_column(index=True),
    Column("since", Moment, nullable=False),
)

person_pseudonyms = Table(
    "person_pseudonyms", metadata,
    Column("person", Uuid, ForeignKey("persons.uuid"), primary_key=True),
    Column("pseudonym", String(32), nullable=False, unique=True),
)

tombstones = Table(
    "tombstones", metadata,
    # A keyed hash of the former id: it recognises, but does not tell, who was erased.
    Column("fingerprint", String(64), primary_key=True),
    Column("erased_at", Moment, nullable=False),
)
