"""The report of drift: who moves away from what was enrolled, and which camera sees worse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.attendance import Direction, Punch, Source
from backend.desks.reading import new_uuid
from backend.errors import BadInput
from tests.desks.conftest import vector

ENGINE = "dlib-resnet-v1"


@pytest.fixture
def crew(system, clock, alice, bob):
    """Alice, Bob and Carol, enrolled a year ago."""
    carol = system.people.add("1003", "Carol", by="test")
    today, clock.now = clock.now, clock.now - timedelta(days=365)
    with system.store.write() as unit:
        for seed, person in enumerate((alice, bob, carol)):
            unit.consents.give(person.uuid, "1", "test")
            unit.templates.add(person.uuid, vector(seed), ENGINE, {}, "upload")
    clock.now = today
    return {"alice": alice, "bob": bob, "carol": carol}


@pytest.fixture
def saw(system, crew):
    """Records that a camera saw somebody at these distances, a day apart from the month's second on."""
    def saw(name: str, month: str, distances: list[float], device: str = "door", source: Source = Source.face):
        year, number = (int(part) for part in month.split("-"))
        with system.store.write() as unit:
            for day, distance in enumerate(distances):
                at = datetime(year, number, 1, 8, tzinfo=UTC) + timedelta(hours=7 * day)
                unit.punches.insert(Punch(
                    uuid=new_uuid(), person=crew[name].uuid, at=at, received_at=at, device=device, source=source,
                    direction=Direction.auto, confidence=0.9, distance=distance))

    return saw


def advice(report) -> dict[str, str | None]:
    return {one.person_id: one.advice for one in report.people}


def test_who_nears_the_threshold_or_rises_is_advised_to_enrol_anew(system, saw):
    limit = system.learning.drift().threshold
    for month in ("2025-11", "2025-12", "2026-01"):
        saw("alice", month, [0.15] * 5)
        saw("bob", month, [0.15] * 5)
        saw("carol", month, [0.16] * 5)
    saw("alice", "2026-02", [0.15] * 12)
    saw("bob", "2026-02", [0.19] * 12)
    saw("carol", "2026-02", [0.9 * limit] * 12)
    report = system.learning.drift()
    assert advice(report) == {"1003": "near_threshold", "1002": "rising", "1001": None}
    assert not report.ok
    carol = report.people[0] if report.people[0].person_id == "1003" else report.people[1]
    assert (carol.share, carol.recent, carol.before) == (0.9, pytest.approx(0.9 * limit, abs=1e-3), 0.16)
    assert [(each.month, each.sightings) for each in carol.months] == [
        ("2025-11", 5), ("2025-12", 5), ("2026-01", 5), ("2026-02", 12)]


def test_a_few_sightings_say_nothing(system, saw):
    saw("alice", "2026-02", [0.27] * 9)
    (alice,) = system.learning.drift().people
    assert (alice.recent, alice.advice) == (None, None)


def test_who_has_to_confirm_often_is_noticed_too(system, saw):
    saw("alice", "2026-02", [0.2] * 9)
    saw("alice", "2026-03", [0.22] * 3, source=Source.pin)
    (alice,) = system.learning.drift().people
    assert (alice.confirmed, alice.advice) == (3, "many_confirmations")


def test_months_before_the_newest_enrolment_do_not_count(system, saw, crew, clock):
    saw("alice", "2025-12", [0.26] * 12)
    with system.store.write() as unit:
        unit.templates.add(crew["alice"].uuid, vector(0), ENGINE, {}, "upload")
    assert [one for one in system.learning.drift().people if one.months] == []
    saw("alice", "2026-03", [0.12] * 12)
    (alice,) = system.learning.drift().people
    assert (alice.before, alice.advice) == (None, None)


def test_a_camera_that_sees_worse_is_told_from_people_who_differ(system, saw):
    # Bob is always far and comes to the yard more of late; Alice and Carol say which camera it is.
    saw("bob", "2025-12", [0.24] * 12, "door")
    saw("bob", "2026-02", [0.24] * 40, "yard")
    for name in ("alice", "carol"):
        for device in ("door", "yard"):
            saw(name, "2025-12", [0.14] * 12, device)
    for name in ("alice", "carol"):
        saw(name, "2026-02", [0.14] * 12, "yard")
        saw(name, "2026-02", [0.22] * 12, "door")
    report = system.learning.drift()
    assert {one.device: one.growing for one in report.devices} == {"door": True, "yard": False}
    door = report.devices[0]
    assert door.rise == pytest.approx(0.08, abs=0.02)


def test_a_report_looks_back_some_months(system, saw):
    saw("alice", "2025-06", [0.1] * 12)
    saw("alice", "2026-02", [0.1] * 12)
    (alice,) = system.learning.drift(months=3).people
    assert [each.month for each in alice.months] == ["2026-02"]
    for months in (1, 61):
        with pytest.raises(BadInput):
            system.learning.drift(months)
