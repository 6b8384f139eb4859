"""What goes round and round survives every error, waits longer each time, and ends with the process."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import Settings
from backend.jobs.courier import LONGEST_WAIT, LOOK, Courier, Stuck
from backend.jobs.runner import couriers
from backend.lifeline import Lifeline
from backend.store.errors import StoreBusy
from tests.conftest import HeldClock


@pytest.fixture
def system(settings: Settings, clock: HeldClock) -> Iterator[AttendanceSystem]:
    built = AttendanceSystem(parts=build(settings, clock, migrate=True))
    yield built
    built.close()


def test_a_round_that_found_something_is_followed_by_another_at_once(system: AttendanceSystem) -> None:
    found: list[object] = [{"pushed": 3}, None, 0]
    courier = Courier("Delivery", system, lambda _: found.pop(0))
    assert [courier.go() for _ in range(3)] == [0.0, LOOK, LOOK]


def test_an_error_is_told_once_and_tried_again_after_growing_waits(system: AttendanceSystem) -> None:
    errors: list[Exception] = [StoreBusy("busy"), ValueError("a fault of ours"), *[KeyError("x")] * 10]

    def work(_: AttendanceSystem) -> None:
        if errors:
            raise errors.pop(0)

    courier = Courier("Delivery", system, work)
    waits = [courier.go() for _ in range(12)]
    assert waits == sorted(waits) and waits[0] < 1 and waits[-1] == LONGEST_WAIT
    assert courier.go() == LOOK
    lines = [line.message for line in system.journal.logs(category="system")]
    assert lines == ["Delivery failed: busy"]


def test_a_round_that_is_stuck_waits_longer_and_says_nothing(system: AttendanceSystem) -> None:
    def work(_: AttendanceSystem) -> None:
        raise Stuck

    courier = Courier("Delivery", system, work)
    waits = [courier.go() for _ in range(3)]
    assert waits == sorted(waits) and waits[0] > LOOK
    assert system.journal.logs(category="system") == []


def test_a_courier_ends_with_the_process_that_it_is_part_of(system: AttendanceSystem) -> None:
    lifeline, went = Lifeline(), threading.Event()

    def work(_: AttendanceSystem) -> bool:
        went.set()
        return True

    thread = Courier("Delivery", system, work).start(lifeline)
    assert went.wait(10)
    lifeline.stopping.set()
    thread.join(10)
    assert not thread.is_alive()


def test_delivery_at_once_can_be_switched_off(system: AttendanceSystem, settings: Settings) -> None:
    assert [each.name for each in couriers(system)] == ["Reading hints from Odoo", "Delivery to Odoo"]
    quiet = AttendanceSystem(parts=build(settings.but(odoo_push_at_once=False), system.clock))
    assert [each.name for each in couriers(quiet)] == ["Reading hints from Odoo"]
    quiet.close()
