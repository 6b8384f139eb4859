"""The journal: noted at once, written soon, in order, and kept while the database is busy."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from backend.config import PROJECT_ROOT
from backend.desks.batching import Batch
from backend.desks.journal import Journal
from backend.desks.parts import Parts
from backend.errors import BadInput, Busy
from backend.store import open_store


@pytest.fixture
def journal(settings, clock):
    store = open_store(settings, clock)
    desk = Journal(Parts(settings, clock, store, store.sealer))
    yield desk
    desk.close()
    store.close()


def await_that(condition, patience=10.0):
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


def test_a_line_is_found_in_the_log(journal, clock):
    journal.log("camera", "warning", "The camera is gone", device="door")
    clock.move(hours=1)
    journal.log("camera", "info", "The camera is back")
    (back, gone) = journal.logs(category="camera")
    assert (gone.message, gone.level, gone.details) == ("The camera is gone", "warning", {"device": "door"})
    assert (back.at - gone.at).total_seconds() == 3600


def test_what_was_noted_is_written_without_being_asked(journal):
    for number in range(3):
        journal.emit("sighting", {"number": number})
    await_that(lambda: len(journal.events_since(0)) == 3)
    assert [event.payload["number"] for event in journal.events_since(0)] == [0, 1, 2]
    assert journal.newest_event() == journal.events_since(0)[-1].id


def test_unknown_categories_and_levels_are_told(journal):
    with pytest.raises(ValueError, match="no such category"):
        journal.log("gossip", "info", "x")
    with pytest.raises(BadInput, match="no category 'gossip'"):
        journal.logs(category="gossip")
    with pytest.raises(BadInput, match="no level 'loud'"):
        journal.logs(level="loud")


def test_many_things_are_written_together():
    written = []
    batch = Batch(written.append, interval=0.2)
    batch.add(1)
    await_that(lambda: written == [[1]])
    for number in range(2, 100):
        batch.add(number)
    await_that(lambda: len(written) == 2)
    assert written[1] == list(range(2, 100))
    batch.close()


def test_what_could_not_be_written_is_kept_and_tried_again():
    written, faults = [], [Busy("the database is busy")]

    def write(items):
        if faults:
            raise faults.pop()
        written.extend(items)

    batch = Batch(write, interval=0.05)
    batch.add(1)
    await_that(lambda: not faults)
    batch.add(2)
    await_that(lambda: written == [1, 2])
    batch.close()


def test_what_is_left_is_written_at_the_end():
    written = []
    batch = Batch(written.extend, interval=60)
    batch.add(1)
    await_that(lambda: written == [1])
    batch.add(2)
    batch.close()
    assert written == [1, 2]


def test_a_process_that_ends_at_once_leaves_its_lines(settings):
    program = (
        "from pathlib import Path\n"
        "from backend.attendance_system import AttendanceSystem\n"
        f"system = AttendanceSystem(Path({str(settings.data_path / 'attendance.db')!r}))\n"
        "for number in range(5): system.journal.log('system', 'info', f'line {number}')\n")
    subprocess.run([sys.executable, "-c", program], check=True, cwd=PROJECT_ROOT)
    store = open_store(settings)
    with store.read() as unit:
        assert [line.message for line in unit.logs.search()] == [f"line {n}" for n in range(4, -1, -1)]
    store.close()
