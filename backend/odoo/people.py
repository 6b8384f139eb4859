"""A person of ours as an employee of Odoo: created, or updated where values differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.odoo import employees
from backend.odoo.client import OdooClient
from backend.odoo.fields import FieldNames

_PLAIN = {"name": "name", "email": "work_email", "phone": "mobile_phone", "position": "job_title"}
"""Field of a person → field of an employee."""


def save_employee(client: OdooClient, names: FieldNames, person: Any) -> dict[str, Any]:
    """See `OdooConnector.sync_employee_to_odoo`."""
    told = _as_mapping(person)
    values, notes = _values(client, names, told)
    employee_id = _find(client, told)
    if employee_id is None:
        created = client.execute(employees.MODEL, "create", values)
        return {"success": True, "message": f"Created employee {told['name']} in Odoo",
                "employee_id": created, "created": True, "changed": sorted(values), "notes": notes}
    held = client.execute(employees.MODEL, "read", [employee_id], sorted(values))[0]
    changed = {name: value for name, value in values.items() if _plain(held[name]) != value}
    if changed:
        client.execute(employees.MODEL, "write", [employee_id], changed)
    message = f"Updated employee {told['name']} in Odoo" if changed else (
        f"Employee {told['name']} is in Odoo already")
    return {"success": True, "message": message, "employee_id": employee_id, "created": False,
            "changed": sorted(changed), "notes": notes}


def _as_mapping(person: Any) -> dict[str, Any]:
    names = ("person_id", "name", "email", "department", "position", "phone", "metadata", "odoo_id",
             "badge")
    if isinstance(person, Mapping):
        return {name: person.get(name) for name in names}
    return {name: getattr(person, name, None) for name in names}


def _find(client: OdooClient, told: Mapping[str, Any]) -> int | None:
    """The employee by Odoo id, else by badge; never by name."""
    odoo_id = told.get("odoo_id") or (told.get("metadata") or {}).get("odoo_id")
    barcode = _barcode(told)
    existing, by_barcode = employees.find(
        client, [odoo_id] if odoo_id else [], [barcode] if barcode else [], 10)
    return odoo_id if odoo_id in existing else by_barcode.get(barcode or "")


def _barcode(told: Mapping[str, Any]) -> str | None:
    person_id = str(told["person_id"])
    return told.get("badge") or (None if person_id.startswith("ODOO_") else person_id)


def _values(client: OdooClient, names: FieldNames,
            told: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What the employee should hold, of the fields that the server has. Nothing that we do not
    know is emptied in Odoo."""
    known = names.of(employees.MODEL)
    values = {field: told[name] for name, field in _PLAIN.items() if told.get(name) and field in known}
    if (barcode := _barcode(told)) and "barcode" in known:
        values["barcode"] = barcode
    notes = []
    if (department := told.get("department")) and "department_id" in known:
        found = client.execute("hr.department", "search_read", [["name", "=", department]],
                               fields=["id"], limit=1, order="id asc")
        if found:
            values["department_id"] = found[0]["id"]
        else:
            notes.append(f"Odoo has no department called {department}; it was left as it is")
    return values, notes


def _plain(value: Any) -> Any:
    """The id of Odoo's [id, name]; anything else as it is."""
    return value[0] if isinstance(value, list | tuple) and value else value
