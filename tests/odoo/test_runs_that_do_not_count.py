"""Trials, credentials given for once and hints are runs, but say nothing of how the bridge stands."""

from __future__ import annotations

from datetime import date

import pytest

from backend.desks.odoo_status import sentences
from backend.odoo.errors import OdooAccessDenied
from tests.odoo.stories import credentials

MONDAY = date(2026, 3, 2)


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def tell(desk, parts):
    return lambda: "\n".join(sentences(desk.status(), parts.zone, parts.clock()))


def last(desk) -> tuple[object, object]:
    status = desk.status()
    return status["last_sync"], status["last_sync_message"]


def test_a_trial_is_no_exchange(desk, tell, diary, clock):
    desk.pull()
    before = last(desk)
    clock.move(minutes=5)
    diary("EMP001").enter("08:00")
    desk.push(MONDAY, MONDAY, dry_run=True)
    desk.pull(dry_run=True)
    desk.reconcile(MONDAY, MONDAY, dry_run=True)
    assert last(desk) == before
    assert "Would push" not in tell()
    assert "Attendance was never pushed." in tell() and "Rows were never compared with Odoo's." in tell()
    assert "Employees were last read today at 08:00: Synced 29 employees from Odoo." in tell()


def test_where_there_were_only_trials_nothing_was_exchanged(desk, tell):
    for _ in range(30):
        desk.pull(dry_run=True)
    assert last(desk) == (None, None)
    assert "Employees were never read." in tell()


def test_many_trials_do_not_hide_the_last_exchange(desk, tell):
    desk.pull()
    before = last(desk)
    for _ in range(30):
        desk.pull(dry_run=True)
    assert last(desk) == before
    assert "Employees were last read" in tell()


def test_a_wrong_password_given_for_once_is_no_trouble_of_the_bridge(desk, odoo, tell):
    desk.pull()
    before = last(desk)
    with pytest.raises(OdooAccessDenied):
        desk.pull(credentials(odoo, password="wrong"))
    status = desk.status()
    assert (status["status"], status["problem"], status["problem_code"]) == ("configured", None, None)
    assert last(desk) == before
    assert "broke off" not in tell()


def test_what_credentials_for_once_brought_is_not_what_the_saved_ones_did(desk, odoo):
    desk.pull(credentials(odoo))
    assert last(desk) == (None, None)
    assert desk.status()["runs"]["pull"] is None


def test_a_connector_of_the_configuration_in_force_counts(desk):
    desk.pull(connector=desk.connector())
    assert last(desk)[1] == "Synced 29 employees from Odoo"


def test_a_hint_is_no_reading_of_the_employees(desk, tell, diary):
    diary("EMP001").enter("08:00")
    desk.pull()
    desk.read_back([], [1])
    assert "Employees were last read today at 08:00:00: Synced 29 employees from Odoo." in tell()


def test_all_of_them_are_listed_and_marked(desk, odoo, parts):
    desk.pull()
    desk.pull(dry_run=True)
    desk.pull(credentials(odoo), dry_run=True)
    with parts.store.read() as unit:
        runs = unit.sync_runs.list()
    assert [(run.dry_run, run.inline) for run in runs] == [(True, True), (True, False), (False, False)]
