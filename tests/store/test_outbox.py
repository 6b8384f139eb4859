"""The outbox and the claims: what waits, for whom, until when, and who has it on the way."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from backend.attendance.model import Session, Source
from backend.store.records import OdooRow

LEASE = timedelta(minutes=1)


@pytest.fixture
def enter(store, clock):
    """A session of a person, `days` from now, queued as the rules would; returns its number."""
    def make(person, days: int = 0, uuid=None) -> int:
        check_in = clock() + timedelta(days=days)
        made = Session(
            uuid=uuid or uuid4(), person=person.uuid, check_in=check_in, check_out=check_in + timedelta(hours=1),
            assumed=False, flags=frozenset(), day=check_in.date(), zone="UTC", source=Source.face,
            device="camera-1", confidence=0.9, distance=0.2, opened_by=uuid4(), closed_by=None)
        with store.write() as unit:
            changes = unit.attendance.replace_sessions(person.uuid, [made], since=check_in)
            unit.outbox.queue(person.uuid, changes.added)
        return changes.added[0]

    return make


def due(store, clock, limit: int = 100, since=None) -> list[int]:
    with store.read() as unit:
        return [row.attendance_id for row in unit.outbox.due(limit, clock(), since)]


def test_rows_come_person_by_person_and_who_waited_longest_comes_first(store, clock, alice, bob, enter):
    first, second, third = enter(alice), enter(bob), enter(alice, days=1)
    assert due(store, clock) == [first, third, second]
    assert due(store, clock, limit=1) == [first, third], "a person's rows are never parted"


def test_a_row_that_changed_on_its_way_stays(store, clock, alice, enter):
    number = enter(alice)
    with store.write() as unit:
        unit.outbox.queue(alice.uuid, [number])
        row = unit.outbox.get(number)
        assert not unit.outbox.done(number, row.version - 1)
        assert unit.outbox.done(number, row.version)
    assert due(store, clock) == []


def test_a_row_waits_until_its_time_unless_it_changes(store, clock, alice, enter):
    number = enter(alice)
    with store.write() as unit:
        assert unit.outbox.later(number, 1, clock() + timedelta(minutes=5), 2, "slow", "odoo_timeout")
    assert due(store, clock) == []
    clock.move(minutes=5)
    assert due(store, clock) == [number]
    with store.write() as unit:
        unit.outbox.later(number, 1, clock() + timedelta(minutes=5), 3)
        unit.outbox.queue(alice.uuid, [number])
        row = unit.outbox.get(number)
    assert (row.attempts, row.error) == (0, None)
    assert due(store, clock) == [number]


def test_a_parked_row_waits_for_somebody_or_for_a_change(store, clock, alice, bob, enter):
    one, other = enter(alice), enter(bob)
    with store.write() as unit:
        unit.outbox.park(alice.uuid, one, 1, "In the way is …", "odoo_refused")
        unit.outbox.park(bob.uuid, other, 1, "HR deleted it", "odoo_deleted_by_hr")
        assert unit.outbox.counts() == {"waiting": 0, "parked": 2, "verify": 0}
        assert [row.error_code for row in unit.outbox.parked()] == ["odoo_refused", "odoo_deleted_by_hr"]
    assert due(store, clock) == []
    with store.write() as unit:
        assert unit.outbox.retry(None, ("odoo_deleted_by_hr",)) == [one]
        assert unit.outbox.retry([one]) == [], "it does not wait for anybody any more"
        unit.outbox.queue(bob.uuid, [other])
    assert due(store, clock) == [one, other]


def test_what_is_to_be_read_again_gives_way_to_what_is_to_be_sent(store, clock, alice, enter):
    number = enter(alice)
    with store.write() as unit:
        unit.outbox.done(number, 1)
        unit.outbox.verify(alice.uuid, number, 1, clock() + timedelta(minutes=3))
        assert unit.outbox.counts()["verify"] == 1
        assert unit.outbox.next_due() == clock() + timedelta(minutes=3)
    assert due(store, clock) == []
    with store.write() as unit:
        unit.outbox.queue(alice.uuid, [number])
    with store.read() as unit:
        assert unit.outbox.get(number).kind == "change"


def test_days_before_the_first_one_do_not_go_unless_odoo_had_them(store, clock, alice, enter):
    old, known, new = enter(alice, days=-3), enter(alice, days=-2), enter(alice)
    with store.write() as unit:
        unit.odoo.save(OdooRow(attendance_id=known, connection_id=1, state="synced", odoo_id=5))
    today = clock().date()
    assert due(store, clock, since=today) == [known, new]
    with store.write() as unit:
        assert unit.outbox.counts(today)["waiting"] == 2
        assert unit.outbox.forget_before(today) == 1
        assert unit.outbox.get(old) is None


def test_who_became_an_employee_has_queued_what_odoo_does_not_hold_so(store, clock, alice, enter):
    there, elsewhere, deleted, missing = (enter(alice, days=day) for day in range(4))
    with store.write() as unit:
        unit.people.change(alice.uuid, connection_id=1, odoo_id=7)
        for number, employee, state in ((there, 7, "synced"), (elsewhere, 8, "synced"), (deleted, 7, "deleted")):
            row = unit.attendance.get(number)
            unit.odoo.save(OdooRow(attendance_id=number, connection_id=1, odoo_id=number, odoo_employee_id=employee,
                                   check_in=row.check_in, check_out=row.check_out, state=state))
        for number in (there, elsewhere, deleted, missing):
            unit.outbox.done(number, 1)
        unit.outbox.queue_person(alice.uuid)
    assert due(store, clock) == [elsewhere, missing]


def test_one_owner_a_person_until_the_lease_is_over(store, clock, alice, bob, enter):
    number = enter(alice)
    with store.write() as unit:
        assert unit.claims.take([alice.uuid], "one", LEASE) == {alice.uuid}
        assert unit.claims.take([alice.uuid, bob.uuid], "other", LEASE) == {bob.uuid}
        assert unit.claims.others([alice.uuid, bob.uuid], "one") == {bob.uuid}
    assert due(store, clock) == []
    clock.move(seconds=50)
    with store.write() as unit:
        assert unit.claims.renew("one", LEASE) == {alice.uuid}
    clock.move(seconds=50)
    assert due(store, clock) == []
    clock.move(seconds=20)
    assert due(store, clock) == [number]
    with store.write() as unit:
        assert unit.claims.take([alice.uuid], "other", LEASE) == {alice.uuid}
        assert unit.claims.held("one") == set()
        assert unit.claims.release("one") == 0
        assert unit.claims.release("other") == 2
    assert due(store, clock) == [number]
