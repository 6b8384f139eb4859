"""The command line: exit codes, what it prints, the set-up of Odoo, the script that people have."""

from __future__ import annotations

import json
import os
import pty
import select
import sqlite3
import subprocess
import sys
import time

import pytest

from .conftest import PICTURES, ROOT, environment

GRACE = str(PICTURES / "grace-hopper-1.jpg")
TABLES = {"persons", "person_aliases", "face_templates", "punches", "punch_outcomes", "corrections", "policies",
          "attendance", "outbox", "sync_runs", "connections", "sites", "devices", "events", "system_config",
          "system_logs", "api_keys", "users", "consents"}

PREFIXED = ("DATA_DIR", "DATABASE_URL", "HOST", "PORT", "CAMERA", "TIMEZONE", "SECRET_KEY", "REQUIRE_CONSENT",
            "DUPLICATE_WINDOW", "MAX_SHIFT", "TARGET_FPIR", "MATCH_THRESHOLD", "LIVENESS", "PERIOD_LOCK",
            "PUSH_ASSUMED_CHECK_OUT", "MAX_CLOCK_SKEW", "CAMERA_ALLOW", "SYNC_WAIT")


def flags(odoo) -> list[str]:
    return ["--url", odoo.url, "--db", odoo.db, "--username", odoo.username, "--password-stdin"]


def failed(result: subprocess.CompletedProcess[str], *words: str) -> bool:
    """Exit 1 and one clear line, which holds the words."""
    lines = result.stderr.strip().splitlines()
    assert result.returncode == 1 and len(lines) == 1, (result.returncode, result.stdout, result.stderr)
    return all(word in lines[0] for word in words)


@pytest.mark.parametrize("command", [
    "", "demo", "serve", "enroll", "identify", "person", "attendance", "odoo", "key", "admin", "backup", "doctor",
    "settings"])
def test_help_has_an_example(run, command):
    told = run("-m", "backend", *command.split(), "--help")
    assert told.returncode == 0 and f"Example: python -m backend {command}".strip() in " ".join(told.stdout.split())


@pytest.mark.parametrize("words", [
    "nonsense", "--nonsense", "serve --port 99999", "person add", "identify /nowhere.jpg",
    "attendance list --start 2026-11-02 --end 2026-11-01", "attendance export --format pdf",
    "key create k --scope everything"])
def test_wrong_usage_is_2(run, words):
    result = run("-m", "backend", *words.split())
    assert result.returncode == 2 and "Error" in result.stderr and "Traceback" not in result.stderr


