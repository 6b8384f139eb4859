"""Several databases of Odoo by hand: one more, what it does, a person who moves, one less."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from backend.config import PROJECT_ROOT
from backend.odoo_simulator import NewEmployee, OdooSimulator


@pytest.fixture
def south():
    with OdooSimulator(version=19, employees=[NewEmployee("Sara South", "S1")]) as server:
        yield server


@pytest.fixture
def set_up(tmp_path):
    """Runs configure_odoo.py with flags and a password on its standard input."""
    def command(*arguments: str, password: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "FACE_ATTENDANCE_DATA_DIR": str(tmp_path / "data")}
        return subprocess.run([sys.executable, str(PROJECT_ROOT / "backend/configure_odoo.py"), *arguments],
                              cwd=tmp_path, env=environment, input=password, capture_output=True, text=True,
                              timeout=60, check=False)

    return command


def test_a_second_database_from_the_set_up_to_its_end(run, set_up, south) -> None:
    wrong = set_up("--connection", "south", "--url", south.url, "--db", south.db, "--username", south.username,
                   "--password-stdin", password="wrong\n")
    assert wrong.returncode == 1
    assert "south" not in run("odoo", "connections").stdout  # nothing was saved
    right = set_up("--connection", "south", "--url", south.url, "--db", south.db, "--username", south.username,
                   "--password-stdin", password=f"{south.password}\n")
    assert right.returncode == 0, right.stderr
    assert "Saved." in right.stdout
    assert "there are: default, south" in set_up("--connection", "west", "--test").stderr
    pulled = run("odoo", "pull", "--connection", "south", "--json")
    assert json.loads(pulled.stdout)["added"] == 2
    assert [one["name"] for one in json.loads(run("odoo", "status", "--json").stdout)["connections"]] == [
        "default", "south"]
    refused = run("odoo", "disconnect", "south")
    assert refused.returncode == 1 and "2 active people belong to south" in refused.stderr
    assert "belongs to default" in run("person", "move", "S1", "default").stdout
