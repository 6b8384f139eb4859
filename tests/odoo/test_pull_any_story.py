"""Whatever happens in Odoo and here: a pull of what changed leaves nothing for a full one to mend."""

from __future__ import annotations

import random

import pytest

from backend.odoo_simulator import NewEmployee, OdooSimulator
from backend.store.errors import PersonExists
from tests.odoo.stories import numbers, people

BADGES = [f"B{number}" for number in range(10)]
CREW = [NewEmployee(f"Name {number}", f"B{number}" if number % 4 else "") for number in range(7)]


@pytest.fixture
def odoo():
    with OdooSimulator(version=18, employees=CREW) as server:
        yield server


class Story:
    """What people do in Odoo and here, by chance."""

    def __init__(self, odoo, store, seed):
        self.odoo = odoo
        self.store = store
        self.chance = random.Random(seed)

    @property
    def rows(self):
        return {row["id"]: row for row in self.odoo.rows("hr.employee") if row["id"] != 1}

    def somebody(self):
        return self.chance.choice(sorted(self.rows))

    def free_badge(self):
        worn = {row["barcode"] for row in self.rows.values()}
        return self.chance.choice([badge for badge in BADGES if badge not in worn] + [None])

    def go_on(self):
        choices = (self.give_badge, self.swap, self.double, self.rename, self.archive, self.delete, self.hire, self.add,
                   self.add_with_badge, self.make_way, self.erase)
        for _ in range(self.chance.randrange(4)):
            self.chance.choice(choices)()

    def give_badge(self):
        self.odoo.change("hr.employee", self.somebody(), barcode=self.free_badge())

    def swap(self):
        one, other = self.somebody(), self.somebody()
        badges = self.rows[one]["barcode"], self.rows[other]["barcode"]
        self.odoo.change("hr.employee", one, barcode=badges[1])
        self.odoo.change("hr.employee", other, barcode=badges[0])

    def double(self):
        if self.chance.random() < 0.4:
            self.odoo.change("hr.employee", self.somebody(), barcode=self.chance.choice(BADGES))

    def rename(self):
        self.odoo.change("hr.employee", self.somebody(), name=f"Name {self.chance.randrange(99)}")

    def archive(self):
        number = self.somebody()
        self.odoo.change("hr.employee", number, active=not self.rows[number]["active"])

    def delete(self):
        if len(self.rows) > 2:
            self.odoo.run_as("admin", "hr.employee", "unlink", [self.somebody()])

    def hire(self):
        self.odoo.add_employee(NewEmployee(f"Name {self.chance.randrange(20)}", self.free_badge() or ""))

    def add(self):
        try:
            with self.store.write() as unit:
                unit.people.add(self.chance.choice(BADGES), "Somebody local")
        except PersonExists:
            pass

    def add_with_badge(self):
        """Somebody whose badge is not the id; the id may be another's badge in Odoo."""
        person_id, badge = self.chance.choice([*BADGES, "LOCAL-1", "LOCAL-2"]), self.chance.choice(BADGES)
        try:
            with self.store.write() as unit:
                unit.people.add(person_id, "Somebody local", badge=badge)
        except PersonExists:
            pass

    def make_way(self):
        with self.store.write() as unit:
            local = [one for one in unit.people.search()[0] if one.odoo_id is None]
            unit.people.rename({one.uuid: f"LOCAL-{one.uuid}" for one in local})

    def erase(self):
        with self.store.write() as unit:
            found = unit.people.search()[0]
            if found and self.chance.random() < 0.5:
                unit.people.erase(self.chance.choice(found).uuid, keep_rows=False)


@pytest.mark.parametrize(("seed", "page"), [(0, 2), (1, 500), (2, 2), (3, 500)])
def test_each_pull_leaves_everybody_as_odoo_has_them(desk_with, odoo, store, seed, page):
    desk, story = desk_with(odoo_page=page), Story(odoo, store, seed)
    for _ in range(8):
        story.go_on()
        full = story.chance.random() < 0.3
        foretold, result = desk.pull(full=full, dry_run=True), desk.pull(full=full)
        assert numbers(foretold) == numbers(result)
        rest = desk.pull(full=True, dry_run=True)
        assert (rest["added"], rest["updated"]) == (0, 0), "the pull of what changed has missed something"
        assert rest["total"] == result["total"] - len(result["gone"])
        told = " ".join(result["errors"])
        rows = story.rows
        for person in people(store).values():
            if person.odoo_id in rows:
                row = rows[person.odoo_id]
                wanted = row["barcode"] or f"ODOO_{row['id']}"
                assert (person.name, person.active) == (row["name"], row["active"])
                assert person.person_id == wanted or wanted in told