def test_people_faces_and_keys_from_the_terminal(run, tmp_path):
    def backend(*words: str, **how):
        return run("-m", "backend", *words, **how)

    assert backend("person", "add", "EMP001", "Grace Hopper").returncode == 0
    assert failed(backend("person", "add", "EMP001", "Grace Hopper"), "EMP001")
    assert failed(backend("enroll", "EMP001", GRACE), "consent")
    assert failed(backend("enroll", "NOBODY", GRACE), "NOBODY")
    assert backend("enroll", "EMP001", GRACE, "--consent").returncode == 0
    [face] = json.loads(backend("identify", GRACE, "--json").stdout)["faces"]
    assert (face["decision"], face["person"]["person_id"]) == ("accepted", "EMP001")
    assert set(face) >= {"distance", "runner_up", "reason"}
    assert failed(backend("identify", str(ROOT / "LICENSE")), "picture")
    assert failed(backend("person", "erase", "NOBODY", "--yes"), "NOBODY")
    assert backend("person", "erase", "EMP001", "--yes").returncode == 0
    assert "0 people" in backend("person", "list").stdout
    assert backend("attendance", "list").returncode == 0
    assert json.loads(backend("attendance", "export", "--format", "json").stdout) == []

    made = backend("key", "create", "payroll", "--scope", "persons:read")
    plain = made.stdout.strip()
    assert made.returncode == 0 and len(plain) > 22 and plain not in backend("key", "list").stdout
    assert failed(backend("key", "create", "old", "--expires", "2020-01-01"), "future")
    assert backend("key", "revoke", "1").returncode == 0
    assert failed(backend("key", "revoke", "99"), "99")
    assert backend("admin", "create", "olga", "--password-stdin", stdin="a long enough one\n").returncode == 0
    assert failed(backend("admin", "create", "olga", "--password-stdin", stdin="a long enough one\n"), "olga")

    with sqlite3.connect(tmp_path / "data" / "attendance.db") as database:
        there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        whole = b"".join(bytes(str(row), "utf-8") for row in database.execute("SELECT * FROM api_keys"))
    database.close()
    assert there >= TABLES
    assert plain.encode() not in whole
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_odoo_is_set_up_tested_and_used(run, odoo18):
    configure = "backend/configure_odoo.py"
    nothing = run(configure, "--test")
    assert nothing.returncode == 1 and "not configured" in nothing.stderr

    wrong = run(configure, *flags(odoo18), stdin="not-the-word\n")
    assert failed(wrong, "refuses") and "not-the-word" not in wrong.stdout + wrong.stderr
    assert run(configure, "--test").returncode == 1, "what does not work is not saved"

    assert run(configure, *flags(odoo18), "--transport", "auto", stdin=odoo18.password + "\n").returncode == 0
    for words, folder in (([configure], ROOT), (["configure_odoo.py"], ROOT / "backend"),
                          ([str(ROOT / configure)], ROOT.parent)):
        tested = run(*words, "--test", folder=folder)
        lines = tested.stdout.splitlines()
        assert tested.returncode == 0
        assert lines[:4] == [f"URL: {odoo18.url}", "Database: o18", "Username: bridge", "✓ Connection successful!"]
        assert "Server version: 18." in lines[4] and "Protocol version: 1" in lines[5]

    assert failed(run(configure, "--test", ODOO_URL="http://127.0.0.1:9"), "127.0.0.1:9")
    assert failed(run(configure, "--test", ODOO_PASSWORD="other"), "refuses")
    assert run(configure, "--test", "--url", "x").returncode == 2
    assert run(configure, "--nonsense").returncode == 2

    tested = json.loads(run("-m", "backend", "odoo", "test", "--json").stdout)
    assert set(tested) == {"success", "message", "server_version", "protocol_version", "transport"}
    pulled = run("-m", "backend", "odoo", "pull")
    assert pulled.returncode == 0 and pulled.stdout.startswith("Synced 29 employees from Odoo")
    pushed = run("-m", "backend", "odoo", "push", "--start", "2026-11-01", "--end", "2026-11-30", "--json")
    assert pushed.returncode == 0 and json.loads(pushed.stdout)["total"] == 0
    compared = run("-m", "backend", "odoo", "reconcile", "--start", "2026-11-01", "--end", "2026-11-30", "--json")
    told = json.loads(compared.stdout)
    assert compared.returncode == 0 and (told["success"], told["differences"]) == (True, [])
    state = json.loads(run("-m", "backend", "odoo", "status", "--json").stdout)
    assert state["status"] == "configured" and state["last_sync"].endswith("+01:00")
    assert failed(run("-m", "backend", "odoo", "pull", ODOO_URL="http://127.0.0.1:9"), "refuses connections")


def test_odoo_is_set_up_by_question_and_answer(tmp_path, odoo18):
    """At a terminal: the password is not shown, a wrong one may be mended, the rest is offered again."""
    ours, theirs = pty.openpty()
    asking = subprocess.Popen([sys.executable, "backend/configure_odoo.py"], cwd=ROOT, stdin=theirs, stdout=theirs,
                              stderr=theirs, env=environment(tmp_path / "data", TERM="dumb"), start_new_session=True)
    os.close(theirs)
    said = ""

    def answer(prompt: str, text: str) -> None:
        nonlocal said
        deadline = time.monotonic() + 30
        before, said = said, ""
        while prompt not in said:
            assert time.monotonic() < deadline, before + said
            if select.select([ours], [], [], 0.2)[0]:
                said += os.read(ours, 4096).decode()
        said = before + said
        time.sleep(0.1)  # a hidden prompt empties what was typed ahead of it
        os.write(ours, f"{text}\n".encode())

    answer("address", odoo18.url)
    answer("Database", "o18")
    answer("Username", "bridge")
    answer("hidden", "mistyped")
    answer("[Y/n]", "y")
    answer("address", "")
    answer("Database", "")
    answer("Username", "")
    answer("hidden", odoo18.password)
    try:
        while True:
            said += os.read(ours, 4096).decode()
    except OSError:  # Linux's way to say that the other side has closed
        pass
    os.close(ours)
    assert asking.wait(30) == 0, said
    assert "✓ Connection successful!" in said and "Saved." in said and "mistyped" not in said


