"""A run that takes too long ends tidily, says so, and the next one goes on."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest

from tests.odoo.stories import held

MONDAY = date(2026, 3, 2)


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def slow(odoo):
    """Each call that carries rows takes a while."""
    def wait(call):
        if call.model_method in ("load", "search_read"):
            time.sleep(0.3)

    odoo.hooks.before.append(wait)


def test_a_push_keeps_what_it_did_and_the_next_one_goes_on(desk_with, odoo, slow, diary):
    desk = desk_with(odoo_batch=2, odoo_run_budget=timedelta(seconds=2.5))
    for number in range(1, 21):
        diary(f"EMP{number:03}").enter("08:00", "16:00")
    first = desk.push(MONDAY, MONDAY)
    assert (first["success"], first["unfinished"]) == (False, True)
    assert 0 < first["pushed"] <= len(held(odoo)) < 20
    assert first["total"] == first["pushed"] and first["failed"] == 0
    assert "the next run goes on where it stopped" in first["message"]
    assert desk.status()["status"] == "configured", "that is no error"
    odoo.hooks.before.clear()
    again = desk.push(MONDAY, MONDAY)
    assert (again["success"], again["total"], len(held(odoo))) == (True, 20, 20)


def test_a_pull_keeps_what_it_did_and_the_next_one_goes_on(desk_with, odoo, slow):
    desk = desk_with(odoo_page=2, odoo_run_budget=timedelta(seconds=2.5))
    first = desk.pull()
    assert (first["success"], first["unfinished"]) == (False, True)
    assert 0 < first["added"] == first["total"] < 29
    odoo.hooks.before.clear()
    again = desk.pull()
    assert again["success"] and (again["added"] + first["added"], again["total"]) == (29, 29)


def test_a_comparison_that_takes_too_long_says_so(desk_with, odoo, slow, diary):
    desk = desk_with(odoo_page=1, odoo_run_budget=timedelta(seconds=2.5))
    for number in range(1, 21):
        diary(f"EMP{number:03}").enter("08:00", "16:00")
    odoo.hooks.before, waits = [], odoo.hooks.before
    while desk.deliver() is not None:
        pass
    odoo.hooks.before = waits
    result = desk.reconcile(MONDAY, MONDAY)
    assert (result["success"], result["unfinished"], result["differences"]) == (False, True, [])
    assert "the next run goes on" in result["message"]
    odoo.hooks.before = []
    assert desk.reconcile(MONDAY, MONDAY)["message"] == "Compared 20 rows with Odoo: no differences"


def test_a_pull_whose_time_ends_while_rows_are_looked_at_has_pulled(desk_with, odoo, diary):
    desk = desk_with(odoo_page=10, odoo_run_budget=timedelta(seconds=2))
    for number in range(1, 21):
        diary(f"EMP{number:03}").enter("08:00", "16:00")
    while desk.deliver() is not None:
        pass

    def wait(call):
        if call.model == "hr.attendance":
            time.sleep(1.1)

    odoo.hooks.before.append(wait)
    result = desk.pull()
    assert (result["success"], result["unfinished"], result["total"]) == (False, True, 29)
