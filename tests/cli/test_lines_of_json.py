"""The bridge by hand in a log: stdout holds the answer, and each line on stderr is JSON, failures included."""

from __future__ import annotations

import json
import logging
import os
import pty
import subprocess
import sys
from typing import Any

import pytest

from backend.cli import main
from backend.config import PROJECT_ROOT
from backend.odoo_simulator import OdooSimulator

DAY = ("--start", "2026-03-02", "--end", "2026-03-02")
MARK = ("from backend.attendance_system import AttendanceSystem\n"
        "system = AttendanceSystem()\n"
        "system.people.add('GUEST', 'Mona Güest', by='test')\n"
        "for person in ('EMP001', 'GUEST'):\n"
        "    for hour in (8, 9):\n"
        "        system.attendance.mark(person, at=f'2026-03-02T0{hour}:00:00')\n")


@pytest.fixture
def odoo():
    with OdooSimulator(version=18) as server:
        yield server


@pytest.fixture
def ours(run, odoo):
    def command(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return run(*arguments, **({"ODOO_URL": odoo.url, "ODOO_DB": odoo.db, "ODOO_USERNAME": odoo.username,
                                   "ODOO_PASSWORD": odoo.password} | more))

    return command


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """What stands on stderr, of which each line has to be JSON."""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_what_failed_is_told_in_lines_of_json(ours, tmp_path):
    assert lines(ours("odoo", "pull"))[-1]["progress"] == "Pulling employees"
    environment = {**os.environ, "FACE_ATTENDANCE_DATA_DIR": str(tmp_path / "data"), "FACE_ATTENDANCE_TIMEZONE": "UTC",
                   "PYTHONPATH": str(PROJECT_ROOT)}
    subprocess.run([sys.executable, "-c", MARK], cwd=tmp_path, env=environment, check=True, timeout=60)

    foretold = ours("odoo", "push", *DAY, "--dry-run")
    assert foretold.stdout.startswith("Would push 1 attendance records, 1 failed\n  create: ")
    assert lines(foretold) == [{"progress": "Pushing attendance", "done": 2, "total": 2},
                               {"error": "Employee not found: GUEST"}]
    pushed = ours("odoo", "push", *DAY)
    assert (pushed.returncode, pushed.stdout) == (1, "Pushed 1 attendance records, 1 failed\n")
    assert lines(pushed) == [{"progress": "Pushing attendance", "done": 2, "total": 2},
                             {"error": "Employee not found: GUEST"}]

    compared = ours("odoo", "reconcile", *DAY)
    assert "Compared 2 rows with Odoo" in compared.stdout
    assert any("Mona Güest" in line.get("error", "") for line in lines(compared))


def test_what_a_pull_warns_of(ours, odoo):
    other = next(row["id"] for row in odoo.rows("hr.employee") if row["barcode"] == "EMP002")
    odoo.change("hr.employee", other, barcode="EMP001")
    told = lines(ours("odoo", "pull"))
    assert any("EMP001" in line.get("warning", line.get("error", "")) for line in told)


@pytest.mark.parametrize(("more", "words", "code"), [
    ({"ODOO_URL": "http://127.0.0.1:9"}, "refuses connections", "odoo_unreachable"),
    ({"ODOO_URL": ""}, "not configured", "odoo_not_configured"),
])
def test_what_ends_a_command_is_one_line_with_its_code(ours, more, words, code):
    done = ours("odoo", "pull", **more)
    (line,) = lines(done)
    assert (done.returncode, done.stdout, line["code"]) == (1, "", code)
    assert words in line["error"]


def test_wrong_usage_is_one_line_too(capsys):
    assert main(["odoo", "push", "--start", "yesterday"]) == 2
    line = json.loads(capsys.readouterr().err)
    assert "yesterday" in line["error"] and line["usage"].startswith("Usage: python -m backend odoo push")


def test_whoever_names_no_command_gets_the_help_as_it_is(capsys):
    assert main(["odoo"]) == 2
    assert "Commands:" in capsys.readouterr().err.splitlines()


def test_a_line_for_the_log_is_json_too(capsys):
    """The program's own warnings go the same way."""
    kept = logging.root.handlers[:]
    logging.root.handlers[:] = []
    try:
        main(["odoo", "--help"])
        logging.getLogger("backend.odoo").warning("the lease of run %d could not be renewed", 7)
    finally:
        logging.root.handlers[:] = kept
    assert json.loads(capsys.readouterr().err) == {
        "level": "warning", "logger": "backend.odoo", "message": "the lease of run 7 could not be renewed"}


def test_other_commands_and_terminals_hear_words(ours, run, odoo, tmp_path):
    assert run("person", "erase", "NOBODY", "--yes").stderr.startswith("Error: ")
    ours_end, theirs = pty.openpty()
    environment = {**os.environ, "FACE_ATTENDANCE_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(PROJECT_ROOT),
                   "ODOO_URL": "http://127.0.0.1:9", "ODOO_DB": odoo.db, "ODOO_USERNAME": odoo.username,
                   "ODOO_PASSWORD": odoo.password}
    done = subprocess.run([sys.executable, "-m", "backend", "odoo", "pull"], cwd=tmp_path, env=environment,
                          stdout=subprocess.PIPE, stderr=theirs, timeout=60)
    os.close(theirs)
    shown = os.read(ours_end, 100_000).decode()
    os.close(ours_end)
    assert done.returncode == 1 and shown.startswith("Error: ") and "refuses connections" in shown
