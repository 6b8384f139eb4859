"""Odoo's employees and what they are as people of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.odoo.client import OdooClient
from backend.odoo.errors import OdooMissingRights
from backend.odoo.fields import FieldNames

MODEL = "hr.employee"
WANTED = ("name", "barcode", "work_email", "department_id", "job_id", "job_title", "mobile_phone",
          "work_phone", "employee_type", "company_id", "tz", "active")
"""Read where they exist; pictures and the like are never read."""

RIGHTS = ("The bridge user needs Employees / Officer, and Attendances / Administrator (Odoo 18) or "
          "Attendances / Officer: Manage all attendances (Odoo 19).")


@dataclass(frozen=True, kw_only=True)
class Employee:
    """An employee as a person: `person_id` is the barcode, else ODOO_<id>."""

    odoo_id: int
    barcode: str | None
    name: str
    email: str | None
    department: str | None
    position: str | None
    phone: str | None
    active: bool
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def person_id(self) -> str:
        return self.barcode or f"ODOO_{self.odoo_id}"


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
        metadata={name: value for name, value in metadata.items() if value is not None})


def pages(client: OdooClient, names: FieldNames, size: int,
          limit: int | None = None) -> Iterator[list[Employee]]:
    """All employees in order of their ids, `size` at most in one call, archived ones included;
    `limit` is the most that are wanted.

    Going on from the last id seen misses nobody when others are added or deleted meanwhile.
    Raises OdooMissingRights where the user may not see barcodes.
    """
    fields = names.among(MODEL, WANTED)
    if "barcode" not in fields:
        raise OdooMissingRights(f"Odoo does not show employees' badges to this user. {RIGHTS}")
    last, left = 0, limit
    while left is None or left > 0:
        wanted = size if left is None else min(size, left)
        rows = client.execute(MODEL, "search_read", [["id", ">", last]], fields=fields, limit=wanted,
                              order="id asc", context={"active_test": False})
        if rows:
            yield [from_odoo(row) for row in rows]
            last = rows[-1]["id"]
            left = None if left is None else left - len(rows)
        if len(rows) < wanted:
            return


def find(client: OdooClient, odoo_ids: Sequence[int], barcodes: Sequence[str],
         size: int) -> tuple[set[int], dict[str, int]]:
    """Which of these ids exist, and the ids of those with these barcodes; archived ones count."""
    existing: set[int] = set()
    by_barcode: dict[str, int] = {}
    for some in _parts(sorted(set(odoo_ids)), size):
        rows = client.execute(MODEL, "search_read", [["id", "in", list(some)]], fields=["id"],
                              context={"active_test": False})
        existing |= {row["id"] for row in rows}
    for some in _parts(sorted(set(barcodes)), size):
        rows = client.execute(MODEL, "search_read", [["barcode", "in", list(some)]],
                              fields=["barcode"], order="id asc", context={"active_test": False})
        for row in rows:
            by_barcode.setdefault(row["barcode"], row["id"])
    return existing, by_barcode


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
