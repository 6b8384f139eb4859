"""The run's folder: private, and gone with the run, even with one that was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.processes import run_folder as module
from backend.processes.run_folder import run_folder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "_MEMORY", tmp_path / "none")
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_ours_alone_and_gone_afterwards() -> None:
    with run_folder() as folder:
        assert folder.is_dir()
        if os.name == "posix":
            assert folder.stat().st_mode & 0o077 == 0
        (folder / "preview-door").write_bytes(b"x")
    assert not folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps open files by itself")
def test_what_a_killed_run_left_is_swept_and_a_living_one_is_not(elsewhere: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left, foreign = elsewhere / f"face-attendance-{ended.pid}-abc", elsewhere / "face-attendance-notes"
    left.mkdir()
    foreign.mkdir()
    with run_folder() as living, run_folder() as second:
        assert living.is_dir() and second.is_dir()
        assert not left.exists() and foreign.is_dir()
