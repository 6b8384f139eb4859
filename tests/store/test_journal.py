"""Events and the log: written with the unit, read from where one left off, pruned."""

from __future__ import annotations

from datetime import timedelta

import pytest


def test_events_are_written_with_the_unit_or_not_at_all(store, alice):
    with pytest.raises(ZeroDivisionError), store.write() as unit:
        unit.events.append("attendance", {"person_id": "1001"})
        unit.logs.append("attendance", "info", "check-in")
        raise ZeroDivisionError
    with store.read() as unit:
        assert unit.events.since(0) == unit.logs.search() == []


def test_a_page_goes_on_from_the_last_event_it_saw(store, clock):
    for number in range(5):
        with store.write() as unit:
            unit.events.append("sighting", {"number": number})
    with store.read() as unit:
        first = unit.events.since(0, limit=2)
        rest = unit.events.since(first[-1].id)
        assert [event.payload["number"] for event in first + rest] == [0, 1, 2, 3, 4]
        assert (first[0].kind, first[0].at) == ("sighting", clock())
        assert unit.events.last_id() == rest[-1].id
    with store.write() as unit:
        assert unit.events.prune(keep=2) == 3
        assert unit.events.first_id() == rest[-2].id


def test_an_id_is_never_given_twice(store):
    with store.write() as unit:
        unit.events.append("camera", {})
    with store.write() as unit:
        last = unit.events.last_id()
        unit.events.prune(keep=0)
        unit.events.append("camera", {})
    with store.read() as unit:
        assert unit.events.last_id() > last


def test_the_log_is_searched_by_category_least_level_and_time(store, clock):
    for level in ("debug", "info", "warning", "error"):
        with store.write() as unit:
            unit.logs.append("system", level, f"a {level}", {"level": level})
            unit.logs.append("security", level, "x")
        clock.move(hours=1)
    with store.read() as unit:
        found = unit.logs.search(category="system", level="warning")
        assert [line.message for line in found] == ["a error", "a warning"]
        assert found[0].details == {"level": "error"}
        assert len(unit.logs.search(since=clock() - timedelta(hours=1))) == 2
        assert len(unit.logs.search(limit=3)) == 3
    with store.write() as unit:
        assert unit.logs.prune(before=clock() - timedelta(hours=1)) == 6
        with pytest.raises(ValueError, match="no such category"):
            unit.logs.append("gossip", "info", "x")


def test_a_unit_that_reads_does_not_write(store):
    with pytest.raises(RuntimeError, match="asked to write"), store.read() as unit:
        unit.config.set("a", 1)


def test_a_unit_that_writes_inside_another_is_a_mistake_and_says_so(store):
    with pytest.raises(RuntimeError, match="inside another"), store.write(), store.write():
        pass
    with store.write() as unit:
        unit.config.set("a", 1)


def test_times_without_a_zone_are_refused(store):
    from datetime import datetime

    with pytest.raises(Exception, match="without a zone"), store.write() as unit:
        unit.logs.append("system", "info", "x", at=datetime(2026, 3, 2))
        unit.logs.flush()
