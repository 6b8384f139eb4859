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


def test_killed_after_odoo_has_kept_the_rows_and_before_we_know(desk, odoo, diary, parts):
    sessions = [diary(f"EMP{number:03}").enter("08:00", "16:00") for number in range(1, 11)]
    kept, go_on = threading.Event(), threading.Event()

    def hold(call):
        if call.model_method == "load":
            kept.set()
            go_on.wait(20)

    odoo.hooks.after.append(hold)
    variables = {name: value for name, value in os.environ.items()
                 if not name.startswith(("ODOO_", "FACE_ATTENDANCE_"))}
    variables |= {"FACE_ATTENDANCE_DATA_DIR": str(parts.settings.data_path), "PYTHONPATH": str(PROJECT_ROOT)}
    pushing = subprocess.Popen(
        [sys.executable, "-m", "backend", "odoo", "push", "--start", "2026-03-02", "--end", "2026-03-02"],
        env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert kept.wait(60)
    finally:
        pushing.send_signal(signal.SIGKILL)
        pushing.wait()
        odoo.hooks.after.remove(hold)
        go_on.set()
    assert len(odoo.attendances()) == 10
    sent = diary("EMP001").confirmed(sessions[0])
    assert sent is not None and sent.state == "pending", "we were killed before we could note the answer"
    with pytest.raises(SyncRunning):
        later(parts, 0).push(MONDAY, MONDAY, credentials(odoo))
    result = later(parts, 4).push(MONDAY, MONDAY)
    assert (result["pushed"], result["failed"]) == (10, 0)
    assert len(held(odoo)) == 10
    assert later(parts, 4).push(MONDAY, MONDAY)["skipped"] == 10
