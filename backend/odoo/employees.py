"""Odoo's employees and what they are as people of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.odoo import times
from backend.odoo.client import OdooClient
from backend.odoo.errors import OdooForbidden, OdooMissingRights, OdooServerFault
from backend.odoo.fields import FieldNames

MODEL = "hr.employee"
WANTED = ("name", "barcode", "work_email", "department_id", "job_id", "job_title", "mobile_phone",
          "work_phone", "employee_type", "company_id", "tz", "active", "write_date")
"""Read where they exist; pictures and the like are never read."""
SPARE = "ODOO_"
"""Begins the id of a person whose employee has no barcode."""
PIN = "pin"
"""Read only where PINs are wanted."""

RIGHTS = ("The bridge user needs Employees / Officer, and Attendances / Administrator (Odoo 18) or "
          "Attendances / Officer: Manage all attendances (Odoo 19).")
_PUBLIC = "hr.employee.public"
"""The model that answers for employees where the user has no HR rights."""
_HIDDEN = f"Odoo does not show employees' badges to this user. {RIGHTS}"
_EVERYBODY = {"active_test": False}
"""Context of a read that archived employees belong to."""
EVERYWHERE = {"active_test": False, "allowed_company_ids": None}
"""The same in all companies of the bridge user."""


@dataclass(frozen=True, kw_only=True)
class Employee:
    """An employee as a person: `person_id` is the barcode, else `spare` with the id, ODOO_<id>
    mostly. `write_date` is aware UTC, by Odoo's clock; `pin` is only there where it was asked for."""

    odoo_id: int
    barcode: str | None
    name: str
    email: str | None
    department: str | None
    position: str | None
    phone: str | None
    active: bool
    metadata: dict[str, Any] = field(default_factory=dict)
    write_date: datetime | None = None
    pin: str | None = field(default=None, repr=False)
    spare: str = SPARE

    @property
    def person_id(self) -> str:
        return self.barcode or f"{self.spare}{self.odoo_id}"


@dataclass(frozen=True, kw_only=True)
class Changed:
    """Which employees an incremental read is about: written at or after `since` (aware), and
    those with the ids in `besides`."""

    since: datetime
    besides: Sequence[int] = ()

    @property
    def domain(self) -> list[Any]:
        written = ["write_date", ">=", times.to_odoo(self.since)]
        return ["|", written, ["id", "in", list(self.besides)]] if self.besides else [written]


def from_odoo(row: Mapping[str, Any]) -> Employee:
    """The mapping of the contract. Odoo's False, in a field of any type, is empty."""
    metadata = {
        "odoo_id": row["id"],
        "employee_type": _text(row, "employee_type"),
        "company_id": row["company_id"][0] if row.get("company_id") else None,
        "company": _related(row, "company_id"),
        "tz": _text(row, "tz"),
    }
    return Employee(
        odoo_id=row["id"], barcode=_text(row, "barcode"),
        name=_text(row, "name") or f"Employee {row['id']}", email=_text(row, "work_email"),
        department=_related(row, "department_id"),
        position=_related(row, "job_id") or _text(row, "job_title"),
        phone=_text(row, "mobile_phone") or _text(row, "work_phone"),
        active=bool(row.get("active", True)),
        metadata={name: value for name, value in metadata.items() if value is not None},
        write_date=times.from_odoo(row.get("write_date")), pin=_text(row, PIN))


def readable(names: FieldNames, pins: bool = False) -> list[str]:
    """The fields that employees are read with. Raises OdooMissingRights where the user may not
    see barcodes: everybody would become ODOO_<id>."""
    wanted = (*WANTED, PIN) if pins else WANTED
    fields = names.among(MODEL, wanted)
    if "barcode" not in fields:
        names.forget()  # the right may have been given since
        fields = names.among(MODEL, wanted)
    if "barcode" not in fields:
        raise OdooMissingRights(_HIDDEN)
    return fields


def pages(client: OdooClient, names: FieldNames, size: int, limit: int | None = None, *,
          changed: Changed | None = None, pins: bool = False) -> Iterator[list[Employee]]:
    """Employees in order of their ids, `size` at most in one call, archived ones included: all,
    or only those `changed`; `limit` is the most that are wanted.

    Going on from the last id seen misses nobody when others are added or deleted meanwhile.
    Raises OdooMissingRights where the user may not see barcodes.
    """
    last, left = 0, limit
    while left is None or left > 0:
        wanted = size if left is None else min(size, left)
        domain = [["id", ">", last], *(changed.domain if changed else ())]
        page = _read(client, names, domain, _EVERYBODY, pins, limit=wanted)
        if page:
            yield page
            last = page[-1].odoo_id
            left = None if left is None else left - len(page)
        if len(page) < wanted:
            return


def some(client: OdooClient, names: FieldNames, odoo_ids: Sequence[int], size: int, *,
         context: Mapping[str, Any] = _EVERYBODY, pins: bool = False) -> Iterator[list[Employee]]:
    """The employees with these ids, archived ones included; those that are gone are left out."""
    for part in _parts(sorted(set(odoo_ids)), size):
        yield _read(client, names, [["id", "in", list(part)]], context, pins)


def find(client: OdooClient, odoo_ids: Sequence[int], barcodes: Sequence[str],
         size: int) -> tuple[set[int], dict[str, int]]:
    """Which of these ids exist, and the ids of those with these barcodes; archived ones count."""
    existing: set[int] = set()
    by_barcode: dict[str, int] = {}
    for part in _parts(sorted(set(odoo_ids)), size):
        rows = client.execute(MODEL, "search_read", [["id", "in", list(part)]], fields=["id"],
                              context=_EVERYBODY)
        existing |= {row["id"] for row in rows}
    for barcode, odoo_id, _ in holders(client, barcodes, size):
        by_barcode.setdefault(barcode, odoo_id)
    return existing, by_barcode


def holders(client: OdooClient, barcodes: Sequence[str],
            size: int) -> Iterator[tuple[str, int, str]]:
    """Badge, id and name of the employees with these badges, archived ones and those of other
    companies too, by id: a badge is unique in a database. Raises OdooMissingRights where the user
    may not see badges."""
    for part in _parts(sorted(set(barcodes)), size):
        try:
            rows = client.execute(MODEL, "search_read", [["barcode", "in", list(part)]],
                                  fields=["barcode", "name"], order="id asc", context=EVERYWHERE)
        except OdooServerFault as error:
            if _PUBLIC in str(error):  # where the search for a hidden field ends
                raise OdooMissingRights(_HIDDEN) from None
            raise
        for row in rows:
            yield row["barcode"], row["id"], str(row["name"])


def _read(client: OdooClient, names: FieldNames, domain: list[Any], context: Mapping[str, Any],
          pins: bool, **more: Any) -> list[Employee]:
    """One read by id. A field that went away since the fields were asked for (an update of Odoo,
    a right that was taken) is an error of the whole call, so they are asked for once more."""
    for again in (True, False):
        fields = readable(names, pins)
        try:
            rows = client.execute(MODEL, "search_read", domain, fields=fields, order="id asc",
                                  context=dict(context), **more)
            return [from_odoo(row) for row in rows]
        except (OdooServerFault, OdooForbidden):
            names.forget()
            if not again or readable(names, pins) == fields:
                raise
    raise AssertionError("unreachable")


def _parts(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), size):
        yield values[start:start + size]


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    return (str(value).strip() or None) if value else None


def _related(row: Mapping[str, Any], name: str) -> str | None:
    """The display name of Odoo's `[id, name]`."""
    value = row.get(name)
    return str(value[1]) if value else None
