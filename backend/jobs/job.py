"""What a job is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Protocol

from backend.attendance_system import AttendanceSystem
from backend.jobs.times import Times


class Lane(Enum):
    """Jobs of one lane wait for each other, and for no other lane's."""

    house = "the house"
    odoo = "Odoo"
    people = "people from Odoo"
    """The short pull, which comes twice a minute whatever else is being done with Odoo."""


class Waits(Protocol):
    """A lifeline, as a loop sees it."""

    def wait(self, seconds: float) -> bool:
        """Pause for so long at most; True as soon as the loop has to stop."""
        ...


class PutOff(Exception):
    """What a job raises that cannot be done just now; it stays due and is tried after `wait`."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


def always(system: AttendanceSystem) -> bool:
    return True


@dataclass(frozen=True)
class Job:
    """`work` gets the front desk and returns a line for the log, or None for nothing to tell.

    A job that is `remembered` is kept in the database: it runs in one process at a time, a run
    missed while the machine was off is made up for once, and a restart does not repeat it.
    While `ready` says no it waits, and is made up for once afterwards.
    """

    name: str
    when: Times
    work: Callable[[AttendanceSystem], str | None]
    remembered: bool = False
    lane: Lane = Lane.house
    ready: Callable[[AttendanceSystem], bool] = always
