"""Employees of Odoo become people, page by page.

A person is linked to an employee by Odoo's id. Where there is no link yet, an equal badge
makes it, never a name. Odoo is right about what it knows: name, badge, department and so on;
faces, consents and history stay with the person, whatever the badge becomes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from backend.odoo import employees
from backend.odoo.connector import OdooConnector
from backend.odoo.employees import Employee
from backend.store import Store
from backend.store.records import Person
from backend.store.unit import Unit

_FROM_ODOO = ("odoo_id", "employee_type", "company_id", "company", "tz")
"""Keys of a person's metadata that are Odoo's."""


@dataclass
class _Tally:
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deactivated: int = 0
    erased: int = 0
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def result(self, dry_run: bool) -> dict[str, Any]:
        """The answer of the contract; people who were erased here do not count."""
        total = self.added + self.updated + self.unchanged + self.deactivated + len(self.errors)
        verb = "Would sync" if dry_run else "Synced"
        return {"success": not self.errors, "message": f"{verb} {total} employees from Odoo",
                "added": self.added, "updated": self.updated, "unchanged": self.unchanged,
                "deactivated": self.deactivated, "total": total, "errors": self.errors,
                "warnings": self.warnings, "erased": self.erased, "dry_run": dry_run}


class Pull:
    """One run. `alive` is called after each page, and may raise to end the run."""

    def __init__(self, connector: OdooConnector, store: Store, connection_id: int, *,
                 dry_run: bool = False, alive: Callable[[], None] = lambda: None) -> None:
        self._connector = connector
        self._store = store
        self._connection_id = connection_id
        self._dry_run = dry_run
        self._alive = alive
        self._tally = _Tally()
        self._badges: dict[str, tuple[int, str]] = {}
        self._later: list[Employee] = []

    def run(self, limit: int | None = None) -> dict[str, Any]:
        """Read all employees, or the first `limit`, and settle each. Raises OdooError; pages
        that were settled before it stay."""
        self._connector.fields.forget()
        for page in employees.pages(self._connector.client, self._connector.fields,
                                    self._connector.page, limit):
            with self._unit() as unit:
                for employee in self._without_doubles(page):
                    self._settle(unit, employee)
            self._alive()
        if self._later:
            with self._unit() as unit:
                self._settle_moved_badges(unit)
        return self._tally.result(self._dry_run)

    def _unit(self) -> Any:
        return self._store.read() if self._dry_run else self._store.write()

    def _without_doubles(self, page: list[Employee]) -> list[Employee]:
        """Odoo forbids two employees with one badge; were it to happen, neither faces nor hours
        may get mixed up, so the second one waits for somebody to mend it."""
        kept = []
        for employee in page:
            me = employee.odoo_id, employee.name
            first, name = self._badges.setdefault(employee.person_id, me)
            if first == employee.odoo_id:
                kept.append(employee)
            else:
                self._tally.errors.append(
                    f"Two employees have the badge {employee.person_id}: {name} (Odoo id {first}) and "
                    f"{employee.name} (Odoo id {employee.odoo_id}). Give one of them another badge "
                    "in Odoo.")
        return kept

    def _settle(self, unit: Unit, employee: Employee) -> None:
        if self._erased(unit, employee):
            return
        person = unit.people.by_odoo(self._connection_id, employee.odoo_id)
        holder = _holder(unit, employee.person_id)
        if person is None and holder is None:
            self._add(unit, employee)
        elif person is None and holder is not None and holder.odoo_id is None:
            self._update(unit, holder, employee)
        elif person is not None and (holder is None or holder.uuid == person.uuid):
            self._rename(unit, {person.uuid: employee.person_id}, [person])
            self._update(unit, person, employee)
        else:
            self._later.append(employee)

    def _settle_moved_badges(self, unit: Unit) -> None:
        """Employees whose badge somebody else had here: swapped, handed on, or given to an
        employee who was deleted and made anew. A badge is unique in Odoo, so whoever had it
        here has it no longer."""
        renames: dict[Any, str] = {}
        moving: list[tuple[Person | None, Employee]] = []
        for employee in self._later:
            person = unit.people.by_odoo(self._connection_id, employee.odoo_id)
            holder = _holder(unit, employee.person_id)
            if holder is not None and holder.odoo_id is None:
                self._tally.errors.append(
                    f"The badge {employee.person_id} of {employee.name} (Odoo id {employee.odoo_id}) "
                    f"belongs here to {holder.name}, who is not from Odoo. Give {holder.name} "
                    "another id, or erase the double.")
            elif person is None and holder is not None and _same_name(holder, employee):
                self._update(unit, holder, employee)
            else:
                moving.append((person, employee))
                if holder is not None:
                    renames.setdefault(holder.uuid, f"ODOO_{holder.odoo_id}")
        for person, employee in moving:
            if person is not None:
                renames[person.uuid] = employee.person_id
        self._rename(unit, renames, [])
        for person, employee in moving:
            if person is None:
                self._add(unit, employee)
            else:
                self._update(unit, person, employee, badge_moved=True)

    def _erased(self, unit: Unit, employee: Employee) -> bool:
        if unit.people.is_erased(connection_id=self._connection_id, odoo_id=employee.odoo_id):
            self._tally.erased += 1
            return True
        if unit.people.is_erased(person_id=employee.person_id):
            self._tally.erased += 1
            self._tally.warnings.append(
                f"{employee.person_id} (Odoo id {employee.odoo_id}) was left out: somebody with this "
                "badge was erased here. For another person, change the badge in Odoo.")
            return True
        return False

    def _add(self, unit: Unit, employee: Employee) -> None:
        self._tally.added += 1
        if not self._dry_run:
            unit.people.add(employee.person_id, employee.name, email=employee.email,
                            department=employee.department, position=employee.position,
                            phone=employee.phone, metadata=employee.metadata,
                            active=employee.active, connection_id=self._connection_id,
                            odoo_id=employee.odoo_id)

    def _update(self, unit: Unit, person: Person, employee: Employee,
                badge_moved: bool = False) -> None:
        kept = {name: value for name, value in person.metadata.items() if name not in _FROM_ODOO}
        fields = {"name": employee.name, "email": employee.email, "department": employee.department,
                  "position": employee.position, "phone": employee.phone, "active": employee.active,
                  "metadata": {**kept, **employee.metadata}, "odoo_id": employee.odoo_id,
                  "connection_id": self._connection_id}
        changed = {name: value for name, value in fields.items() if getattr(person, name) != value}
        if person.active and not employee.active:
            self._tally.deactivated += 1
        elif changed or badge_moved or person.person_id != employee.person_id:
            self._tally.updated += 1
        else:
            self._tally.unchanged += 1
        if changed and not self._dry_run:
            unit.people.change(person.uuid, **changed)

    def _rename(self, unit: Unit, renames: dict[Any, str], people: list[Person]) -> None:
        same = all(renames.get(one.uuid) == one.person_id for one in people) and bool(people)
        if renames and not same and not self._dry_run:
            unit.people.rename(renames)


def _holder(unit: Unit, person_id: str) -> Person | None:
    """Who has the id now; former ids do not count."""
    found = unit.people.by_person_id(person_id)
    return found if found is not None and found.person_id == person_id else None


def _same_name(person: Person, employee: Employee) -> bool:
    return " ".join(person.name.casefold().split()) == " ".join(employee.name.casefold().split())
