"""Pushing plain records, for scripts that use OdooConnector without our database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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


def _resolve(client: OdooClient, given: Sequence[Mapping[str, Any]], page: int,
             errors: list[str]) -> Iterable[Wanted | None]:
    odoo_ids = [int(one["employee_id"]) for one in given if one.get("employee_id")]
    barcodes = [str(one["person_id"]) for one in given if one.get("person_id")]
    existing, by_barcode = employees.find(client, odoo_ids, barcodes, page)
    for one in given:
        employee = one.get("employee_id")
        if employee is None or int(employee) not in existing:
            employee = by_barcode.get(str(one.get("person_id")))
        if employee is None:
            errors.append(f"Employee not found: {one.get('person_id') or one.get('employee_id')}")
            yield None
            continue
        check_in, check_out = _time(one["check_in"]), one.get("check_out")
        session = one.get("uuid") or uuid5(_SCRIPTS, f"{employee} {check_in.isoformat()}")
        yield Wanted(UUID(str(session)), int(employee), check_in,
                     _time(check_out) if check_out else None)


def _time(value: datetime | str) -> datetime:
    """Text without an offset is in UTC, as Odoo writes it; a datetime must be aware."""
    if isinstance(value, str):
        parsed = datetime.fromisoformat(value)
        value = parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
    return whole_seconds(value)
