"""People whose employee Odoo has no longer.

Deletions leave no trace in Odoo, so only a reading of all employees shows them. Nobody is
deleted here: who is gone there is made inactive, and active again when they come back. A
listing that is empty or has shrunk too much says more about the bridge user's rights than
about the company; then nobody is touched. So it is with hints, which name who may be gone: many
of them, or few at a time, are held to the same bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from backend.odoo import employees
from backend.odoo.bridge.pull_settling import Settler
from backend.odoo.connector import OdooConnector
from backend.store import Store
from backend.store.records import Person
from backend.store.repositories.people import MISSING
from backend.store.unit import Unit

AT_ONCE = 5
"""So many people may be gone at once however small the share that is allowed, but no more than half."""
ADDING_UP = timedelta(days=1)
"""Hints of so long count together: by then a full pull, which comes each night, has judged by everybody."""
BY_HINTS = "gone_by_hints"
"""Where the moments are kept at which hints had somebody deactivated, in the connection's state."""
_NAMED = 5
"""Names that one warning spells out."""


class Sweep:
    """`limit` is the largest share of the people that may be gone at once."""

    def __init__(self, connector: OdooConnector, store: Store, settler: Settler, limit: float) -> None:
        self._connector = connector
        self._store = store
        self._settler = settler
        self._tally = settler.tally
        self._limit = limit
        self._missing: list[int] = []

    def look(self, unit: Unit, above: int, to: int | None, read: Sequence[int]) -> None:
        """Note who is linked to an id in (above, to] that was not among those read there."""
        here = unit.people.linked(self._settler.connection_id, above, to)
        self._missing += sorted(set(here).difference(read))

    def finish(self, force: bool) -> None:
        """Deactivate who is gone, unless they are too many and this was not asked for (`force`)."""
        if not self._missing:
            return
        if self._tally.read == 0:
            self._tally.note(
                f"Odoo lists no employee at all, so the {len(self._missing)} people from Odoo were left as they are: "
                "check the rights and companies of the bridge user")
            return
        gone = self.verify(self._missing)
        allowed = self._allowed(self._tally.in_step)
        if len(gone) > allowed and not force:
            self._tally.note(
                f"{len(gone)} of {self._tally.in_step} people are not among Odoo's employees any more, which is "
                f"more than ODOO_SWEEP_LIMIT allows ({allowed}), so nobody was deactivated. Check the rights and "
                "companies of the bridge user; where they are right, pull with full and force")
            return
        self.deactivate(gone)

    def finish_hinted(self, odoo_ids: Sequence[int]) -> None:
        """Deactivate those of these whom Odoo does not have, unless they and whom other hints had
        deactivated lately are too many: then the next full pull decides."""
        with self._store.read() as unit:
            people = unit.people.by_odoo_ids(self._settler.connection_id, odoo_ids)
        gone = self.verify(sorted(odoo_id for odoo_id, person in people.items()
                                  if MISSING not in person.metadata and person.erased_at is None))
        if not gone:
            return
        with self._store.write() as unit:
            before = self._lately(unit)
            allowed = self._allowed(self._tally.in_step + len(before))
            if few := len(before) + len(gone) <= allowed:
                unit.connections.remember(self._settler.connection_id, **{
                    BY_HINTS: before + [unit.now().isoformat()] * len(gone)})
        if few:
            self.deactivate(gone)
            return
        lately = f", after {len(before)} others of the last day" if before else ""
        self._tally.note(
            f"{len(gone)} people whom Odoo's hints named are not among its employees any more{lately}, which is more "
            f"than ODOO_SWEEP_LIMIT allows ({allowed}), so they were left to the next full pull. Check the rights and "
            "companies of the bridge user")

    def verify(self, odoo_ids: Sequence[int]) -> list[int]:
        """Those that Odoo does not have; others, who were made meanwhile or belong to companies
        that are left out, are seen to."""
        gone = set(odoo_ids)
        outside: list[Person] = []
        pages = employees.some(self._connector.client, self._connector.fields, odoo_ids, self._connector.page,
                               context=employees.EVERYWHERE)
        for asked, page in self._settler.asked(pages, self._store.clock):
            gone.difference_update(one.odoo_id for one in page)
            with self._unit() as unit:
                self._settler.settle(unit, [one for one in page if self._is_inside(one)], asked)
                outside += self._note_company(unit, [one for one in page if not self._is_inside(one)])
        if outside:
            named = ", ".join(f"{person.name} ({person.person_id})" for person in outside[:_NAMED])
            more = f" and {len(outside) - _NAMED} more" if len(outside) > _NAMED else ""
            self._tally.warn(f"{len(outside)} people belong to companies that are not chosen (ODOO_COMPANIES, or "
                             f"what the connection saved) and were left as they are: {named}{more}")
        return sorted(gone)

    def deactivate(self, gone: Sequence[int]) -> None:
        size = self._connector.page
        for start in range(0, len(gone), size):
            with self._unit() as unit:
                people = unit.people.by_odoo_ids(self._settler.connection_id, gone[start:start + size])
                for person in people.values():
                    self._part_with(unit, person)

    def _allowed(self, people: int) -> int:
        """How many of so many may be gone at once."""
        return max(min(AT_ONCE, people // 2), int(self._limit * people))

    def _lately(self, unit: Unit) -> list[str]:
        kept = unit.connections.state(self._settler.connection_id).get(BY_HINTS, ())
        return [moment for moment in kept if unit.now() - datetime.fromisoformat(moment) < ADDING_UP]

    def _part_with(self, unit: Unit, person: Person) -> None:
        if MISSING in person.metadata:
            return
        self._tally.deactivated += 1
        self._tally.known += 1
        self._tally.gone.append({"person_id": person.person_id, "name": person.name})
        self._tally.warn(f"{person.name} ({person.person_id}) is not among Odoo's employees any more and "
                         f"{'would be' if self._settler.dry_run else 'was'} deactivated")
        if not self._settler.dry_run:
            since = unit.now().isoformat(timespec="seconds")
            unit.people.change(person.uuid, active=False, metadata={**person.metadata, MISSING: since})

    def _is_inside(self, one: employees.Employee) -> bool:
        companies = self._connector.companies
        return not companies or one.metadata.get("company_id") in companies

    def _note_company(self, unit: Unit, outside: Sequence[employees.Employee]) -> list[Person]:
        people = unit.people.by_odoo_ids(self._settler.connection_id, [one.odoo_id for one in outside])
        for one in outside:
            person = people.get(one.odoo_id)
            if person is None or self._settler.dry_run:
                continue
            company = {name: one.metadata[name] for name in ("company_id", "company") if name in one.metadata}
            unit.people.change(person.uuid, metadata={**person.metadata, **company})
        return list(people.values())

    def _unit(self):
        return self._store.read() if self._settler.dry_run else self._store.write()
