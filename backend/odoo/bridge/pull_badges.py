"""Badges that moved: swapped, handed on, given to an employee who was deleted and made anew,
blocked by somebody who is not from Odoo, or worn by two.

Odoo is asked once more who has them, because who had such a badge need not be among the
employees that were read. Only the person_id waits for somebody to mend a conflict; all else
of the employee arrives.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from uuid import UUID

from backend.odoo import employees
from backend.odoo.bridge.pull_settling import Settler
from backend.odoo.connector import OdooConnector
from backend.odoo.employees import Employee
from backend.store import Store
from backend.store.records import Person
from backend.store.unit import Unit


def settle_badges(connector: OdooConnector, store: Store, settler: Settler) -> None:
    """Settle what the settler left for later."""
    if not settler.later:
        return
    with store.read() as unit:
        holders = unit.people.holders(one.person_id for one in settler.later)
    concerned = {one.odoo_id for one in settler.later}
    concerned |= {person.odoo_id for person in holders.values()
                  if person.odoo_id is not None and not settler.is_elsewhere(person)}
    size = connector.page
    now = {one.odoo_id: one for page in employees.some(
        connector.client, connector.fields, sorted(concerned), size, context=employees.EVERYWHERE) for one in page}
    wearers: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for badge, odoo_id, name in employees.holders(
            connector.client, [one.barcode for one in now.values() if one.barcode], size):
        wearers[badge].append((odoo_id, name))
    with store.read() if settler.dry_run else store.write() as unit:
        _Moves(settler, unit, now, wearers).make()


class _Moves:
    def __init__(self, settler: Settler, unit: Unit, now: dict[int, Employee],
                 wearers: dict[str, list[tuple[int, str]]]) -> None:
        self._settler = settler
        self._unit = unit
        self._now = now
        self._wearers = wearers
        self._renames: dict[UUID, str] = {}
        self._doubles: set[str] = set()

    def make(self) -> None:
        moving = []
        for read in self._settler.later:
            found = self._now.get(read.odoo_id)
            if found is None:
                continue  # deleted since it was read
            one = replace(found, spare=read.spare, pin=read.pin)  # what was read first may be minutes old
            person = self._unit.people.by_odoo(self._settler.connection_id, one.odoo_id) or self._wearer(one)
            holder = self._holder(one)
            if holder is not None and self._settler.is_elsewhere(holder):
                self._settler.keep_apart(self._unit, one, person, holder)
            elif holder is not None and person is not None and holder.uuid == person.uuid:
                self._settler.update(self._unit, person, one)
            elif (why := self._blocked(one, person, holder)) is not None:
                self._settler.tally.fail(one.odoo_id, why or None)
                if person is not None:
                    self._settler.update(self._unit, person, one, blocked=True)
            elif person is None and holder is not None and self._is_same(holder, one):
                self._relink(holder, one)
            else:
                moving.append((person, one))
                if person is not None:
                    self._settler.claim(person, one)
                if holder is not None:
                    self._renames.setdefault(holder.uuid, f"{self._settler.spare}{holder.odoo_id}")
        self._move(moving)

    def _wearer(self, one: Employee) -> Person | None:
        """Who has the employee's badge beside an id of ours, and no employee; nobody where two wear it in Odoo."""
        if len(self._wearers.get(one.barcode or "", [])) > 1:
            return None
        wearer = self._settler.wearers(self._unit, [one]).get(one.person_id)
        return None if self._settler.is_claimed(wearer, one) else wearer

    def _holder(self, one: Employee) -> Person | None:
        """Who has the employee's badge as id. Who is linked in this run, but not written yet, gets another id."""
        holder = self._unit.people.holders([one.person_id]).get(one.person_id)
        leaves = holder is not None and holder.odoo_id is None and self._settler.is_claimed(holder, one)
        return None if leaves else holder

    def _blocked(self, one: Employee, person: Person | None, holder: Person | None) -> str | None:
        """Why the employee cannot have the badge here; "" where it was said before, None where
        nothing is in the way."""
        wearers = self._wearers.get(one.barcode or "", [])
        if len(wearers) > 1:
            said = one.person_id in self._doubles
            self._doubles.add(one.person_id)
            named = " and ".join(f"{name} (Odoo id {odoo_id})" for odoo_id, name in wearers)
            return "" if said else (f"Two employees have the badge {one.person_id}: {named}. Give one of them "
                                    "another badge in Odoo.")
        if holder is not None and holder.odoo_id is None and person is not None:
            return (f"The badge {one.person_id} of {one.name} (Odoo id {one.odoo_id}) belongs here to "
                    f"{holder.name}, who is not from Odoo. Give {holder.name} another id, or erase the double.")
        if holder is not None and holder.odoo_id is not None:
            spare = f"{self._settler.spare}{holder.odoo_id}"
            other = self._unit.people.holders([spare]).get(spare)
            if other is not None and other.uuid != holder.uuid:
                return (f"{holder.name} no longer has the badge {one.person_id}, but {spare} belongs here to "
                        f"{other.name}. Give {other.name} another id.")
        return None

    def _is_same(self, holder: Person, one: Employee) -> bool:
        """Whether a new employee is the holder: one that is not Odoo's, or one whose employee
        was deleted and made anew, badge and name being the same."""
        return holder.odoo_id is None or (holder.odoo_id not in self._now and _same_name(holder, one))

    def _relink(self, holder: Person, one: Employee) -> None:
        if holder.odoo_id is not None:
            self._settler.tally.known += 1
        self._settler.update(self._unit, holder, one)

    def _move(self, moving: list[tuple[Person | None, Employee]]) -> None:
        for person, one in moving:
            if person is not None:
                self._renames[person.uuid] = one.person_id
        if self._renames and not self._settler.dry_run:
            self._unit.people.rename(self._renames)
        self._settler.add(self._unit, [one for person, one in moving if person is None])
        for person, one in moving:
            if person is not None:
                self._settler.update(self._unit, person, one, moved=True)


def _same_name(person: Person, one: Employee) -> bool:
    return " ".join(person.name.casefold().split()) == " ".join(one.name.casefold().split())
