"""The demo as a newcomer runs it: from faces in a film to rows in Odoo, in one command."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from backend.config import PROJECT_ROOT
from tests.ports import free_port


def demo(port: int, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    # A real database and a real Odoo in the environment, which the demo must leave alone.
    real = {"FACE_ATTENDANCE_DATA_DIR": str(tmp_path / "real"), "ODOO_URL": "http://127.0.0.1:9",
            "FACE_ATTENDANCE_DATABASE_URL": f"sqlite:///{tmp_path / 'real.db'}"}
    return subprocess.run([sys.executable, "-m", "backend", "demo", "--once", "--port", str(port)],
                          cwd=PROJECT_ROOT, env=os.environ | real, capture_output=True, text=True, timeout=170)


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_the_demo_recognises_records_and_pushes_what_the_film_shows(tmp_path):
    played = demo(free_port(), tmp_path)
    assert played.returncode == 0, played.stdout + played.stderr
    told = re.findall(r"(check-in|check-out): (.+)", played.stdout)
    assert told == [("check-in", "Grace Hopper"), ("check-in", "Eileen Collins"),
                    ("check-out", "Grace Hopper"), ("check-out", "Eileen Collins")]
    assert "did not recognise a face: nobody_near_enough" in played.stdout
    assert "2 rows in Odoo equal to ours to the second" in played.stdout
    assert not list(tmp_path.iterdir()), "the demo touched the real installation"


def test_a_taken_port_is_one_line_and_nothing_is_left_running(taken_port, tmp_path):
    played = demo(taken_port, tmp_path)
    assert played.returncode == 1
    [line] = played.stderr.strip().splitlines()
    assert f"Port {taken_port}" in line
