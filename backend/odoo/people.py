"""A person of ours as an employee of Odoo: created, or updated where values differ."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from backend.errors import BadInput
from backend.odoo import employees
from backend.odoo.client import OdooClient
from backend.odoo.errors import OdooBadBadge, OdooBadgeTaken, OdooForbidden
from backend.odoo.fields import FieldNames

_PLAIN = {"name": "name", "email": "work_email", "phone": "mobile_phone", "position": "job_title"}
"""Field of a person → field of an employee."""
_BADGE = re.compile(r"[A-Za-z0-9]{1,18}", re.ASCII)
"""What Odoo takes as a badge."""
_IN = " / "
"""Stands between a department and the one above it, where Odoo shows it."""


def save_employee(client: OdooClient, names: FieldNames, person: Any) -> dict[str, Any]:
    """See `OdooConnector.sync_employee_to_odoo`."""
    told = _as_mapping(person)
    barcode = _barcode(told)
    employee_id = _find(client, told, barcode)
    held = {} if employee_id is None else _held(client, names, employee_id)
    values, notes = _values(client, names, told, barcode, held)
    if not held:
        if told.get("active") is False:
            values["active"] = False
        created = client.execute(employees.MODEL, "create", values)
        return {"success": True, "message": f"Created employee {told['name']} in Odoo",
                "employee_id": created, "created": True, "changed": sorted(values), "notes": notes}
    if not held.get("active", True):
        notes.append("the employee is archived in Odoo, and was left so")
    changed = {name: value for name, value in values.items() if _plain(held.get(name)) != value}
    if changed:
        client.execute(employees.MODEL, "write", [employee_id], changed)
    message = f"Updated employee {told['name']} in Odoo" if changed else (
        f"Employee {told['name']} is in Odoo already")
    return {"success": True, "message": message, "employee_id": employee_id, "created": False,
            "changed": sorted(changed), "notes": notes}


def find_employee(client: OdooClient, person: Any) -> int | None:
    """The employee whom `save_employee` would update: by Odoo id, else by badge, never by name.
    Raises BadInput, OdooBadBadge and OdooBadgeTaken."""
    told = _as_mapping(person)
    return _find(client, told, _barcode(told))


def _as_mapping(person: Any) -> dict[str, Any]:
    names = ("person_id", "name", "email", "department", "position", "phone", "metadata", "odoo_id",
             "badge", "active")
    if isinstance(person, Mapping):
        told = {name: person.get(name) for name in names}
    else:
        told = {name: getattr(person, name, None) for name in names}
    _require(told, "person_id", "name")
    return told


def _require(told: Mapping[str, Any], *needed: str) -> None:
    if missing := [name for name in needed if told[name] is None or not str(told[name]).strip()]:
        raise BadInput(f"To send a person to Odoo, {' and '.join(needed)} are needed: {' and '.join(missing)} "
                       f"{'is' if len(missing) == 1 else 'are'} missing")


def _find(client: OdooClient, told: Mapping[str, Any], barcode: str | None) -> int | None:
    odoo_id = told.get("odoo_id") or (told.get("metadata") or {}).get("odoo_id")
    existing, _ = employees.find(client, [odoo_id] if odoo_id else [], [], 1)
    wearers = list(employees.holders(client, [barcode] if barcode else [], 1))
    if odoo_id not in existing:
        return wearers[0][1] if wearers else None
    for _, wearer, name in wearers:
        if wearer != odoo_id:
            raise OdooBadgeTaken(f"The badge {barcode} belongs to {name} (Odoo id {wearer}) in Odoo, archived ones "
                                 f"count. Give {told['name']} another one, or pull.")
    return odoo_id


def _barcode(told: Mapping[str, Any]) -> str | None:
    person_id = str(told["person_id"])
    barcode = told.get("badge") or (None if person_id.startswith(employees.SPARE) else person_id)
    if barcode is not None and not _BADGE.fullmatch(barcode):
        raise OdooBadBadge(f"{barcode} cannot be a badge in Odoo, which takes up to 18 letters and digits without "
                           f"accents. Give {told['name']} such an id, or a badge beside the id.")
    return barcode


def _held(client: OdooClient, names: FieldNames, employee_id: int) -> dict[str, Any]:
    """What a pull would read of the employee; nothing of one who was deleted since they were found."""
    rows = client.execute(employees.MODEL, "read", [employee_id], names.among(employees.MODEL, employees.WANTED))
    return rows[0] if rows else {}


def _values(client: OdooClient, names: FieldNames, told: Mapping[str, Any], barcode: str | None,
            held: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What the employee should hold, of the fields that the server has. Nothing that we do not
    know is emptied in Odoo, and what a pull would read as it is here is not touched: two phones
    are one here, and so are job and job title."""
    known = names.of(employees.MODEL)
    there = employees.from_odoo(held) if held else None
    news = {name: told[name] for name in (*_PLAIN, "department")
            if told.get(name) and told[name] != getattr(there, name, None)}
    values = {field: news[name] for name, field in _PLAIN.items() if name in news and field in known}
    if barcode and "barcode" in known:
        values["barcode"] = barcode
    notes = []
    for name, field, model, otherwise in (
            ("department", "department_id", "hr.department", "it was left as it is"),
            ("position", "job_id", "hr.job", "only the job title says so")):
        if name in news and field in known:
            kind, wanted = model.removeprefix("hr."), news[name]
            found = _called(client, model, wanted)
            if not found:
                notes.append(f"Odoo has no {kind} called {wanted}; {otherwise}")
            elif _plain(held.get(field)) not in found:
                values[field] = found[0]
                if len(found) > 1:
                    notes.append(f"Odoo has several {kind}s called {wanted}; the first was taken (Odoo id {found[0]})")
    return values, notes


def _called(client: OdooClient, model: str, name: str) -> list[int]:
    """The records of this name, by id; a department is shown as "Sales / Export" but called "Export"."""
    last = name.rpartition(_IN)[2]
    try:
        rows = client.execute(model, "search_read", [["name", "in", sorted({name, last})]],
                              fields=["name", "display_name"], order="id asc")
    except OdooForbidden:
        return []
    for key in ("display_name", "name"):
        if same := [row["id"] for row in rows if row[key] == name]:
            return same
    return []


def _plain(value: Any) -> Any:
    """The id of Odoo's [id, name]; anything else as it is."""
    return value[0] if isinstance(value, list | tuple) and value else value
