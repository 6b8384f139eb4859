"""load(): an upsert by external id, with the traps that a bridge has to know."""

from __future__ import annotations

from typing import Any

DAY = "2024-06-03"


def row(name: str, start: str, end: str, employee: object = 3, day: str = DAY) -> list[Any]:
    return [f"__face_attendance__.{name}", employee, f"{day} {start}:00", f"{day} {end}:00"]


def test_the_same_call_twice_leaves_one_row_and_gives_the_same_ids(bridge: Any) -> None:
    rows = [row("a", "08:00", "16:00"), row("b", "08:00", "16:00", employee="4")]
    first = bridge.load(rows)
    assert first == {"ids": first["ids"], "messages": [], "nextrow": 0}
    assert bridge.load(rows) == first
    assert [one["id"] for one in bridge.odoo.attendances()] == first["ids"]


def test_without_a_zone_in_the_context_times_are_read_in_the_users_zone(user: Any, odoo: Any) -> None:
    brussels = user("brussels")
    brussels("hr.attendance", "load", ["id", "employee_id/.id", "check_in"], [["x.a", "3", f"{DAY} 08:00:00"]])
    brussels.load([["x.b", "4", f"{DAY} 08:00:00"]], "id employee_id/.id check_in")
    assert [one["check_in"].hour for one in odoo.attendances()] == [6, 8]


def test_an_open_row_is_closed_by_its_external_id(bridge: Any) -> None:
    opened = bridge.load([row("a", "08:00", "16:00")[:3]], "id employee_id/.id check_in")
    closed = bridge.load([row("a", "08:00", "16:00")])
    assert closed["ids"] == opened["ids"]
    assert bridge.odoo.attendances()[0]["check_out"].hour == 16


def test_a_late_replay_opens_the_row_again_unless_the_column_is_left_out(bridge: Any) -> None:
    bridge.load([row("a", "08:00", "16:00")])
    bridge.load([row("a", "08:00", "16:00")[:3]], "id employee_id/.id check_in")
    assert bridge.odoo.attendances()[0]["check_out"] is not None
    bridge.load([[*row("a", "08:00", "16:00")[:3], ""]])
    assert bridge.odoo.attendances()[0]["check_out"] is None


def test_only_the_check_out_of_a_known_id_can_be_sent_and_not_of_an_unknown_one(bridge: Any) -> None:
    bridge.load([row("a", "08:00", "16:00")[:3]], "id employee_id/.id check_in")
    assert bridge.load([["__face_attendance__.a", f"{DAY} 17:00:00"]], "id check_out")["messages"] == []
    answer = bridge.load([["__face_attendance__.new", f"{DAY} 17:00:00"]], "id check_out")
    assert answer["ids"] is False
    assert answer["messages"][-1]["message"].startswith("Missing required value for the field 'Employee'")


def test_another_employee_and_time_under_the_same_id_move_the_row(bridge: Any) -> None:
    bridge.load([row("a", "08:00", "16:00")])
    bridge.load([row("a", "09:00", "17:00", employee=4)])
    assert [(one["employee_id"], one["check_in"].hour) for one in bridge.odoo.attendances()] == [(4, 9)]


def test_one_id_twice_in_a_call_is_one_row(bridge: Any) -> None:
    assert bridge.load([row("a", "08:00", "09:00"), row("a", "10:00", "11:00")])["messages"] == []
    assert [one["check_in"].hour for one in bridge.odoo.attendances()] == [10]


def test_what_was_deleted_comes_back_when_replayed(bridge: Any) -> None:
    first = bridge.load([row("a", "08:00", "16:00")])["ids"]
    bridge("hr.attendance", "unlink", first)
    again = bridge.load([row("a", "08:00", "16:00")])["ids"]
    assert again != first and len(bridge.odoo.attendances()) == 1


def test_a_bad_row_keeps_all_others_out_and_lays_a_copy_of_an_error_at_record_0(bridge: Any) -> None:
    answer = bridge.load([row("a", "08:00", "09:00"), row("b", "10:00", "11:00"), row("c", "10:30", "10:45")])
    assert answer["ids"] is False and bridge.odoo.attendances() == []
    assert [message["record"] for message in answer["messages"]] == [0, 2]
    texts = [message["message"] for message in answer["messages"]]
    # The batch as a whole names the later row; row by row it is the later row itself: one text.
    assert texts[0] == texts[1]


def test_19_lets_a_row_pass_that_clashes_with_one_before_a_bad_row(bridge: Any) -> None:
    answer = bridge.load([row("a", "08:00", "12:00"), row("b", "14:00", "13:00", employee=4),
                          row("c", "09:00", "10:00")])
    named = [message["record"] for message in answer["messages"]]
    assert named == ([0, 1, 2] if bridge.odoo.version == 18 else [0, 1])


def test_the_good_rows_alone_pass_afterwards(bridge: Any) -> None:
    rows = [row("a", "08:00", "09:00"), row("b", "11:00", "10:00"), row("c", "12:00", "13:00")]
    bad = {message["record"] for message in bridge.load(rows)["messages"]}
    assert bad == {0, 1}
    assert bridge.load([rows[0], rows[2]])["messages"] == []


