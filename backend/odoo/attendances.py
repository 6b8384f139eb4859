"""Rows of Odoo's hr.attendance: loaded under external ids of our own, read, removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.odoo.client import OdooClient
from backend.odoo.errors import OdooRefused, OdooServerFault
from backend.odoo.loading import Cells, Loaded, load
from backend.odoo.times import from_odoo, to_odoo

MODEL = "hr.attendance"
MODULE = "__face_attendance__"
"""The module of our external ids; no real module is called so."""
FIELDS = ("employee_id", "check_in", "check_out", "worked_hours", "write_date")
_OPEN = ["id", "employee_id/.id", "check_in"]
_CLOSED = [*_OPEN, "check_out"]
UTC_CONTEXT = {"tz": "UTC"}
"""Without it, load() takes times to be in the user's own zone."""


@dataclass(frozen=True)
class Wanted:
    """What Odoo should hold of a session; `check_out` None while it is open."""

    session: UUID
    employee_id: int
    check_in: datetime
    check_out: datetime | None

    @property
    def external_id(self) -> str:
        return f"{MODULE}.{external_name(self.session)}"


@dataclass(frozen=True)
class Held:
    """What Odoo holds under an id: times aware in UTC, hours as Odoo counts them."""

    odoo_id: int
    employee_id: int
    employee_name: str
    check_in: datetime
    check_out: datetime | None
    worked_hours: float
    write_date: datetime | None


def external_name(session: UUID) -> str:
    """The external id without its module; Odoo takes letters, digits, `_`, `.` and `-`."""
    return f"session_{session}"


def load_rows(client: OdooClient, wanted: Sequence[Wanted]) -> list[Loaded]:
    """Create or update rows, all of them open or all of them closed; results in their order.

    The column check_out is left out for open rows: an empty one would open a row again that
    was closed meanwhile. The client repeats a call without an answer, which cannot double.
    """
    if len({row.check_out is None for row in wanted}) > 1:
        raise ValueError("open and closed rows go in separate calls")
    if not wanted:
        return []
    columns = _OPEN if wanted[0].check_out is None else _CLOSED

    def call(rows: list[Cells]) -> dict[str, Any]:
        return client.execute(MODEL, "load", columns, [list(row) for row in rows], context=UTC_CONTEXT)

    return load(call, [_cells(row) for row in wanted])


def read(client: OdooClient, odoo_ids: Iterable[int]) -> dict[int, Held]:
    """Rows by id; those that are gone are left out."""
    ids = sorted(set(odoo_ids))
    if not ids:
        return {}
    rows = client.execute(MODEL, "read", ids, list(FIELDS))
    return {row["id"]: held(row) for row in rows}


def between(client: OdooClient, start: datetime, end: datetime, employee_id: int | None,
            size: int) -> Iterable[Held]:
    """Rows that check in within [start, end), in order of their ids, read in pages."""
    domain: list[Any] = [["check_in", ">=", to_odoo(start)], ["check_in", "<", to_odoo(end)]]
    if employee_id is not None:
        domain.append(["employee_id", "=", employee_id])
    last = 0
    while True:
        rows = client.execute(MODEL, "search_read", [*domain, ["id", ">", last]], fields=list(FIELDS),
                              limit=size, order="id asc")
        yield from (held(row) for row in rows)
        if len(rows) < size:
            return
        last = rows[-1]["id"]


def remove(client: OdooClient, odoo_id: int) -> None:
    """Delete a row; one that is gone already is fine."""
    try:
        client.execute(MODEL, "unlink", [odoo_id])
    except OdooRefused:
        if read(client, [odoo_id]):
            raise


def reopen(client: OdooClient, odoo_id: int, wanted: Wanted) -> None:
    """Take the check-out away from a row that was closed, which load() must never do by itself."""
    client.execute(MODEL, "write", [odoo_id], {
        "employee_id": wanted.employee_id, "check_in": to_odoo(wanted.check_in), "check_out": False})


def find_external(client: OdooClient, session: UUID) -> int | None:
    """The id of the row that we once loaded for this session; None where there is none."""
    try:
        model, odoo_id = client.execute("ir.model.data", "check_object_reference", MODULE,
                                        external_name(session))
    except OdooServerFault as error:
        if error.fault.rpartition(".")[2] == "ValueError":
            return None
        raise
    return odoo_id if model == MODEL else None


def held(row: dict[str, Any]) -> Held:
    employee = row.get("employee_id") or (0, "")
    check_in = from_odoo(row["check_in"])
    if check_in is None:
        raise ValueError("an attendance without check-in")
    return Held(odoo_id=row["id"], employee_id=employee[0], employee_name=str(employee[1]),
                check_in=check_in, check_out=from_odoo(row.get("check_out")),
                worked_hours=float(row.get("worked_hours") or 0.0),
                write_date=from_odoo(row.get("write_date")))


def _cells(row: Wanted) -> Cells:
    cells: tuple[str, ...] = (row.external_id, str(row.employee_id), to_odoo(row.check_in))
    return cells if row.check_out is None else (*cells, to_odoo(row.check_out))
