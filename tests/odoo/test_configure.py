"""Setting Odoo up from a terminal: the real program, started as people start it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from backend.config import PROJECT_ROOT
from backend.odoo_simulator import OdooSimulator

SCRIPT = PROJECT_ROOT / "backend" / "configure_odoo.py"


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def run(tmp_path: Path):
    """Starts a program in a folder, with a data folder of the test's own."""
    def start(*command: object, cwd: Path = tmp_path, typed: str = "", **variables: str):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("ODOO_", "FACE_ATTENDANCE_"))}
        environment = kept | {"FACE_ATTENDANCE_DATA_DIR": str(tmp_path / "data")} | variables
        return subprocess.run([sys.executable, *map(str, command)], cwd=cwd, input=typed, text=True,
                              capture_output=True, timeout=60, env=environment, encoding="utf-8")

    return start


def configured(run, odoo: OdooSimulator, **more):
    return run(SCRIPT, "--url", odoo.url, "--db", odoo.db, "--username", odoo.username,
               "--password-stdin", typed="bridge\n", **more)


def test_flags_test_and_save(run, odoo):
    done = configured(run, odoo)
    assert (done.returncode, done.stderr) == (0, "")
    assert "✓ Connection successful!" in done.stdout and "Saved." in done.stdout
    tested = run(SCRIPT, "--test", cwd=PROJECT_ROOT)
    assert tested.returncode == 0
    assert tested.stdout.splitlines()[:7] == [
        f"URL: {odoo.url}", "Database: o18", "Username: bridge", "✓ Connection successful!",
        "Server version: 18.0-20250421", "Protocol version: 1", "Transport: xmlrpc"]
    assert "bridge\n" not in tested.stdout.replace("Username: bridge\n", "")


def test_what_does_not_work_is_one_line_and_not_saved(run, odoo):
    failed = run(SCRIPT, "--url", odoo.url, "--db", odoo.db, "--username", "bridge", "--password-stdin",
                 typed="wrong\n")
    assert failed.returncode == 1
    assert len(failed.stderr.splitlines()) == 1
    assert failed.stderr.startswith("✗ Odoo refuses the user bridge")
    tested = run(SCRIPT, "--test")
    assert tested.returncode == 1
    assert "not configured" in tested.stderr and len(tested.stderr.splitlines()) == 1


def test_questions_and_answers(run, odoo):
    done = run(SCRIPT, typed=f"{odoo.url}\n{odoo.db}\nbridge\nwrong\ny\n\n\n\nbridge\n")
    assert done.returncode == 0, done.stderr
    assert "Odoo refuses the user" in done.stderr
    assert "Saved." in done.stdout
    kept = run(SCRIPT, typed="\n\n\n\n")
    assert (kept.returncode, "Saved." in kept.stdout) == (0, True)


def test_companies_are_a_flag(run, odoo):
    configured(run, odoo)
    assert run(SCRIPT, "--companies", "1").returncode == 0
    refused = run(SCRIPT, "--companies", "1,2")
    assert refused.returncode == 1 and "may not work in all of them" in refused.stderr
    assert run(SCRIPT, "--companies", "all").returncode == 0
    assert run(SCRIPT, "--companies", "one").returncode == 2


def test_wrong_usage(run):
    assert run(SCRIPT, "--nope").returncode == 2
    assert run(SCRIPT, "--test", "--url", "http://127.0.0.1").returncode == 2
    shown = run(SCRIPT, "--help")
    assert shown.returncode == 0
    assert "--password-stdin" in shown.stdout and "Example" in shown.stdout


def test_the_environment_beats_what_is_saved(run, odoo):
    configured(run, odoo)
    other = run(SCRIPT, "--test", ODOO_DB="elsewhere")
    assert other.returncode == 1
    assert "Database: elsewhere" in other.stdout
    assert "no database called elsewhere" in other.stderr


