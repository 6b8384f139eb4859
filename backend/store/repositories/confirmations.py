"""Questions at the door: open for a short while, answered once, and then forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from backend.store.records import Confirmation
from backend.store.repositories.base import Repository
from backend.store.schema import confirmations


class Confirmations(Repository):
    def add(self, uuid: UUID, **fields: Any) -> Confirmation:
        """Keep a question: person, device, track_id, at, reason, distance, confidence, expires_at."""
        self.execute(insert(confirmations).values(uuid=uuid, **fields))
        added = self.get(uuid)
        assert added is not None
        return added

    def get(self, uuid: UUID) -> Confirmation | None:
        row = self.row(select(confirmations).where(confirmations.c.uuid == uuid))
        return None if row is None else Confirmation(**row)

    def open_for(self, person: UUID, device: str | None, track_id: int) -> Confirmation | None:
        """The question that this track has been asked about this person, and may still answer."""
        row = self.row(select(confirmations).where(
            confirmations.c.person == person, confirmations.c.device == device,
            confirmations.c.track_id == track_id, confirmations.c.confirmed_at.is_(None),
            confirmations.c.expires_at > self.unit.now()))
        return None if row is None else Confirmation(**row)

    def confirmed(self, uuid: UUID) -> None:
        self.execute(confirmations.update().where(confirmations.c.uuid == uuid)
                     .values(confirmed_at=self.unit.now()))

    def forget(self, person: UUID) -> None:
        """Delete all about one person, as a withdrawn consent and an erasure do."""
        self.execute(confirmations.delete().where(confirmations.c.person == person))

    def prune(self, before: datetime) -> int:
        """Delete those that ended before; how many went."""
        return self.execute(confirmations.delete().where(confirmations.c.expires_at < before)).rowcount
