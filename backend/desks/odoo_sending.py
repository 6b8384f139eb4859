"""A person of ours goes to Odoo as an employee, and the two are linked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.desks.connection import Connection
from backend.desks.people import find_person
from backend.errors import Conflict
from backend.store.errors import PersonExists
from backend.store.repositories.connections import FIRST

if TYPE_CHECKING:
    from backend.desks.parts import Parts
    from backend.odoo_connector import OdooConnector
    from backend.store.records import Person
    from backend.store.unit import Unit


class PersonElsewhere(Conflict):
    code = "person_elsewhere"


def send(parts: Parts, odoo: OdooConnector, which: Connection, person_id: str) -> dict[str, Any]:
    """Create the person's employee, or update the one with the person's Odoo id or badge; what
    waited for an employee is queued to go out. Raises 404 person_not_found, 409 person_exists
    where that employee is somebody else here, person_elsewhere for a person of another database,
    and what Odoo's side raises."""
    with parts.store.read() as unit:
        person = find_person(unit, person_id, hint=" GET /persons lists the people.")
        _require_ours(unit, person, which)
    employee = odoo.find_employee(person)
    if employee is not None:
        with parts.store.read() as unit:
            holder = unit.people.by_odoo(which.id, employee)
        if holder is not None and holder.uuid != person.uuid:
            raise PersonExists(f"The employee with the badge of {person.name} (Odoo id {employee}) is {holder.name} "
                               f"({holder.person_id}) here. Pull, or give {person.name} another badge.",
                               details={"person_id": holder.person_id})
    result = odoo.sync_employee_to_odoo(person)
    with parts.store.write() as unit:
        found = find_person(unit, person_id)
        _require_ours(unit, found, which)
        linked = unit.people.change(found.uuid, connection_id=which.id, odoo_id=result["employee_id"],
                                    metadata={**found.metadata, "odoo_id": result["employee_id"]})
        if linked.odoo_id != person.odoo_id:
            unit.outbox.queue_person(person.uuid, which.id)
        unit.logs.append("odoo_sync", "info", result["message"], {"person_id": linked.person_id})
    return result


def _require_ours(unit: Unit, person: Person, which: Connection) -> None:
    own = person.connection_id or FIRST
    if own != which.id:
        name = unit.connections.all_names()[own]
        raise PersonElsewhere(f"{person.name} ({person.person_id}) belongs to the connection {name}. Send them there, "
                              f"or move them first: person move {person.person_id} {which.name}")
