"""Consents: who agreed to which text, given by whom, withdrawn when."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import insert, select

from backend.store.records import Consent
from backend.store.repositories.base import Repository
from backend.store.schema import consents


class Consents(Repository):
    def give(self, person: UUID, text_version: str, given_by: str) -> Consent:
        """Record a consent; one that is in force for the same text already stays as it is."""
        standing = self.in_force(person)
        if standing is not None and standing.text_version == text_version:
            return standing
        now = self.unit.now()
        if standing is not None:
            self._end(person, given_by)
        self.execute(insert(consents).values(
            uuid=uuid4(), person=person, text_version=text_version, given_by=given_by, given_at=now))
        self.unit.templates.bump()
        given = self.in_force(person)
        assert given is not None
        return given

    def withdraw(self, person: UUID, withdrawn_by: str) -> bool:
        """End the consent, delete the templates and the questions that came of them, all in this
        transaction; whether there was a consent in force."""
        ended = self._end(person, withdrawn_by)
        self.unit.templates.delete_of(person)
        self.unit.confirmations.forget(person)
        self.unit.templates.bump()
        return ended

    def in_force(self, person: UUID) -> Consent | None:
        row = self.row(select(consents).where(
            consents.c.person == person, consents.c.withdrawn_at.is_(None)))
        return None if row is None else Consent(**row)

    def of(self, person: UUID) -> list[Consent]:
        """All that were ever given, oldest first."""
        statement = select(consents).where(consents.c.person == person).order_by(consents.c.given_at)
        return [Consent(**row) for row in self.rows(statement)]

    def forget(self, person: UUID) -> None:
        """Delete the records themselves, as an erasure does."""
        self.execute(consents.delete().where(consents.c.person == person))

    def _end(self, person: UUID, by: str) -> bool:
        ended = self.execute(consents.update().where(
            consents.c.person == person, consents.c.withdrawn_at.is_(None)
        ).values(withdrawn_by=by, withdrawn_at=self.unit.now()))
        return bool(ended.rowcount)
