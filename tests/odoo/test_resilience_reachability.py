"""Odoo goes away and comes back, refuses us and is mended, is paused: who knows, and who is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.desks.odoo import OdooDesk
from backend.desks.parts import Parts
from backend.desks.reachability import Reachability, how_long
from backend.odoo.errors import (
    OdooAccessDenied,
    OdooBusy,
    OdooError,
    OdooMissingRights,
    OdooRefused,
    OdooTransient,
    OdooUnreachable,
)
from backend.odoo_simulator import Answer, DropConnection, OdooSimulator
from tests.odoo.stories import credentials, held

MONDAY = date(2026, 3, 2)


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def parts(parts: Parts) -> Parts:
    """Nobody has the time to wait for repeats here."""
    return Parts(parts.settings.but(odoo_retries=0), parts.clock, parts.store, parts.sealer)


def pull(desk: OdooDesk) -> None:
    desk.pull(trigger="schedule")


def told(parts: Parts) -> list[tuple[str, str]]:
    """Level and text of the bridge's log lines that are not of saving, oldest first."""
    with parts.store.read() as unit:
        return [(line.level, line.message) for line in reversed(unit.logs.search("odoo_sync"))
                if line.level != "debug" and "saved" not in line.message and "Synced" not in line.message]


def events(parts: Parts) -> list[str]:
    with parts.store.read() as unit:
        return [one.payload["state"] for one in unit.events.since(0)
                if one.kind == "sync" and one.payload["kind"] == "reachability"]


def test_going_away_and_coming_back_are_told_once_each(desk, odoo, parts, clock, diary):
    desk.test()
    diary("EMP001").enter("08:00")
    diary("EMP002").enter("08:00")
    odoo.stop()
    for _ in range(5):
        with pytest.raises(OdooUnreachable):
            pull(desk)
        clock.move(minutes=2)
    assert desk.status()["status"] == "error"
    odoo.start()
    pull(desk)
    pull(desk)
    assert [level for level, _ in told(parts)] == ["warning", "info"]
    away, back = (text for _, text in told(parts))
    assert "Odoo is away" in away and "2 rows wait" in away and "refuses connections" in away
    assert back == "Odoo is back after 10 min; 2 rows waited."
    assert events(parts) == ["away", "back"]
    assert desk.status()["status"] == "configured"


def test_all_processes_know_and_one_of_them_looks(desk, odoo, parts, clock):
    other = OdooDesk(parts)
    assert desk.may_try() and other.may_try()
    odoo.stop()
    with pytest.raises(OdooUnreachable):
        pull(desk)
    assert not desk.may_try() and not other.may_try()
    clock.move(seconds=2)
    assert other.may_try(), "the look is due"
    assert not desk.may_try(), "and taken"


def test_looks_grow_rarer_up_to_a_minute_and_are_jittered(parts, clock):
    for chance, expected in ((1.0, [2, 4, 8, 16, 32, 60, 60]), (0.0, [1, 2, 4, 8, 16, 30, 30])):
        watch = Reachability(parts, chance=lambda chance=chance: chance)
        waits = []
        for _ in expected:
            watch.failed(OdooUnreachable("away", may_have_arrived=False))
            waits.append((watch.trouble().next_try - clock()).total_seconds())
        assert waits == expected
        watch.answered()


def test_what_a_busy_server_asks_for_is_kept_to(parts, clock):
    watch = Reachability(parts)
    watch.failed(OdooBusy("429", asked=300.0, retry_after=300))
    clock.move(seconds=299)
    assert not watch.may_try()
    clock.move(seconds=1)
    assert watch.may_try()


def test_errors_of_single_rows_say_that_odoo_is_there(parts, clock):
    watch = Reachability(parts)
    for error in (OdooTransient("serialization"), OdooRefused("overlap")):
        watch.failed(error)
        assert watch.trouble() is None
    watch.failed(OdooUnreachable("away"))
    watch.failed(OdooRefused("overlap"))
    assert watch.trouble() is None


