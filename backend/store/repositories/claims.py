"""Whose rows are on their way to Odoo, and with whom: one sender a person, in all processes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import bindparam, insert, or_, select

from backend.store.repositories.base import Repository, batches
from backend.store.repositories.connections import FIRST
from backend.store.schema import push_claims

_TAKE = push_claims.update().where(
    push_claims.c.connection_id == bindparam("of"), push_claims.c.person == bindparam("this"),
    or_(push_claims.c.claimed_by.is_(None), push_claims.c.claimed_by == bindparam("owner"),
        push_claims.c.lease_until <= bindparam("now")),
).values(claimed_by=bindparam("owner"), lease_until=bindparam("until"))
"""Touches one row, or none where somebody else has the person."""


class Claims(Repository):
    def take(self, persons: Iterable[UUID], owner: str, lease: timedelta,
             connection_id: int = FIRST) -> set[UUID]:
        """Claim these people for `owner` until `lease` from now; returns those that are the
        owner's from here on. A claim that ran out belongs to nobody."""
        now, people = self.unit.now(), sorted(set(persons))
        known: set[UUID] = set()
        for some in batches(people):
            known |= {row["person"] for row in self.rows(select(push_claims.c.person).where(
                push_claims.c.connection_id == connection_id, push_claims.c.person.in_(some)))}
        fresh = [{"connection_id": connection_id, "person": person} for person in people if person not in known]
        if fresh:
            self.execute(insert(push_claims), fresh)
        if people:
            self.execute(_TAKE, [{"of": connection_id, "this": person, "owner": owner, "now": now,
                                  "until": now + lease} for person in people])
        return self.held(owner, connection_id) & set(people)

    def renew(self, owner: str, lease: timedelta, connection_id: int = FIRST) -> set[UUID]:
        """Prolong all claims of `owner`; returns the people that are still the owner's."""
        self.execute(push_claims.update().where(
            push_claims.c.connection_id == connection_id, push_claims.c.claimed_by == owner
        ).values(lease_until=self.unit.now() + lease))
        return self.held(owner, connection_id)

    def held(self, owner: str, connection_id: int = FIRST) -> set[UUID]:
        """Whom `owner` has, and nobody else has taken since."""
        return {row["person"] for row in self.rows(select(push_claims.c.person).where(
            push_claims.c.connection_id == connection_id, push_claims.c.claimed_by == owner))}

    def others(self, persons: Iterable[UUID], owner: str, connection_id: int = FIRST) -> set[UUID]:
        """Who of these is with somebody else at the moment."""
        now = self.unit.now()
        found: set[UUID] = set()
        for some in batches(sorted(set(persons))):
            found |= {row["person"] for row in self.rows(select(push_claims.c.person).where(
                push_claims.c.connection_id == connection_id, push_claims.c.person.in_(some),
                push_claims.c.claimed_by.is_not(None), push_claims.c.claimed_by != owner,
                push_claims.c.lease_until > now))}
        return found

    def release(self, owner: str, connection_id: int = FIRST) -> int:
        """Give back all claims of `owner`."""
        return self.execute(push_claims.update().where(
            push_claims.c.connection_id == connection_id, push_claims.c.claimed_by == owner
        ).values(claimed_by=None, lease_until=None)).rowcount
