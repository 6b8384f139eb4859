"""Progress of long commands: a bar for people, lines of JSON for logs, nothing on stdout."""

from __future__ import annotations

import io
import json
import os
import pty

from backend.commands.progress import Progress


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_terminal_shows_a_bar_that_fills() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, Progress("Pulling employees", terminal) as progress:
        for done in (0, 50, 100):
            progress(done, 100)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "Pulling employees" in shown
    assert "100/100" in shown


def test_without_a_known_end_a_terminal_counts() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, Progress("Pulling employees", terminal) as progress:
        for done in (500, 1000):
            progress(done)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert shown == "\rPulling employees  500\rPulling employees  1000\r\n"


def test_a_log_gets_a_line_of_json_now_and_then() -> None:
    clock, log = Clock(), io.StringIO()
    with Progress("Pushing", log, every=5, monotonic=clock) as progress:
        for second in range(13):
            clock.now = float(second)
            progress(second * 10, 130)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert lines == [{"progress": "Pushing", "done": 50, "total": 130},
                     {"progress": "Pushing", "done": 100, "total": 130}]


def test_a_short_command_says_nothing_in_a_log() -> None:
    log = io.StringIO()
    with Progress("Pushing", log) as progress:
        progress(1, 1)
    assert log.getvalue() == ""
