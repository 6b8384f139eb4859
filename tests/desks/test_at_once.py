"""Several at once, on either database: nobody is in twice, nothing is counted twice."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.desks.reading import new_uuid
from backend.errors import FaceAttendanceError


@pytest.fixture
def systems(any_database_settings, clock):
    """Three processes' systems on one database, with one person."""
    made = [AttendanceSystem(parts=build(any_database_settings, clock)) for _ in range(3)]
    made[0].people.add("1", "Ann", by="test")
    yield made
    for one in made:
        one.close()


def at_once(systems, work):
    """The results of `work(system)` by twelve threads, four on each system."""
    with ThreadPoolExecutor(12) as pool:
        return list(pool.map(work, systems * 4))


def test_twelve_marks_in_one_second_are_one_check_in(systems):
    marked = at_once(systems, lambda system: system.attendance.mark("1"))
    assert Counter(one.action for one in marked) == {"check_in": 1, "duplicate": 11}
    assert len({one.attendance.id for one in marked}) == 1


def test_the_server_makes_uuids_that_sort_by_time():
    made = [new_uuid() for _ in range(200)]
    assert [one.time_hi_version >> 12 for one in made] == [7] * 200
    assert made[::20] == sorted(made[::20]) and len(set(made)) == 200


def test_one_uuid_sent_twelve_times_is_one_punch(systems):
    key = uuid4()
    marked = at_once(systems, lambda system: system.attendance.mark("1", uuid=key))
    assert Counter(one.created for one in marked) == {True: 1, False: 11}
    with systems[0].store.read() as unit:
        assert unit.punches.count() == 1


def test_marks_all_over_the_day_in_any_order_make_whole_sessions(systems, clock):
    clock.move(hours=15)
    times = iter([clock.now - timedelta(hours=hour) for hour in (3, 9, 1, 12, 7, 2, 11, 5, 4, 10, 8, 6)])
    at_once(systems, lambda system: system.attendance.mark("1", at=next(times)))
    rows, total = systems[0].attendance.list(oldest_first=True)
    assert (total, {row.duration_minutes for row in rows}) == (6, {60})
    with systems[0].store.read() as unit:
        assert unit.punches.verify() is None


def test_one_face_registered_for_many_at_once_belongs_to_one(systems, picture):
    people = [systems[0].people.add(f"P{n}", f"Person {n}", by="test").person_id for n in range(12)]
    waiting = iter(people)

    def register(system) -> str:
        try:
            system.faces.enroll(next(waiting), [picture()], consent=True, by="test")
        except FaceAttendanceError as error:
            return error.code
        return "registered"

    assert Counter(at_once(systems, register)) == {"registered": 1, "belongs_to_another_person": 11}


def test_systems_that_start_at_once_record_the_rules_once(any_database_settings, clock):
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: build(any_database_settings, clock), range(6)))
    with made[0].store.read() as unit:
        assert len(unit.policies.all()) == 1
    for parts in made:
        parts.store.close()
