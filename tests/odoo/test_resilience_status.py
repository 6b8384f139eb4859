"""How the bridge stands, told as a person would tell it, and as data."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from backend.desks.odoo_status import sentences
from backend.odoo.errors import OdooAccessDenied, OdooUnreachable
from tests.odoo.stories import at, credentials

MONDAY = date(2026, 3, 2)


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def tell(desk, parts):
    """The sentences of the moment, as one text."""
    def lines(due: dict[str, datetime] | None = None) -> str:
        return "\n".join(sentences(desk.status(), parts.zone, parts.clock(), due))

    return lines


def test_a_fresh_connection(tell, odoo):
    assert tell() == (
        f"Set up for {odoo.url}, database o18, as bridge (protocol as the server says); nothing has been exchanged "
        "with it yet.\n"
        "No row waits to go to Odoo.\n"
        "Employees were never read.\n"
        "Attendance was never pushed.\n"
        "Rows were never compared with Odoo's.")


def test_how_the_server_is_spoken_to(tell, desk, odoo):
    desk.test()
    assert tell().startswith(f"Connected with {odoo.url}, database o18, as bridge (Odoo 18.0-20250421 over XML-RPC).")


def test_what_was_exchanged_with_another_database_or_address_connects_with_no_other(tell, desk, odoo):
    desk.test()
    desk.save_config(db="other")
    assert tell().startswith(f"Set up for {odoo.url}, database other, as bridge (protocol as the server says); nothing")
    assert desk.status()["server_version"] is None
    desk.save_config(**credentials(odoo, url=odoo.url.replace("127.0.0.1", "localhost")))
    assert tell().startswith("Set up for http://localhost:")


def test_credentials_that_were_never_taken_connect_with_nothing(tell, desk, odoo):
    desk.save_config(password="wrong")
    with pytest.raises(OdooAccessDenied):
        desk.pull()
    assert tell().startswith(f"Set up for {odoo.url}, database o18, as bridge (protocol as the server says); nothing")


def test_a_run_that_broke_off_does_not_hide_the_last_good_one(tell, desk, odoo, clock):
    desk.pull()
    clock.move(minutes=5)
    odoo.stop()
    with pytest.raises(OdooUnreachable):
        desk.pull()
    assert ("Employees were last read today at 08:00: Synced 29 employees from Odoo. "
            "The last try, today at 08:05:00, broke off.") in tell()


def test_what_was_done_and_what_comes_next(tell, desk, diary, clock):
    desk.pull()
    diary("EMP001").enter("08:00")
    desk.push(MONDAY, MONDAY)
    clock.move(minutes=5)
    text = tell({"pull": at("08:30"), "push": at("09:07"), "reconcile": at("03-03 03:50")})
    assert "Employees were last read today at 08:00: Synced 29 employees from Odoo. Next today at 08:30." in text
    assert "Attendance was last pushed today at 08:00: Pushed 1 attendance records. Next today at 09:07." in text
    assert "Rows were never compared with Odoo's. Next tomorrow at 03:50." in text


def test_what_waits_and_what_needs_somebody(tell, desk, diary, clock):
    desk.test()
    diary("EMP999").enter("08:00", "09:00")
    desk.deliver()
    diary("EMP001").enter("08:00")
    clock.move(hours=2)
    diary("EMP002").enter("10:00")
    text = tell()
    assert "2 rows wait to go to Odoo, the oldest since today at 08:00." in text
    assert "One row needs somebody to mend something; see: python -m backend odoo problems" in text
    assert "One row: no employee in Odoo has the person's badge" in text
    status = desk.status()
    assert (status["waiting"], status["parked"], status["oldest_waiting"]) == (2, 1, at("08:00"))


def test_employees_that_could_not_be_settled_are_told(tell, desk, odoo):
    odoo.change("hr.employee", 3, barcode="EMP001")
    desk.pull()
    text = tell()
    assert "Synced 29 employees from Odoo. 2 of them could not be settled." in text
    assert "\n  Two employees have the badge EMP001: Aïcha Benali (Odoo id 2) and Bruno Keller (Odoo id 3)" in text
    assert len(desk.status()["runs"]["pull"]["errors"]) == 1


def test_a_row_that_hr_deleted_counts_as_failed_until_its_session_is_voided(desk, odoo, diary, clock):
    alice = diary("EMP001")
    morning = alice.enter("08:00", "12:00")
    desk.deliver()
    odoo.run_as("admin", "hr.attendance", "unlink", [odoo.attendances()[0]["id"]])
    alice.change(morning, check_out="13:00")
    desk.deliver()
    assert desk.status()["failed"] == 1
    alice.void(morning)
    clock.move(minutes=10)
    desk.deliver()
    assert (desk.status()["failed"], desk.problems()) == (0, [])


def test_odoo_is_away(tell, desk, diary, clock):
    desk.reachability.failed(OdooUnreachable("http://odoo refuses connections.", may_have_arrived=False))
    clock.move(minutes=12)
    text = tell()
    assert ("Odoo has not answered as it should for 12 min, since today at 08:00: http://odoo refuses connections."
            in text)
    assert "The next try is due now." in text


def test_odoo_refuses_us(tell, desk, clock):
    desk.reachability.failed(OdooAccessDenied("Odoo refuses the user bridge."))
    clock.move(seconds=5)
    text = tell()
    assert "Odoo refuses the user bridge." in text and "The next try is made in 10 s." in text
    status = desk.status()
    assert (status["status"], status["problem_code"]) == ("error", "odoo_access_denied")


def test_paused(tell, desk, clock):
    desk.pause()
    clock.move(days=1)
    assert "Paused since yesterday at 08:00: nothing goes by itself until `python -m backend odoo resume`." in tell()
    assert "Next" not in tell({"pull": clock()})


def test_a_key_that_ends(tell, desk, odoo, clock):
    desk.save_config(**credentials(odoo, password="ab" * 20), key_expires="2026-03-20")
    assert "The API key is good until 2026-03-20." in tell()
    clock.move(days=10)
    assert "The API key for Odoo expires on 2026-03-20, in 8 days." in tell()


def test_nothing_configured(parts):
    from backend.desks.odoo import OdooDesk

    lines = sentences(OdooDesk(parts).status(), parts.zone, parts.clock())
    assert lines == ["Odoo is not configured. Run: python backend/configure_odoo.py"]


def test_a_failure_that_was_healed_is_no_error_any_more(desk, odoo, clock):
    odoo.stop()
    with pytest.raises(OdooUnreachable):
        desk.pull()
    assert desk.status()["status"] == "error"
    odoo.start()
    clock.move(seconds=1)
    desk.test()
    assert desk.status()["status"] == "configured", "although the last run broke off"