def test_a_refused_password_rests_until_it_is_saved_anew_by_whomever(desk, odoo, parts, clock):
    page = OdooDesk(parts)
    page.save_config(**credentials(odoo, password="wrong"))
    for _ in range(3):
        with pytest.raises(OdooAccessDenied):
            pull(desk)
    assert [level for level, _ in told(parts)] == ["error"]
    assert "Nothing can be exchanged with Odoo: Odoo refuses the user" in told(parts)[0][1]
    clock.move(seconds=59)
    assert not desk.may_try()
    page.save_config(password="bridge")
    assert desk.may_try(), "at once, without a restart"
    pull(desk)
    assert told(parts)[-1] == ("info", "The exchange with Odoo works again after 59 s; no row waited.")


def test_what_was_mended_in_odoo_is_noticed_within_five_minutes(desk, odoo, parts, clock):
    watch = desk.reachability
    watch.failed(OdooAccessDenied("no"))
    assert not desk.may_try()
    clock.move(minutes=5)
    assert desk.may_try()
    pull(desk)
    assert desk.may_try() and watch.trouble() is None


def test_a_test_by_hand_that_succeeds_resumes_the_queue(desk, odoo, parts):
    desk.reachability.failed(OdooAccessDenied("no"))
    OdooDesk(parts).test()
    assert desk.may_try()


def test_a_right_that_was_given_back_is_seen_without_a_restart(desk, odoo, parts):
    """What the user may read was asked for when it was less."""
    desk.save_config(**credentials(odoo, username="plain", password="plain"))
    connector = desk.connector()
    with pytest.raises(OdooMissingRights), desk.reachability.watching(connector):
        connector.require_rights()
    asked = sum(call.model_method == "fields_get" for call in odoo.calls)
    with pytest.raises(OdooMissingRights), desk.reachability.watching(connector):
        connector.require_rights()
    assert sum(call.model_method == "fields_get" for call in odoo.calls) == asked + 1


def test_a_login_that_odoo_forgot_is_made_again(desk, odoo, parts):
    """The server was replaced while it was away, and our user has another id there."""
    pull(desk)
    desk.reachability.failed(OdooUnreachable("away"))
    seen = len(odoo.calls)
    pull(desk)
    assert [call.method for call in odoo.calls[seen:]][:2] == ["version", "authenticate"]


def test_work_by_hand_goes_while_odoo_is_known_to_be_away(desk, odoo, parts):
    desk.reachability.failed(OdooUnreachable("away"))
    assert not desk.may_try()
    assert desk.pull()["success"]
    assert desk.may_try()


def test_credentials_for_once_say_nothing_of_the_odoo_in_force(desk, odoo, parts):
    with pytest.raises(OdooUnreachable):
        desk.pull({"url": "http://127.0.0.1:9", "db": "x", "username": "x", "password": "x"})
    with pytest.raises(OdooAccessDenied):
        desk.test({"password": "wrong"})
    assert desk.may_try()
    desk.reachability.failed(OdooUnreachable("away"))
    with OdooSimulator(version=19) as other:
        desk.test(credentials(other))
    assert desk.reachability.trouble() is not None


def test_nothing_goes_by_itself_where_nothing_is_configured(parts):
    assert not OdooDesk(parts).may_try()


def test_paused_work_by_hand_still_goes(desk, odoo, parts, clock):
    page = OdooDesk(parts)
    page.pause()
    paused_at = clock()
    clock.move(minutes=5)
    page.pause()
    assert not desk.may_try()
    status = desk.status()
    assert (status["status"], status["paused_at"]) == ("paused", paused_at)
    assert desk.pull()["success"]
    desk.resume()
    assert desk.may_try()
    assert (desk.status()["status"], desk.status()["paused_at"]) == ("configured", None)
    assert [text for _, text in told(parts)] == [
        "The bridge to Odoo was paused; attendance is recorded and waits", "The bridge to Odoo goes on"]


def test_calls_of_all_processes_are_counted(desk, odoo, parts):
    def traffic() -> dict[str, int]:
        with parts.store.read() as unit:
            return unit.connections.get().state.get("traffic", {"calls": 0, "failures": 0})

    before, seen = traffic(), len(odoo.calls)
    pull(desk)
    OdooDesk(parts).test()
    assert traffic()["calls"] - before["calls"] == len(odoo.calls) - seen
    odoo.hooks.before.append(busy)
    with pytest.raises(OdooError):
        desk.test()
    assert traffic()["failures"] - before["failures"] == 1


