"""Of all programs that share a database, one works a camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from backend.app import build
from backend.config import Settings
from backend.kiosk.lease import LENGTH, Lease
from backend.store import Store
from tests.conftest import HeldClock


@pytest.fixture
def store(any_database_settings: Settings, clock: HeldClock) -> Iterator[Store]:
    parts = build(any_database_settings, clock, migrate=True)
    with parts.store.write() as unit:
        unit.devices.upsert("door", source="0")
    yield parts.store
    parts.store.close()


@pytest.fixture
def lease(store: Store, clock: HeldClock) -> Callable[[str], Lease]:
    """A lease for an owner, its monotonic clock in step with the held one."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return lambda owner: Lease(store, "door", owner,
                               monotonic=lambda: (clock() - start).total_seconds())


def test_the_first_has_it_and_the_second_waits(lease: Callable[[str], Lease], clock: HeldClock) -> None:
    first, second = lease("first"), lease("second")
    assert first.keep() and first.held
    assert second.keep() and not second.held and second.denied
    for _ in range(30):
        clock.move(seconds=1)
        first.keep()
        second.keep()
    assert first.held and second.denied
    first.release()
    clock.move(seconds=1)
    second.keep()
    assert second.held and not second.denied


def test_a_worker_started_anew_need_not_wait(lease: Callable[[str], Lease]) -> None:
    killed, successor = lease("this run"), lease("this run")
    killed.keep()
    successor.keep()
    assert successor.held


def test_after_a_power_cut_it_runs_out(lease: Callable[[str], Lease], clock: HeldClock) -> None:
    lease("cut off").keep()
    heir = lease("heir")
    heir.keep()
    assert heir.denied
    clock.move(seconds=LENGTH.total_seconds() + 1)
    heir.keep()
    assert heir.held


def test_it_writes_only_when_it_is_due(lease: Callable[[str], Lease], clock: HeldClock) -> None:
    held = lease("first")
    written = 0
    for _ in range(600):
        written += held.keep()
        clock.move(milliseconds=100)
    assert written == 12
