"""Outcomes: what the rules made of each punch, rewritten by each derivation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from backend.attendance.model import Outcome, OutcomeKind
from backend.store.repositories.base import Repository, batches
from backend.store.schema import punch_outcomes


class Outcomes(Repository):
    def replace(self, person: UUID, outcomes: Iterable[Outcome],
                among: Sequence[UUID] | None = None) -> None:
        """Make these the person's outcomes; only what differs is written. With `among` the
        outcomes of other punches are left alone."""
        before = {one.punch: one for one in (self.of(person) if among is None else self._among(among))}
        after = {one.punch: one for one in outcomes}
        gone = [punch for punch in before if after.get(punch) != before[punch]]
        for some in batches(gone):
            self.execute(punch_outcomes.delete().where(punch_outcomes.c.punch.in_(some)))
        new = [{"person": person, "punch": one.punch, "outcome": str(one.outcome),
                "reason": one.reason, "session": one.session}
               for punch, one in after.items() if before.get(punch) != one]
        if new:
            self.execute(insert(punch_outcomes), new)

    def of(self, person: UUID) -> list[Outcome]:
        statement = select(punch_outcomes).where(punch_outcomes.c.person == person)
        return [_outcome(row) for row in self.rows(statement)]

    def _among(self, punches: Sequence[UUID]) -> list[Outcome]:
        return [_outcome(row) for some in batches(punches) for row in self.rows(
            select(punch_outcomes).where(punch_outcomes.c.punch.in_(some)))]

    def get(self, punch: UUID) -> Outcome | None:
        row = self.row(select(punch_outcomes).where(punch_outcomes.c.punch == punch))
        return None if row is None else _outcome(row)

    def people_with(self, reason: str) -> list[UUID]:
        """Who has a punch whose outcome has this reason."""
        statement = select(punch_outcomes.c.person).distinct().where(
            punch_outcomes.c.reason == reason, punch_outcomes.c.person.is_not(None))
        return [row["person"] for row in self.rows(statement)]

    def forget(self, person: UUID) -> None:
        """Take the person off their outcomes."""
        self.execute(punch_outcomes.update().where(punch_outcomes.c.person == person).values(person=None))


def _outcome(row: Mapping[str, Any]) -> Outcome:
    return Outcome(punch=row["punch"], outcome=OutcomeKind(row["outcome"]), reason=row["reason"],
                   session=row["session"])
