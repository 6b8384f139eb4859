"""How long the bridge rests after what it met, with the waits of the product on a clock that is moved."""

from __future__ import annotations

import pytest

from backend.config import Settings
from backend.desks.odoo import OdooDesk
from backend.desks.parts import Parts
from backend.desks.reachability import Reachability
from backend.odoo.errors import (
    OdooAccessDenied,
    OdooAnswerTooLarge,
    OdooNotOdoo,
    OdooWrongDatabase,
)
from backend.odoo_simulator import Answer
from tests.odoo.stories import credentials, held

PAGE = b"<html><body>Maintenance</body></html>"


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def any_database_settings(settings: Settings) -> Settings:
    """The waits are no matter of the database."""
    return settings


@pytest.fixture
def parts(parts: Parts) -> Parts:
    """Nobody has the time to wait for repeats here."""
    return Parts(parts.settings.but(odoo_retries=0), parts.clock, parts.store, parts.sealer)


def a_page(call):
    raise Answer(200, PAGE)


def missing(call):
    raise Answer(404, PAGE)


def seconds_to_next_try(desk: OdooDesk) -> float:
    return (desk.status()["next_try"] - desk._parts.clock()).total_seconds()


def until_delivered(desk: OdooDesk, clock) -> int:
    """Seconds that pass until what waits has gone, looking each second as the courier does."""
    for passed in range(900):
        result = desk.deliver()
        if result is not None and result["success"]:
            return passed
        clock.move(seconds=1)
    raise AssertionError("a quarter of an hour, and nothing went")


@pytest.mark.parametrize("strange", [a_page, missing])
def test_a_page_in_the_place_of_odoo_holds_up_the_rows_for_seconds(desk, odoo, clock, diary, strange):
    """A proxy shows one while Odoo is started anew behind it."""
    desk.test()
    desk.pull()
    diary("EMP001").enter("08:00")
    odoo.hooks.before.append(strange)
    assert desk.deliver()["code"] == "odoo_not_odoo"
    assert seconds_to_next_try(desk) <= 2
    assert desk.reachability.trouble().word == "away"
    odoo.hooks.before.remove(strange)
    assert until_delivered(desk, clock) <= 2
    assert held(odoo) == [("EMP001", "03-02 08:00", None)]
    assert desk.status()["problem"] is None


def test_after_an_hour_of_pages_the_rows_go_within_a_minute(desk, odoo, clock, diary):
    desk.pull()
    diary("EMP001").enter("08:00")
    odoo.hooks.before.append(a_page)
    for _ in range(60):
        desk.deliver()
        clock.move(minutes=1)
    odoo.hooks.before.remove(a_page)
    assert until_delivered(desk, clock) <= 60


def test_pages_for_json_2_are_no_wrong_database_where_that_one_answered_before(desk, odoo19, clock, diary):
    desk.save_config(**credentials(odoo19, password=odoo19.api_key(), transport="json2"))
    desk.pull()
    diary("EMP001").enter("08:00")

    def hidden(call):
        if call.wire == "json2":
            raise Answer(404, PAGE)

    odoo19.hooks.before.append(hidden)
    assert desk.deliver()["code"] == "odoo_wrong_database"
    assert desk.reachability.trouble().word == "away"
    odoo19.hooks.before.remove(hidden)
    assert until_delivered(desk, clock) <= 2


@pytest.mark.parametrize("error", [
    OdooNotOdoo("a web page"), OdooAnswerTooLarge("too much"), OdooWrongDatabase("a page", by_page=True)])
def test_an_address_that_never_spoke_odoo_is_wrong(desk, odoo, error):
    strange = desk.connector()
    desk.reachability.failed(error, strange)
    assert desk.reachability.trouble().word == "refused"


def test_an_address_is_wrong_where_only_another_one_has_spoken_odoo(desk, odoo, odoo19):
    desk.pull()
    desk.save_config(**credentials(odoo19))
    odoo19.hooks.before.append(a_page)
    with pytest.raises(OdooNotOdoo):
        desk.pull()
    assert desk.reachability.trouble().word == "refused"


def test_a_database_that_odoo_itself_does_not_know_is_wrong_whatever_was_before(desk, odoo):
    desk.pull()
    desk.save_config(**credentials(odoo, db="elsewhere"))
    with pytest.raises(OdooWrongDatabase):
        desk.pull()
    assert desk.reachability.trouble().word == "refused"


def test_a_database_named_anew_is_wrong_where_only_a_page_answers_for_it(desk, odoo19):
    given = credentials(odoo19, password=odoo19.api_key(), transport="json2")
    desk.save_config(**given)
    desk.pull()
    desk.save_config(**given | {"db": "elsewhere"})
    with pytest.raises(OdooWrongDatabase):
        desk.pull()
    assert desk.reachability.trouble().word == "refused"


def test_refused_credentials_are_tried_ever_more_rarely_up_to_five_minutes(parts, clock):
    watch = Reachability(parts)
    waits = []
    for _ in range(7):
        watch.failed(OdooAccessDenied("no"))
        waits.append((watch.trouble().next_try - clock()).total_seconds())
    assert waits == [15, 30, 60, 120, 240, 300, 300]


def test_rights_that_were_gone_for_a_moment_hold_up_the_rows_for_seconds(desk, odoo, clock, diary):
    desk.pull()
    diary("EMP001").enter("08:00")
    odoo.revoke()
    assert desk.deliver() is not None
    assert desk.reachability.trouble().word == "refused"
    odoo.restore()
    assert until_delivered(desk, clock) <= 15


def test_what_was_under_way_when_the_first_was_refused_is_no_further_try(desk, parts, clock):
    def wait_after(other: OdooDesk, *, longer: bool) -> float:
        with pytest.raises(OdooAccessDenied), other.reachability.watching(other.connector()):
            if longer:
                clock.move(seconds=1)
                wait_after(OdooDesk(parts), longer=False)
                clock.move(seconds=1)
            raise OdooAccessDenied("no")
        return seconds_to_next_try(desk)

    assert wait_after(desk, longer=True) == 15
    clock.move(seconds=15)
    assert wait_after(desk, longer=False) == 30


def test_a_key_that_is_replaced_during_a_push_holds_nothing_up(desk, odoo, parts, clock, diary):
    """The push goes on with the old key, and its end is no word against the new one."""
    old, new = odoo.api_key(), odoo.issue_key("bridge", None)
    desk.save_config(**credentials(odoo, password=old))
    desk.pull()
    diary("EMP001").enter("08:00")

    def replace(call):
        if call.model_method == "load":
            odoo.hooks.before.remove(replace)
            clock.move(seconds=1)
            OdooDesk(parts).save_config(password=new)
            odoo.withdraw_key(old)

    odoo.hooks.before.append(replace)
    assert desk.deliver()["code"] == "odoo_access_denied"
    assert desk.reachability.trouble() is None
    assert desk.deliver()["pushed"] == 1


def test_what_goes_well_with_the_old_configuration_says_nothing_of_the_new_one(desk, odoo, parts):
    desk.pull()
    old = desk.connector()
    with desk.reachability.watching(old):
        OdooDesk(parts).save_config(password="wrong")
        with pytest.raises(OdooAccessDenied):
            OdooDesk(parts).pull()
    assert desk.reachability.trouble().code == "odoo_access_denied"
