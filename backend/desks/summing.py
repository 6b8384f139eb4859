"""Totals over rows of attendance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backend.store.records import AttendanceRecord


@dataclass(frozen=True)
class PersonTotal:
    """One person over a range of days; `minutes` counts closed sessions only, `assumed` says how
    many of them nobody checked out of, `open` how many still run (0 or 1)."""

    person_id: str
    person_name: str
    department: str | None
    days: int
    sessions: int
    minutes: int
    open: int
    assumed: int


def total_up(rows: Iterable[AttendanceRecord]) -> list[PersonTotal]:
    """A total for each person, by name."""
    of: dict[str, list[AttendanceRecord]] = {}
    for row in rows:
        of.setdefault(row.person_id, []).append(row)
    totals = [_total(found) for found in of.values()]
    return sorted(totals, key=lambda one: (one.person_name.casefold(), one.person_id))


def _total(rows: list[AttendanceRecord]) -> PersonTotal:
    first = rows[0]
    return PersonTotal(
        person_id=first.person_id, person_name=first.person_name, department=first.department,
        days=len({row.day for row in rows}), sessions=len(rows),
        minutes=sum(row.duration_minutes or 0 for row in rows),
        open=sum(row.check_out is None for row in rows), assumed=sum(row.assumed for row in rows))
