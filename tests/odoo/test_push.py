"""Sessions become rows in Odoo: once, to the second, and as they are now."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest

from backend.odoo.errors import OdooUnreachable
from backend.odoo_simulator import DropConnection, NewEmployee
from tests.odoo.stories import at, held, pushes

MONDAY = date(2026, 3, 2)
WEEK = (MONDAY, date(2026, 3, 8))


def test_a_day_of_several_people_arrives(desk, odoo, diary):
    alice = diary("EMP001")
    alice.enter("08:00", "12:00")
    alice.enter("12:30", "17:00")
    diary("EMP013").enter("09:00", "17:00")
    result = desk.push(*WEEK)
    assert {name: result[name] for name in ("success", "message", "pushed", "failed", "skipped", "total",
                                            "errors")} == {
        "success": True, "message": "Pushed 3 attendance records", "pushed": 3, "failed": 0,
        "skipped": 0, "total": 3, "errors": []}
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 12:00"), ("EMP013", "03-02 09:00", "03-02 17:00"),
                          ("EMP001", "03-02 12:30", "03-02 17:00")]
    assert sum(call.model_method == "load" for call in odoo.calls) == 1


def test_the_second_push_changes_nothing_and_says_so(desk, odoo, diary):
    for number in range(1, 13):
        diary(f"EMP{number:03}").enter("08:00", "16:00")
    desk.push(*WEEK)
    before, calls = odoo.attendances(), pushes(odoo)
    result = desk.push(*WEEK)
    assert result["message"] == "Pushed 0 attendance records, 12 already in Odoo"
    assert (result["success"], result["skipped"], result["total"]) == (True, 12, 12)
    assert odoo.attendances() == before
    assert pushes(odoo) == calls


def test_who_is_still_in_gets_an_open_row_that_the_check_out_closes(desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00")
    desk.push(*WEEK)
    assert held(odoo) == [("EMP001", "03-02 08:00", None)]
    (row,) = odoo.attendances()
    assert desk.push(*WEEK)["skipped"] == 1
    alice.change(session, check_out="16:30")
    assert desk.push(*WEEK)["pushed"] == 1
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:30")]
    assert odoo.attendances()[0]["id"] == row["id"]


def test_the_last_day_of_who_is_archived_by_then_arrives_all_the_same(desk, odoo, diary):
    leaver, gone = diary("EMP001"), diary("EMP002")
    session = leaver.enter("08:00")
    desk.push(*WEEK)
    for number in (2, 3):
        odoo.change("hr.employee", number, active=False)
    leaver.change(session, check_out="16:30")
    gone.enter("09:00", "12:00")
    assert desk.push(*WEEK)["pushed"] == 2
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:30"), ("EMP002", "03-02 09:00", "03-02 12:00")]


def test_scripts_push_rows_of_who_is_archived_too(connector, odoo):
    told = connector.push_attendance([
        {"person_id": "EMP001", "check_in": at("08:00"), "check_out": at("09:00")},
        {"person_id": "EMP900", "check_in": at("08:00"), "check_out": at("09:00")},
        {"person_id": "EMP002", "check_in": at("08:00"), "check_out": at("07:00")}])
    assert (told["pushed"], told["failed"]) == (2, 1)
    assert [row["barcode"] for row in odoo.attendances()] == ["EMP001", "EMP900"]


def test_open_rows_go_without_the_column_that_would_reopen_them(desk, odoo, diary):
    diary("EMP001").enter("08:00")
    diary("EMP002").enter("08:00", "09:00")
    desk.push(*WEEK)
    loads = [call.args for call in odoo.calls if call.model_method == "load"]
    assert [columns for columns, _ in loads] == [
        ["id", "employee_id/.id", "check_in", "check_out"], ["id", "employee_id/.id", "check_in"]]
    assert all(call.kwargs["context"] == {"tz": "UTC"} for call in odoo.calls if call.model_method == "load")


def test_one_bad_row_among_many_does_not_stop_the_others(desk, odoo, diary):
    odoo.run_as("admin", "hr.attendance", "create",
                {"employee_id": 8, "check_in": "2026-03-02 07:00:00", "check_out": "2026-03-02 19:00:00"})
    for number in range(1, 26):
        diary(f"EMP{number:03}").enter("08:00", "16:00")
    diary("EMP999").enter("08:00", "16:00")
    result = desk.push(*WEEK)
    assert result["message"] == "Pushed 24 attendance records, 2 failed"
    assert (result["success"], result["pushed"], result["failed"], result["total"]) == (False, 24, 2, 26)
    assert "Employee not found: EMP999" in result["errors"]
    (overlap,) = [text for text in result["errors"] if "EMP007" in text]
    assert "2026-03-02 08:00" in overlap and "then push again" in overlap
    assert len(held(odoo)) == 25
    assert {row["code"] for row in result["rows"]} == {"odoo_employee_not_found", "odoo_refused"}
    assert diary("EMP007").rows()[0].sync_state == "failed"


def test_a_first_row_that_is_bad_takes_nobody_with_it(desk, odoo, diary):
    odoo.run_as("admin", "hr.attendance", "create",
                {"employee_id": 2, "check_in": "2026-03-02 07:00:00", "check_out": "2026-03-02 09:00:00"})
    for number in range(1, 8):
        diary(f"EMP{number:03}").enter(f"08:{number:02}", "16:00")
    result = desk.push(*WEEK)
    assert (result["pushed"], result["failed"]) == (6, 1)
    assert "EMP001" in result["errors"][0]


def test_what_failed_is_tried_again_and_arrives_once_mended(desk, odoo, diary):
    diary("EMP999").enter("08:00", "16:00")
    assert desk.push(*WEEK)["errors"] == ["Employee not found: EMP999"]
    odoo.add_employee(NewEmployee("Zoë Späth", barcode="EMP999"))
    assert desk.push(*WEEK)["message"] == "Pushed 1 attendance records"
    assert diary("EMP999").rows()[0].sync_state == "synced"


def test_a_correction_moves_the_row(desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.push(*WEEK)
    (before,) = odoo.attendances()
    alice.change(session, check_in="08:15", check_out="16:45")
    assert desk.push(*WEEK)["pushed"] == 1
    (after,) = odoo.attendances()
    assert held(odoo) == [("EMP001", "03-02 08:15", "03-02 16:45")]
    assert after["id"] == before["id"]


def test_neighbours_that_move_together_do_not_run_into_each_other(desk, odoo, diary):
    alice = diary("EMP001")
    first, second = alice.enter("08:00", "12:00"), alice.enter("12:00", "16:00")
    desk.push(*WEEK)
    alice.change_all({first: {"check_out": "13:00"}, second: {"check_in": "13:00", "check_out": "17:00"}})
    assert desk.push(*WEEK)["message"] == "Pushed 2 attendance records"
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 13:00"), ("EMP001", "03-02 13:00", "03-02 17:00")]


def test_a_void_removes_the_row(desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    alice.enter("18:00", "19:00")
    desk.push(*WEEK)
    alice.void(session)
    result = desk.push(*WEEK)
    assert (result["pushed"], result["skipped"]) == (1, 1)
    assert held(odoo) == [("EMP001", "03-02 18:00", "03-02 19:00")]
    assert desk.push(*WEEK)["message"] == "Pushed 0 attendance records, 1 already in Odoo"


def test_a_check_out_taken_back_opens_the_row_again(desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.push(*WEEK)
    alice.change(session, check_out=None)
    assert desk.push(*WEEK)["pushed"] == 1
    assert held(odoo) == [("EMP001", "03-02 08:00", None)]


def test_more_rows_than_one_call_takes(desk_with, odoo, diary):
    desk = desk_with(odoo_batch=10)
    for number in range(1, 26):
        person = diary(f"EMP{number:03}")
        person.enter("08:00", "12:00")
        person.enter("03-03 08:00", "03-03 12:00")
    result = desk.push(*WEEK)
    assert (result["pushed"], result["failed"]) == (50, 0)
    loads = [len(call.args[1]) for call in odoo.calls if call.model_method == "load"]
    assert loads == [10] * 5


def test_an_assumed_check_out_goes_only_when_the_next_check_in_needs_it(desk, odoo, diary):
    alice = diary("EMP001")
    alice.enter("08:00", "03-03 00:00", assumed=True)
    desk.push(MONDAY, MONDAY)
    assert held(odoo) == [("EMP001", "03-02 08:00", None)]
    assert desk.push(MONDAY, MONDAY)["skipped"] == 1
    alice.enter("03-03 08:00")
    result = desk.push(date(2026, 3, 3), date(2026, 3, 3))
    assert (result["pushed"], result["errors"]) == (2, [])
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-03 00:00"), ("EMP001", "03-03 08:00", None)]


def test_an_assumed_check_out_that_went_is_not_taken_back(desk, odoo, diary):
    alice = diary("EMP001")
    alice.enter("08:00", "03-03 00:00", assumed=True)
    next_day = alice.enter("03-03 08:00")
    desk.push(*WEEK)
    alice.void(next_day)
    assert desk.push(*WEEK)["pushed"] == 1
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-03 00:00")]


def test_an_assumed_check_out_goes_at_once_where_the_setting_says_so(desk_with, odoo, diary):
    desk = desk_with(push_assumed_check_out=True)
    diary("EMP001").enter("08:00", "03-03 00:00", assumed=True)
    desk.push(*WEEK)
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-03 00:00")]


def test_what_hr_changed_in_odoo_is_left_and_reported(desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.push(*WEEK)
    (row,) = odoo.attendances()
    odoo.change("hr.attendance", row["id"], check_out=datetime(2026, 3, 2, 15))
    alice.change(session, check_out="17:00")
    result = desk.push(*WEEK)
    assert (result["success"], result["pushed"], result["failed"]) == (False, 0, 1)
    assert "HR changed this row" in result["errors"][0]
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 15:00")]
    assert alice.confirmed(session).state == "conflict"
    alice.change(session, check_out="15:00")
    assert desk.push(*WEEK)["message"] == "Pushed 0 attendance records, 1 already in Odoo"
    assert alice.confirmed(session).state == "synced"


def test_what_is_void_here_and_changed_by_hr_is_left_and_reported(desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.push(*WEEK)
    odoo.change("hr.attendance", odoo.attendances()[0]["id"], check_out=datetime(2026, 3, 2, 15))
    alice.void(session)
    result = desk.push(*WEEK)
    assert (result["pushed"], result["failed"]) == (0, 1)
    assert "delete it in Odoo" in result["errors"][0]
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 15:00")]
    odoo.run_as("admin", "hr.attendance", "unlink", [odoo.attendances()[0]["id"]])
    assert desk.push(*WEEK)["success"]


def test_a_session_that_vanished_and_came_back_does_not_overwrite_hrs_edit(desk, odoo, diary):
    """Late punches may turn a check-in into a check-out and back: the session is the same again."""
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.push(*WEEK)
    odoo.change("hr.attendance", odoo.attendances()[0]["id"], check_out=datetime(2026, 3, 2, 15, 30))
    kept = alice.sessions[session]
    alice.void(session)
    alice.sessions[session] = kept
    alice.save()
    for _ in range(2):
        result = desk.push(*WEEK)
        assert (result["pushed"], result["failed"]) == (0, 2)
        assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 15:30")]
    odoo.change("hr.attendance", odoo.attendances()[0]["id"], check_out=datetime(2026, 3, 2, 16))
    assert desk.push(*WEEK)["failed"] == 0
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")]
    assert desk.push(*WEEK)["skipped"] == 1


def test_what_hr_deleted_in_odoo_does_not_come_back(desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.push(*WEEK)
    (row,) = odoo.attendances()
    odoo.run_as("admin", "hr.attendance", "unlink", [row["id"]])
    alice.change(session, check_out="17:00")
    for _ in range(2):
        result = desk.push(*WEEK)
        assert (result["pushed"], result["failed"]) == (0, 1)
        assert "HR deleted this row" in result["errors"][0]
    assert held(odoo) == []


def test_a_lost_answer_is_asked_for_again_and_doubles_nothing(desk, odoo, diary):
    dropped = []

    def lose_one(call):
        if call.model_method == "load" and not dropped:
            dropped.append(call)
            raise DropConnection

    odoo.hooks.after.append(lose_one)
    for number in range(1, 6):
        diary(f"EMP{number:03}").enter("08:00", "16:00")
    assert desk.push(*WEEK)["message"] == "Pushed 5 attendance records"
    assert len(dropped) == 1 and len(held(odoo)) == 5


def lose_answers(call):
    if call.model_method == "load":
        raise DropConnection


def test_a_row_whose_answer_was_lost_goes_when_its_session_is_voided(desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    odoo.hooks.after.append(lose_answers)
    with pytest.raises(OdooUnreachable):
        desk.push(*WEEK)
    odoo.hooks.after.remove(lose_answers)
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")]
    alice.void(session)
    assert desk.push(*WEEK)["pushed"] == 1
    assert held(odoo) == []
    assert desk.push(*WEEK)["total"] == 0


def test_a_row_that_never_arrived_needs_no_removal(desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    odoo.hooks.before.append(lose_answers)
    with pytest.raises(OdooUnreachable):
        desk.push(*WEEK)
    odoo.hooks.before.remove(lose_answers)
    alice.void(session)
    assert desk.push(*WEEK)["failed"] == 0
    assert held(odoo) == []
    assert desk.push(*WEEK)["total"] == 0


def test_the_employee_is_found_by_odoo_id_when_the_badge_has_changed(desk, odoo, diary):
    desk.pull()
    odoo.change("hr.employee", 2, barcode="NEW001")
    diary("EMP001").enter("08:00", "16:00")
    assert desk.push(*WEEK)["pushed"] == 1
    assert [row["employee_id"] for row in odoo.attendances()] == [2]


def test_a_dry_run_tells_each_row_and_sends_none(desk, odoo, diary):
    diary("EMP001").enter("08:00", "16:00")
    diary("EMP999").enter("08:00")
    result = desk.push(*WEEK, dry_run=True)
    assert (result["pushed"], result["failed"], result["dry_run"]) == (1, 1, True)
    assert sorted((row["person_id"], row["action"], row["code"]) for row in result["rows"]) == [
        ("EMP001", "create", None), ("EMP999", "create", "odoo_employee_not_found")]
    assert held(odoo) == [] and pushes(odoo) == 0
    assert diary("EMP999").rows()[0].sync_state == "pending"


def test_odoos_zone_of_the_user_makes_no_difference(desk, odoo, diary):
    odoo.change("res.users", odoo.uid(), tz="Europe/Brussels")
    diary("EMP021").enter("03-29 00:30", "03-29 03:30")
    desk.push(date(2026, 3, 29), date(2026, 3, 29))
    assert held(odoo) == [("EMP021", "03-29 00:30", "03-29 03:30")]


def test_only_the_days_asked_for_are_pushed(desk, odoo, diary):
    alice = diary("EMP001")
    for day in range(1, 6):
        alice.enter(f"03-{day:02} 08:00", f"03-{day:02} 16:00")
    desk.push(date(2026, 3, 2), date(2026, 3, 4))
    assert [row[1] for row in held(odoo)] == ["03-02 08:00", "03-03 08:00", "03-04 08:00"]


def random_day(picker: random.Random) -> list[tuple[datetime, datetime | None]]:
    """Sessions of one person that do not overlap; the last one may be open."""
    marks = sorted(picker.sample(range(96), 2 * picker.randint(0, 5)))
    start = at("00:00")
    spans = [(start + timedelta(minutes=15 * begin), start + timedelta(minutes=15 * end))
             for begin, end in zip(marks[::2], marks[1::2], strict=True)]
    if spans and picker.random() < 0.4:
        spans[-1] = (spans[-1][0], None)
    return spans


@pytest.mark.parametrize("seed", range(3))
def test_whatever_becomes_of_the_sessions_odoo_holds_them_so(desk, odoo, diary, seed):
    """Sessions change all at once, in every direction; a push or two later Odoo is right."""
    picker = random.Random(seed)
    alice = diary("EMP001")
    for _ in range(6):
        spans = random_day(picker)
        standing = sorted(alice.sessions, key=lambda one: alice.sessions[one].check_in)
        kept = sorted(picker.sample(range(len(standing)), min(len(standing), len(spans))))
        for session in {*standing} - {standing[place] for place in kept}:
            del alice.sessions[session]
        kept = [standing[place] for place in kept]
        alice.change_all({session: {"check_in": begin, "check_out": end}
                          for session, (begin, end) in zip(kept, spans, strict=False)})
        for begin, end in spans[len(kept):]:
            alice.enter(f"{begin:%m-%d %H:%M}", f"{end:%m-%d %H:%M}" if end else None)
        tries = [desk.push(*WEEK) for _ in range(2)]
        assert [result["failed"] for result in tries] == [0, 0], tries[-1]["errors"]
        assert [(row["check_in"], row["check_out"]) for row in sorted(
            odoo.attendances(), key=lambda row: row["check_in"])] == spans
        assert desk.push(*WEEK)["pushed"] == 0
