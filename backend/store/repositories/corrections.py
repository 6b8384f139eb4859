"""Corrections: what HR said about a person and an interval. Appended, never changed."""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from backend.attendance.model import Correction
from backend.store.repositories.base import Repository
from backend.store.schema import corrections

_FIELDS = [field.name for field in fields(Correction)]


class Corrections(Repository):
    def append(self, correction: Correction) -> None:
        values: dict[str, Any] = {name: getattr(correction, name) for name in _FIELDS}
        self.execute(insert(corrections).values(**values))

    def get(self, uuid: UUID) -> Correction | None:
        row = self.row(select(corrections).where(corrections.c.uuid == uuid))
        return None if row is None else Correction(**row)

    def of(self, person: UUID) -> list[Correction]:
        """In the order in which they were made."""
        statement = (select(corrections).where(corrections.c.person == person)
                     .order_by(corrections.c.created_at, corrections.c.uuid))
        return [Correction(**row) for row in self.rows(statement)]
