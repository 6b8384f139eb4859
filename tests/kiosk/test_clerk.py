"""The clerk writes what the camera saw, and says so where it cannot."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from backend.kiosk import clerk as module
from backend.kiosk.clerk import Clerk
from backend.kiosk.lease import Lease
from backend.store.engine import sqlite_file
from backend.vision.results import Decision, Outcome, Reason, Refusal
from tests.kiosk.conftest import DEVICE, Door

Until = Callable[..., float]


@pytest.fixture
def clerk(door: Door) -> Iterator[Clerk]:
    clerk = Clerk(door.system, DEVICE, Lease(door.system.store, DEVICE, "this run"))
    clerk.start()
    yield clerk
    clerk.close(10)


@contextmanager
def full_disk(door: Door) -> Iterator[None]:
    """The database may not grow by a page, and SQLite says so in its own words."""
    def limit(connection: sqlite3.Connection, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")
        # Room that is left inside the file would hide it.
        connection.execute("PRAGMA cache_size=-2000")

    engine = door.system.store.engine
    with door.system.store.write() as unit:
        for _ in range(60):
            unit.logs.append("system", "info", "x" * 100)
    engine.dispose()
    event.listen(engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(engine, "connect", limit)
        engine.dispose()


def test_a_sighting_becomes_one_row(door: Door, clerk: Clerk, until: Until) -> None:
    clerk.sighting(door.sighting())
    until(lambda: clerk.recorded == 1)
    assert [row.person_id for row in door.rows()] == ["E1"]
    assert [payload["action"] for payload in door.events("attendance")] == ["check_in"]
    assert clerk.problem is None


def test_the_same_person_again_at_once_is_a_duplicate(door: Door, clerk: Clerk, until: Until) -> None:
    first = door.system.clock() - timedelta(seconds=10)
    for second in range(5):
        clerk.sighting(door.sighting(first + timedelta(seconds=second)))
    until(lambda: clerk.recorded == 5)
    rows = door.rows()
    assert len(rows) == 1 and rows[0].check_out is None


def test_a_stranger_is_told_of_and_not_recorded(door: Door, clerk: Clerk, until: Until) -> None:
    decision = Decision(Outcome.REJECTED, Reason.NOBODY_NEAR_ENOUGH, person=door.ada, distance=0.6)
    clerk.refusal(Refusal(door.system.clock(), DEVICE, 4, decision))
    until(lambda: door.events("sighting"))
    told = door.events("sighting")[0]
    assert (told["decision"], told["reason"], told["track_id"]) == ("rejected", "nobody_near_enough", 4)
    assert "Ada" not in str(told) and "E1" not in str(told)
    assert door.punches() == 0


def test_who_is_nearly_sure_is_asked_and_not_named(door: Door, clerk: Clerk, until: Until) -> None:
    decision = Decision(Outcome.ASK, Reason.NOT_SURE_ENOUGH, person=door.ada, distance=0.29, confidence=0.3)
    clerk.refusal(Refusal(door.system.clock(), DEVICE, 4, decision))
    until(lambda: door.events("sighting"))
    told = door.events("sighting")[0]
    assert (told["decision"], told["device"]) == ("ask", DEVICE)
    assert "Ada" not in str(told) and "E1" not in str(told)
    assert door.punches() == 0
    marked = door.system.confirmations.confirm(told["confirmation"], badge="E1", device=DEVICE)
    assert (marked.action, door.punches()) == ("check_in", 1)
    clerk.refusal(Refusal(door.system.clock(), DEVICE, 4, decision))
    clerk.camera("live", "The camera sees.", warn=False)
    until(lambda: door.events("camera"))
    assert [event["decision"] for event in door.events("sighting")] == ["ask"]  # not asked again


def test_the_camera_s_state_reaches_pages_and_log(door: Door, clerk: Clerk, until: Until) -> None:
    clerk.camera("blind", "The camera gives no picture: unplugged", warn=True)
    until(lambda: door.events("camera"))
    assert door.events("camera")[0]["state"] == "blind"
    until(lambda: door.system.journal.logs(category="camera"))
    assert door.system.journal.logs(category="camera")[0].level == "warning"


def test_nothing_is_lost_while_another_process_holds_the_database(
        door: Door, clerk: Clerk, until: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SLOW_AFTER", 0.3)
    file = sqlite_file(door.system.store.engine)
    assert file is not None
    until(lambda: clerk._lease.held)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    seen = door.system.clock()
    begun = time.monotonic()
    clerk.sighting(door.sighting(seen))
    assert time.monotonic() - begun < 1  # the decision loop goes on
    until(lambda: clerk.problem is not None)
    assert clerk.problem is not None and clerk.problem.code == "store_slow"
    other.execute("ROLLBACK")
    other.close()
    until(lambda: clerk.recorded == 1)
    assert door.rows()[0].check_in == seen.replace(microsecond=0)
    assert clerk.problem is None


def test_a_full_disk_refuses_the_punch_and_says_why(
        door: Door, clerk: Clerk, until: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SHOW_FOR", 0.2)
    until(lambda: clerk._lease.held)
    with full_disk(door):
        for _ in range(40):  # until the last free byte inside the file is used up
            clerk.sighting(door.sighting())
        until(lambda: clerk.refused > 0)
        problem = clerk.problem
        assert problem is not None and problem.code == "disk_full"
        assert problem.text.startswith("Not recorded: the server's disk is full.")
        until(lambda: clerk.recorded + clerk.refused == 40)
        recorded = clerk.recorded
    with door.system.store.read() as unit:
        assert unit.punches.verify() is None
    assert door.punches() == recorded  # nothing half written
    clerk.sighting(door.sighting())
    until(lambda: clerk.recorded == recorded + 1)
    time.sleep(0.3)
    clerk.sighting(door.sighting())
    until(lambda: clerk.problem is None)


def test_what_waits_is_written_before_the_end(door: Door) -> None:
    clerk = Clerk(door.system, DEVICE, Lease(door.system.store, DEVICE, "this run"))
    for _ in range(20):
        clerk.sighting(door.sighting())
    clerk.start()
    clerk.close(10)
    assert clerk.recorded == 20
    with door.system.store.read() as unit:
        device = unit.devices.get(DEVICE)
    assert device is not None and device.lease_owner is None