def test_the_script_that_people_have_works(run, tmp_path, odoo18):
    """Relative to the project's root, whichever folder it is started in."""
    assert run("backend/configure_odoo.py", *flags(odoo18), stdin=odoo18.password + "\n").returncode == 0
    relative = os.path.relpath(tmp_path / "data" / "attendance.db", ROOT)
    script = f"""
from attendance_system import AttendanceSystem
from odoo_connector import OdooConnector
from pathlib import Path
system = AttendanceSystem(Path({relative!r}))
config = system.get_odoo_config()
connector = OdooConnector(**config)
connector.connect()
import inspect, json
assert set(config) == set(inspect.signature(OdooConnector).parameters)
breaker = connector._circuit_breaker
assert (breaker.state, breaker.failure_count, breaker.last_failure) == ("closed", 0, None)
assert connector.test_connection()["success"] is True
assert len(connector.pull_employees()) == 29 and connector.get_attendance_records("2026-11-01", "2026-11-30") == []
first = system.sync_employees_from_odoo(connector)
pushed = system.sync_attendance_to_odoo(connector, "2026-11-01", "2026-11-30")
print(json.dumps([first, pushed]))
"""
    done = run("-c", script, folder=ROOT / "backend", FACE_ATTENDANCE_DATABASE_URL="sqlite:////nowhere/else.db")
    assert done.returncode == 0, done.stderr
    first, pushed = json.loads(done.stdout)
    assert first.items() >= {"success": True, "message": "Synced 29 employees from Odoo", "added": 29, "updated": 0,
                             "total": 29}.items()
    assert pushed["total"] == 0


def setting(result: subprocess.CompletedProcess[str], name: str) -> str:
    assert result.returncode == 0, result.stderr
    return next(line for line in result.stdout.splitlines() if line.startswith(name + " = ")).split(" = ", 1)[1]


def test_settings_come_from_environment_file_and_default_in_this_order(run, tmp_path):
    def settings(**environ: str):
        return run("-m", "backend", "settings", folder=tmp_path, PYTHONPATH=str(ROOT), **environ)

    port, zone = "FACE_ATTENDANCE_PORT", "FACE_ATTENDANCE_TIMEZONE"
    assert setting(settings(), port) == "5000"
    (tmp_path / "face-attendance.yaml").write_text("PORT: 6001\nTIMEZONE: Asia/Tokyo\nDUPLICATE_WINDOW: 2 min\n"
                                                   "ODOO_URL: https://file.example\n")
    told = settings()
    assert setting(told, port) == "6001" and setting(told, "ODOO_URL") == "https://file.example"
    assert setting(told, zone) == "Europe/Brussels", "the environment goes before the file"
    assert setting(settings(**{port: "6002"}), port) == "6002"
    (tmp_path / "key").write_text("5e" * 32 + "\n")
    told = settings(FACE_ATTENDANCE_SECRET_KEY_FILE=str(tmp_path / "key"), ODOO_PASSWORD="hunter2")
    assert setting(told, "FACE_ATTENDANCE_SECRET_KEY").strip("*") == "" and "hunter2" not in told.stdout
    for name in PREFIXED:
        setting(told, f"FACE_ATTENDANCE_{name}")
    for name in ("URL", "DB", "USERNAME", "PASSWORD", "API_KEY", "TRANSPORT"):
        setting(told, f"ODOO_{name}")


@pytest.mark.parametrize(("name", "value"), [
    ("TIMEZONE", "Mars/Olympus"), ("DUPLICATE_WINDOW", "soon"), ("TARGET_FPIR", "200 %"),
    ("MATCH_THRESHOLD", "0.6"), ("SECRET_KEY_FILE", "/nope")])
def test_a_bad_value_stops_the_start_in_one_line(run, name, value):
    stopped = run("-m", "backend", "serve", "--no-camera", "--port", "0", **{f"FACE_ATTENDANCE_{name}": value})
    assert failed(stopped, name)


def test_a_place_that_is_not_fit_stops_the_start_in_one_line(run, tmp_path, product):
    taken = run("-m", "backend", "serve", "--no-camera", "--port", product.url.rpartition(":")[2])
    assert failed(taken, "port")

    (tmp_path / "file").write_text("")
    assert failed(run("-m", "backend", "serve", "--no-camera", "--port", "0",
                      FACE_ATTENDANCE_DATA_DIR=str(tmp_path / "file" / "data")), str(tmp_path / "file"))

    assert run("-m", "backend", "person", "list").returncode == 0
    path = tmp_path / "data" / "attendance.db"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    for words in (["serve", "--no-camera", "--port", "0"], ["person", "list"]):
        assert failed(run("-m", "backend", *words), "newer")

    other = tmp_path / "data" / "secret.key"
    assert failed(run("-m", "backend", "person", "list", FACE_ATTENDANCE_SECRET_KEY="ab" * 32)) and other.exists()
