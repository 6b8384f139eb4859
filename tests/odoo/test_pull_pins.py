"""PINs of Odoo for the kiosk: taken over hashed, where somebody wants that."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from backend.desks.pins import Pins, PinWrong
from backend.store.schema import persons, system_logs
from tests.odoo.stories import people


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def desk(desk_with):
    return desk_with(odoo_pull_pins=True)


@pytest.fixture
def pins(parts):
    return Pins(parts)


@pytest.fixture(autouse=True)
def few_people(odoo):
    """Hashing is slow on purpose: two PINs are enough."""
    for row in odoo.rows("hr.employee"):
        odoo.change("hr.employee", row["id"], bump=False, pin="4711" if row["id"] in (2, 3) else None)


def stored(store) -> dict[str, tuple[str | None, str | None]]:
    with store.read() as unit:
        rows = unit.connection.execute(select(persons.c.person_id, persons.c.pin_hash, persons.c.pin_mark))
        return {row.person_id: (row.pin_hash, row.pin_mark) for row in rows if row.pin_hash or row.pin_mark}


def test_without_the_setting_no_pin_is_asked_for(desk_with, odoo, store):
    desk_with().pull()
    assert stored(store) == {}
    assert not any("pin" in call.kwargs.get("fields", ()) for call in odoo.calls)


def test_a_pin_of_odoo_opens_the_kiosk_and_is_kept_hashed(desk, store, pins):
    desk.pull()
    here = people(store)
    pins.verify(here["EMP001"].uuid, "4711", "kiosk")
    with pytest.raises(PinWrong):
        pins.verify(here["EMP001"].uuid, "4712", "kiosk")
    assert set(stored(store)) == {"EMP001", "EMP002"}
    (first, first_mark), (second, second_mark) = stored(store).values()
    assert first != second and first_mark != second_mark, "nobody sees that two have the same"
    assert "4711" not in first + first_mark


def test_it_is_hashed_again_only_where_it_changed(desk, odoo, store, pins):
    desk.pull()
    before = stored(store)
    odoo.change("hr.employee", 2, name="Aïcha Benali-Roux")
    odoo.change("hr.employee", 3, pin="0815")
    desk.pull(full=True)
    after = stored(store)
    assert after["EMP001"] == before["EMP001"] and after["EMP002"] != before["EMP002"]
    pins.verify(people(store)["EMP002"].uuid, "0815", "kiosk")


def test_removed_in_odoo_is_removed_here_but_not_what_was_set_here(desk, odoo, store, parts, pins):
    desk.pull()
    third = people(store)["EMP003"].uuid
    pins.set(third, "9999")
    odoo.change("hr.employee", 2, pin=None)
    odoo.change("hr.employee", 4, name="Chloé Martin-Roux")
    desk.pull()
    assert set(stored(store)) == {"EMP002", "EMP003"}
    pins.verify(third, "9999", "kiosk")


def test_a_pin_that_cannot_be_used_is_told_without_its_digits(desk, odoo, store):
    desk.pull()
    odoo.change("hr.employee", 2, pin="123")
    result = desk.pull()
    assert result["success"] and "Aïcha Benali" in result["warnings"][0] and "123" not in result["warnings"][0]
    assert stored(store)["EMP001"][0] is None


def test_a_pin_that_the_user_may_not_see_any_more_is_kept(desk, odoo, store, monkeypatch):
    from backend.odoo_simulator import reading

    desk.pull()
    before = stored(store)
    known = reading._fields
    monkeypatch.setattr(reading, "_fields", lambda kind, version: {
        name: one for name, one in known(kind, version).items() if name != "pin"})
    odoo.change("hr.employee", 2, name="Aïcha Benali-Roux")
    assert desk.pull()["success"]
    assert stored(store) == before


def test_the_setting_switched_on_later_reads_everybody_once(desk_with, store):
    desk_with().pull()
    desk = desk_with(odoo_pull_pins=True)
    assert desk.pull()["full"] and len(stored(store)) == 2
    assert not desk.pull()["full"]


def test_a_hint_brings_the_pin_and_a_dry_run_does_not(desk, odoo, store):
    desk.pull(dry_run=True)
    assert stored(store) == {}
    desk.pull()
    before = stored(store)
    odoo.change("hr.employee", 2, pin="0815")
    desk.read_back([2], [])
    assert stored(store)["EMP001"] != before["EMP001"]


def test_no_pin_is_ever_logged(desk, store):
    desk.pull()
    with store.read() as unit:
        assert not [row for row in unit.connection.execute(select(system_logs)) if "4711" in str(row)]