def test_it_stops_after_ten_errors(bridge: Any) -> None:
    rows = [row(f"r{number}", "09:00", "08:00", day=f"2024-06-{number + 1:02}") for number in range(20)]
    messages = bridge.load(rows)["messages"]
    assert [message["type"] for message in messages] == ["error"] * 10 + ["warning"]
    assert messages[-1]["message"].startswith("Found more than 10 errors")


def test_bad_cells_are_messages_that_name_the_field(bridge: Any) -> None:
    answer = bridge.load([["__face_attendance__.a", "3", "2024-06-03T08:00:00Z", ""]])
    first = answer["messages"][0]
    assert (first["record"], first["field"], first["field_name"]) == (0, "check_in", "Check In")
    assert first["message"] == "'2024-06-03T08:00:00Z' does not seem to be a valid datetime for field 'Check In'"
    assert bridge.odoo.attendances() == []


def test_an_employee_is_named_by_database_id_external_id_or_name_but_never_by_badge(bridge: Any) -> None:
    columns = "id {} check_in check_out"
    assert bridge.load([row("a", "08:00", "09:00", 3)], columns.format("employee_id/.id"))["messages"] == []
    assert bridge.load([row("b", "08:00", "09:00", "Chloé Martin")], columns.format("employee_id"))["messages"] == []
    for column, cell in (("employee_id", "EMP004"), ("employee_id/id", "hr.nobody"), ("employee_id/.id", "x")):
        answer = bridge.load([row("c", "08:00", "09:00", cell)], columns.format(column))
        assert answer["ids"] is False and answer["messages"][0]["field"] == "employee_id"
    assert [one["employee_id"] for one in bridge.odoo.attendances()] == [3, 4]


def test_an_unknown_column_is_a_fault(bridge: Any) -> None:
    fault = bridge.fault("hr.attendance", "load", ["id", "nope"], [["x.a", "1"]])
    assert (fault.faultCode, fault.faultString.splitlines()[-1]) == (1, "ValueError: Invalid field name 'nope'")


def test_a_lack_of_rights_is_a_message_too(user: Any) -> None:
    answer = user("plain").load([row("a", "08:00", "09:00")])
    assert answer["ids"] is False
    assert answer["messages"][0]["message"].startswith("You are not allowed to create 'Attendance'")


def test_ids_without_a_dot_and_with_a_space(bridge: Any) -> None:
    bridge.load([["plain", "3", f"{DAY} 08:00:00", f"{DAY} 09:00:00"]])
    assert bridge("ir.model.data", "check_object_reference", "__import__", "plain")[0] == "hr.attendance"
    assert bridge.load([row("two words", "10:00", "11:00")])["ids"] is False


def test_an_id_of_another_model_is_refused(bridge: Any) -> None:
    bridge("hr.employee", "load", ["id", "name"], [["x.somebody", "New Person"]])
    answer = bridge.load([["x.somebody", "3", f"{DAY} 08:00:00", f"{DAY} 09:00:00"]])
    assert answer["ids"] is False and "found record of different model hr.employee" in answer["messages"][0]["message"]


def test_an_external_id_is_found_by_its_name_and_a_rows_names_by_its_id(bridge: Any) -> None:
    key = bridge.load([row("a", "08:00", "16:00")])["ids"][0]
    assert bridge("ir.model.data", "check_object_reference", "__face_attendance__", "a") == ["hr.attendance", key]
    assert bridge("hr.attendance", "get_metadata", [key])[0]["xmlid"] == "__face_attendance__.a"
    missing = bridge.fault("ir.model.data", "check_object_reference", "__face_attendance__", "b")
    assert missing.faultString.splitlines()[-1] == (
        "ValueError: External ID not found in the system: __face_attendance__.b")
    fault = bridge.fault("hr.attendance", "get_external_id", [key])
    assert fault.faultString.splitlines()[-1] == "TypeError: dictionary key must be string"
    assert bridge.fault("ir.model.data", "search_read", []).faultCode == 4


def test_a_replay_moves_the_write_date(bridge: Any, clock: Any) -> None:
    bridge.load([row("a", "08:00", "16:00")])
    before = bridge.odoo.attendances()[0]["write_date"]
    clock.move(minutes=5)
    bridge.load([row("a", "08:00", "16:00")])
    assert (bridge.odoo.attendances()[0]["write_date"] - before).total_seconds() == 300


def test_archived_employees_are_found_only_where_the_context_asks_for_them(bridge: Any) -> None:
    columns = ["id", "employee_id/.id", "check_in", "check_out"]
    refused = bridge("hr.attendance", "load", columns, [row("a", "08:00", "16:00", employee=27)])
    assert refused["ids"] is False
    assert refused["messages"][0]["message"] == "No matching record found for database id '27' in field 'Employee'"
    context = {"tz": "UTC", "active_test": False}
    assert bridge("hr.attendance", "load", columns, [row("a", "08:00", "16:00", employee=27)], context=context)["ids"]
