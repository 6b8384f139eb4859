"""Runs the command line as its users do: another process, from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.config import PROJECT_ROOT

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run("person", "list")` with a data folder of the test's own; environment by keywords."""
    def run(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        ours = {name: value for name, value in os.environ.items()
                if not name.startswith(("FACE_ATTENDANCE_", "ODOO_"))}
        ours |= {"FACE_ATTENDANCE_DATA_DIR": str(tmp_path / "data"), "FACE_ATTENDANCE_TIMEZONE": "UTC",
                 "FACE_ATTENDANCE_ODOO_CALLS_PER_SECOND": "0", "PYTHONPATH": str(PROJECT_ROOT),
                 "PYTHONWARNINGS": "error", "HOME": str(tmp_path), **environment}
        return subprocess.run([sys.executable, "-m", "backend", *arguments], cwd=tmp_path, env=ours,
                              input=stdin, capture_output=True, text=True, timeout=120)

    return run
