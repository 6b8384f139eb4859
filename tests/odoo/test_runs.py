"""What is kept of the runs: each that a person began or that did something, and of the rest the newest."""

from __future__ import annotations

import threading
import time

import pytest

from backend.desks import odoo_runs
from backend.desks.odoo import RunLost
from backend.desks.odoo_runs import Run
from backend.odoo.errors import OdooError
from backend.store.errors import SyncRunning


@pytest.fixture
def odoo(odoo18):
    return odoo18


def kept(parts, **which):
    with parts.store.read() as unit:
        return [(run.kind, run.trigger, run.state) for run in unit.sync_runs.list(**which)]


def told(parts):
    with parts.store.read() as unit:
        return (len(unit.logs.search("odoo_sync", level="debug", limit=100)),
                len([event for event in unit.events.since(0) if event.kind == "sync"]))


def test_pulls_by_the_clock_that_find_nothing_leave_one_row_and_no_line(desk, parts):
    desk.pull(trigger="schedule")
    lines = told(parts)
    for _ in range(5):
        desk.pull(trigger="schedule")
    assert kept(parts) == [("pull", "schedule", "done")] * 2, "the first one, which added people, and the newest"
    assert told(parts) == lines


def test_a_pull_by_the_clock_that_finds_something_is_kept_and_told(desk, parts, odoo):
    desk.pull(trigger="schedule")
    desk.pull(trigger="schedule")
    lines = told(parts)
    odoo.change("hr.employee", 2, name="Aïcha Benali-Roux")
    desk.pull(trigger="schedule")
    desk.pull(trigger="schedule")
    assert kept(parts) == [("pull", "schedule", "done")] * 4
    assert told(parts) == (lines[0] + 1, lines[1] + 1)


def test_runs_by_hand_are_all_kept(desk, parts):
    for _ in range(3):
        desk.pull()
    assert kept(parts) == [("pull", "hand", "done")] * 3


def test_runs_by_the_clock_that_break_off_for_one_reason_are_told_once(desk_with, parts, odoo):
    desk = desk_with(odoo_retries=0)
    desk.pull(trigger="schedule")
    odoo.stop()
    for _ in range(3):
        with pytest.raises(OdooError):
            desk.pull(trigger="schedule")
    assert kept(parts) == [("pull", "schedule", "failed"), ("pull", "schedule", "done")]
    odoo.start()
    desk.pull(trigger="schedule")
    assert kept(parts, limit=1) == [("pull", "schedule", "done")]


def test_a_run_by_hand_waits_for_a_short_one_of_the_schedule(desk, parts):
    with parts.store.write() as unit:
        standing = unit.sync_runs.start("pull", {"full": False}, trigger="schedule")

    def end():
        time.sleep(0.4)
        with parts.store.write() as unit:
            unit.sync_runs.finish(standing, success=True, message="Nothing new", result={"success": True})

    ending = threading.Thread(target=end)
    ending.start()
    assert desk.pull()["success"]
    ending.join()


def test_a_run_by_hand_that_has_waited_long_enough_is_told_what_is_in_force(desk, parts):
    with parts.store.write() as unit:
        standing = unit.sync_runs.start("pull", {"full": False}, trigger="schedule")
    begun = time.monotonic()
    with pytest.raises(SyncRunning) as refused:
        desk.pull()
    assert refused.value.details["run_id"] == standing
    assert time.monotonic() - begun > 1.5


def test_runs_are_listed_by_kind_and_by_who_began_them(desk, parts):
    desk.pull()
    desk.pull(trigger="schedule")
    desk.push("2026-03-02", "2026-03-02")
    assert kept(parts, kind="pull") == [("pull", "schedule", "done"), ("pull", "hand", "done")]
    assert kept(parts, trigger="hand") == [("push", "hand", "done"), ("pull", "hand", "done")]


def test_old_runs_go(desk, parts, clock):
    desk.pull()
    clock.move(days=91)
    desk.pull()
    with parts.store.write() as unit:
        assert unit.sync_runs.prune(clock() - parts.settings.odoo_runs_kept) == 1
    assert len(kept(parts)) == 1


def test_a_run_in_a_call_that_takes_long_is_not_taken_for_dead(desk, parts, odoo, clock, monkeypatch):
    monkeypatch.setattr(odoo_runs, "TOUCH", 0.02)
    asked, go_on = threading.Event(), threading.Event()

    def hold(call):
        if call.model_method == "search_read":
            asked.set()
            go_on.wait(30)

    odoo.hooks.before.append(hold)
    results = []
    pulling = threading.Thread(target=lambda: results.append(desk.pull()))
    pulling.start()
    assert asked.wait(30)
    for _ in range(3):
        before = lease(parts)
        clock.move(seconds=50)
        while lease(parts) <= before:
            time.sleep(0.01)
    with pytest.raises(SyncRunning):
        desk.push("2026-03-02", "2026-03-02")
    go_on.set()
    pulling.join()
    assert results[0]["success"]


def lease(parts):
    with parts.store.read() as unit:
        return unit.sync_runs.running().lease_until


def test_a_run_that_was_taken_for_dead_does_not_go_on(desk, parts, odoo, clock, monkeypatch):
    monkeypatch.setattr(odoo_runs, "TOUCH", 0.02)
    asked = threading.Event()

    def hold(call):
        if call.model_method == "search_read" and not asked.is_set():
            asked.set()
            with parts.store.write() as unit:  # as if this process had been asleep for long
                unit.sync_runs.finish(unit.sync_runs.running().id, success=False, message="Taken for dead")
            time.sleep(0.5)

    odoo.hooks.before.append(hold)
    with pytest.raises(RunLost):
        desk.pull()
    assert desk.pull()["success"]


def test_a_short_pull_of_the_schedule_does_not_stand_in_the_way_while_odoo_is_away():
    """It comes again in half a minute; who asks by hand shall hear of Odoo, not of that run."""
    assert not Run("pull", {"full": False}, trigger="schedule").patient
    assert not Run("pull", {"employees": [1]}, trigger="hook").patient
    assert Run("pull", {"full": True}, trigger="schedule").patient
    assert Run("reconcile", {}, trigger="schedule").patient
    assert not Run("push", {}).patient
