"""Credentials that are given for one call: which databases they may lead to, and what they leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from backend.desks.odoo import OdooDesk
from backend.odoo.errors import OdooOtherDatabase
from backend.odoo_simulator import OdooSimulator
from tests.odoo.stories import credentials, people

MONDAY = date(2026, 3, 2)


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def other() -> Iterator[OdooSimulator]:
    with OdooSimulator(version=18, db="other") as server:
        yield server


@pytest.fixture
def unconfigured(parts) -> OdooDesk:
    return OdooDesk(parts)


def test_databases_that_were_only_looked_at_bind_nobody(unconfigured, odoo, other, store):
    for server in (odoo, other, odoo):
        assert unconfigured.pull(credentials(server), dry_run=True)["added"] == 29
    assert people(store) == {}
    assert unconfigured.pull(credentials(other))["added"] == 29


def test_people_who_came_from_one_database_keep_another_away(unconfigured, odoo, other, store):
    assert unconfigured.pull(credentials(odoo), limit=1)["added"] == 1
    for dry_run in (True, False):
        with pytest.raises(OdooOtherDatabase):
            unconfigured.pull(credentials(other), dry_run=dry_run)
        with pytest.raises(OdooOtherDatabase):
            unconfigured.push(MONDAY, MONDAY, credentials(other), dry_run=dry_run)
    assert len(people(store)) == 1
    assert unconfigured.pull(credentials(odoo))["added"] == 28


def test_so_do_those_who_are_gone_and_rows(unconfigured, odoo, other, store, diary):
    unconfigured.pull(credentials(odoo))
    with store.write() as unit:
        unit.people.unlink(1)
    diary("EMP001").enter("08:00", "16:00")
    unconfigured.push(MONDAY, MONDAY, credentials(odoo))
    with store.write() as unit:
        unit.people.unlink(1)
    with pytest.raises(OdooOtherDatabase):
        unconfigured.pull(credentials(other))


def test_what_is_configured_is_kept_to_though_nobody_came_yet(unconfigured, odoo, other):
    unconfigured.save_config(**credentials(odoo))
    unconfigured.push(MONDAY, MONDAY)
    with pytest.raises(OdooOtherDatabase):
        unconfigured.pull(credentials(other))


def test_a_database_saved_after_another_was_looked_at_is_no_move(unconfigured, odoo, other, store):
    unconfigured.pull(credentials(odoo), dry_run=True)
    unconfigured.save_config(**credentials(other))
    assert unconfigured.pull()["added"] == 29
    with store.read() as unit:
        assert not unit.logs.search("odoo_sync", level="warning")
