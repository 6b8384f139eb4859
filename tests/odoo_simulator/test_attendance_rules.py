"""Odoo's own rules for attendance rows, case by case as two real servers were seen to keep them."""

from __future__ import annotations

import xmlrpc.client
from typing import Any

import pytest

DAY = "2024-02-05"


def span(start: str, end: str | None, employee: int = 3, **more: Any) -> dict[str, Any]:
    vals = {"employee_id": employee, "check_in": f"{DAY} {start}:00", **more}
    return vals if end is None else {**vals, "check_out": f"{DAY} {end}:00"}


def moment(bridge: Any, hours: str) -> str:
    """A time as this version writes it in its messages."""
    return f"02/05/2024 {hours}:00" if bridge.odoo.version == 18 else f"02/05/2024 {hours}:00 AM"


def refused(bridge: Any, vals: Any) -> str:
    fault = bridge.fault("hr.attendance", "create", vals)
    assert fault.faultCode == 2
    return str(fault.faultString)


def test_a_second_open_record_is_refused_whether_earlier_or_later(bridge: Any) -> None:
    bridge.attend(**span("08:00", None))
    for start in ("07:00", "09:00"):
        assert refused(bridge, span(start, None)) == (
            "Cannot create new attendance record for Bruno Keller, the employee hasn't checked out since "
            + moment(bridge, "08:00"))


@pytest.mark.parametrize("start, end", [("09:00", "10:00"), ("07:00", "09:00"), ("07:00", "18:00"), ("08:00", "16:30")])
def test_an_overlap_is_refused(bridge: Any, start: str, end: str) -> None:
    bridge.attend(**span("08:00", "16:30"))
    assert "the employee was already checked in on " in refused(bridge, span(start, end))


def test_an_identical_closed_record_is_refused_naming_its_own_start(bridge: Any) -> None:
    bridge.attend(**span("08:00", "16:30"))
    assert refused(bridge, span("08:00", "16:30")) == (
        "Cannot create new attendance record for Bruno Keller, the employee was already checked in on "
        + moment(bridge, "08:00"))


def test_a_closed_record_after_an_open_one_passes_and_then_blocks_its_closing(bridge: Any) -> None:
    opened = bridge.attend(**span("08:00", None))
    bridge.attend(**span("10:00", "11:00"))
    fault = bridge.fault("hr.attendance", "write", [opened], {"check_out": f"{DAY} 12:00:00"})
    assert (fault.faultCode, "already checked in on" in fault.faultString) == (2, True)
    assert bridge("hr.attendance", "write", [opened], {"check_out": f"{DAY} 09:00:00"}) is True


def test_open_inside_a_closed_record_is_refused_and_open_before_it_passes(bridge: Any) -> None:
    bridge.attend(**span("08:00", "16:00"))
    assert "already checked in" in refused(bridge, span("09:00", None))
    assert bridge.attend(**span("07:00", None)) > 0


def test_touching_records_pass(bridge: Any) -> None:
    bridge.attend(**span("08:00", "12:00"))
    assert bridge.attend(**span("12:00", "16:00")) > 0


def test_a_record_of_no_length_passes_even_twice(bridge: Any) -> None:
    assert bridge.attend(**span("08:00", "08:00")) != bridge.attend(**span("08:00", "08:00"))


def test_check_out_before_check_in_is_refused(bridge: Any) -> None:
    assert refused(bridge, span("08:00", "07:00")) == '"Check Out" time cannot be earlier than "Check In" time.'


def test_archived_people_future_days_and_long_spans_pass(bridge: Any) -> None:
    assert bridge.attend(**span("08:00", "09:00", employee=27)) > 0
    assert bridge.attend(employee_id=3, check_in="2099-01-01 08:00:00", check_out="2099-01-04 08:00:00") > 0


def test_an_employee_is_needed_and_must_exist(bridge: Any) -> None:
    unknown = refused(bridge, span("08:00", None, employee=999999))
    nobody = refused(bridge, {**span("08:00", None), "employee_id": False})
    if bridge.odoo.version == 18:
        assert unknown.endswith("Constraint: hr_attendance_employee_id_fkey\n")
        assert nobody.endswith("Field: Employee (employee_id)\n")
    else:
        assert unknown.startswith("Record does not exist or has been deleted.\n(Record: hr.employee(999999,), User: ")
        assert nobody.startswith("The operation cannot be completed: Missing required value for the field 'Employee'")


@pytest.mark.parametrize("text, said", [
    ("2024-03-03 08:00:00.123456", "ValueError: unconverted data remains: .123456"),
    ("2024-03-03 08:00:00.500", "ValueError: unconverted data remains: .500"),
    ("2024-03-03T08:00:00", "ValueError: time data '2024-03-03T08:00:00' does not match format '%Y-%m-%d %H:%M:%S'"),
    ("2024-03-03 08:00:00+02:00", "ValueError: unconverted data remains: +02:00"),
])
def test_times_in_any_other_form_are_a_traceback(bridge: Any, text: str, said: str) -> None:
    fault = bridge.fault("hr.attendance", "create", {"employee_id": 3, "check_in": text})
    assert fault.faultCode == 1
    assert fault.faultString.startswith("Traceback (most recent call last):\n")
    assert fault.faultString.splitlines()[-1] == said


def test_a_number_is_no_time(bridge: Any) -> None:
    assert bridge.fault("hr.attendance", "create", {"employee_id": 3, "check_in": 1709452800}).faultCode == 1


def test_an_empty_text_for_a_time_is_a_traceback_in_18_and_a_missing_value_in_19(bridge: Any) -> None:
    fault = bridge.fault("hr.attendance", "create", {"employee_id": 3, "check_in": ""})
    assert fault.faultCode == (1 if bridge.odoo.version == 18 else 2)


