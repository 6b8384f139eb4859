"""Calls at the same time: each sees the database as it was when it began, as under PostgreSQL."""

from __future__ import annotations

import threading
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

CLIENTS = 3
CLOSED = {"employee_id": 3, "check_in": "2026-03-02 08:00:00", "check_out": "2026-03-02 09:00:00"}
OPEN = {"employee_id": 3, "check_in": "2026-03-02 08:00:00"}


@pytest.fixture
def together(odoo: Any) -> Any:
    """Run a call from several clients so that all have done their work before any commits."""
    def run(call: Any) -> list[Any]:
        barrier, met = threading.Barrier(CLIENTS), threading.local()

        def wait(_: Any) -> None:
            # Only the first try of a call: Odoo's own second try comes alone.
            if not getattr(met, "already", False):
                met.already = True
                barrier.wait(timeout=10)

        def one(number: int) -> Any:
            try:
                return call(number)
            except xmlrpc.client.Fault as fault:
                return fault

        odoo.hooks.before_commit.append(wait)
        try:
            with ThreadPoolExecutor(CLIENTS) as pool:
                return list(pool.map(one, range(CLIENTS)))
        finally:
            odoo.hooks.before_commit.remove(wait)

    return run


def test_the_same_closed_record_is_doubled_in_19_and_saved_by_luck_in_18(odoo: Any, bridge: Any, together: Any) -> None:
    answers = together(lambda _: bridge.attend(**CLOSED))
    faults = [one for one in answers if isinstance(one, xmlrpc.client.Fault)]
    if odoo.version == 19:
        assert (len(faults), len(odoo.attendances())) == (0, CLIENTS)
    else:
        assert (len(faults), len(odoo.attendances())) == (CLIENTS - 1, 1)
        assert all(one.faultCode == 2 and "hr_attendance_overtime_unique_employee_per_day" in one.faultString
                   for one in faults)


def test_the_same_open_record_is_doubled_in_both(odoo: Any, bridge: Any, together: Any) -> None:
    together(lambda _: bridge.attend(**OPEN))
    assert len(odoo.attendances()) == CLIENTS


def test_the_same_load_is_one_row_whoever_wins_and_the_losers_may_try_again(
        odoo: Any, bridge: Any, together: Any) -> None:
    rows = [["__face_attendance__.a", "3", "2026-03-02 08:00:00", "2026-03-02 09:00:00"]]
    answers = together(lambda _: bridge.load(rows))
    won = [one for one in answers if one["ids"]]
    assert len(won) == 1 and len(odoo.attendances()) == 1
    for lost in (one for one in answers if not one["ids"]):
        assert lost["messages"][0]["type"] == "error"
        assert any(part in lost["messages"][0]["message"] for part in (
            "could not serialize access due to concurrent update", "hr_attendance_overtime_unique"))
    assert bridge.load(rows)["ids"] == won[0]["ids"]


def test_different_punches_of_one_person_and_day_collide_in_18_only(odoo: Any, bridge: Any, together: Any) -> None:
    def punch(number: int) -> Any:
        return bridge.attend(employee_id=3, check_in=f"2026-03-02 {8 + number:02}:00:00",
                             check_out=f"2026-03-02 {8 + number:02}:30:00")

    faults = [one for one in together(punch) if isinstance(one, xmlrpc.client.Fault)]
    assert len(faults) == (CLIENTS - 1 if odoo.version == 18 else 0)


def test_a_race_can_be_lost_on_demand(odoo: Any, bridge: Any) -> None:
    row = [["__face_attendance__.a", "3", "2026-03-02 08:00:00", "2026-03-02 09:00:00"]]
    odoo.lose_races(calls=2)
    for _ in range(2):
        lost = bridge.load(row)
        assert (lost["ids"], lost["messages"][0]["message"]) == (
            False, "could not serialize access due to concurrent update\n")
    assert bridge.load(row)["messages"] == []
    odoo.lose_races(methods=("create",))
    fault = bridge.fault("hr.attendance", "create", {**CLOSED, "employee_id": 4})
    assert (fault.faultCode, "SerializationFailure" in fault.faultString) == (1, True)
    odoo.lose_races(methods=("create",), overtime=True)
    fault = bridge.fault("hr.attendance", "create", {**CLOSED, "employee_id": 4})
    assert (fault.faultCode, "hr_attendance_overtime_unique_employee_per_day" in fault.faultString) == (2, True)
    assert [one["employee_id"] for one in odoo.attendances()] == [3]


def test_two_who_write_one_record_both_succeed_because_odoo_tries_again(
        odoo: Any, bridge: Any, together: Any) -> None:
    key = bridge.attend(**OPEN)
    odoo.services.database.tables["hr.attendance.overtime"]["3|2026-03-02"] = {"id": "3|2026-03-02"}
    answers = together(lambda number: bridge("hr.attendance", "write", [key],
                                             {"check_out": f"2026-03-02 {9 + number:02}:00:00"}))
    assert answers == [True] * CLIENTS
