"""Keys to Odoo that end: who knows when, who is warned, and what happens when one is renewed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.attendance_system import AttendanceSystem
from backend.desks.odoo import OdooDesk
from backend.desks.parts import Parts
from backend.errors import BadInput
from backend.jobs.schedule import warn_of_key
from tests.odoo.stories import credentials

KEY = "0123456789abcdef" * 2 + "01234567"
OTHER = KEY[::-1]


@pytest.fixture
def odoo(odoo18):
    return odoo18


def shown(desk: OdooDesk) -> tuple:
    config = desk.config()["config"]
    return config.get("key_expires_on"), config.get("key_expires_assumed"), config.get("key_warning")


def test_a_password_does_not_end(desk):
    assert shown(desk) == (None, None, None)
    assert desk.status()["key_expires_on"] is None and desk.status()["key_warning"] is None


def test_where_nobody_said_ninety_days_are_assumed(desk, odoo, clock):
    desk.save_config(**credentials(odoo, password=KEY))
    assert shown(desk) == (date(2026, 5, 31), True, None)
    clock.move(days=77)
    warning = shown(desk)[2]
    assert "may expire on 2026-05-31, in 13 days" in warning and "--key-expires" in warning
    clock.move(days=20)
    assert shown(desk)[2] is None, "it works still, so that the assumption was wrong"


def test_a_day_that_was_said_is_warned_of_from_fourteen_days_before(desk, odoo, clock):
    desk.save_config(**credentials(odoo, password=KEY), key_expires="2026-04-01")
    assert shown(desk) == (date(2026, 4, 1), False, None)
    for move, words in ((16, "in 14 days"), (13, "tomorrow"), (1, "today"), (1, "expired on 2026-04-01")):
        clock.move(days=move)
        assert words in shown(desk)[2]
    assert desk.status()["key_warning"] == shown(desk)[2]
    assert "Preferences, Account Security" in shown(desk)[2]


def test_the_day_stays_as_long_as_the_key_does(desk, odoo, clock):
    desk.save_config(**credentials(odoo, password=KEY), key_expires=date(2026, 4, 1))
    clock.move(days=10)
    desk.save_config(transport="xmlrpc", password="***********")
    desk.save_config(**credentials(odoo, password=KEY))
    assert shown(desk)[:2] == (date(2026, 4, 1), False)
    desk.save_config(password=OTHER)
    assert shown(desk)[:2] == (date(2026, 6, 10), True), "a new key, saved ten days later"
    desk.save_config(key_expires="2026-05-01")
    assert shown(desk)[:2] == (date(2026, 5, 1), False)


@pytest.mark.parametrize("day", ["2026-03-01", "soon", "2026-13-01"])
def test_a_day_that_is_over_or_none_is_refused(desk, odoo, day):
    with pytest.raises(BadInput):
        desk.save_config(**credentials(odoo, password=KEY), key_expires=day)


def test_a_key_in_the_environment_has_its_day_there(desk, parts, odoo, clock):
    def with_key(**settings: object) -> OdooDesk:
        return OdooDesk(Parts(parts.settings.but(odoo_api_key=OTHER, **settings), parts.clock, parts.store,
                              parts.sealer))

    desk.save_config(**credentials(odoo, password=KEY), key_expires="2026-04-01")
    assert shown(with_key()) == (None, None, None), "what was saved is of another key"
    assert shown(with_key(odoo_key_expires=date(2026, 3, 10)))[2] is not None
    assert shown(with_key(odoo_key_expires=date(2026, 3, 10), odoo_key_warning=timedelta(days=2)))[2] is None


def test_of_a_key_in_the_environment_ninety_days_from_its_first_use_are_assumed(parts, odoo, clock):
    def with_key(key: str) -> OdooDesk:
        """As after a restart."""
        place = credentials(odoo)
        return OdooDesk(Parts(parts.settings.but(
            odoo_url=place["url"], odoo_db=place["db"], odoo_username=place["username"], odoo_api_key=key),
            parts.clock, parts.store, parts.sealer))

    assert shown(with_key(odoo.api_key())) == (None, None, None), "nothing has used it yet"
    with_key(odoo.api_key()).pull()
    clock.move(days=80)
    desk = with_key(odoo.api_key())
    desk.pull()
    assert shown(desk)[:2] == (date(2026, 5, 31), True)
    assert "in 10 days" in shown(desk)[2] and desk.status()["key_warning"] == shown(desk)[2]
    with parts.store.read() as unit:
        assert odoo.api_key() not in str(unit.connections.state())
    renewed = with_key(odoo.issue_key("bridge", None))
    renewed.pull()
    assert shown(renewed) == (date(2026, 8, 19), True, None)


def test_what_the_environment_calls_a_key_is_one_whatever_it_looks_like(desk, parts, odoo):
    def taken(**settings: object) -> bool:
        return OdooDesk(Parts(parts.settings.but(**settings), parts.clock, parts.store,
                              parts.sealer)).get_odoo_config()["is_key"]

    assert taken(odoo_api_key="another-shape") and not taken(odoo_password="another-shape") and not taken()
    desk.save_config(**credentials(odoo, password="another-shape", transport="json2"))
    assert taken() and shown(desk)[1], "JSON-2 takes nothing but keys"
    assert not taken(odoo_password="in its place")


def test_each_day_a_line_in_the_log_warns(desk, parts, odoo, clock):
    system = AttendanceSystem(parts=parts)
    desk.save_config(**credentials(odoo, password=KEY), key_expires="2026-04-01")
    assert warn_of_key(system) is None
    clock.move(days=20)
    assert "in 10 days" in warn_of_key(system)
    system.journal.flush()
    with parts.store.read() as unit:
        assert "in 10 days" in unit.logs.search("odoo_sync", level="warning")[0].message