@pytest.mark.parametrize("given, kept", [
    ("2024-03-08 08:00", "2024-03-08 08:00:00"), ("2024-03-09", "2024-03-09 00:00:00"),
    (xmlrpc.client.DateTime("20240310T08:00:00"), "2024-03-10 08:00:00"),
])
def test_shorter_times_and_datetime_objects_pass(bridge: Any, given: Any, kept: str) -> None:
    key = bridge.attend(employee_id=3, check_in=given, check_out=None)
    assert bridge("hr.attendance", "read", [key], ["check_in", "check_out"]) == [
        {"id": key, "check_in": kept, "check_out": False}]


def test_check_in_is_now_unless_given(bridge: Any, clock: Any) -> None:
    key = bridge.attend(employee_id=3)
    assert bridge("hr.attendance", "read", [key], ["check_in"])[0]["check_in"] == f"{clock.now:%Y-%m-%d %H:%M:%S}"


def test_lunch_is_taken_off_worked_hours_and_a_given_value_is_ignored(bridge: Any) -> None:
    monday = bridge.attend(**span("08:00", "16:30"), worked_hours=99)
    saturday = bridge.attend(employee_id=3, check_in="2024-02-10 08:00:00", check_out="2024-02-10 16:30:00")
    rows = bridge("hr.attendance", "read", [monday, saturday], ["worked_hours"])
    assert [row["worked_hours"] for row in rows] == [7.5, 8.5]


def test_a_bad_mode_is_a_traceback_and_a_good_one_is_kept(bridge: Any) -> None:
    fault = bridge.fault("hr.attendance", "create", span("08:00", None, in_mode="face"))
    assert (fault.faultCode, fault.faultString.splitlines()[-1]) == (
        1, "ValueError: Wrong value for hr.attendance.in_mode: 'face'")
    key = bridge.attend(**span("08:00", "09:00", in_mode="kiosk", out_mode="auto_check_out"))
    assert bridge("hr.attendance", "read", [key], ["in_mode", "out_mode"]) == [
        {"id": key, "in_mode": "kiosk", "out_mode": "auto_check_out"}]


def test_a_batch_is_all_or_nothing_and_uses_up_ids(bridge: Any) -> None:
    before = bridge.attend(**span("06:00", "06:30"))
    assert "earlier than" in refused(bridge, [span("08:00", "09:00"), span("11:00", "10:00")])
    assert bridge("hr.attendance", "search_count", []) == 1
    assert bridge.attend(**span("08:00", "09:00")) == before + 3


def test_a_list_gives_a_list_in_order_and_no_rows_no_ids(bridge: Any) -> None:
    keys = bridge("hr.attendance", "create", [span("10:00", "11:00"), span("08:00", "09:00")])
    assert [row["check_in"][11:16] for row in bridge("hr.attendance", "read", keys, ["check_in"])] == ["10:00", "08:00"]
    assert bridge("hr.attendance", "create", []) == []


def test_writing_twice_and_reopening_pass(bridge: Any) -> None:
    key = bridge.attend(**span("08:00", None))
    for vals in ({"check_out": f"{DAY} 09:00:00"},) * 2 + ({"check_out": False},):
        assert bridge("hr.attendance", "write", [key], vals) is True
    assert bridge.odoo.attendances()[-1]["check_out"] is None


def test_what_is_deleted_cannot_be_written_or_deleted_again(bridge: Any) -> None:
    key = bridge.attend(**span("08:00", None))
    bridge("hr.attendance", "unlink", [key])
    for method, args in (("write", [{"check_out": False}]), ("unlink", [])):
        fault = bridge.fault("hr.attendance", method, [key], *args)
        assert (fault.faultCode, fault.faultString) == (2, (
            f"Record does not exist or has been deleted.\n(Record: hr.attendance({key},), User: {bridge.uid})"))
    assert bridge("hr.attendance", "read", [key], ["check_in"]) == []


def test_deleting_an_employee_deletes_the_attendances(bridge: Any) -> None:
    bridge.load([["__face_attendance__.one", "3", f"{DAY} 08:00:00", f"{DAY} 09:00:00"]])
    bridge("hr.employee", "unlink", [3])
    assert bridge.odoo.attendances() == []
    assert bridge.fault("ir.model.data", "check_object_reference", "__face_attendance__", "one").faultCode == 1


def test_people_without_rights_are_told_who_has_them(user: Any) -> None:
    fault = user("acct").fault("hr.attendance", "create", span("08:00", None))
    assert fault.faultCode == 4
    assert fault.faultString.startswith("You are not allowed to create 'Attendance' (hr.attendance) records.")


def test_an_officer_attends_only_to_the_people_in_his_charge(user: Any, odoo: Any) -> None:
    officer = user("officer")
    fault = officer.fault("hr.attendance", "create", span("08:00", None))
    assert (fault.faultCode, fault.faultString.splitlines()[0]) == (
        4, "Uh-oh! Looks like you have stumbled upon some top-secret records.")
    odoo.change("hr.employee", 3, attendance_manager_id=officer.uid)
    assert officer.attend(**span("08:00", None)) > 0


def test_messages_tell_times_in_the_readers_zone(user: Any, odoo: Any) -> None:
    brussels = user("brussels")
    brussels.attend(**span("08:00", "16:00"))
    fault = brussels.fault("hr.attendance", "create", span("08:00", "16:00"))
    assert fault.faultString.endswith("02/05/2024 09:00:00" + (" AM" if odoo.version == 19 else ""))
    assert odoo.attendances()[0]["check_in"].hour == 8
