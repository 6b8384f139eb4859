"""AttendanceSystem from a script: by path, from any folder, under either of its names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.attendance_system import AttendanceSystem
from backend.config import PROJECT_ROOT

SCRIPT = """
import sys
from attendance_system import AttendanceSystem
import attendance_system
from pathlib import Path
system = AttendanceSystem(Path(sys.argv[1]))
import backend.attendance_system
assert AttendanceSystem is backend.attendance_system.AttendanceSystem
assert attendance_system is backend.attendance_system
assert AttendanceSystem.__module__ == "backend.attendance_system"
system.people.add("1", "Ann", by="script")
print(system.store.engine.url.database)
print(system.attendance.mark("1").action)
system.close()
"""


def run(script: str, *arguments: str, cwd: Path, **environ: str) -> list[str]:
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith(("FACE_ATTENDANCE_", "PYTHON"))}
    done = subprocess.run([sys.executable, "-c", script, *arguments], cwd=cwd, text=True,
                          capture_output=True, timeout=60, env={**clean, **environ})
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_script_in_backend_has_the_one_class(tmp_path):
    database = tmp_path / "own" / "attendance.db"
    # The path beats the variable, which would not even open.
    printed = run(SCRIPT, str(database), cwd=PROJECT_ROOT / "backend",
                  FACE_ATTENDANCE_DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert printed == [str(database), "check_in"]
    assert sorted(one.name for one in database.parent.iterdir() if one.suffix in (".db", ".key")) == [
        "attendance.db", "secret.key"]


def test_a_relative_path_is_taken_from_the_projects_root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    system = AttendanceSystem("data/attendance.db")
    assert system._path == PROJECT_ROOT / "data" / "attendance.db"


def test_nothing_is_built_before_it_is_needed(tmp_path):
    AttendanceSystem(tmp_path / "never" / "attendance.db").close()
    assert not (tmp_path / "never").exists()


def test_path_and_parts_exclude_each_other(tmp_path, system):
    with pytest.raises(TypeError, match="not both"):
        AttendanceSystem(tmp_path / "a.db", parts=system.parts)
