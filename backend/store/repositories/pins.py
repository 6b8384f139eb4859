"""Tries of PINs that were wrong, or are being looked at, counted for each person and each device over a while."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select

from backend.store.repositories.base import Repository
from backend.store.schema import pin_attempts


class PinAttempts(Repository):
    def add(self, person: UUID | None, device: str | None) -> int:
        """Count a try before it is looked at; its id, to take it back with."""
        result = self.execute(insert(pin_attempts).values(
            person=person, device=device, at=self.unit.now()))
        return result.inserted_primary_key[0]

    def remove(self, attempt: int) -> None:
        """Take back a try that was right."""
        self.execute(pin_attempts.delete().where(pin_attempts.c.id == attempt))

    def of_person(self, person: UUID, since: datetime) -> int:
        return self.value(select(func.count()).select_from(pin_attempts).where(
            pin_attempts.c.person == person, pin_attempts.c.at > since))

    def of_device(self, device: str, since: datetime) -> int:
        return self.value(select(func.count()).select_from(pin_attempts).where(
            pin_attempts.c.device == device, pin_attempts.c.at > since))

    def oldest(self, since: datetime, person: UUID | None = None,
               device: str | None = None) -> datetime | None:
        """When the first attempt that still counts was made."""
        where = pin_attempts.c.person == person if person is not None else (
            pin_attempts.c.device == device)
        return self.value(select(func.min(pin_attempts.c.at)).where(where, pin_attempts.c.at > since))

    def clear(self, person: UUID) -> None:
        """A right PIN forgives the wrong ones of that person, not those of the device."""
        self.execute(pin_attempts.update().where(pin_attempts.c.person == person).values(person=None))

    def prune(self, before: datetime) -> int:
        return self.execute(pin_attempts.delete().where(pin_attempts.c.at < before)).rowcount
