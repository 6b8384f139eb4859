"""A person of ours goes to Odoo as an employee, and the two are linked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.desks.odoo_connecting import CONNECTION
from backend.desks.people import find_person
from backend.store.errors import PersonExists

if TYPE_CHECKING:
    from backend.desks.parts import Parts
    from backend.odoo_connector import OdooConnector


def send(parts: Parts, odoo: OdooConnector, person_id: str) -> dict[str, Any]:
    """Create the person's employee, or update the one with the person's Odoo id or badge; what
    waited for an employee is queued to go out. Raises 404 person_not_found, 409 person_exists
    where that employee is somebody else here, and what Odoo's side raises."""
    with parts.store.read() as unit:
        person = find_person(unit, person_id, hint=" GET /persons lists the people.")
    employee = odoo.find_employee(person)
    if employee is not None:
        with parts.store.read() as unit:
            holder = unit.people.by_odoo(CONNECTION, employee)
        if holder is not None and holder.uuid != person.uuid:
            raise PersonExists(f"The employee with the badge of {person.name} (Odoo id {employee}) is {holder.name} "
                               f"({holder.person_id}) here. Pull, or give {person.name} another badge.",
                               details={"person_id": holder.person_id})
    result = odoo.sync_employee_to_odoo(person)
    with parts.store.write() as unit:
        found = find_person(unit, person_id)
        linked = unit.people.change(found.uuid, connection_id=CONNECTION, odoo_id=result["employee_id"],
                                    metadata={**found.metadata, "odoo_id": result["employee_id"]})
        if linked.odoo_id != person.odoo_id:
            unit.outbox.queue_person(person.uuid, CONNECTION)
        unit.logs.append("odoo_sync", "info", result["message"], {"person_id": linked.person_id})
    return result
