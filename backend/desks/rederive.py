"""The one way from facts to rows: read a person's punches, derive, keep what differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.attendance import Correction, Derived, Policy, Punch
from backend.attendance.derive import derive
from backend.attendance.horizon import longest_reach, restart
from backend.store.records import SessionChanges
from backend.store.unit import Unit

_LOOKS_BACK = (timedelta(days=28), timedelta(days=400))
"""How far back a pause is looked for, first and second; nearly everybody has a weekend."""


@dataclass(frozen=True)
class Facts:
    """A person's facts from `since` on, which can be derived on their own; None means all."""

    punches: list[Punch]
    corrections: list[Correction]
    policies: list[Policy]
    since: datetime | None

    def derive(self, now: datetime, more: Iterable[Correction] = ()) -> Derived:
        """What follows from them, and from corrections that are not kept yet."""
        return derive(self.punches, [*self.corrections, *more], self.policies, now)


@dataclass(frozen=True)
class Rederived:
    derived: Derived
    changes: SessionChanges


def gather(unit: Unit, person: UUID, moment: datetime | None = None) -> Facts:
    """What has to be read where something new is said about `moment`; None reads everything."""
    policies, corrections = unit.policies.all(), unit.corrections.of(person)
    if moment is not None:
        standing = unit.attendance.open_of(person)
        # An open row has to be closed, however long ago it began.
        moment = moment if standing is None else min(moment, standing.check_in)
        reach = longest_reach(policies)
        for back in _LOOKS_BACK:
            punches = unit.punches.of(person, since=moment - back)
            since = restart([one.at for one in punches], corrections, reach, moment, moment - back)
            if since is not None:
                return Facts([one for one in punches if one.at >= since],
                             [one for one in corrections if one.end > since], policies, since)
    return Facts(unit.punches.of(person), corrections, policies, None)


def rederive(unit: Unit, person: UUID, moment: datetime | None = None) -> Rederived:
    """Bring the person's rows and outcomes in line with the facts, in this unit, and queue what
    changed for Odoo.

    `moment` is the earliest instant that something new was said about; None means anything.
    """
    facts = gather(unit, person, moment)
    derived = facts.derive(unit.now())
    changes = unit.attendance.replace_sessions(person, derived.sessions, since=facts.since)
    unit.outbox.queue(person, sorted({*changes.added, *changes.changed, *changes.superseded}))
    among = None if facts.since is None else [punch.uuid for punch in facts.punches]
    unit.outcomes.replace(person, derived.outcomes, among=among)
    return Rederived(derived, changes)
