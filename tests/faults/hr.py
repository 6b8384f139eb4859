"""HR at Odoo's own screens: edits and deletes rows, enters rows of its own, and puts some in the way."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from backend.attendance_system import AttendanceSystem
from backend.errors import FaceAttendanceError
from backend.odoo_simulator import OdooSimulator
from backend.odoo_simulator.errors import UserError
from backend.odoo_simulator.fields import DATETIME_FORMAT
from tests.faults.life import Act
from tests.faults.story import Story
from tests.faults.targets import Row, Simulated

LONG_AGO = timedelta(days=400)


class HumanResources:
    """Acts while nothing is on the way, and only on rows that were confirmed: what Odoo never
    confirmed cannot be told from what it never got. Nor can HR's deletion from a removal of ours
    that got no answer and may have arrived since."""

    def __init__(self, target: Simulated, system: AttendanceSystem, dice: random.Random, story: Story) -> None:
        self._target = target
        self._server: OdooSimulator = target.server
        self._system = system
        self._dice = dice
        self._story = story
        self._names = {odoo_id: badge for badge, odoo_id in target.employees.items()}
        self.edited: dict[str, tuple[Row, Row]] = {}
        self.deleted: set[str] = set()
        self.foreign: dict[int, Row] = {}
        self.obstacles: dict[int, Row] = {}
        self.counts: Counter = Counter()

    @property
    def obstructed(self) -> set[str]:
        """Badges of people who had something in the way at one time."""
        return {self._names[row.employee_id] for row in self._obstructed}

    _obstructed: tuple[Row, ...] = ()

    def act(self, finished: Collection[str], coming: Sequence[Act]) -> None:
        """Some of everything; only rows of people whose own story is over are edited."""
        rows = [row for row in self._target.rows() if row.session and self._names[row.employee_id] in finished
                and row.session not in self.edited and self._is_confirmed(row)]
        for row in self._dice.sample(rows, min(len(rows), 2 + len(rows) // 8)):
            if self._dice.random() < 0.6:
                self._edit(row)
            else:
                self._delete(row)
            if self._dice.random() < 0.5:
                self._change_here_too(row)
        for badge in self._dice.sample(sorted(self._target.employees), 2):
            start = self._system.clock() - LONG_AGO - timedelta(hours=self._dice.randrange(5000))
            self._enter(badge, start, start + timedelta(hours=2), self.foreign)
        obstacle = next((act for act in coming if act.kind == "in" and self._dice.random() < 0.2), None)
        if obstacle is not None:
            self._enter(obstacle.person_id, obstacle.at - timedelta(minutes=4),
                        obstacle.at + timedelta(minutes=9), self.obstacles)

    def clear_the_way(self) -> None:
        """Take away what stood in the way; the rows that it kept out may come now."""
        for row in self.obstacles.values():
            self._server.run_as("admin", "hr.attendance", "unlink", [row.odoo_id])
            self._tell(row, "HR clears the way, deletes its own")
        self.obstacles.clear()

    def _is_confirmed(self, row: Row) -> bool:
        with self._system.store.read() as unit:
            known = unit.odoo.by_odoo_id(row.odoo_id, self._system.odoo.connection.id)
            return known is not None and known.state == "synced" and not any(one.get("removed") for one in known.sent)

    def _edit(self, row: Row) -> None:
        inward = timedelta(seconds=self._dice.randrange(1, 900))
        check_in, check_out = row.check_in, row.check_out
        if check_out is None:  # somebody forgot to check out, and HR knows better
            check_out = check_in + timedelta(seconds=1800) + inward
        elif self._dice.random() < 0.6:
            check_out -= inward
        else:
            check_in += inward
        if check_out <= check_in or check_out > self._system.clock():
            return
        if in_the_way(self._system, self._names[row.employee_id], row, check_in, check_out):
            return
        values = {"check_in": _text(check_in), "check_out": _text(check_out)}
        self._server.run_as("admin", "hr.attendance", "write", [row.odoo_id], values)
        changed = Row(row.odoo_id, row.employee_id, check_in, check_out, row.session)
        self.edited[str(row.session)] = (row, changed)
        self.counts["edited"] += 1
        self._tell(row, f"HR edits to {changed.span},")

    def _delete(self, row: Row) -> None:
        self._server.run_as("admin", "hr.attendance", "unlink", [row.odoo_id])
        self.deleted.add(str(row.session))
        self.counts["deleted"] += 1
        self._tell(row, "HR deletes")

    def _change_here_too(self, row: Row) -> None:
        """The same session is corrected on our side before the bridge has seen what HR did."""
        with self._system.store.read() as unit:
            own = unit.attendance.by_session(UUID(str(row.session)))
        if own is None or own.superseded_at is not None:
            return
        with suppress(FaceAttendanceError):
            self._system.attendance.correct(own.id, check_in=own.check_in + timedelta(
                seconds=self._dice.randrange(1, 60)), reason="meanwhile", by="hr")
            self._story.tell(f"session {row.session} is corrected here as well", str(row.session))

    def _enter(self, badge: str, start: datetime, end: datetime, among: dict[int, Row]) -> None:
        start, end = start.replace(microsecond=0), end.replace(microsecond=0)
        employee = self._target.employees[badge]
        try:
            odoo_id = self._server.run_as("admin", "hr.attendance", "create", {
                "employee_id": employee, "check_in": _text(start), "check_out": _text(end)})
        except UserError:
            return  # there is a row already, and Odoo refuses it to HR, too
        among[odoo_id] = Row(odoo_id, employee, start, end, None)
        if among is self.obstacles:
            self._obstructed += (among[odoo_id],)
        self.counts["entered"] += 1
        self._tell(among[odoo_id], "HR enters")

    def _tell(self, row: Row, text: str) -> None:
        keys = [f"#{row.odoo_id}", self._names[row.employee_id], *([row.session] if row.session else [])]
        self._story.tell(f"{text} {row.span}", *keys)


def in_the_way(system: AttendanceSystem, badge: str, row: Row, check_in: datetime, check_out: datetime) -> bool:
    """Whether these times would overlap another session of that person here, which Odoo may not
    know of yet: then one of the two has to be mended by hand."""
    others, _ = system.attendance.list(person_id=badge)
    return any(one.check_in <= check_out and (one.check_out is None or one.check_out >= check_in)
               for one in others if str(one.uuid) != row.session)


def _text(moment: datetime) -> str:
    return moment.strftime(DATETIME_FORMAT)
