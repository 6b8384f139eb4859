"""Attendance rows: each session keeps its number; corrections and policies are only added to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from backend.attendance.model import Correction, Policy, Session, Source
from backend.store.records import OdooRow


@pytest.fixture
def session(clock):
    def make(person, hours=0.0, length=None, **more):
        check_in = clock() + timedelta(hours=hours)
        values = {
            "uuid": uuid4(), "person": person.uuid, "check_in": check_in,
            "check_out": None if length is None else check_in + timedelta(hours=length),
            "assumed": False, "flags": frozenset(), "day": check_in.date(), "zone": "UTC",
            "source": Source.face, "device": "camera-1", "confidence": 0.9, "distance": 0.2,
            "opened_by": uuid4(), "closed_by": None}
        return Session(**(values | more))

    return make


def but(session, **changes):
    return replace(session, **changes)


def test_a_session_keeps_its_number_while_it_changes(store, alice, session, clock):
    standing = session(alice)
    with store.write() as unit:
        added = unit.attendance.replace_sessions(alice.uuid, [standing])
    closed = but(standing, check_out=clock() + timedelta(hours=8), closed_by=uuid4(),
                 flags=frozenset({"corrected"}))
    with store.write() as unit:
        changed = unit.attendance.replace_sessions(alice.uuid, [closed])
        again = unit.attendance.replace_sessions(alice.uuid, [closed])
    (number,) = added.added
    assert (changed.changed, changed.added, changed.superseded) == ((number,), (), ())
    assert (again.changed, again.added, again.superseded) == ((), (), ())
    with store.read() as unit:
        row = unit.attendance.get(number)
        assert unit.attendance.by_session(standing.uuid) == row
    assert (row.status, row.version, row.duration_minutes) == ("closed", 2, 480)
    assert (row.person_id, row.person_name, row.flags) == ("1001", "Alice Ämter", {"corrected"})
    assert row.sync_state == "pending"


def test_a_session_that_vanished_is_superseded_and_its_number_not_used_again(store, alice, session):
    first = session(alice, length=4)
    with store.write() as unit:
        (number,) = unit.attendance.replace_sessions(alice.uuid, [first]).added
        assert unit.attendance.replace_sessions(alice.uuid, []).superseded == (number,)
        (another,) = unit.attendance.replace_sessions(alice.uuid, [first]).added
    assert another != number
    with store.read() as unit:
        assert unit.attendance.get(number).status == "superseded"
        assert [row.id for row in unit.attendance.of(alice.uuid)] == [another]
        assert unit.attendance.search(status="any")[1] == 2
        assert unit.attendance.search(status="superseded")[1] == 1


def test_the_open_session_may_pass_from_one_to_the_next(store, alice, session, clock):
    one, two = session(alice), session(alice, hours=5)
    with store.write() as unit:
        unit.attendance.replace_sessions(alice.uuid, [one])
        unit.attendance.replace_sessions(
            alice.uuid, [but(one, check_out=clock() + timedelta(hours=4)), two])
        assert unit.attendance.open_of(alice.uuid).uuid == two.uuid
        unit.attendance.replace_sessions(alice.uuid, [one])
        assert unit.attendance.open_of(alice.uuid).uuid == one.uuid


def test_searching_by_day_person_department_and_status(store, alice, bob, session):
    with store.write() as unit:
        unit.attendance.replace_sessions(alice.uuid, [
            session(alice, hours=-48, length=8), session(alice, hours=-24, length=16, assumed=True),
            session(alice)])
        unit.attendance.replace_sessions(bob.uuid, [session(bob)])
    with store.read() as unit:
        search = unit.attendance.search
        assert search()[1] == 4
        assert search(start=date(2026, 3, 1), end=date(2026, 3, 1))[1] == 1
        assert search(start=date(2026, 3, 1))[1] == 3
        assert [row.person_id for row in search(department="Workshop")[0]] == ["1002"]
        assert search(status="open")[1] == 2
        assert search(status="assumed")[1] == search(status="closed")[1] == 1
        assert search(search="ÄMTER")[1] == 3
        rows, total = search(person=alice.uuid, limit=1, offset=1)
        assert (len(rows), total, rows[0].day) == (1, 3, date(2026, 3, 1))
        assert search(oldest_first=True)[0][0].day == date(2026, 2, 28)
        assert unit.attendance.count_open() == 2


def test_who_is_in_for_too_long_is_found(store, alice, bob, session, clock):
    with store.write() as unit:
        unit.attendance.replace_sessions(alice.uuid, [session(alice, hours=-17)])
        unit.attendance.replace_sessions(bob.uuid, [session(bob, hours=-1)])
    with store.read() as unit:
        assert unit.attendance.overdue(clock() - timedelta(hours=16)) == [alice.uuid]


def test_a_row_that_changed_since_odoo_confirmed_it_is_pending_again(store, alice, session, clock):
    standing = session(alice)
    with store.write() as unit:
        (number,) = unit.attendance.replace_sessions(alice.uuid, [standing]).added
        assert unit.attendance.count_pending() == 1
        unit.odoo.save(OdooRow(attendance_id=number, connection_id=1, odoo_id=900, odoo_employee_id=7,
                               check_in=standing.check_in, state="synced"))
        assert unit.attendance.count_pending() == 0
        assert unit.attendance.open_in_odoo([alice.uuid]) == []
        assert unit.odoo.newest(3) == [(standing.uuid, 900)]
    closed = but(standing, check_out=clock() + timedelta(hours=8))
    with store.write() as unit:
        unit.attendance.replace_sessions(alice.uuid, [closed])
        assert unit.attendance.count_pending() == 1
        assert unit.attendance.get(number).sync_state == "pending"
        assert unit.attendance.search(sync_state="pending")[1] == 1
        assert [row.id for row in unit.attendance.open_in_odoo([alice.uuid])] == [number]
        assert unit.attendance.newest_check_ins([alice.uuid]) == {alice.uuid: standing.check_in}
        assert unit.odoo.forget() == 1


def test_what_odoo_confirmed_stands_beside_the_row(store, alice, session, clock):
    with store.write() as unit:
        one, two = unit.attendance.replace_sessions(
            alice.uuid, [session(alice, length=4), session(alice, hours=5)]).added
        confirmed = OdooRow(attendance_id=one, connection_id=1, odoo_id=900, odoo_employee_id=7,
                            check_in=clock(), check_out=clock() + timedelta(hours=4),
                            write_date=clock(), state="synced")
        unit.odoo.save(confirmed)
        unit.odoo.fail(two, "Employee not found: 1001", "employee_not_found")
    with store.read() as unit:
        assert unit.attendance.get(one).sync_state == "synced"
        assert unit.attendance.get(one).odoo_id == 900
        assert unit.attendance.get(two).sync_error == "Employee not found: 1001"
        assert unit.odoo.by_odoo_id(900).check_in == clock()
        assert set(unit.odoo.get_many([one, two, 999])) == {one, two}
        assert unit.odoo.count("failed") == 1
        assert unit.attendance.search(sync_state="synced")[1] == 1
    with store.write() as unit:
        unit.odoo.save(replace(confirmed, check_out=None))  # Odoo does not hold it as it is now
        assert unit.attendance.get(one).sync_state == "pending"
        assert unit.attendance.search(sync_state="synced")[1] == 0
        unit.odoo.fail(one, "Server down", "odoo_unreachable")
        assert unit.odoo.get(one).odoo_id == 900  # what was confirmed stays
        unit.attendance.replace_sessions(alice.uuid, [])
        assert [row.id for row in unit.attendance.superseded_in_odoo()] == [one]


def test_corrections_and_policies_come_back_as_they_went_in(store, alice, clock):
    correction = Correction(
        uuid=uuid4(), person=alice.uuid, start=clock(), end=clock() + timedelta(hours=9),
        kind="replace", check_in=clock(), check_out=clock() + timedelta(hours=8), author="hr",
        reason="forgot", created_at=clock(), opened_by=uuid4())
    policy = Policy(effective_from=clock(), duplicate_window=timedelta(minutes=5),
                    max_shift=timedelta(hours=16), zone="Europe/Brussels",
                    period_lock=date(2026, 1, 1), recorded_at=clock())
    with store.write() as unit:
        unit.corrections.append(correction)
        unit.policies.append(policy)
    with store.read() as unit:
        assert unit.corrections.of(alice.uuid) == [unit.corrections.get(correction.uuid)] == [correction]
        assert unit.policies.all() == [policy]


def test_the_outbox_holds_each_row_once_and_forgets_no_newer_version(store, alice, session, clock):
    standing = session(alice)
    with store.write() as unit:
        (number,) = unit.attendance.replace_sessions(alice.uuid, [standing]).added
        unit.outbox.queue(alice.uuid, [number])
        unit.attendance.replace_sessions(
            alice.uuid, [but(standing, check_out=clock() + timedelta(hours=1))])
        unit.outbox.queue(alice.uuid, [number])
        (waiting,) = unit.outbox.of(alice.uuid)
        assert (waiting.version, waiting.state) == (2, "waiting")
        assert not unit.outbox.done(number, version=1)
        assert unit.outbox.done(number, version=2)
        assert unit.outbox.count() == 0
