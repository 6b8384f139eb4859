"""One person's rows are on the way with one sender at a time, whoever else is at work."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, timedelta

import pytest

from backend.desks.odoo import OdooDesk
from backend.desks.parts import Parts
from backend.odoo.errors import OdooError
from backend.store import open_store
from tests.odoo.stories import credentials, held

WEEK = (date(2026, 3, 2), date(2026, 3, 8))


@pytest.fixture
def odoo(odoo18):
    return odoo18


@pytest.fixture
def other_desk(any_database_settings, clock):
    """The desk of another process: a store and a connector of its own, on the same database."""
    store = open_store(any_database_settings, clock)
    yield OdooDesk(Parts(any_database_settings, clock, store, store.sealer))
    store.close()


class Held:
    """Holds the first load in Odoo until it is let go."""

    def __init__(self, odoo) -> None:
        self.there, self._go = threading.Event(), threading.Event()
        self._odoo = odoo
        odoo.hooks.before.append(self)

    def __call__(self, call):
        if call.model_method == "load" and not self.there.is_set():
            self.there.set()
            self._go.wait(20)

    def let_go(self):
        self._odoo.hooks.before.remove(self)
        self._go.set()


def in_background(work) -> tuple[threading.Thread, list]:
    results: list = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    return thread, results


def test_a_delivery_leaves_out_who_is_on_the_way_and_takes_the_others(desk, other_desk, odoo, diary):
    diary("EMP001").enter("08:00")
    holding = Held(odoo)
    thread, _ = in_background(desk.deliver)
    assert holding.there.wait(10)
    alice, bob = diary("EMP001"), diary("EMP002")
    assert alice.rows()[0].sync_state == "pending"
    bob.enter("08:00")
    assert other_desk.deliver()["pushed"] == 1
    assert held(odoo) == [("EMP002", "03-02 08:00", None)]
    assert other_desk.deliver() is None
    holding.let_go()
    thread.join()
    assert len(held(odoo)) == 2


def test_a_push_by_hand_waits_for_who_is_on_the_way(desk, other_desk, odoo, diary):
    alice = diary("EMP001")
    session = alice.enter("08:00")
    holding = Held(odoo)
    delivering, _ = in_background(desk.deliver)
    assert holding.there.wait(10)
    alice.change(session, check_out="16:00")
    pushing, results = in_background(lambda: other_desk.push(*WEEK))
    pushing.join(1)
    assert pushing.is_alive(), "it waits"
    holding.let_go()
    delivering.join()
    pushing.join(20)
    assert results[0]["failed"] == 0
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 16:00")]


def test_a_push_whose_claim_was_taken_sends_no_more(desk, other_desk, odoo, diary, clock):
    """It slept for longer than its lease, and somebody else has done its work meanwhile."""
    alice = diary("EMP001")
    session = alice.enter("08:00", "16:00")
    desk.deliver()
    alice.change(session, check_out="17:00")
    holding = Held(odoo)
    sleeping, results = in_background(desk.deliver)
    assert holding.there.wait(10)
    clock.now += timedelta(minutes=5)
    alice.change(session, check_out="18:00")
    assert other_desk.deliver()["pushed"] == 1
    holding.let_go()
    sleeping.join()
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 17:00")], "the sleeper's request came after all"
    clock.now += timedelta(minutes=5)
    while other_desk.deliver() is not None:
        pass
    assert held(odoo) == [("EMP001", "03-02 08:00", "03-02 18:00")]
    assert other_desk.problems() == [] and results


def test_many_senders_and_never_one_person_in_two_calls(desk, any_database_settings, clock, odoo, diary):
    people = [diary(f"EMP{number:03}") for number in range(1, 21)]
    for person in people:
        person.enter("08:00")
    inside: Counter[str] = Counter()
    overlapping: list[str] = []
    lock = threading.Lock()

    def badges(call):
        return {row[1] for row in call.args[1]} if call.model_method == "load" else set()

    def enter(call):
        with lock:
            for one in badges(call):
                inside[one] += 1
                if inside[one] > 1:
                    overlapping.append(one)

    def leave(call):
        with lock:
            inside.subtract(badges(call))

    odoo.hooks.before.append(enter)
    odoo.hooks.after.append(leave)
    stores = [open_store(any_database_settings, clock) for _ in range(3)]
    desks = [OdooDesk(Parts(any_database_settings.but(odoo_batch=3), clock, store, store.sealer)) for store in stores]
    stop = threading.Event()

    def work(one: OdooDesk) -> None:
        while not stop.is_set():
            try:
                one.deliver(5)
            except OdooError:
                pytest.fail("deliver() raises nothing of Odoo's")

    threads = [threading.Thread(target=work, args=(one,)) for one in desks]
    for thread in threads:
        thread.start()
    for minute in range(1, 5):
        for person in people:
            (session,) = person.sessions
            person.change(session, check_out=f"16:{minute:02}")
    while any(one.deliver(5) is not None for one in desks):
        pass
    stop.set()
    for thread in threads:
        thread.join()
    while desk.deliver() is not None:
        pass
    for store in stores:
        store.close()
    assert overlapping == []
    assert held(odoo) == [(f"EMP{number:03}", "03-02 08:00", "03-02 16:04") for number in range(1, 21)]


def test_another_database_in_the_middle_of_a_push_ends_it(desk, other_desk, odoo, diary, store):
    from backend.odoo_simulator import OdooSimulator

    diary("EMP001").enter("08:00", "16:00")
    holding = Held(odoo)
    pushing, results = in_background(desk.deliver)
    assert holding.there.wait(10)
    with OdooSimulator(version=19) as other:
        desk.save_config(**credentials(other))
        diary("EMP002").enter("08:00", "16:00")
        assert other_desk.deliver()["pushed"] == 1
        holding.let_go()
        pushing.join()
        assert results[0]["code"] == "sync_place_moved"
        while other_desk.deliver() is not None:
            pass
        assert sorted(held(other)) == [("EMP001", "03-02 08:00", "03-02 16:00"),
                                       ("EMP002", "03-02 08:00", "03-02 16:00")]
