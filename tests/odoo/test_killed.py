"""A push that is killed at the worst moment, and the next one: one row for each session."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from backend.config import PROJECT_ROOT
from backend.desks.odoo import OdooDesk
from backend.desks.parts import Parts
from backend.store import open_store
from backend.store.errors import SyncRunning
from tests.odoo.stories import credentials, held

MONDAY = date(2026, 3, 2)


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def parts(settings, clock):
    """Only SQLite: the process that is killed opens the same database by its data folder."""
    store = open_store(settings, clock)
    yield Parts(settings, clock, store, store.sealer)
    store.close()


def later(parts: Parts, minutes: float) -> OdooDesk:
    """A desk whose clock is so far ahead of the machine's."""
    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(minutes=minutes)

    parts.store.clock = clock
    return OdooDesk(Parts(parts.settings, clock, parts.store, parts.sealer))


DELIVER = "from backend.attendance_system import AttendanceSystem; AttendanceSystem().odoo.deliver()"


def start(parts: Parts, *command: str) -> subprocess.Popen[bytes]:
    """A process of the product on the same database."""
    variables = {name: value for name, value in os.environ.items()
                 if not name.startswith(("ODOO_", "FACE_ATTENDANCE_"))}
    variables |= {"FACE_ATTENDANCE_DATA_DIR": str(parts.settings.data_path), "PYTHONPATH": str(PROJECT_ROOT)}
    return subprocess.Popen([sys.executable, *command], env=variables, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def kill_in(odoo, hooks: list, method: str, parts: Parts, *command: str) -> None:
    """Start the command and kill it with -9 when its first call of `method` meets the hook."""
    caught, go_on = threading.Event(), threading.Event()

    def hold(call):
        if call.model_method == method and not caught.is_set():
            caught.set()
            go_on.wait(20)

    hooks.append(hold)
    process = start(parts, *command)
    try:
        assert caught.wait(60)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        hooks.remove(hold)
        go_on.set()


@pytest.mark.parametrize(("when", "method"), [
    ("before", "load"), ("after", "load"), ("before", "read"), ("before", "unlink"), ("after", "unlink")])
def test_a_delivery_that_is_killed_loses_and_doubles_nothing(desk, odoo, diary, parts, when, method):
    """It knows what it was about to send, whether or not Odoo did it."""
    since(desk)
    people = [diary(f"EMP{number:03}") for number in range(1, 6)]
    voided = [(person, person.enter("08:00", "09:00")) for person in people]
    open_since = [(person, person.enter("10:00")) for person in people]
    desk.deliver()
    for person, session in voided[:3]:
        person.void(session)
    for person, session in open_since:
        person.change(session, check_out="12:00")
        person.enter("13:00")
    kill_in(odoo, getattr(odoo.hooks, when), method, parts, "-c", DELIVER)
    for person, session in open_since[:2]:
        person.change(session, check_out="12:30")
    for minutes in (5, 10, 15):
        while later(parts, minutes).deliver() is not None:
            pass
    assert sorted(held(odoo)) == sorted(
        (person.person.person_id, f"{one.check_in:%m-%d %H:%M}",
         f"{one.check_out:%m-%d %H:%M}" if one.check_out else None)
        for person in people for one in person.sessions.values())
    assert later(parts, 15).problems() == []


def since(desk: OdooDesk) -> None:
    """As if the first contact had been long ago: the sessions of these tests lie in the past."""
    desk.connector().connect()
    with desk._parts.store.write() as unit:
        unit.connections.remember(since="2026-01-01")


def test_killed_after_odoo_has_kept_the_rows_and_before_we_know(desk, odoo, diary, parts):
    sessions = [diary(f"EMP{number:03}").enter("08:00", "16:00") for number in range(1, 11)]
    kill_in(odoo, odoo.hooks.after, "load", parts,
            "-m", "backend", "odoo", "push", "--start", "2026-03-02", "--end", "2026-03-02")
    assert len(odoo.attendances()) == 10
    sent = diary("EMP001").confirmed(sessions[0])
    assert sent is not None and sent.state == "pending", "we were killed before we could note the answer"
    with pytest.raises(SyncRunning):
        later(parts, 0).push(MONDAY, MONDAY, credentials(odoo))
    result = later(parts, 4).push(MONDAY, MONDAY)
    assert (result["pushed"], result["failed"]) == (10, 0)
    assert len(held(odoo)) == 10
    assert later(parts, 4).push(MONDAY, MONDAY)["skipped"] == 10
