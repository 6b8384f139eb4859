"""An installation under test: its folder, its settings, and a clock that can be put forward.

It is what a worker process needs to know to open the same database.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import Settings, load, rows
from backend.desks import reachability
from backend.errors import Conflict
from backend.odoo import retrying
from backend.odoo.bridge import push_context
from backend.odoo.errors import OdooError
from backend.store.repositories.connections import DEFAULT

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
CONNECT = 0.2
"""Seconds to wait for a connection; a test's server is never far."""


class PutForward:
    """A clock that runs with the machine's, ahead by what the file says."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    @property
    def ahead(self) -> float:
        try:
            return float(self._file.read_text() or 0)
        except FileNotFoundError:
            return 0.0

    def advance(self, seconds: float) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(self.ahead + seconds))
        os.replace(fresh, self._file)


@dataclass(frozen=True)
class Place:
    """`patience` is the bridge's read time-out in seconds, `batch` its rows a call, `retries` how
    often a call is made again."""

    folder: Path
    patience: float
    batch: int
    retries: int = 2
    connection: str = DEFAULT
    """Which database of Odoo `system().odoo` is for."""

    @property
    def clock(self) -> PutForward:
        return PutForward(self.folder / "ahead")

    @property
    def lease(self) -> float:
        """Seconds after which what a dead process had in hand is free again."""
        return 3 * (CONNECT + self.patience)

    def settings(self, patience: float | None = None) -> Settings:
        wanted: dict[str, Any] = {
            "data_dir": self.folder / "data", "timezone": "UTC", "port": 0, "odoo_batch": self.batch,
            "odoo_connect_timeout": f"{CONNECT * 1000:.0f} ms", "max_shift": "16 h",
            "odoo_read_timeout": f"{(patience or self.patience) * 1000:.0f} ms",
            "odoo_calls_per_second": "0", "odoo_retries": str(self.retries)}
        known = {row.name.lower() for row in rows()}
        return load({name: value for name, value in wanted.items() if name in known}, {}, [])

    def system(self, patience: float | None = None) -> AttendanceSystem:
        system = AttendanceSystem(parts=build(self.settings(patience), self.clock))
        if self.connection != DEFAULT:
            system.odoo = system.odoo_of(self.connection)
        return system

    # Signs between the processes -----------------------------------------------------------

    @property
    def stopping(self) -> bool:
        return self._sign.exists()

    def stop(self, really: bool = True) -> None:
        if really:
            self._sign.touch()
        else:
            with suppress(FileNotFoundError):
                self._sign.unlink()

    @property
    def _sign(self) -> Path:
        return self.folder / f"stop {self.connection}"


Push = Callable[[AttendanceSystem], bool]
"""One try to bring what is due to Odoo; True where there may be more at once."""


def by_delivery(system: AttendanceSystem) -> bool:
    undo_waits(system)
    return system.odoo.deliver() is not None


def by_range(system: AttendanceSystem) -> bool:
    undo_waits(system)
    try:
        system.odoo.push(FIRST_DAY, LAST_DAY)
    except (OdooError, Conflict):  # another one runs, or has taken over from a slow one
        return True
    return False


def by_pull(system: AttendanceSystem) -> bool:
    """What HR did in Odoo is looked for, while our own sendings may be under way."""
    undo_waits(system)
    with suppress(OdooError, Conflict):
        system.odoo.pull()
    return True


def by_short_pull(system: AttendanceSystem) -> bool:
    """As the jobs do twice a minute, beside whatever else is being done."""
    with suppress(OdooError, Conflict):
        system.odoo.pull(trigger="schedule")
    return False


def undo_waits(system: AttendanceSystem) -> None:
    """A server that was away is tried again at once, where the product would rest first."""
    system.odoo.connector()._circuit_breaker.reset()


WAITS = ((retrying, "_WAYS"), (reachability, "FIRST_WAIT"), (reachability, "LONGEST_WAIT"),
         (reachability, "FIRST_REFUSED_WAIT"), (reachability, "REFUSED_WAIT"),
         (push_context, "_LONGEST_WAIT"), (push_context, "_UNEXPLAINED_WAIT"))
"""What `hurry` changes."""


def hurry() -> None:
    """Wait a twentieth of the time before a call is made again, and look for an Odoo that is away
    several times a second: the order of things is the same, and a seed takes seconds."""
    retrying._WAYS = {name: replace(way, first=way.first / 20, longest=way.longest / 20)
                      for name, way in retrying._WAYS.items()}
    reachability.FIRST_WAIT = timedelta(milliseconds=10)
    reachability.FIRST_REFUSED_WAIT = timedelta(milliseconds=75)
    reachability.LONGEST_WAIT, reachability.REFUSED_WAIT = timedelta(milliseconds=60), timedelta(milliseconds=1500)
    push_context._LONGEST_WAIT = push_context._UNEXPLAINED_WAIT = timedelta(milliseconds=100)
