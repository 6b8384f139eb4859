"""Small real children for the tests of the crew; importable by name, as spawned children need."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from backend.errors import SettingError
from backend.lifeline import Lifeline


def beat_on(lifeline: Lifeline, note: Path | None = None) -> None:
    """A healthy child: ready at once, beating, gone when told."""
    lifeline.ready(pid=os.getpid())
    while not lifeline.wait(0.05):
        lifeline.beat()
    if note is not None:
        note.write_text("ended by itself")


def hang(lifeline: Lifeline) -> None:
    """Ready, one beat, and then deaf and silent for ever, SIGTERM included."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    lifeline.ready(pid=os.getpid())
    lifeline.beat()
    time.sleep(3600)


def crash(lifeline: Lifeline) -> None:
    os._exit(3)


def refuse(lifeline: Lifeline) -> None:
    raise SettingError("the moon is in the wrong house")


def lead(notes: Path) -> None:
    """Started as a plain process: a supervisor of one deaf child and one healthy one."""
    from backend.processes.child import ChildSpec
    from backend.processes.crew import Crew

    crew = Crew()
    crew.add(ChildSpec("deaf", hang, silence=600))
    crew.add(ChildSpec("healthy", beat_on))
    while not all(child.facts for child in crew) or len(crew.names) < 2:
        crew.step()
    notes.write_text(" ".join(str(child.pid) for child in crew))
    while True:
        crew.step()
