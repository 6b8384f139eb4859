"""Rows of Odoo that are not ours: kept, found by time and by employee, and forgotten."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backend.store.records import ForeignRow


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-02T{text}:00+00:00").astimezone(UTC)


def row(odoo_id: int, employee: int, begin: str, end: str | None) -> ForeignRow:
    return ForeignRow(connection_id=1, odoo_id=odoo_id, odoo_employee_id=employee, employee_name=f"Employee {employee}",
                      check_in=at(begin), check_out=at(end) if end else None, write_date=None, seen_at=at("00:00"))


@pytest.fixture
def kept(store):
    with store.write() as unit:
        person = unit.people.add("1001", "Alice")
        unit.people.change(person.uuid, connection_id=1, odoo_id=7)
        unit.foreign.save([row(1, 7, "08:00", "12:00"), row(2, 7, "13:00", None), row(3, 8, "09:00", "10:00")])
    return store


def test_a_row_knows_whose_it_is_where_we_have_the_employee(kept):
    with kept.read() as unit:
        found = unit.foreign.get_many([1, 2, 3, 4])
    assert {number: one.person_id for number, one in found.items()} == {1: "1001", 2: "1001", 3: None}
    assert found[3].employee_name == "Employee 8"


def test_rows_are_found_by_time_and_open_ones_whenever_they_began(kept):
    with kept.read() as unit:
        assert [one.odoo_id for one in unit.foreign.between(at("09:00"), at("13:00"))] == [3]
        assert [one.odoo_id for one in unit.foreign.between(at("20:00"), at("23:00"))] == [2]


@pytest.mark.parametrize(("begin", "end", "found"), [
    ("12:00", "13:00", []), ("11:59", "12:30", [1]), ("07:00", "08:00", []), ("14:00", None, [2]),
    ("07:00", None, [1, 2]),
])
def test_an_overlap_shares_time_and_does_not_only_touch(kept, begin, end, found):
    with kept.read() as unit:
        assert [one.odoo_id for one in unit.foreign.overlapping(7, at(begin), at(end) if end else None)] == found


def test_a_row_is_replaced_and_forgotten(kept):
    with kept.write() as unit:
        unit.foreign.save([row(2, 7, "13:00", "17:00")])
        assert unit.foreign.remove([1, 99]) == 1
    with kept.read() as unit:
        assert unit.foreign.count() == 2
        assert unit.foreign.get_many([2])[2].check_out == at("17:00")
    with kept.write() as unit:
        assert unit.foreign.forget() == 2