def test_the_bridge_by_hand(run, odoo):
    """The commands that people run every day, from another folder, in another process."""
    configured(run, odoo)
    root = {"PYTHONPATH": str(PROJECT_ROOT), "FACE_ATTENDANCE_TIMEZONE": "UTC"}
    pulled = run("-m", "backend", "odoo", "pull", **root)
    assert (pulled.returncode, pulled.stdout) == (0, "Synced 29 employees from Odoo\n"), pulled.stderr
    script = ("from backend.attendance_system import AttendanceSystem as A; s = A(); "
              "s.people.add('EMP999', 'No One', by='test'); s.attendance.mark('EMP999'); "
              "s.attendance.mark('EMP001')")
    assert run("-c", script, **root).returncode == 0
    shown = run("-m", "backend", "odoo", "push", "--dry-run", **root)
    assert shown.stdout.startswith("Would push 1 attendance records, 1 failed\n  create: Aïcha Benali (EMP001)")
    assert odoo.attendances() == []
    pushed = run("-m", "backend", "odoo", "push", **root)
    assert (pushed.returncode, pushed.stdout) == (1, "Pushed 1 attendance records, 1 failed\n")
    progress, *told = pushed.stderr.splitlines()
    assert json.loads(progress) == {"progress": "Pushing attendance", "done": 2, "total": 2}
    assert [json.loads(line) for line in told] == [{"error": "Employee not found: EMP999"}]
    assert len(odoo.attendances()) == 1


def test_the_script_of_the_documentation(run, odoo, tmp_path):
    """Run in backend/, with the modules by their bare names; one class whichever way it came."""
    database = tmp_path / "data" / "attendance.db"
    configured(run, odoo)
    script = tmp_path / "pull.py"
    script.write_text(f"""
import sys
sys.path.insert(0, {str(PROJECT_ROOT / 'backend')!r})
from attendance_system import AttendanceSystem
from odoo_connector import OdooConnector
from pathlib import Path
system = AttendanceSystem(Path({str(database)!r}))
config = system.get_odoo_config()
connector = OdooConnector(**config)
connector.connect()
print(system.sync_employees_from_odoo(connector))
print(connector._circuit_breaker.state, connector._circuit_breaker.failure_count)
import backend.odoo_connector
print(backend.odoo_connector.OdooConnector is OdooConnector)
""", encoding="utf-8")
    done = run(script, cwd=PROJECT_ROOT / "backend")
    assert done.returncode == 0, done.stderr
    result, breaker, same = done.stdout.splitlines()
    assert "'message': 'Synced 29 employees from Odoo', 'added': 29" in result
    assert (breaker, same) == ("closed 0", "True")


def test_the_last_day_of_a_key_is_asked_for_or_given(run, odoo):
    key = odoo.api_key()
    done = run(SCRIPT, typed=f"{odoo.url}\n{odoo.db}\nbridge\n{key}\nsoon\n2000-01-01\n2099-01-31\n")
    assert done.returncode == 0, done.stderr
    assert "The key's last day" in done.stdout and "must be a day" in done.stderr
    assert "2000-01-01, lies in the past" in done.stderr
    told = run("-m", "backend", "odoo", "status", cwd=PROJECT_ROOT)
    assert "The API key is good until 2099-01-31." in told.stdout
    doctor = run("-m", "backend", "doctor", cwd=PROJECT_ROOT, FACE_ATTENDANCE_ODOO_KEY_WARNING="365 d",
                 ODOO_API_KEY=key, FACE_ATTENDANCE_ODOO_KEY_EXPIRES=f"{date.today() + timedelta(days=9)}")
    assert f"✓ odoo: {odoo.url}, database o18: set up. Note: The API key for Odoo expires" in doctor.stdout
    calls = len(odoo.calls)
    refused = run(SCRIPT, "--key-expires", "2000-01-01")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "✗ key_expires, 2000-01-01, lies in the past: make a new key in Odoo first.\n"
    assert len(odoo.calls) == calls
    given = run(SCRIPT, "--key-expires", "2098-01-31")
    assert given.returncode == 0, given.stderr
    assert "2098-01-31" in run("-m", "backend", "odoo", "status", cwd=PROJECT_ROOT).stdout
