"""Odoo's rows against our sessions: one row each, right to the second, and nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from backend.attendance_system import AttendanceSystem
from backend.store.records import AttendanceRecord
from tests.faults.targets import Row


@dataclass(frozen=True)
class Fault:
    """Something wrong; `keys` find its story."""

    text: str
    keys: tuple[str, ...] = ()


@dataclass
class Hands:
    """What HR did in Odoo by hand: rows by session or id, with the values that it left; of edited
    ones also those that it found."""

    edited: dict[str, tuple[Row, Row]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    foreign: dict[int, Row] = field(default_factory=dict)


def judge(system: AttendanceSystem, rows: Iterable[Row], employees: dict[str, int], hands: Hands) -> list[Fault]:
    """Everything that is wrong, in words. An empty list is what this is all about."""
    held = list(rows)
    records, _ = system.attendance.list(status="any", limit=1_000_000)
    records = [record for record in records if record.person_id in employees]
    standing = {str(record.uuid): record for record in records if record.superseded_at is None}
    people = {str(record.uuid): record.person_id for record in records}
    faults = [*_foreign(held, hands, people), *_doubled(held), *_mistaken(system, employees, hands)]
    ours = {row.session: row for row in held if row.session is not None}
    newest: dict[str, datetime] = {}
    for record in standing.values():
        newest[record.person_id] = max(record.check_in, newest.get(record.person_id, record.check_in))
    for session, record in standing.items():
        needed = newest[record.person_id] > record.check_in
        faults += _session(session, record, ours.get(session), employees, hands, needed)
    for session, row in ours.items():
        if session not in standing and session not in hands.edited:
            faults.append(Fault(f"left over: {row.span}, but session {session} is not in force",
                                (session, people.get(session, "-"))))
    return faults


def _session(session: str, record: AttendanceRecord, row: Row | None, employees: dict[str, int],
             hands: Hands, needed: bool) -> Iterable[Fault]:
    keys = (session, record.person_id)
    if session in hands.deleted:
        if row is not None:
            yield Fault(f"HR deleted it, and it is back: {row.span}", keys)
        return
    if row is None:
        yield Fault(f"lost: session {session} of {record.person_id} ({_span(record)}) is not in Odoo", keys)
        return
    if row.employee_id != employees[record.person_id]:
        yield Fault(f"wrong employee: {row.span} is {record.person_id}'s", keys)
    if session in hands.edited:
        yield from _edited(record, row, *hands.edited[session], keys)
        return
    ends = {record.check_out}
    if record.assumed and not needed:
        ends.add(None)
    if row.check_in != record.check_in or row.check_out not in ends:
        yield Fault(f"wrong: Odoo holds {row.span}, session {session} of {record.person_id} is {_span(record)}",
                    keys)


def _edited(record: AttendanceRecord, row: Row, found: Row, left: Row, keys: tuple[str, ...]) -> Iterable[Fault]:
    """What HR changed stays; what it left alone may since have changed here. Both sides agree, or
    the row waits for somebody."""
    for name in ("check_in", "check_out"):
        was, wish, now = (getattr(one, name) for one in (found, left, row))
        if now != wish and (was != wish or now != getattr(record, name)):
            yield Fault(f"HR's edit was overwritten: {left.span} is now {row.span}; here {_span(record)}", keys)
            return
    if (row.check_in, row.check_out) != (record.check_in, record.check_out) and record.sync_state != "conflict":
        yield Fault(f"HR's edit was not taken over: {row.span}; here {_span(record)}", keys)


def _mistaken(system: AttendanceSystem, employees: dict[str, int], hands: Hands) -> Iterable[Fault]:
    """Corrections that came from Odoo without HR: a sending of our own was taken for HR's edit, and
    what was said here since is lost although both sides agree."""
    written: dict[int, set[datetime | None]] = {}
    for found, left in hands.edited.values():
        changed = {getattr(left, name) for name in ("check_in", "check_out")
                   if getattr(left, name) != getattr(found, name)}
        written.setdefault(left.employee_id, set()).update(changed)
    with system.store.read() as unit:
        for badge, employee in employees.items():
            person = unit.people.by_person_id(badge)
            for one in unit.corrections.of(person.uuid) if person is not None else []:
                if one.source == "odoo" and not {one.check_in, one.check_out} & written.get(employee, set()):
                    yield Fault(f"taken for HR's edit, and nobody edited it: {badge} {one.check_in} to {one.check_out}",
                                (badge,))


def _foreign(held: list[Row], hands: Hands, people: dict[str, str]) -> Iterable[Fault]:
    found = {row.odoo_id: row for row in held if row.session is None}
    for odoo_id, row in found.items():
        if odoo_id not in hands.foreign:
            yield Fault(f"nobody's: {row.span} has no external id, and HR did not enter it", (f"#{odoo_id}",))
    for odoo_id, row in hands.foreign.items():
        if found.get(odoo_id) != row:
            now = found.get(odoo_id)
            yield Fault(f"HR's own row was touched: {row.span} is now {now.span if now else 'gone'}",
                        (f"#{odoo_id}",))


def _doubled(held: list[Row]) -> Iterable[Fault]:
    """Overlaps among rows of one employee: each alone may look right."""
    by_employee: dict[int, list[Row]] = {}
    for row in held:
        by_employee.setdefault(row.employee_id, []).append(row)
    for rows in by_employee.values():
        rows.sort(key=lambda row: row.check_in)
        for one, other in itertools.pairwise(rows):
            if one.check_out is not None and one.check_out > other.check_in:
                keys = tuple(row.session or f"#{row.odoo_id}" for row in (one, other))
                yield Fault(f"overlap: {one.span} and {other.span}", keys)


def _span(record: AttendanceRecord) -> str:
    end = f"{record.check_out:%m-%d %H:%M:%S}" if record.check_out else "open"
    said = f"; {record.sync_state}: {record.sync_error}" if record.sync_error else f"; {record.sync_state}"
    return f"{record.check_in:%m-%d %H:%M:%S} to {end}{', assumed' if record.assumed else ''}{said}"
