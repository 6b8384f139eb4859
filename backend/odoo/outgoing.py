"""Pushing plain records, for scripts that use OdooConnector without our database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from backend.clock import whole_seconds
from backend.odoo import employees
from backend.odoo.attendances import ARCHIVED_TOO, Wanted, load_rows
from backend.odoo.client import OdooClient
from backend.odoo.errors import one_line
from backend.odoo.loading import Loaded

_SCRIPTS = UUID("6f0d3c1e-5a0b-4c52-9b1e-0d8f6f7a2b11")
"""Namespace of the identities of records that come without a uuid."""
_LARGEST_ID = 2**31 - 1
"""Of any record of Odoo's."""


def push_message(pushed: int, failed: int, skipped: int) -> str:
    """The sentence of the contract."""
    text = f"Pushed {pushed} attendance records"
    if failed:
        text += f", {failed} failed"
    if skipped:
        text += f", {skipped} already in Odoo"
    return text


def load_all(client: OdooClient, rows: Sequence[Wanted], batch: int) -> Iterable[list[tuple[Wanted, Loaded]]]:
    """Load in batches, closed rows before open ones, each otherwise in the order given; a
    list of results after each call."""
    for part in ([row for row in rows if row.check_out is not None],
                 [row for row in rows if row.check_out is None]):
        for start in range(0, len(part), batch):
            some = part[start:start + batch]
            results = load_rows(client, some)
            refused = [place for place, one in enumerate(results) if one.odoo_id is None]
            again = load_rows(client, [some[place] for place in refused], ARCHIVED_TOO)
            for place, one in zip(refused, again, strict=True):
                results[place] = one
            yield list(zip(some, results, strict=True))


def push(client: OdooClient, records: Iterable[Mapping[str, Any]], *, batch: int,
         page: int) -> dict[str, Any]:
    """See `OdooConnector.push_attendance`."""
    given = list(records)
    errors: list[str] = []
    ids: dict[str, int] = {}
    wanted = [row for row in _resolve(client, given, page, errors) if row is not None]
    failed = len(given) - len(wanted)
    for results in load_all(client, sorted(wanted, key=lambda row: row.check_in), batch):
        for row, result in results:
            if result.odoo_id is None:
                failed += 1
                errors.append(one_line(f"Employee {row.employee_id}, {row.check_in:%Y-%m-%d %H:%M} UTC: "
                                       f"{result.error}"))
            else:
                ids[str(row.session)] = result.odoo_id
    pushed = len(given) - failed
    return {"success": failed == 0, "message": push_message(pushed, failed, 0), "pushed": pushed,
            "failed": failed, "skipped": 0, "total": len(given),
            "errors": list(dict.fromkeys(errors)), "ids": ids}


def _resolve(client: OdooClient, given: Sequence[Any], page: int, errors: list[str]) -> Iterable[Wanted | None]:
    """Each record as a row, None for one that is none; `errors` says why."""
    told: list[_Told | None] = []
    for number, one in enumerate(given, 1):
        try:
            told.append(_read(one))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            told.append(None)
            errors.append(one_line(f"Record {number} cannot be read: {error}"))
    known = [one for one in told if one is not None]
    existing, by_barcode = employees.find(
        client, [one.employee_id for one in known if one.employee_id], [one.badge for one in known if one.badge], page)
    for one in told:
        if one is None:
            yield None
            continue
        employee = one.employee_id if one.employee_id in existing else by_barcode.get(one.badge or "")
        if employee is None:
            errors.append(f"Employee not found: {one.badge or one.employee_id}")
            yield None
            continue
        session = one.session or uuid5(_SCRIPTS, f"{employee} {one.check_in.isoformat()}")
        yield Wanted(session, employee, one.check_in, one.check_out)


@dataclass(frozen=True)
class _Told:
    """A record as a script gave it; `employee_id` 0 where there is none that could exist."""

    employee_id: int
    badge: str | None
    check_in: datetime
    check_out: datetime | None
    session: UUID | None


def _read(one: Mapping[str, Any]) -> _Told:
    """Raises ValueError and the like, with a text for people, for what is no record."""
    if not isinstance(one, Mapping):
        raise TypeError(f"{one!r} is no mapping of names to values")
    number, badge, uuid, end = (one.get(name) for name in ("employee_id", "person_id", "uuid", "check_out"))
    if not number and not badge:
        raise ValueError("it names no employee; give employee_id or person_id")
    if not one.get("check_in"):
        raise ValueError("it has no check_in")
    try:
        session = UUID(str(uuid)) if uuid else None
    except ValueError:
        raise ValueError(f"its uuid, {uuid}, is none") from None
    employee = int(number) if number else 0
    if not 0 <= employee <= _LARGEST_ID:
        if not badge:
            raise ValueError(f"Odoo has no employee {employee}")
        employee = 0
    return _Told(employee, str(badge) if badge else None, _time(one["check_in"]), _time(end) if end else None, session)


def _time(value: datetime | str) -> datetime:
    """Text without an offset is in UTC, as Odoo writes it; a datetime must be aware."""
    if isinstance(value, str):
        parsed = datetime.fromisoformat(value)
        value = parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
    return whole_seconds(value)
