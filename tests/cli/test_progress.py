"""Progress of long commands: a bar for people, lines of JSON for logs, nothing on stdout."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty

import pytest

from backend.commands.progress import Progress


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def read_all(terminal: int) -> str:
    """What was written to a terminal whose other end is closed; it comes in pieces, and ends in an error."""
    parts = []
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 100_000):
            parts.append(part)
    os.close(terminal)
    return b"".join(parts).decode()


def test_a_terminal_shows_a_bar_that_fills() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, Progress("Pulling employees", terminal) as progress:
        for done in (0, 50, 100):
            progress(done, 100)
    shown = read_all(ours)
    assert "Pulling employees" in shown
    assert "100/100" in shown


def test_without_a_known_end_a_terminal_counts() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, Progress("Pulling employees", terminal) as progress:
        for done in (500, 1000):
            progress(done)
    shown = read_all(ours)
    assert shown == "\rPulling employees  500\rPulling employees  1000\r\n"


def test_a_log_gets_a_line_of_json_now_and_then_and_one_at_the_end() -> None:
    clock, log = Clock(), io.StringIO()
    with Progress("Pushing", log, every=5, monotonic=clock) as progress:
        for second in range(13):
            clock.now = float(second)
            progress(second * 10, 120)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert lines == [{"progress": "Pushing", "done": done, "total": 120} for done in (50, 100, 120)]


def test_a_short_command_says_in_a_log_how_far_it_came() -> None:
    log = io.StringIO()
    with Progress("Pushing", log) as progress:
        progress(1, 2)
        progress(2, 2)
    assert json.loads(log.getvalue()) == {"progress": "Pushing", "done": 2, "total": 2}


def test_nothing_to_do_and_nothing_done_leave_no_line() -> None:
    log = io.StringIO()
    with Progress("Pushing", log):
        pass
    with pytest.raises(ConnectionError), Progress("Pushing", log) as progress:
        progress(1, 2)
        raise ConnectionError("its one clear line follows")
    assert log.getvalue() == ""
