"""A dry run of a push says what the real one comes to, row by row, and writes nothing on either side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from backend.attendance_system import AttendanceSystem
from backend.odoo.errors import OdooMissingRights
from backend.store.schema import metadata
from tests.odoo.returning import DAY, Company
from tests.odoo.stories import pushes


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def company(parts, odoo, clock):
    made = Company(AttendanceSystem(parts=parts), odoo, clock)
    made.pull()
    return made


def everything(company: Company) -> dict[str, list[Any]]:
    """All that is kept here, but for the list of runs and how many calls were made; and Odoo's rows."""
    with company.system.store.read() as unit:
        kept: dict[str, list[Any]] = {
            table.name: [tuple(row) for row in unit.connection.execute(select(table))]
            for table in metadata.sorted_tables if table.name not in ("sync_runs", "connections")}
        state = unit.connections.state(1)
    kept["place"] = [state.get("place"), state.get("since")]
    return kept | {"odoo": company.odoo.attendances(), "writes": [pushes(company.odoo)]}


def forecast(company: Company) -> dict[str, Any]:
    before = everything(company)
    result = company.system.odoo.push(DAY, DAY, dry_run=True)
    after = everything(company)
    assert {name for name in before if before[name] != after[name]} == set()
    return result


def numbers(result: dict[str, Any]) -> dict[str, Any]:
    return {name: result[name] for name in ("pushed", "skipped", "failed", "total", "taken_over", "success")} | {
        "failures": sorted((row["person_id"], row["code"]) for row in result["rows"] if row["error"])}


def shown(result: dict[str, Any]) -> list[tuple[str, str, str, str | None, str | None]]:
    return [(row["action"], row["person_id"], row["check_in"][11:16], (row["check_out"] or "")[11:16] or None,
             row["code"]) for row in result["rows"]]


# What may be in Odoo, or happen to it ---------------------------------------------------------


def entered_by_hand(company: Company) -> None:
    company.shift("EMP001", "08:00", "12:00")
    company.enter("EMP001", "11:00", "13:00")


def room_after_a_removal(company: Company) -> None:
    row = company.shift("EMP001", "08:00", "10:00")
    later = company.shift("EMP001", "10:30", "12:00")
    company.push()
    company.system.attendance.void(row.id, reason="wrong", by="helen")
    company.system.attendance.correct(later.id, check_in="2026-03-02T08:30:00", reason="that one", by="helen")


def open_rows_on_both_sides(company: Company) -> None:
    company.shift("EMP001", "08:00", None)
    company.enter("EMP001", "07:00", None)


def moved_into_a_row_of_hrs(company: Company) -> None:
    row = company.shift("EMP001", "08:00", "12:00")
    company.push()
    company.enter("EMP001", "12:30", "13:00")
    company.system.attendance.correct(row.id, check_out="2026-03-02T12:45:00", reason="late", by="helen")


def employee_deleted(company: Company) -> None:
    company.shift("EMP001", "08:00", "12:00")
    number = next(one["id"] for one in company.odoo.rows("hr.employee") if one["barcode"] == "EMP001")
    company.odoo.run_as("admin", "hr.employee", "unlink", [number])


def employee_made_anew(company: Company) -> None:
    employee_deleted(company)
    company.odoo.run_as("admin", "hr.employee", "create", {"name": "Alice", "barcode": "EMP001"})


def edited(company: Company) -> None:
    row = company.shift("EMP001", "08:00", "12:00")
    company.push()
    company.edit(row, check_out="12:05")
    company.system.attendance.correct(row.id, check_out="2026-03-02T12:01:00", reason="typo", by="helen")


def edited_on_both_sides(company: Company) -> None:
    row = company.shift("EMP001", "08:00", "12:00")
    company.push()
    company.edit(row, check_out="12:05")
    company.system.attendance.correct(row.id, check_in="2026-03-02T07:57:00", reason="queue", by="helen")


def edited_so_that_it_cannot_be(company: Company) -> None:
    row = company.shift("EMP001", "08:00", "09:00")
    company.shift("EMP001", "10:00", "11:00")
    company.system.odoo.push(DAY, DAY)
    second = company.odoo_id(company.row(row.id + 1))
    company.odoo.change("hr.attendance", second, check_in=at("14:00"), check_out=at("15:00"))
    company.edit(row, check_out="10:30")
    company.system.attendance.correct(row.id, check_in="2026-03-02T07:55:00", reason="queue", by="helen")


def deleted(company: Company) -> None:
    row = company.shift("EMP001", "08:00", "12:00")
    company.push()
    company.delete(row)
    company.system.attendance.correct(row.id, check_out="2026-03-02T12:30:00", reason="late", by="helen")


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"{DAY} {clock}")


@pytest.mark.parametrize(("happened", "rows"), [
    (entered_by_hand, [("create", "EMP001", "08:00", "12:00", "odoo_refused")]),
    (open_rows_on_both_sides, [("create", "EMP001", "08:00", None, "odoo_refused")]),
    (moved_into_a_row_of_hrs, [("change", "EMP001", "08:00", "12:45", "odoo_refused")]),
    (room_after_a_removal, [("remove", "EMP001", "08:00", "10:00", None),
                            ("change", "EMP001", "08:30", "12:00", None)]),
    (employee_deleted, [("create", "EMP001", "08:00", "12:00", "odoo_employee_not_found")]),
    (employee_made_anew, [("create", "EMP001", "08:00", "12:00", None)]),
    (edited, [("take over", "EMP001", "08:00", "12:05", None)]),
    (edited_on_both_sides, [("take over", "EMP001", "07:57", "12:05", None)]),
    (edited_so_that_it_cannot_be, [("change", "EMP001", "07:55", "09:00", "odoo_edited_by_hr")]),
    (deleted, [("change", "EMP001", "08:00", "12:30", "odoo_deleted_by_hr")]),
], ids=lambda one: getattr(one, "__name__", ""))
def test_a_dry_run_foretells_the_push(company, happened: Callable[[Company], None], rows):
    happened(company)
    told = forecast(company)
    assert shown(told) == rows
    assert numbers(told) == numbers(company.push())


def test_it_names_what_is_in_the_way(company):
    entered_by_hand(company)
    (error,) = forecast(company)["errors"]
    assert "a row that somebody entered in Odoo: 2026-03-02 11:00 to 13:00" in error


def test_rights_that_are_gone_stop_it_as_they_stop_the_push(company):
    company.shift("EMP001", "08:00", "12:00")
    company.odoo.change("res.users", company.odoo.uid(), groups=frozenset())
    before = everything(company)
    with pytest.raises(OdooMissingRights):
        company.system.odoo.push(DAY, DAY, dry_run=True)
    after = everything(company)
    told = {"events", "system_logs"}  # that Odoo refuses us concerns everybody
    assert {name for name in before if before[name] != after[name]} <= told


def test_many_people_and_one_in_the_way(company):
    for number in range(1, 21):
        company.shift(f"EMP{number:03}", "08:00", "12:00")
    company.enter("EMP007", "09:00", "10:00")
    told = forecast(company)
    assert (told["pushed"], told["failed"]) == (19, 1)
    assert numbers(told) == numbers(company.push())
    assert numbers(forecast(company)) == numbers(company.push())


def test_the_first_contact_by_a_dry_run_leaves_nothing(parts, odoo, clock, diary, desk):
    """Which database the rows belong to, and from which day on, is settled by a real exchange."""
    diary("EMP001").enter("08:00", "12:00")
    assert desk.push(DAY, DAY, dry_run=True)["pushed"] == 1
    with parts.store.read() as unit:
        assert not {"place", "since"} & set(unit.connections.state(1))
