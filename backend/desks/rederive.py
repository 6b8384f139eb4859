"""The one way from facts to rows: read a person's punches, derive, keep what differs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.attendance import Derived
from backend.attendance.derive import derive
from backend.store.records import SessionChanges
from backend.store.unit import Unit


@dataclass(frozen=True)
class Rederived:
    derived: Derived
    changes: SessionChanges


def rederive(unit: Unit, person: UUID) -> Rederived:
    """Bring the person's attendance and outcomes in line with the facts, in this unit."""
    derived = derive(unit.punches.of(person), unit.corrections.of(person), unit.policies.all(),
                     unit.now())
    changes = unit.attendance.replace_sessions(person, derived.sessions)
    unit.outcomes.replace(person, derived.outcomes)
    return Rederived(derived, changes)
