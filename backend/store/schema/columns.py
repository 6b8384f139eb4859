"""Column types that the tables share: aware UTC times, JSON documents, keys of people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, ForeignKey, MetaData, Uuid
from sqlalchemy.types import TypeDecorator

from backend.clock import require_aware

metadata = MetaData(naming_convention={
    # Named, because a later migration can only drop or change what it can name.
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
})
"""Every table of the product."""


class Moment(TypeDecorator[datetime]):
    """An instant: aware on the way in (ValueError otherwise), aware UTC on the way out.

    SQLite keeps it as text in UTC, which sorts as time does; PostgreSQL as timestamptz.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else require_aware(value)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Document(TypeDecorator[Any]):
    """JSON; None is SQL's NULL."""

    impl = JSON(none_as_null=True)
    cache_ok = True


def person_column(name: str = "person", *, nullable: bool = False, **more: Any) -> Column[Any]:
    """A foreign key to a person's internal UUID. People are never deleted, only emptied."""
    return Column(name, Uuid, ForeignKey("persons.uuid"), nullable=nullable, **more)
