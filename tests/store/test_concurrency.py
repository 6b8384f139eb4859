"""Several processes at once, and the end of one in the middle of its work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from uuid import UUID

import pytest

from backend.config import PROJECT_ROOT
from backend.store import Store, open_store
from backend.store.errors import StoreBusy


@pytest.fixture
def writer(any_database_settings):
    """Starts processes that punch; ends them with the test."""
    started = []

    def start(person, count):
        started.append(subprocess.Popen(
            [sys.executable, "-m", "tests.store.writer", str(any_database_settings.data_path),
             any_database_settings.database_url or "-", str(person.uuid), str(count)],
            cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_processes_that_write_at_once_take_turns(store, alice, writer):
    processes = [writer(alice, 60) for _ in range(3)]
    for process in processes:
        output, faults = process.communicate(timeout=90)
        assert process.returncode == 0, faults
        assert len(output.split()) == 60
    with store.read() as unit:
        assert unit.punches.count() == unit.punches.head().seq == 180
        assert unit.punches.verify() is None
        assert unit.events.last_id() == 180


def test_a_page_that_polls_sees_every_event_in_order(store, alice, writer):
    processes = [writer(alice, 40) for _ in range(2)]
    seen, last = [], 0
    while len(seen) < 80:
        with store.read() as unit:
            for event in unit.events.since(last, limit=10):
                assert event.id > last
                seen.append(event.payload["punch"])
                last = event.id
    punched = {line for process in processes for line in process.communicate()[0].split()}
    assert set(seen) == punched


def test_kill_9_loses_nothing_that_was_said_to_be_kept(store, alice, writer, any_database_settings, clock):
    for _ in range(3):
        process = writer(alice, 0)
        confirmed = [process.stdout.readline().strip() for _ in range(15)]
        os.kill(process.pid, signal.SIGKILL)
        confirmed += process.communicate()[0].split()
        again = open_store(any_database_settings, clock, migrate=True)  # checks the file
        with again.write() as unit:
            stored = {one.uuid for one in unit.punches.of(alice.uuid)}
            assert {UUID(one) for one in confirmed} <= stored
            assert unit.punches.verify() is None
            assert unit.events.last_id() == unit.punches.count()  # whole units, no halves
        again.close()


def test_threads_that_read_then_write_never_fail(store, alice):
    faults = []

    def work():
        try:
            for _ in range(20):
                with store.write() as unit:
                    unit.config.set("count", unit.config.get("count", 0) + 1)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with store.read() as unit:
        assert unit.config.get("count") == 160


def test_a_reader_is_not_held_up_by_a_writer_and_sees_one_instant(store):
    with store.write() as unit:
        unit.config.set("a", 1)
    with store.read() as reading:
        assert reading.config.get("a") == 1
        with store.write() as unit:
            unit.config.set("a", 2)
        assert reading.config.get("a") == 1
    with store.read() as reading:
        assert reading.config.get("a") == 2


def test_a_writer_that_waits_too_long_is_told(store, any_database_settings, clock):
    from datetime import timedelta

    impatient = Store(any_database_settings.database, store.sealer, clock, timedelta(milliseconds=200))
    told = []

    def try_to_write():
        try:
            with impatient.write():
                pass
        except StoreBusy as error:
            told.append(error)

    with store.write() as unit:
        unit.config.set("a", 1)
        thread = threading.Thread(target=try_to_write)
        thread.start()
        thread.join()
    impatient.close()
    assert [error.retry_after for error in told] == [2]
