"""The bridge by hand: what people read, on a terminal and in a log."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from backend.config import PROJECT_ROOT
from backend.odoo_simulator import OdooSimulator

TODAY = datetime.now(UTC).date()


@pytest.fixture
def odoo():
    with OdooSimulator(version=18) as server:
        yield server


@pytest.fixture
def ours(run, odoo):
    """Runs a command that knows where Odoo is; two people were there this day."""
    def command(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return run(*arguments, ODOO_URL=odoo.url, ODOO_DB=odoo.db, ODOO_USERNAME=odoo.username,
                   ODOO_PASSWORD=odoo.password, **more)

    return command


@pytest.fixture
def rows(ours, tmp_path):
    assert ours("odoo", "pull").returncode == 0
    ours("person", "add", "GUEST", "Mona Guest")
    program = ("from pathlib import Path\n"
               "from backend.attendance_system import AttendanceSystem\n"
               "system = AttendanceSystem()\n"
               f"for person in ('EMP001', 'GUEST'):\n"
               f"    for hour in (1, 2):\n"
               f"        system.attendance.mark(person, at=f'{TODAY - timedelta(days=1)}T0{{hour}}:00:00')\n")
    environment = {**os.environ, "FACE_ATTENDANCE_DATA_DIR": str(tmp_path / "data"), "FACE_ATTENDANCE_TIMEZONE": "UTC",
                   "PYTHONPATH": str(PROJECT_ROOT)}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True, timeout=60)
    return str(TODAY - timedelta(days=1))


def test_a_dry_run_tells_row_by_row_what_would_happen(ours, rows, odoo):
    done = ours("odoo", "push", "--start", rows, "--end", rows, "--dry-run")
    assert done.returncode == 1  # one of them would fail
    assert done.stdout.splitlines() == ["Would push 1 attendance records, 1 failed",
                                        f"  create: Aïcha Benali (EMP001), {rows} 01:00 to 02:00"]
    assert "Employee not found: GUEST" in done.stderr
    assert odoo.attendances() == []


def test_what_odoo_does_not_take_is_listed_with_a_remedy_and_tried_again(ours, rows, odoo):
    assert ours("odoo", "problems").stdout == "No row needs somebody to mend something.\n"
    assert ours("odoo", "push", "--start", rows, "--end", rows).returncode == 1
    told = ours("odoo", "problems").stdout.splitlines()
    assert told[0].endswith(f"Mona Guest (GUEST), {rows} 01:00: Employee not found: GUEST")
    assert "badge" in told[1]
    (problem,) = json.loads(ours("odoo", "problems", "--json").stdout)
    assert ours("odoo", "retry", str(problem["attendance_id"])).stdout == "1 row goes to Odoo again\n"
    assert ours("odoo", "retry", "999999").returncode == 1


def test_a_row_that_hr_deleted_is_put_back_only_by_its_number_and_that_is_said(ours, rows, odoo):
    ours("odoo", "push", "--start", rows, "--end", rows)
    (row,) = odoo.attendances()
    odoo.run_as("admin", "hr.attendance", "unlink", [row["id"]])
    ours("odoo", "reconcile", "--start", rows, "--end", rows)
    told = ours("odoo", "problems").stdout.splitlines()
    assert told[-2] == "Then: python -m backend odoo retry", "for Mona's"
    command = told[-1].partition("name it: python -m backend ")[2].split()
    assert command[:2] == ["odoo", "retry"] and ours(*command).stdout == "1 row goes to Odoo again\n"
    ours("odoo", "push", "--start", rows, "--end", rows)
    assert len(odoo.attendances()) == 1


def test_both_sides_are_compared_in_words(ours, rows, odoo):
    looked = ours("odoo", "reconcile", "--start", rows, "--end", rows, "--dry-run").stdout
    assert (f"Aïcha Benali (EMP001): missing in odoo; here {rows} 01:00 to 02:00, in Odoo nothing") in looked
    assert "Compared 2 rows with Odoo: 2 differences" in looked
    mended = ours("odoo", "reconcile", "--start", rows, "--end", rows)
    assert "2 differences, 1 mended" in mended.stdout
    assert len(odoo.attendances()) == 1


def test_a_terminal_sees_a_bar_and_the_result(ours, rows, odoo, tmp_path):
    ours_end, theirs = pty.openpty()
    environment = {**os.environ, "FACE_ATTENDANCE_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(PROJECT_ROOT),
                   "ODOO_URL": odoo.url, "ODOO_DB": odoo.db, "ODOO_USERNAME": odoo.username,
                   "ODOO_PASSWORD": odoo.password, "FACE_ATTENDANCE_TIMEZONE": "UTC"}
    done = subprocess.run([sys.executable, "-m", "backend", "odoo", "push", "--start", rows, "--end", rows],
                          cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=theirs, text=True, timeout=60)
    os.close(theirs)
    shown = os.read(ours_end, 100_000).decode()
    os.close(ours_end)
    assert "Pushing attendance" in shown and "2/2" in shown
    assert done.stdout == "Pushed 1 attendance records, 1 failed\n"
