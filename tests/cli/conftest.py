"""Runs the command line as its users do: another process, from another folder."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.config import PROJECT_ROOT
from tests.cli.starter import Starter

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter]:
    made = Starter()
    yield made
    made.end()


@pytest.fixture
def run(starter: Starter, tmp_path: Path) -> Run:
    """`run("person", "list")` with a data folder of the test's own; environment by keywords."""
    def run(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        ours = {name: value for name, value in os.environ.items()
                if not name.startswith(("FACE_ATTENDANCE_", "ODOO_"))}
        ours |= {"FACE_ATTENDANCE_DATA_DIR": str(tmp_path / "data"), "FACE_ATTENDANCE_TIMEZONE": "UTC",
                 "FACE_ATTENDANCE_ODOO_CALLS_PER_SECOND": "0", "PYTHONPATH": str(PROJECT_ROOT),
                 "PYTHONWARNINGS": "error", "HOME": str(tmp_path), **environment}
        return starter.run(arguments, tmp_path, ours, stdin, tmp_path / "streams")

    return run
