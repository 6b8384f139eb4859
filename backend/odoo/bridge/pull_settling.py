"""A page of employees becomes people.

A person is linked to an employee by Odoo's id. Where there is no link yet, an equal badge
makes it, never a name: the badge that somebody has beside the id, which becomes the id, or else
the id. Odoo is right about what it knows: name, badge, department and so on; faces, consents and
history stay with the person, whatever the badge becomes. Who belongs to another database of Odoo
is never taken over, whatever badge an employee of this one has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.clock import Clock
from backend.odoo.bridge.pull_tally import Tally
from backend.odoo.employees import SPARE, Employee
from backend.store.records import Person
from backend.store.repositories.connections import DEFAULT, FIRST
from backend.store.repositories.people import MISSING
from backend.store.unit import Unit

FROM_ODOO = ("odoo_id", "employee_type", "company_id", "company", "tz", MISSING)
"""Keys of a person's metadata that are Odoo's."""


class Settler:
    """One run's. `later` gathers employees whose badge is somebody else's here, or not theirs
    alone: see `pull_badges`. `names` are those of the connections that there are, by id."""

    def __init__(self, connection_id: int, tally: Tally, *, dry_run: bool, pending: frozenset[int],
                 names: Mapping[int, str] | None = None) -> None:
        self.connection_id = connection_id
        self._names = names or {FIRST: DEFAULT}
        # Two databases have an employee 7 each.
        self.spare = SPARE if connection_id == FIRST else f"{SPARE}{self._names[connection_id]}_"
        self.tally = tally
        self.dry_run = dry_run
        self.later: list[Employee] = []
        self.newer: list[int] = []
        """Odoo's ids of people who have changed here since their page was asked for."""
        self.people: dict[int, Any] = {}
        """Odoo id → uuid of the people of the page at hand, for who has more to settle with them."""
        self._pending = pending
        self._added: dict[int, int] = {}
        self._claimed: dict[UUID, int] = {}
        """Odoo's ids of the employees that this run has linked people to, by uuid."""

    def named(self, page: Sequence[Employee]) -> list[Employee]:
        """The page with the ids that people without a barcode get in this database."""
        return list(page) if self.spare == SPARE else [replace(one, spare=self.spare) for one in page]

    def asked(self, pages: Iterator[list[Employee]], clock: Clock) -> Iterator[tuple[datetime, list[Employee]]]:
        """Each page, `named`, with the moment before it was asked for."""
        while True:
            asked = clock()
            if (page := next(pages, None)) is None:
                return
            yield asked, self.named(page)

    def settle(self, unit: Unit, page: list[Employee], asked: datetime) -> None:
        """Settle the page that Odoo was `asked` for then (aware, by the store's clock); what is unclear
        goes to `later`, who has changed here since to `newer`: a pull beside this one, or a hint, knew more."""
        self.people = {}
        now = unit.now()
        linked = unit.people.by_odoo_ids(self.connection_id, [one.odoo_id for one in page])
        newer = {odoo_id for odoo_id, person in linked.items() if asked < person.updated_at <= now}
        self.newer += sorted(newer)
        page = [one for one in page if one.odoo_id not in newer]
        self.tally.read += len(page)
        times_seen = Counter(one.person_id for one in page)
        holders = unit.people.holders(times_seen)
        wearers = self.wearers(unit, [one for one in page if one.odoo_id not in linked])
        self.tally.known += sum(MISSING not in person.metadata for odoo_id, person in linked.items()
                                if odoo_id not in newer)
        erased = unit.people.erased_among(
            self.connection_id, (one.odoo_id for one in page if one.odoo_id not in linked),
            (one.person_id for one in page if one.person_id not in holders))
        added = []
        for one in page:
            person, holder, wearer = linked.get(one.odoo_id), holders.get(one.person_id), wearers.get(one.person_id)
            ours = person or wearer
            if self.is_erased(one, person, holder, *erased):
                if person is not None:
                    self.update(unit, person, one, blocked=True)
            elif holder is not None and self.is_elsewhere(holder):
                self.keep_apart(unit, one, person, holder)
            elif times_seen[one.person_id] > 1 or self._is_unclear(one, holder, wearer):
                self.later.append(one)
            elif ours is None and holder is None:
                added.append(one)
            elif ours is None and holder is not None and holder.odoo_id is None:
                self.update(unit, holder, one)
            elif ours is not None and (holder is None or holder.uuid == ours.uuid):
                self.rename(unit, ours, one)
                self.update(unit, ours, one)
            else:
                self.later.append(one)
        self.add(unit, added)

    def wearers(self, unit: Unit, new: Sequence[Employee]) -> dict[str, Person]:
        """Who has the badges of employees that nobody is linked to, beside an id of ours."""
        found = unit.people.unlinked_with(one.barcode for one in new if one.barcode)
        return {badge: person for badge, person in found.items() if not self.is_elsewhere(person)}

    def claim(self, person: Person, one: Employee) -> None:
        """Somebody without a link gets one; a dry run has nothing else to know it by."""
        if person.odoo_id is None:
            self._claimed[person.uuid] = one.odoo_id

    def is_claimed(self, person: Person | None, one: Employee) -> bool:
        """Whether this run has linked the person, who had no link, to another employee."""
        return person is not None and self._claimed.get(person.uuid, one.odoo_id) != one.odoo_id

    def is_elsewhere(self, holder: Person) -> bool:
        """Whether the person belongs to another database of Odoo; not where that connection was removed."""
        home = holder.connection_id or FIRST
        return home != self.connection_id and home in self._names

    def keep_apart(self, unit: Unit, one: Employee, person: Person | None, holder: Person) -> None:
        """The badge is that of a person of another database: that one stays, and so does the id of
        a person of ours. Who left for the other database and is archived in this one is no error."""
        if person is None and not one.active:
            self.tally.elsewhere += 1
            return
        own, other = self._names[self.connection_id], self._names[holder.connection_id or FIRST]
        self.tally.fail(one.odoo_id, (
            f"The badge {one.person_id} is that of {one.name} (Odoo id {one.odoo_id}) in {own}, and here of "
            f"{holder.name}, who belongs to {other}. Give one of them another badge, or, where they are the same, "
            f"archive one of the employees, or move the person: person move {holder.person_id} {own}"))
        if person is not None:
            self.update(unit, person, one, blocked=True)

    def is_erased(self, one: Employee, person: Person | None, holder: Person | None,
                  odoo_ids: set[int], person_ids: set[str]) -> bool:
        """Whether who was erased here would come back; says so."""
        if person is None and one.odoo_id in odoo_ids:
            self.tally.erased += 1
            return True
        if holder is not None or one.person_id not in person_ids:
            return False
        why = (f"{one.person_id} (Odoo id {one.odoo_id}) was left out: somebody with this badge was erased here. "
               "For another person, change the badge in Odoo.")
        if person is None:
            self.tally.erased += 1
            self.tally.warn(why)
        else:
            self.tally.fail(one.odoo_id, f"{person.name} keeps the id {person.person_id}. {why}")
        return True

    def add(self, unit: Unit, new: list[Employee]) -> None:
        self.tally.added += len(new)
        if self.dry_run:
            # What is not in the store must be remembered for the pages to come.
            self._added.update((hash(one.person_id), one.odoo_id) for one in new)
            return
        unit.people.add_employees(self.connection_id, [_fields(one) | {"person_id": one.person_id} for one in new])
        if new:
            self.people |= {odoo_id: person.uuid for odoo_id, person in unit.people.by_odoo_ids(
                self.connection_id, [one.odoo_id for one in new]).items()}

    def update(self, unit: Unit, person: Person, one: Employee, *, moved: bool = False,
               blocked: bool = False) -> None:
        """Everything but the person_id. `moved`: that has changed, too; `blocked`: it had to
        stay as it is, and the employee was counted as failed."""
        self.claim(person, one)
        self.people[one.odoo_id] = person.uuid
        kept = {name: value for name, value in person.metadata.items() if name not in FROM_ODOO}
        fields = _fields(one) | {"metadata": {**kept, **one.metadata}, "connection_id": self.connection_id}
        changed = {name: value for name, value in fields.items() if getattr(person, name) != value}
        if blocked:
            pass
        elif person.active and not one.active:
            self.tally.deactivated += 1
        elif changed or moved or person.person_id != one.person_id:
            self.tally.updated += 1
        else:
            self.tally.unchanged += 1
        if changed and not self.dry_run:
            unit.people.change(person.uuid, **changed)
        if changed.keys() & {"odoo_id", "connection_id"} and not self.dry_run:
            unit.outbox.queue_person(person.uuid, self.connection_id)

    def rename(self, unit: Unit, person: Person, one: Employee) -> None:
        if person.person_id != one.person_id and not self.dry_run:
            unit.people.rename({person.uuid: one.person_id})

    def _is_unclear(self, one: Employee, holder: Person | None, wearer: Person | None) -> bool:
        return (one.odoo_id in self._pending or self._added_before(one, holder)
                or self.is_claimed(holder, one) or self.is_claimed(wearer, one))

    def _added_before(self, one: Employee, holder: Person | None) -> bool:
        """In a dry run: whether an earlier page would have added somebody with this badge."""
        return holder is None and self._added.get(hash(one.person_id), one.odoo_id) != one.odoo_id


def _fields(one: Employee) -> dict[str, Any]:
    return {"name": one.name, "email": one.email, "department": one.department, "position": one.position,
            "phone": one.phone, "active": one.active, "metadata": one.metadata, "odoo_id": one.odoo_id}
