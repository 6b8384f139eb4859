"""Rows of hr.attendance told apart: ours as we know them, ours to be looked into, and foreign ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from backend.odoo import attendances
from backend.odoo.attendances import Held
from backend.odoo.bridge.plan import span_held, span_of
from backend.odoo.connector import OdooConnector
from backend.store import Store
from backend.store.records import AttendanceRecord, ForeignRow, OdooRow
from backend.store.unit import Unit

_PREFIX = attendances.external_name(UUID(int=0)).partition("0")[0]


@dataclass
class Sorted:
    """`held`: what Odoo has of our attendance rows, by attendance id. `doubtful`: those of them
    that differ from what was last confirmed. `foreign`: rows that are not ours."""

    held: dict[int, Held] = field(default_factory=dict)
    doubtful: set[int] = field(default_factory=set)
    foreign: list[Held] = field(default_factory=list)


def sort(connector: OdooConnector, store: Store, connection_id: int, rows: Sequence[Held], *,
         keep: bool = True) -> Sorted:
    """Tell `rows` apart, in at most one call for each page of rows never seen before.

    With `keep`, the number of a row of ours that was not known yet is noted, as when its answer
    was lost. A row with an external id like ours but of no session of ours is foreign: it may be
    another installation's.
    """
    numbers = [one.odoo_id for one in rows]
    with store.read() as unit:
        known = unit.odoo.by_odoo_ids(numbers, connection_id)
        foreign = unit.foreign.get_many(numbers, connection_id)
    unknown = [number for number in numbers if number not in known and number not in foreign]
    names = attendances.external_names(connector.client, unknown, connector.page) if unknown else {}
    sessions = {number: session for name, number in names.items() if (session := _session(name)) is not None}
    found = Sorted()
    with store.write() if keep and sessions else store.read() as unit:
        records = _of_sessions(unit, connection_id, sessions.values())
        others = unit.odoo.ours(list(sessions), connection_id) if sessions else set()  # by now
        busy = unit.claims.others({record.person for record in records.values()}, "", connection_id)
        for one in rows:
            record = records.get(sessions[one.odoo_id]) if one.odoo_id in sessions else None
            row = known.get(one.odoo_id)
            if row is not None:
                found.held[row.attendance_id] = one
                if row.state != "synced" or span_of(row) != span_held(one):
                    found.doubtful.add(row.attendance_id)
            elif record is not None:
                found.held[record.id] = one
                found.doubtful.add(record.id)
                # Who has the person's rows on the way may be about to note it, and for another row of the session.
                if keep and one.odoo_id not in others and record.person not in busy:
                    _note_number(unit, connection_id, record, one)
            else:
                found.foreign.append(one)
    return found


def import_foreign(unit: Unit, connection_id: int, rows: Iterable[Held]) -> list[Held]:
    """Keep foreign rows as Odoo has them now; returns those that are new or have changed."""
    rows = list(rows)
    known = unit.foreign.get_many([one.odoo_id for one in rows], connection_id)
    fresh = [one for one in rows if one.odoo_id not in known or _changed(known[one.odoo_id], one)]
    unit.foreign.save(ForeignRow(
        connection_id=connection_id, odoo_id=one.odoo_id, odoo_employee_id=one.employee_id,
        employee_name=one.employee_name, check_in=one.check_in, check_out=one.check_out,
        write_date=one.write_date, seen_at=unit.now()) for one in fresh)
    return fresh


def is_news(known: ForeignRow | None, now: Held) -> bool:
    """Whether a foreign row is not known as Odoo has it now."""
    return known is None or _changed(known, now)


def _changed(known: ForeignRow, now: Held) -> bool:
    return (known.odoo_employee_id, known.check_in, known.check_out) != (
        now.employee_id, now.check_in, now.check_out)


def _session(name: str) -> UUID | None:
    if not name.startswith(_PREFIX):
        return None
    try:
        return UUID(name.removeprefix(_PREFIX))
    except ValueError:
        return None


def _of_sessions(unit: Unit, connection_id: int, sessions: Iterable[UUID]) -> dict[UUID, AttendanceRecord]:
    """The row in force of each session that belongs to this database, else its newest. A copy of
    another database shows sessions of that one, too."""
    found: dict[UUID, AttendanceRecord] = {}
    for record in unit.attendance.of_sessions(list(sessions)):
        standing = found.get(record.uuid)
        if record.connection_id != connection_id:
            continue
        if standing is None or standing.superseded_at is not None:
            found[record.uuid] = record
    return found


def _note_number(unit: Unit, connection_id: int, record: AttendanceRecord, now: Held) -> None:
    """Odoo has this row under a number that we were never told. One that HR deleted and that
    turns up again stays deleted; the push sees to it. Where the number is known by now, a push that
    has found the row meanwhile knows more than `now`, which is from before."""
    row = unit.odoo.get(record.id, connection_id) or OdooRow(
        attendance_id=record.id, connection_id=connection_id, state="pending")
    if row.state == "deleted" or row.odoo_id == now.odoo_id or (row.odoo_id is not None and row.state != "removed"):
        return
    unit.odoo.save(replace(row, odoo_id=now.odoo_id, odoo_employee_id=now.employee_id, check_in=now.check_in,
                           check_out=now.check_out, write_date=now.write_date, state="pending"))
