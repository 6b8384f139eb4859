"""Hints from Odoo: each is read twice, and what comes again meanwhile is not lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.store.repositories import hints as module

BOB = ("hr.employee", 3)


@pytest.fixture
def hint(store):
    def add(model="hr.employee", odoo_id=3):
        with store.write() as unit:
            return unit.hints.add(model, odoo_id)

    return add


@pytest.fixture
def take(store):
    def take(limit=100):
        with store.write() as unit:
            return unit.hints.take(limit)

    return take


def names(hints):
    return [(hint.model, hint.odoo_id) for hint in hints]


def finish(store, hints):
    with store.write() as unit:
        unit.hints.done(hints)


def waiting(store):
    with store.read() as unit:
        return unit.hints.count()


def test_a_hint_is_read_after_two_seconds_and_again_after_ten(store, clock, hint, take):
    hint()
    assert take() == []
    clock.move(seconds=2)
    first = take()
    assert names(first) == [BOB] and take() == []
    finish(store, first)
    clock.move(seconds=7)
    assert take() == []
    clock.move(seconds=1)
    second = take()
    assert names(second) == [BOB]
    finish(store, second)
    assert waiting(store) == 0


def test_a_second_hint_before_the_first_reading_changes_nothing(store, clock, hint, take):
    assert hint()
    clock.move(seconds=1.9)
    assert not hint()
    clock.move(seconds=0.1)
    assert names(take()) == [BOB]


def test_a_hint_after_the_first_reading_begins_again(store, clock, hint, take):
    hint()
    clock.move(seconds=2)
    finish(store, take())
    clock.move(seconds=3)
    assert hint()
    clock.move(seconds=2)
    assert names(take()) == [BOB]
    assert waiting(store) == 1


def test_a_hint_that_comes_during_the_last_reading_is_not_forgotten_with_it(store, clock, hint, take):
    hint()
    for seconds in (2, 8):
        clock.move(seconds=seconds)
        last = take()
    clock.move(seconds=1)
    assert hint()
    finish(store, last)
    clock.move(seconds=2)
    assert names(take()) == [BOB]


def test_what_could_not_be_read_is_due_again_with_both_readings(store, clock, hint, take):
    hint()
    clock.move(seconds=2)
    with store.write() as unit:
        unit.hints.put_back(unit.hints.take(), timedelta(seconds=5))
    assert take() == []
    clock.move(seconds=5)
    finish(store, take())
    assert waiting(store) == 1
    clock.move(seconds=8)
    finish(store, take())
    assert waiting(store) == 0


def test_a_reading_whose_process_died_is_done_again(store, clock, hint, take):
    hint()
    clock.move(seconds=2)
    finish(store, take())
    clock.move(seconds=8)
    assert names(take()) == [BOB]
    clock.move(seconds=module.LEASE.total_seconds())
    assert names(take()) == [BOB]


def test_models_and_records_wait_each_for_themselves_the_oldest_first(store, clock, hint, take):
    hint("hr.attendance", 3)
    clock.move(seconds=1)
    hint("hr.employee", 3)
    hint("hr.employee", 4)
    clock.move(seconds=2)
    assert names(take(2)) == [("hr.attendance", 3), BOB]
    assert names(take()) == [("hr.employee", 4)]


def test_a_flood_is_left_to_the_next_pull(store, hint, monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)
    assert [hint(odoo_id=number) for number in range(1, 6)] == [True] * 3 + [False] * 2
    assert waiting(store) == 3


def test_old_hints_go(store, clock, hint):
    hint()
    clock.move(days=2)
    hint(odoo_id=4)
    with store.write() as unit:
        assert unit.hints.prune(clock() - timedelta(days=1)) == 1
    assert waiting(store) == 1
