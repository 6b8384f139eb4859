"""What people do and HR types, drawn from a seed: punches on time, late and twice, corrections, voids."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from backend.attendance_system import AttendanceSystem
from backend.errors import FaceAttendanceError
from backend.store.records import AttendanceRecord

Told = Callable[[str, str], None]
"""Takes the person's id and what was done."""


@dataclass(frozen=True)
class Act:
    """`kind` is in, out, auto, again, correct or void; `at` is the time it is about."""

    when: float
    person_id: str
    kind: str
    at: datetime
    uuid: UUID


def acts(dice: random.Random, people: Sequence[str], sessions: int, now: datetime) -> list[Act]:
    """Everything that will be done, in the order in which it comes to us."""
    made: list[Act] = []
    for place, person in enumerate(people):
        count = sessions // len(people) + (place < sessions % len(people))
        pace = dice.choice((0.4, 0.7, 1.0))  # some people's whole story is over early
        begun = len(made)
        for slot, (check_in, check_out) in enumerate(_spans(dice, count, now)):
            begin = (slot + dice.random()) / (count + 1)
            made += _session(dice, person, check_in, check_out, begin)
        made += _later_thoughts(dice, person, count, now)
        made[begun:] = [replace(act, when=act.when * pace) for act in made[begun:]]
    return sorted(made, key=lambda act: act.when)


def _spans(dice: random.Random, count: int, now: datetime) -> list[tuple[datetime, datetime]]:
    """Spans of past days, oldest first, some days with two; the last one is today's."""
    found: list[tuple[datetime, datetime]] = []
    end = now - timedelta(seconds=dice.randrange(60, 3600))
    start = end - timedelta(seconds=dice.randrange(2 * 3600, 7 * 3600))
    while len(found) < count:
        found.append((start.replace(microsecond=0), end.replace(microsecond=0)))
        pause = dice.choice((600, 3600, 14 * 3600, 40 * 3600))
        end = start - timedelta(seconds=pause + dice.randrange(3600))
        start = end - timedelta(seconds=dice.randrange(1800, 8 * 3600))
    return found[::-1]


def _session(dice: random.Random, person: str, check_in: datetime, check_out: datetime,
             begin: float) -> list[Act]:
    fate = dice.random()
    way = "auto" if dice.random() < 0.3 else "in"
    opened = Act(begin, person, way, check_in, _uuid(dice))
    closed = Act(begin + dice.uniform(0, 0.4), person, "auto" if way == "auto" else "out", check_out, _uuid(dice))
    found = [opened, closed]
    if fate < 0.08:
        found = [opened]  # never checks out
    elif fate < 0.16:
        found = [Act(closed.when, person, "in", check_in, opened.uuid),
                 Act(begin, person, "out", check_out, closed.uuid)]  # the way out is heard of first
    elif fate < 0.26:
        found.append(Act(closed.when + 0.1, person, "again", check_in, opened.uuid))
    return found


def _later_thoughts(dice: random.Random, person: str, count: int, now: datetime) -> Iterator[Act]:
    for _ in range(count):
        fate = dice.random()
        if fate < 0.35:
            yield Act(dice.uniform(0.2, 1.3), person, "correct", now, _uuid(dice))
        elif fate < 0.45:
            yield Act(dice.uniform(0.3, 1.3), person, "void", now, _uuid(dice))
        elif fate < 0.5:
            back = timedelta(seconds=dice.randrange(3600, 20 * 3600))
            yield Act(dice.uniform(0.2, 1.3), person, "auto", (now - back).replace(microsecond=0), _uuid(dice))


def _uuid(dice: random.Random) -> UUID:
    return UUID(int=dice.getrandbits(128), version=4)


class Life:
    """Does the acts. What our own rules refuse is told and left."""

    def __init__(self, system: AttendanceSystem, dice: random.Random, told: Told) -> None:
        self._desk = system.attendance
        self._dice = dice
        self._told = told

    def do(self, act: Act) -> None:
        try:
            said = self._do(act)
        except FaceAttendanceError as error:
            said = f"{act.kind} refused: {error.code}"
        self._told(act.person_id, said)

    def _do(self, act: Act) -> str:
        if act.kind == "correct":
            return self._correct(act)
        if act.kind == "void":
            row = self._some_row(act.person_id)
            if row is None:
                return "nothing to void"
            self._desk.void(row.id, reason="not there", by="hr")
            return f"voided {row.uuid}"
        way = "in" if act.kind == "again" else act.kind
        marked = self._desk.mark(act.person_id, act.at, way, uuid=act.uuid)
        session = marked.attendance.uuid if marked.attendance else None
        return f"punch {act.kind} {act.at:%m-%d %H:%M:%S}: {marked.action} ({marked.reason}) {session or ''}"

    def _correct(self, act: Act) -> str:
        row = self._some_row(act.person_id)
        if row is None:
            return "nothing to correct"
        wanted: dict[str, datetime] = {}
        shift = self._dice.choice(("in", "out", "both", "move"))
        by = timedelta(seconds=self._dice.randrange(-1500, 1500))
        if shift in ("in", "both", "move"):
            wanted["check_in"] = row.check_in + by
        if shift != "in" and row.check_out is not None and not row.assumed:
            wanted["check_out"] = row.check_out + (by if shift == "move" else -by / 2)
            wanted["check_out"] = wanted["check_out"].replace(microsecond=0)
        elif row.assumed or not wanted:
            wanted["check_out"] = row.check_in + timedelta(seconds=self._dice.randrange(1800, 6000))
        self._desk.correct(row.id, reason="as agreed", by="hr", **wanted)
        return f"corrected {row.uuid} to " + ", ".join(f"{name} {at:%m-%d %H:%M:%S}" for name, at in wanted.items())

    def _some_row(self, person_id: str) -> AttendanceRecord | None:
        found, _ = self._desk.list(person_id=person_id)
        return self._dice.choice(found) if found else None