def test_what_waits_goes_when_odoo_is_back_and_nothing_is_asked_meanwhile(desk, odoo, parts, clock, diary):
    desk.test()
    odoo.stop()
    diary("EMP001").enter("08:00")
    assert desk.deliver()["code"] == "odoo_unreachable"
    assert desk.deliver() is None
    odoo.start()
    seen = len(odoo.calls)
    assert desk.deliver() is None and len(odoo.calls) == seen, "the next look is not due yet"
    clock.move(minutes=1)
    assert desk.deliver()["pushed"] == 1
    assert held(odoo) == [("EMP001", "03-02 08:00", None)]
    assert [text.split(":")[0] for _, text in told(parts)] == [
        "Odoo is away", "Odoo is back after 1 min; one row waited."]


def test_paused_rows_wait_and_go_at_once_afterwards(desk, odoo, diary):
    desk.pause()
    diary("EMP001").enter("08:00")
    assert desk.deliver() is None
    desk.resume()
    assert desk.deliver()["pushed"] == 1


def test_new_credentials_let_the_queue_of_another_process_go(desk, odoo, parts, diary):
    jobs = OdooDesk(parts)
    desk.save_config(**credentials(odoo, password="wrong"))
    diary("EMP001").enter("08:00")
    assert jobs.deliver()["code"] == "odoo_access_denied"
    assert jobs.deliver() is None
    desk.save_config(password="bridge")
    assert jobs.deliver()["pushed"] == 1


def busy(call):
    raise Answer(503, b"")


@pytest.mark.parametrize(("length", "words"), [
    (timedelta(), "less than a second"), (timedelta(seconds=59), "59 s"), (timedelta(minutes=10), "10 min"),
    (timedelta(hours=2, minutes=3, seconds=4), "2 h 3 min"), (timedelta(days=2, minutes=3), "2 d")])
def test_lengths_of_time_read_well(length, words):
    assert how_long(length) == words


def test_a_delivery_that_breaks_off_in_the_middle_is_told_once(desk_with, odoo, parts, clock, diary):
    desk = desk_with(odoo_batch=1, odoo_retries=0)
    desk.test()
    for number in range(1, 6):
        diary(f"EMP{number:03}").enter("08:00")
    loads = []

    def go_away(call):
        if call.model_method == "load":
            loads.append(call)
            if len(loads) > 3:
                raise DropConnection

    odoo.hooks.before.append(go_away)
    result = desk.deliver()
    assert (result["success"], result["code"]) == (False, "odoo_unreachable") and result["pushed"] > 0
    assert [text.split(":")[0] for _, text in told(parts)] == ["Odoo is away"]
    assert desk.status()["circuit"] == "open", "all processes keep to it"
    odoo.hooks.before.remove(go_away)
    clock.move(minutes=5)
    assert desk.status()["circuit"] == "half_open"
    while desk.deliver() is not None:
        pass
    assert len(held(odoo)) == 5 and desk.status()["circuit"] == "closed"


def test_rights_that_were_taken_away_stop_the_queue_and_given_back_let_it_go_on(desk, odoo, parts, clock, diary):
    pull(desk)
    odoo.revoke()
    diary("EMP001").enter("08:00")
    for _ in range(3):
        desk.deliver()
        with pytest.raises(OdooError):
            pull(desk)
    assert held(odoo) == []
    odoo.restore()
    clock.move(minutes=5)
    while desk.deliver() is not None:
        pass
    pull(desk)
    assert held(odoo) == [("EMP001", "03-02 08:00", None)]
    assert desk.status()["status"] == "configured"


def test_a_user_who_gets_the_right_to_read_badges_later_needs_no_restart(desk_with, odoo, parts, clock):
    odoo.revoke()
    desk = desk_with()
    with pytest.raises(OdooError):
        pull(desk)
    odoo.restore()
    clock.move(minutes=5)
    pull(desk)
    with parts.store.read() as unit:
        assert unit.people.by_person_id("EMP001") is not None


def test_a_key_that_was_withdrawn_and_a_new_one(desk, odoo, parts, clock, diary):
    first, second = odoo.api_key(), odoo.issue_key("bridge", None)
    desk.save_config(**credentials(odoo, password=first))
    pull(desk)
    odoo.withdraw_key(first)
    diary("EMP001").enter("08:00")
    desk.deliver()
    assert desk.status()["problem_code"] == "odoo_access_denied"
    OdooDesk(parts).save_config(password=second)
    assert desk.deliver()["pushed"] == 1
